"""A started server whose disk is full, or fails: what it answers, and what is there afterwards."""

import http.client
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.crash.test_kill import check_fsck
from tests.serving import PATIENCE_S, Server, serving, until

SMALL: Final = b"s" * 1000  # inline
LARGE: Final = b"l" * 200_000  # a file


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    directory = tmp_path / "trouble"
    directory.mkdir()
    return directory


def faulty(data: Path, trouble: Path, *arguments: str) -> Any:
    program = ("tests.gateway.server.faulty", str(trouble))
    return serving(data, *arguments, program=program)


def refused(work: Callable[[], object]) -> tuple[int, str]:
    """The status and the code of an error."""
    with pytest.raises(ClientError) as caught:
        work()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def body(s3: Any, key: str) -> bytes:
    content: bytes = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    return content


def eventually(happens: Callable[[], bool], what: str) -> None:
    until(happens, lambda: what)


def fill(s3: Any) -> str:
    """Objects of both kinds and an upload, whose id is returned."""
    s3.create_bucket(Bucket="bucket")
    for number in range(8):
        s3.put_object(Bucket="bucket", Key=f"small{number}", Body=SMALL)
        s3.put_object(Bucket="bucket", Key=f"large{number}", Body=LARGE)
    upload: str = s3.create_multipart_upload(Bucket="bucket", Key="parts")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="parts", UploadId=upload, PartNumber=1, Body=LARGE)
    return upload


WRITES: Final[dict[str, Callable[[Any], object]]] = {
    "a small object": lambda s3: s3.put_object(Bucket="bucket", Key="new", Body=SMALL),
    "a large object": lambda s3: s3.put_object(Bucket="bucket", Key="new", Body=LARGE),
    "over an object": lambda s3: s3.put_object(Bucket="bucket", Key="small0", Body=b"new"),
    "a copy": lambda s3: s3.copy_object(Bucket="bucket", Key="new", CopySource="bucket/large0"),
    "tags": lambda s3: s3.put_object_tagging(
        Bucket="bucket", Key="small0", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    ),
    "a bucket": lambda s3: s3.create_bucket(Bucket="another"),
    "an upload": lambda s3: s3.create_multipart_upload(Bucket="bucket", Key="new"),
}


def check_full(s3: Any, upload: str) -> None:
    """Writes are refused, reads and deletes go on."""
    part = {"Bucket": "bucket", "Key": "parts", "UploadId": upload}
    for what, write in WRITES.items():
        assert refused(partial(write, s3)) == (503, "SlowDown"), what
    assert refused(lambda: s3.upload_part(**part, PartNumber=2, Body=LARGE)) == (503, "SlowDown")
    assert body(s3, "small0") == SMALL
    assert body(s3, "large0") == LARGE
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 16
    assert s3.head_object(Bucket="bucket", Key="large1")["ContentLength"] == len(LARGE)
    s3.delete_object(Bucket="bucket", Key="small1")
    s3.delete_object(Bucket="bucket", Key="large1")
    keys = [{"Key": "small2"}, {"Key": "large2"}]
    answer = s3.delete_objects(Bucket="bucket", Delete={"Objects": keys})
    assert len(answer["Deleted"]) == 2
    s3.abort_multipart_upload(**part)
    assert refused(lambda: body(s3, "large1")) == (404, "NoSuchKey")
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 12


def test_a_full_disk_refuses_writes_while_reads_and_deletes_go_on(
    tmp_path: Path, trouble: Path
) -> None:
    data = tmp_path / "data"
    with faulty(data, trouble) as server:
        s3 = server.client()
        upload = fill(s3)
        (trouble / "full").touch()
        check_full(s3, upload)
        assert ready(server) == 200  # it takes reads and deletes
        assert any(f"no room on the disk of {data}" in line for line in server.log)
        (trouble / "full").unlink()
        for write in WRITES.values():
            write(s3)
        assert body(s3, "new") == LARGE
        assert server.stop() == 0
        assert not any("Traceback" in line for line in server.log)
    check_fsck(data)


def test_a_server_starts_on_a_full_disk(tmp_path: Path, trouble: Path) -> None:
    data = tmp_path / "data"
    with faulty(data, trouble) as server:
        upload = fill(server.client())
    (trouble / "full").touch()  # after a kill: the log is not copied back
    with faulty(data, trouble) as server:
        s3 = server.client()
        check_full(s3, upload)
        (trouble / "full").unlink()
        s3.put_object(Bucket="bucket", Key="new", Body=LARGE)
        assert body(s3, "new") == LARGE
        assert server.stop() == 0
    check_fsck(data)


class Probe:
    """A connection that asks for the readiness page, and so always the same worker."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(*server.address, timeout=PATIENCE_S)
        self._connection.connect()
        self._connection.auto_open = 0

    def ready(self) -> int:
        """Its status; 503, if the worker does not answer any more."""
        try:
            self._connection.request("GET", "/-/ready")
            answer = self._connection.getresponse()
            answer.read()
        except (ConnectionError, http.client.HTTPException):
            return 503
        return answer.status

    def close(self) -> None:
        self._connection.close()


def ready(server: Server) -> int:
    """The status of the readiness page on a new connection."""
    with closing(Probe(server)) as probe:
        return probe.ready()


FAILING: Final = [
    pytest.param("log", SMALL, id="of the log, for a small object"),
    pytest.param("log", LARGE, id="of the log, for a large object"),
    pytest.param("blob", LARGE, id="of a blob"),
]


@pytest.mark.parametrize(("sync", "content"), FAILING)
def test_after_a_failed_fsync_a_worker_restarts_through_recovery(
    sync: str, content: bytes, tmp_path: Path, trouble: Path
) -> None:
    data = tmp_path / "data"
    with faulty(data, trouble, "--workers", "1") as server, closing(Probe(server)) as probe:
        s3 = server.client()
        fill(s3)
        assert probe.ready() == 200
        worker, _ = before = server.workers()
        s3.put_object(Bucket="bucket", Key="acknowledged", Body=content)
        (trouble / sync).write_text(str(worker))
        failed = partial(s3.put_object, Bucket="bucket", Key="failed", Body=content)
        assert refused(failed) == (503, "ServiceUnavailable")
        assert probe.ready() == 503
        eventually(lambda: len(set(server.workers()) - set(before)) == 1, "nobody took its place")
        assert set(before) - set(server.workers()) == {worker}, "the keeper goes on"
        eventually(lambda: ready(server) == 200, "not ready again")
        for number in range(10):
            s3.put_object(Bucket="bucket", Key=f"after{number}", Body=content)
        for key in ("acknowledged", *(f"after{number}" for number in range(10))):
            assert body(s3, key) == content
        for number in range(8):
            assert body(s3, f"small{number}") == SMALL
            assert body(s3, f"large{number}") == LARGE
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="bucket")["Contents"]]
        if "failed" in keys:  # nobody was told that it was not
            assert body(s3, "failed") == content
        assert any(f"the disk of {data}" in line for line in server.log)
        assert any("restarts through recovery" in line for line in server.log)
        assert server.stop() == 0
    check_fsck(data)
