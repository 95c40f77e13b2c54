"""Buckets and listings over the wire."""

from typing import Any

import pytest
from botocore.handlers import validate_bucket_name

from gateway.protocol.model import load
from tests.gateway.refusals import refused
from tests.serving import Server


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ab", id="too short"),
        pytest.param("a" * 64, id="too long"),
        pytest.param("Upper", id="upper case"),
        pytest.param("under_score", id="an underscore"),
        pytest.param("a..b", id="two periods"),
        pytest.param("192.168.1.1", id="an address"),
        pytest.param("-ab", id="a hyphen first"),
        pytest.param("xn--abc", id="a reserved prefix"),
        pytest.param("abc-s3alias", id="a reserved suffix"),
    ],
)
def test_names_that_cannot_be(server: Server, name: str) -> None:
    s3 = server.client()
    s3.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket=name)


def test_the_life_of_a_bucket(s3: Any, bucket: str) -> None:
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    s3.create_bucket(Bucket=bucket)  # in us-east-1, again is a success
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.delete_bucket(Bucket=bucket)
    with refused("404", 404):
        s3.head_bucket(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.create_bucket(Bucket=bucket)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_listing_buckets_page_by_page(s3: Any, bucket: str) -> None:
    names = [f"{bucket}-{n}" for n in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(
        Prefix=f"{bucket}-", PaginationConfig={"PageSize": 2}
    )
    assert [one["Name"] for page in pages for one in page["Buckets"]] == names


KEYS = ["a", "a/1", "a/2", "a/b/3", "a0", "b/1", "c", "z", "é/1"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    return bucket


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("prefix", ["", "a", "a/"])
@pytest.mark.parametrize("delimiter", ["", "/", "/b"])
def test_pages_join_up(
    s3: Any, filled: str, version: str, size: int, prefix: str, delimiter: str
) -> None:
    pages = s3.get_paginator(version).paginate(
        Bucket=filled, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}
    )
    keys, groups = [], []
    for page in pages:
        keys += [one["Key"] for one in page.get("Contents", [])]
        groups += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
    expected_keys, expected_groups = [], []
    for key in KEYS:
        if not key.startswith(prefix):
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        if end < 0:
            expected_keys.append(key)
        elif key[: end + len(delimiter)] not in expected_groups:
            expected_groups.append(key[: end + len(delimiter)])
    assert (keys, groups) == (expected_keys, expected_groups)


def test_listing_details(s3: Any, filled: str) -> None:
    page = s3.list_objects_v2(Bucket=filled, StartAfter="a/1", MaxKeys=2, FetchOwner=True)
    assert [one["Key"] for one in page["Contents"]] == ["a/2", "a/b/3"]
    assert page["KeyCount"] == 2
    assert page["Contents"][0]["Owner"]["ID"]
    none = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert (none["KeyCount"], none["IsTruncated"]) == (0, False)
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=filled, ContinuationToken="nonsense!")
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=filled, MaxKeys=-1)


NOT_IMPLEMENTED = [
    ("get_bucket_metadata_table_configuration", {}),
    ("get_bucket_abac", {}),
    ("get_object_torrent", {"Key": "k"}),
]


@pytest.mark.parametrize(("method", "extra"), NOT_IMPLEMENTED)
def test_what_is_left_out_says_its_name(
    s3: Any, bucket: str, method: str, extra: dict[str, str]
) -> None:
    with refused("NotImplemented", 501) as fields:
        getattr(s3, method)(Bucket=bucket, **extra)
    names = {name.lower() for name in load().operations}
    assert fields["Message"].split()[0].lower() in names
    s3.head_bucket(Bucket=bucket)  # DELETE ?cors did not delete the bucket
