"""Conditions: on reads, on writes, and among writers that race."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.endpoint import Endpoint
from tests.clients.refusals import refused

_OTHER = '"00000000000000000000000000000000"'
_PAST = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
_LATER = dt.datetime(2037, 1, 1, tzinfo=dt.UTC)  # beyond now: S3 ignores If-Modified-Since then


@pytest.fixture
def etag(s3: Any, bucket: str) -> str:
    """The ETag of the object `key`."""
    return str(s3.put_object(Bucket=bucket, Key="key", Body=b"content")["ETag"])


def test_a_read_whose_conditions_hold_is_answered(s3: Any, bucket: str, etag: str) -> None:
    for holds in (
        {"IfMatch": etag},
        {"IfMatch": etag.strip('"')},
        {"IfMatch": "*"},
        {"IfNoneMatch": _OTHER},
        {"IfModifiedSince": _PAST},
        {"IfUnmodifiedSince": _LATER},
        {"IfMatch": etag, "IfUnmodifiedSince": _PAST},  # GetObject: then S3 returns 200
    ):
        assert s3.get_object(Bucket=bucket, Key="key", **holds)["Body"].read() == b"content"
        assert s3.head_object(Bucket=bucket, Key="key", **holds)["ETag"] == etag


def test_a_read_of_something_else_fails(s3: Any, bucket: str, etag: str) -> None:
    with refused("PreconditionFailed", 412) as error:
        s3.get_object(Bucket=bucket, Key="key", IfMatch=_OTHER)
    assert error["Condition"] == "If-Match"
    with refused("PreconditionFailed", 412) as error:
        s3.get_object(Bucket=bucket, Key="key", IfUnmodifiedSince=_PAST)
    assert error["Condition"] == "If-Unmodified-Since"
    with refused("412", 412):
        s3.head_object(Bucket=bucket, Key="key", IfMatch=_OTHER)


def test_a_reader_who_has_it_is_told_so(s3: Any, bucket: str, etag: str) -> None:
    with refused("304", 304) as error:
        s3.get_object(Bucket=bucket, Key="key", IfNoneMatch=etag)
    assert error["headers"]["etag"] == etag
    with refused("304", 304):
        s3.head_object(Bucket=bucket, Key="key", IfNoneMatch="*")
    modified = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="key", IfModifiedSince=modified)
    with refused("304", 304):  # GetObject: If-None-Match false and If-Modified-Since true is 304
        s3.get_object(Bucket=bucket, Key="key", IfNoneMatch=etag, IfModifiedSince=_PAST)


def test_put_only_if_nothing_is_there(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="new", Body=b"first", IfNoneMatch="*")
    with refused("PreconditionFailed", 412) as error:
        s3.put_object(Bucket=bucket, Key="new", Body=b"second", IfNoneMatch="*")
    assert error["Condition"] == "If-None-Match"
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"first"


def test_put_only_if_it_is_still_the_same(s3: Any, bucket: str, etag: str) -> None:
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="key", Body=b"wrong", IfMatch=_OTHER)
    s3.put_object(Bucket=bucket, Key="key", Body=b"second", IfMatch=etag)
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="key", Body=b"third", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"second"
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="absent", Body=b"", IfMatch=etag)


def test_delete_only_if_it_is_still_the_same(s3: Any, bucket: str, etag: str) -> None:
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="key", IfMatch=_OTHER)
    s3.head_object(Bucket=bucket, Key="key")
    s3.delete_object(Bucket=bucket, Key="key", IfMatch=etag)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")


def test_copy_only_over_what_is_expected(s3: Any, bucket: str, etag: str) -> None:
    source = {"Bucket": bucket, "Key": "key"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, IfMatch=_OTHER)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, IfMatch=etag)


def test_complete_only_if_nothing_is_there(s3: Any, bucket: str, etag: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    asked = {"Bucket": bucket, "Key": "key", "UploadId": upload, "MultipartUpload": parts}
    with refused("PreconditionFailed", 412):
        s3.complete_multipart_upload(**asked, IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"
    s3.complete_multipart_upload(**asked, IfMatch=etag)  # the upload was not lost
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"part"


def _wins(s3: Any, bucket: str, body: bytes, condition: dict[str, str]) -> bool:
    """Whether this conditional put was accepted."""
    try:
        s3.put_object(Bucket=bucket, Key="race", Body=body, **condition)
    except ClientError as error:
        # User Guide, "Conditional writes": 412, or 409 when a concurrent one came between.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {409, 412}:
            return False
        raise
    return True


@pytest.mark.parametrize("size", [64, 300_000], ids="{} bytes".format)
def test_of_many_writers_at_once_exactly_one_wins(
    endpoint: Endpoint, bucket: str, size: int
) -> None:
    """32 connections, spread over the server's processes; the object is the winner's."""
    writers = 32
    client = endpoint.boto(max_pool_connections=writers)
    bodies = [bytes([number]) * size for number in range(writers)]
    with ThreadPoolExecutor(writers) as pool:
        condition = {"IfNoneMatch": "*"}
        for _ in range(5):  # five generations: the first by absence, the others by ETag
            tries = pool.map(lambda body: _wins(client, bucket, body, condition), bodies)  # noqa: B023
            won = [body for body, accepted in zip(bodies, tries, strict=True) if accepted]
            got = client.get_object(Bucket=bucket, Key="race")
            assert [got["Body"].read()] == won
            condition = {"IfMatch": got["ETag"]}
            bodies = [body[::-1] + b"+" for body in bodies]
    client.close()
