"""GetObject and HeadObject where something changes, is empty, or cannot be printed."""

import os
from types import SimpleNamespace
from typing import Any, Final

import pytest

from gateway.operations.reading import get_object, head_object
from gateway.protocol import types as t
from storage.errors import Busy
from storage.records import Attributes, Bucket, ObjectVersion, Segment
from storage.rows import BucketRef
from tests.gateway.refusals import refused
from tests.gateway.server.wire import Response, Wire
from tests.serving import Server

PART: Final = 5 * 1024**2


def upload(s3: Any, bucket: str, key: str, bodies: list[bytes]) -> None:
    """An object of parts."""
    where = {"Bucket": bucket, "Key": key}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**where, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate(bodies, 1)
    ]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


def answer(server: Server, method: str, target: str, **given: Any) -> Response:
    with Wire(server) as wire:
        wire.send(wire.signed(method, target, **given))
        return wire.response(head_only=method == "HEAD")


# If-Range


def is_modified(response: dict[str, Any]) -> bytes:
    return bytes(response["ResponseMetadata"]["HTTPHeaders"]["last-modified"], "ascii")


def test_a_range_of_another_content_is_the_whole_of_this(
    server: Server, s3: Any, bucket: str
) -> None:
    """RFC 9110, section 13.1.5: what a client joins has to be of one content."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    found = s3.head_object(Bucket=bucket, Key="k")
    etag, modified = found["ETag"].encode(), is_modified(found)
    for validator, status in (
        (etag, 206),
        (modified, 206),
        (b'"other"', 200),
        (b"W/" + etag, 200),
        (b"Fri, 01 Jan 2038 00:00:00 GMT", 200),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 200),
        (b"nonsense", 200),
        (etag.strip(b'"'), 200),
    ):
        for method in ("GET", "HEAD"):
            got = answer(
                server,
                method,
                f"/{bucket}/k",
                headers=[(b"range", b"bytes=2-4")],
                unsigned=[(b"if-range", validator)],
            )
            assert got.status == status, (method, validator)
    got = answer(server, "GET", f"/{bucket}/k", unsigned=[(b"if-range", etag)])
    assert (got.status, got.body) == (200, b"0123456789")


# Parts


def test_an_empty_part_is_a_part(s3: Any, bucket: str) -> None:
    upload(s3, bucket, "empty", [b""])
    upload(s3, bucket, "last", [os.urandom(PART), b""])
    for key, number, length in (("empty", 1, 0), ("last", 1, PART), ("last", 2, 0)):
        for read in (s3.get_object, s3.head_object):
            got = read(Bucket=bucket, Key=key, PartNumber=number)
            assert got["ContentLength"] == length
            assert got["PartsCount"] == (1 if key == "empty" else 2)
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="empty", PartNumber=2)
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="last", PartNumber=3)


def test_a_condition_is_looked_at_before_the_part(s3: Any, bucket: str) -> None:
    """RFC 9110, section 13.2.2."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=7, IfNoneMatch=etag)
    with refused("PreconditionFailed", 412):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=7, IfMatch='"other"')


# What changes between two looks


class Changing:
    """Objects of which each look shows the next version; ``opened`` when content was."""

    def __init__(self, *versions: ObjectVersion) -> None:
        self._versions = list(versions)
        self.opened: list[tuple[bytes, int, int]] = []

    def _next(self) -> ObjectVersion:
        return self._versions.pop(0) if len(self._versions) > 1 else self._versions[0]

    async def stat(self, *_: object) -> ObjectVersion:
        return self._next()

    async def open(
        self, _bucket: object, _key: object, _id: object, choose: Any, _customer_key: object
    ) -> Any:
        found = self._next()
        span = choose(found)
        self.opened.append((found.content, *span))
        return SimpleNamespace(version=found, body=b"", offset=span[0], length=span[1])

    async def list_segments(
        self, _bucket: object, _key: object, version: ObjectVersion
    ) -> list[Segment]:
        return list(version.segments)


