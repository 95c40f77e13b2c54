"""``signet quota`` beside a server: two workers, and not a byte too much."""

import concurrent.futures
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gateway.cli import main
from storage.meta import COUNTER_MAX
from storage.records import Allowance
from tests.gateway.inside import Listed, begun, furnished
from tests.serving import serving

SIZE = 1000


def put(client: Any, bucket: str, key: str, size: int = SIZE) -> str:
    """ "" if there was room, else the error's code."""
    try:
        client.put_object(Bucket=bucket, Key=key, Body=bytes(size))
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return str(error.response["Error"]["Code"]) if status == 403 else f"status {status}"
    return ""


def test_two_workers_fill_quotas_to_the_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"

    def quota(*words: str) -> dict[str, Any]:
        assert main(["quota", *words, "--data-dir", str(data)]) == 0
        said = capsys.readouterr().out
        found: dict[str, Any] = json.loads(said) if "--json" in words else {}
        return found

    with serving(data, "--workers", "2") as server:
        owner = server.client()
        for bucket in ("one", "two", "three"):
            owner.create_bucket(Bucket=bucket)
        quota("set", "bucket", "one", "--bytes", "5500")
        quota("set", "account", "000000000001", "--bytes", "15500", "--objects", "100")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            clients = [server.client() for _ in range(8)]
            said = [
                pool.submit(put, clients[n % 8], ("one", "two", "three")[n % 3], f"{n}")
                for n in range(48)
            ]
            codes = [one.result() for one in said]
        # Who lost to the others too often is told to come again.
        assert {"", "QuotaExceeded"} <= set(codes) <= {"", "QuotaExceeded", "status 503"}
        found = quota("show", "account", "000000000001", "--json")
        assert found["quota"] == {"bytes": 15500, "objects": 100}
        assert found["used"]["bytes"] == codes.count("") * SIZE <= 15500
        held = quota("show", "bucket", "one", "--json")["used"]["bytes"]
        assert held <= 5500
        for bucket in ("one", "two"):
            for number in range(100, 116):
                put(owner, bucket, f"{number}")
        found = quota("show", "account", "000000000001", "--json")
        assert 14500 < found["used"]["bytes"] <= 15500
        assert put(owner, "two", "upload", 5_000_000) == "QuotaExceeded"
        quota("remove", "account", "000000000001")
        quota("remove", "bucket", "one")
        assert put(owner, "one", "more", 20_000) == ""
        quota("set", "bucket", "one", "--objects", "0")
        upload = owner.create_multipart_upload(Bucket="one", Key="parts")["UploadId"]
        names = {"Bucket": "one", "Key": "parts", "UploadId": upload}
        etag = owner.upload_part(**names, PartNumber=1, Body=b"x")["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        with pytest.raises(ClientError, match="QuotaExceeded"):
            owner.complete_multipart_upload(**names, MultipartUpload=parts)
        quota("remove", "bucket", "one")
        owner.complete_multipart_upload(**names, MultipartUpload=parts)
        assert server.stop() == 0
    assert main(["fsck", "--data-dir", str(data)]) == 0


@pytest.mark.parametrize("target", ["/bucket/key", "/bucket/key?partNumber=1&uploadId=UPLOAD"])
async def test_what_does_not_fit_is_not_received(target: str) -> None:
    async with furnished("/bucket") as app:
        target = target.replace("UPLOAD", await begun(app, "/bucket/key"))
        buckets = app.services.buckets
        quota = Allowance(1000, COUNTER_MAX)
        await buckets.quotas.set_bucket((await buckets.find("bucket")).id, quota)
        for size, status in ((1001, 403), (1000, 200)):
            body = bytes(size)
            sent = Listed("PUT", target.encode(), [body], sha256(body).hexdigest().encode())
            reply = await app.serve(sent)
            assert reply.status == status
            assert sent.received == (size if status == 200 else 0)
            assert reply.close == (status != 200)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set", "bucket", "nothing", "--bytes", "1"], "there is no bucket 'nothing'"),
        (["set", "bucket", "B", "--bytes", "1"], "'B' is no name of a bucket"),
        (["set", "bucket", "bucket"], "give at least one"),
        (["set", "bucket", "bucket", "--bytes", "much"], "not a number of bytes"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "1"):
        assert main(["quota", *words, "--data-dir", str(data)]) == 2
    assert said in capsys.readouterr().err
