"""Parts of an object: ranges, and the headers that go with them."""

from typing import Any

import pytest

from tests.clients.material import content
from tests.clients.refusals import refused

_SIZE = 200_000  # beyond what is kept inline


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        pytest.param("bytes=0-0", 0, 1, id="the first byte"),
        pytest.param("bytes=0-99", 0, 100, id="from the start"),
        pytest.param("bytes=1000-1999", 1000, 2000, id="in the middle"),
        pytest.param("bytes=199999-", _SIZE - 1, _SIZE, id="the last byte"),
        pytest.param("bytes=100-", 100, _SIZE, id="to the end"),
        pytest.param("bytes=-7", _SIZE - 7, _SIZE, id="a suffix"),
        pytest.param("bytes=-999999", 0, _SIZE, id="a suffix longer than the object"),
        pytest.param("bytes=5-999999", 5, _SIZE, id="an end beyond the object"),
    ],
)
def test_a_range(s3: Any, bucket: str, asked: str, start: int, stop: int) -> None:
    body = content("ranges", _SIZE)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    got = s3.get_object(Bucket=bucket, Key="key", Range=asked)
    assert got["Body"].read() == body[start:stop]
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {start}-{stop - 1}/{_SIZE}"
    assert got["ContentLength"] == stop - start
    head = s3.head_object(Bucket=bucket, Key="key", Range=asked)
    assert (head["ContentLength"], head["ContentRange"]) == (stop - start, got["ContentRange"])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("bytes=abc", id="not a number"),
        pytest.param("bytes=9-5", id="the end before the start"),
        pytest.param("lines=0-9", id="another unit"),
    ],
)
def test_a_range_that_is_none_is_ignored(s3: Any, bucket: str, asked: str) -> None:
    # RFC 9110 section 14.2: an invalid or unknown range unit is ignored.
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="key", Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert got["Body"].read() == b"0123456789"


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_object_is_refused(s3: Any, bucket: str, asked: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    with refused("InvalidRange", 416) as error:
        s3.get_object(Bucket=bucket, Key="key", Range=asked)
    assert error["ActualObjectSize"] == "10"
    assert error["RangeRequested"] == asked


def test_an_empty_object_has_no_range(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key="key", Range="bytes=0-0")


def test_an_object_put_whole_is_its_own_first_part(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="key", PartNumber=1)
    assert got["Body"].read() == b"0123456789"
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="key", PartNumber=2)
