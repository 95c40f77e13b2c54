"""A server whose contents lie in another Signet: what its clients see, also while that is away."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from storage.blob.cloud import CloudBlobs, connected
from storage.conformance.blob import name
from tests.serving import KEY, PATIENCE_S, SECRET, Server, serving, until

pytestmark = pytest.mark.clients

MIB: Final = 1024 * 1024
SIZES: Final = (0, 10, 100_000, 8 * MIB, 20 * MIB)
BUCKET: Final = "contents"


def url_of(server: Server) -> str:
    return f"s3://{KEY}:{quote(SECRET, safe='')}@{BUCKET}/p?endpoint={server.endpoint}"


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "behind", "--workers", "1") as server:
        server.client().create_bucket(Bucket=BUCKET)
        yield server


def names(behind: Server) -> list[str]:
    found = behind.client().list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [one["Key"].removeprefix("p/") for one in found]


def test_clients_see_no_difference(behind: Server, tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--blobs", url_of(behind)) as server:
        client = server.client()
        client.create_bucket(Bucket="bucket")
        client.create_bucket(Bucket="another")
        bodies = {str(size): os.urandom(size) for size in SIZES}
        for key, body in bodies.items():
            client.put_object(Bucket="bucket", Key=key, Body=body)
            client.copy_object(Bucket="another", Key=key, CopySource=f"bucket/{key}")
        for key, body in bodies.items():
            for bucket in ("bucket", "another"):
                assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == body
            if len(body) > 100:
                got = client.get_object(Bucket="bucket", Key=key, Range="bytes=10-99")
                assert got["Body"].read() == body[10:100]
        _upload_in_parts(client)
        assert SECRET not in "".join(server.log)
        assert len(names(behind)) == 1 + 2 * 4 + 3  # the mark; 2 small, a large one; parts
        for bucket in ("bucket", "another"):
            for one in client.list_objects_v2(Bucket=bucket)["Contents"]:
                client.delete_object(Bucket=bucket, Key=one["Key"])
        until(lambda: names(behind) == ["signet-store"], lambda: str(names(behind)))


def _upload_in_parts(client: Any) -> None:
    about = {"Bucket": "bucket", "Key": "parts"}
    upload = client.create_multipart_upload(**about)["UploadId"]
    parts = [os.urandom(size) for size in (5 * MIB, 9 * MIB)]
    made = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(**about, UploadId=upload, PartNumber=number, Body=part)[
                "ETag"
            ],
        }
        for number, part in enumerate(parts, 1)
    ]
    client.complete_multipart_upload(**about, UploadId=upload, MultipartUpload={"Parts": made})
    assert client.get_object(**about)["Body"].read() == b"".join(parts)


def _status(server: Server, method: str, key: str, body: bytes = b"") -> int:
    client = server.client()
    try:
        if method == "PUT":
            answer = client.put_object(Bucket="bucket", Key=key, Body=body)
        else:
            answer = client.get_object(Bucket="bucket", Key=key)
            answer["Body"].read()
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def _ready(server: Server) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*server.address, timeout=30)
    connection.request("GET", "/-/ready")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_while_the_store_is_away_clients_are_told_so_and_it_is_found_again(
    tmp_path: Path,
) -> None:
    body = os.urandom(100_000)
    with serving(tmp_path / "behind", "--workers", "1") as behind:
        behind.client().create_bucket(Bucket=BUCKET)
        place, url = behind.place, url_of(behind)
        with serving(tmp_path / "data", "--workers", "1", "--blobs", url) as server:
            server.client().create_bucket(Bucket="bucket")
            assert _status(server, "PUT", "large", body) == 200
            assert _status(server, "PUT", "small", b"small") == 200
            behind.kill()
            for _ in range(6):
                assert _status(server, "PUT", "new", body) == 503
                assert _status(server, "GET", "large") == 503
            assert _status(server, "GET", "small") == 200
            assert _status(server, "PUT", "small", b"again") == 200
            status, why = _ready(server)
            assert status == 503
            assert "is away for" in why
            assert SECRET not in why
            with serving(tmp_path / "behind", "--workers", "1", "--listen", place):
                until(lambda: _ready(server)[0] == 200, lambda: str(_ready(server)))
                assert _status(server, "GET", "large") == 200
                assert _status(server, "PUT", "new", body) == 200


def test_what_is_not_there_or_not_ours_is_refused_at_the_start(
    behind: Server, tmp_path: Path
) -> None:
    url = url_of(behind)
    data = tmp_path / "data"
    assert "make the bucket first" in _refusal(data, url.replace(BUCKET, "nowhere"))
    assert "credentials" in _refusal(data, url.replace(quote(SECRET, safe=""), "wrong"))
    assert not (data / "contents").exists()
    with serving(data, "--blobs", url):
        pass
    assert "start with the --blobs that it had" in _refusal(data, "file:")
    assert "another data directory" in _refusal(tmp_path / "other", url)
    assert "emptied" in _refusal(data, url.replace("/p?", "/q?"))


def _refusal(data: Path, url: str) -> str:
    """What a start says that comes to nothing; another process, for it blocks signals."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SIGNET_"))}
    command = [sys.executable, "-m", "gateway.cli", "serve", "--listen", "127.0.0.1:0"]
    done = subprocess.run(
        [*command, "--data-dir", str(data)],
        cwd=Path(__file__).parents[2],
        env={**environment, "SIGNET_BLOBS": url},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr
    return done.stderr


async def test_an_upload_that_is_broken_off_leaves_nothing(behind: Server) -> None:
    blobs = CloudBlobs(connected(url_of(behind)), small_bytes=100, part_bytes=5 * MIB)
    writer = await blobs.create(name(1))
    await writer.write(bytes(16 * MIB))
    client = behind.client()
    assert len(client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
    await writer.abort()
    assert names(behind) == []
    assert client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
    await blobs.close()
