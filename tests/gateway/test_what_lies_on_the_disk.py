"""Of what is encrypted the data directory holds nothing readable; a killed server loses no key."""

import hashlib
import os
import shutil
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.cli import main
from tests.serving import Server, serving

FLAGS: Final = ("--kms-keys", "key-1", "--sse-c-without-tls", "on", "--log-level", "debug")
CUSTOMER_KEY: Final = "customer key of thirty-two bytes"
KINDS: Final[dict[str, dict[str, Any]]] = {
    "sse-s3": {"ServerSideEncryption": "AES256"},
    "sse-kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key-1"},
    "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": "key-1"},
    "bucket-key": {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "key-1",
        "BucketKeyEnabled": True,
    },
    "sse-c": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": CUSTOMER_KEY},
}
SMALL: Final = b"SMALL-PLAINTEXT!"
LARGE: Final = b"LARGE-PLAINTEXT!" * 50_000
PART: Final = b"PART-PLAINTEXT!!" * (5 * 1024 * 1024 // 16)


def files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


def readable(kind: str) -> dict[str, Any]:
    return KINDS[kind] if kind == "sse-c" else {}


def fill(s3: Any) -> None:
    s3.create_bucket(Bucket="bucket")
    for kind, asked in KINDS.items():
        s3.put_object(Bucket="bucket", Key=f"{kind}/small", Body=SMALL, **asked)
        s3.put_object(Bucket="bucket", Key=f"{kind}/large", Body=LARGE, **asked)
        place = {"Bucket": "bucket", "Key": f"{kind}/parts"}
        upload = s3.create_multipart_upload(**place, **asked)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": s3.upload_part(
                    **place, UploadId=upload, PartNumber=number, Body=body, **readable(kind)
                )["ETag"],
            }
            for number, body in enumerate((PART, SMALL), 1)
        ]
        s3.complete_multipart_upload(
            **place, UploadId=upload, MultipartUpload={"Parts": parts}, **readable(kind)
        )


def check(s3: Any) -> None:
    for kind in KINDS:
        for name, body in (("small", SMALL), ("large", LARGE), ("parts", PART + SMALL)):
            place = {"Bucket": "bucket", "Key": f"{kind}/{name}"}
            got = s3.get_object(**place, **readable(kind))
            assert got["Body"].read() == body
            assert got["ContentLength"] == len(body)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A data directory of a server that was killed once it had answered."""
    data = tmp_path_factory.mktemp("encrypted") / "data"
    with serving(data, *FLAGS) as server:
        fill(server.client())
        server.kill()
    return data, server.log


def test_no_file_holds_plaintext_or_a_customers_key(filled: tuple[Path, list[str]]) -> None:
    data, log = filled
    secret = CUSTOMER_KEY.encode()
    hidden = (b"PLAINTEXT", secret[:16], b64encode(secret)[:40])
    found = [
        (path.relative_to(data), word)
        for path in files(data)
        for word in hidden
        if word in path.read_bytes()
    ]
    assert found == []
    said = "".join(log).encode()
    assert [word for word in hidden if word in said] == []


def test_after_a_kill_everything_is_read_and_checked(filled: tuple[Path, list[str]]) -> None:
    data, _ = filled
    with serving(data, *FLAGS) as server:
        check(server.client())
        assert server.stop() == 0
    assert main(["fsck", "--deep", "--data-dir", str(data), "--kms-keys", "key-1"]) == 0


def test_a_rotated_key_goes_on_decrypting(
    filled: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    data, _ = filled
    flags = ("--data-dir", str(data), "--kms-keys", "key-1")
    assert main(["keys", "rotate", *flags]) == 0
    assert main(["keys", "rotate", "--key", "key-1", *flags]) == 0
    with serving(data, *FLAGS) as server:
        s3 = server.client()
        check(s3)
        s3.put_object(Bucket="bucket", Key="new", Body=SMALL, ServerSideEncryption="AES256")
        assert s3.get_object(Bucket="bucket", Key="new")["Body"].read() == SMALL
    assert main(["keys", "list", *flags]) == 0
    assert "sse-s3" in capsys.readouterr().out


def test_without_the_folder_of_keys_nothing_is_shown_and_nothing_is_lost(
    filled: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    data, _ = filled
    os.rename(data / "keys", data.parent / "keys")
    try:
        flags = ("--data-dir", str(data), "--kms-keys", "key-1")
        assert main(["fsck", "--deep", "--repair", *flags]) == 1
        assert "content whose key is not there" in capsys.readouterr().out
        assert not (data / "quarantine").exists()
        with serving(data, *FLAGS) as server:
            s3 = server.client()
            with pytest.raises(s3.exceptions.ClientError) as refusal:
                s3.get_object(Bucket="bucket", Key="sse-s3/small")
            assert refusal.value.response["Error"]["Code"] == "InternalError"
            got = s3.get_object(Bucket="bucket", Key="sse-c/small", **readable("sse-c"))
            assert got["Body"].read() == SMALL
            server.stop()
            assert "restore it" in "".join(server.log)
    finally:  # keys of another time have other names, whatever was made meanwhile
        shutil.copytree(data.parent / "keys", data / "keys", dirs_exist_ok=True)
    with serving(data, *FLAGS) as server:
        check(server.client())


def test_two_workers_that_need_the_first_key_at_once_use_one(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "2") as server:
        clients = [server.client() for _ in range(8)]
        clients[0].create_bucket(Bucket="bucket")
        for number, s3 in enumerate(clients):
            s3.put_object(
                Bucket="bucket", Key=str(number), Body=SMALL, ServerSideEncryption="AES256"
            )
        for s3 in clients:
            for number in range(len(clients)):
                assert s3.get_object(Bucket="bucket", Key=str(number))["Body"].read() == SMALL


def test_a_wrong_key_of_a_customer_shows_nothing(server: Server, s3: Any, bucket: str) -> None:
    """Over plain HTTP S3 takes no key at all, nor does this server if nobody told it to."""
    md5 = b64encode(hashlib.md5(CUSTOMER_KEY.encode()).digest()).decode()
    with pytest.raises(s3.exceptions.ClientError) as refusal:
        s3.put_object(
            Bucket=bucket,
            Key="k",
            Body=b"",
            SSECustomerAlgorithm="AES256",
            SSECustomerKey=CUSTOMER_KEY,
        )
    error = refusal.value.response["Error"]
    assert (error["Code"], md5 in str(error)) == ("InvalidRequest", False)
    assert error["Message"].endswith("must be made over a secure connection.")