def version(content: bytes, *sizes: int) -> ObjectVersion:
    segments = tuple(Segment(content, size, n) for n, size in enumerate(sizes, 1) if size)
    return ObjectVersion(
        1,
        "",
        0,
        size=sum(sizes),
        etag=content.hex(),
        content=content,
        attributes=Attributes({}, {}, "STANDARD", {}),
        segments=segments,
        segment_count=len(segments),
        parts_count=len(sizes),
    )


def call_of(objects: Changing) -> Any:
    bucket = BucketRef(b"b", 1, Bucket("b", "a", 0, "r"))
    call = SimpleNamespace(bucket=bucket, key=b"k", headers={}, lifecycle=None)
    call.services = SimpleNamespace(objects=objects)
    return call


@pytest.mark.parametrize("read", [get_object, head_object])
async def test_a_part_is_of_the_version_that_is_answered(read: Any) -> None:
    """Not the whole of another version that took its place meanwhile."""
    old, new = version(b"old", 10, 20), version(b"new", 1, 2, 3)
    objects = Changing(old, new)
    ask = t.GetObjectRequest(bucket="b", key="k", part_number=2)
    answered = await read(call_of(objects), ask)
    assert answered.status == 206
    headers = dict(answered.headers)
    assert headers[b"etag"] == f'"{b"new".hex()}"'.encode()
    assert headers[b"content-range"] == b"bytes 1-2/6"
    assert headers[b"x-amz-mp-parts-count"] == b"3"
    assert objects.opened in ([], [(b"new", 1, 2)])


async def test_a_part_of_what_changes_all_the_time_is_not_waited_for_for_ever() -> None:
    versions = [version(b"%d" % n, 1, 2) for n in range(100)]
    with pytest.raises(Busy):
        await get_object(
            call_of(Changing(*versions)), t.GetObjectRequest(bucket="b", key="k", part_number=2)
        )


async def test_a_head_that_cannot_be_made_opens_nothing() -> None:
    objects = Changing(version(b"a", 10))
    year_40000 = 1_200_000_000_000_000
    ask = t.GetObjectRequest(bucket="b", key="k", response_expires=year_40000)
    with pytest.raises(OverflowError):
        await get_object(call_of(objects), ask)
    assert objects.opened == []


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-23:59", "Fri,%2031%20Dec%209999%2023:59:59%20-2359"]
)
def test_a_time_that_no_date_can_say_is_no_time(
    server: Server, s3: Any, bucket: str, moment: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    got = answer(server, "GET", f"/{bucket}/k?response-expires={moment}")
    assert (got.status, got.code) == (400, "InvalidArgument")


# Not Modified


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_not_modified_keeps_a_caches_copy_fresh(
    server: Server, s3: Any, bucket: str, method: str
) -> None:
    """RFC 9110, section 15.4.5: what a cache updates of its copy, and nothing of the content."""
    s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"x",
        CacheControl="max-age=5",
        Expires="Thu, 01 Jan 2032 00:00:00 GMT",
        ContentLanguage="de",
        Metadata={"a": "b"},
    )
    found = s3.head_object(Bucket=bucket, Key="k")
    since = (b"if-none-match", found["ETag"].encode())
    fresh = answer(server, method, f"/{bucket}/k", headers=[since])
    assert (fresh.status, fresh.body) == (304, b"")
    assert fresh.header("etag") == found["ETag"].encode()
    assert fresh.header("last-modified") == is_modified(found)
    assert fresh.header("cache-control") == b"max-age=5"
    assert fresh.header("expires") == b"Thu, 01 Jan 2032 00:00:00 GMT"
    for name in ("content-length", "content-type", "content-language", "x-amz-meta-a"):
        assert fresh.header(name) is None
    query = "response-cache-control=no-store"
    told = answer(server, method, f"/{bucket}/k?{query}", headers=[since])
    assert (told.status, told.header("cache-control")) == (304, b"no-store")
