"""Buckets: made, found, listed, refused and deleted."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.refusals import refused


def test_a_new_bucket_is_found_and_is_in_the_region_of_the_server(s3: Any, bucket: str) -> None:
    head = s3.head_bucket(Bucket=bucket)
    assert head["BucketRegion"] == "us-east-1"
    # API Reference, GetBucketLocation: us-east-1 has a null LocationConstraint.
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_create_bucket_answers_with_its_location(s3: Any) -> None:
    name = f"clients-{uuid.uuid4().hex[:20]}"
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    s3.delete_bucket(Bucket=name)


def test_making_ones_own_bucket_again_in_us_east_1_succeeds(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"


def test_a_bucket_in_a_region_that_is_not_ours_is_refused(s3: Any) -> None:
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(
            Bucket=f"clients-{uuid.uuid4().hex[:20]}",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ab", id="too short"),
        pytest.param("a" * 64, id="too long"),
        pytest.param("Upper-Case", id="upper case"),
        pytest.param("under_score", id="an underscore"),
        pytest.param("-starts-with-a-hyphen", id="a hyphen at the start"),
        pytest.param("two..dots", id="two dots together"),
        pytest.param("192.168.5.4", id="like an address"),
        pytest.param("xn--punycode", id="a reserved prefix"),
        pytest.param("name-s3alias", id="a reserved suffix"),
    ],
)
def test_a_name_against_the_naming_rules_is_refused(s3: Any, name: str) -> None:
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket=name)


def test_a_bucket_with_an_object_is_not_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    with refused("BucketNotEmpty", 409) as error:
        s3.delete_bucket(Bucket=bucket)
    assert error["BucketName"] == bucket
    s3.head_object(Bucket=bucket, Key="key")


def test_a_deleted_bucket_is_gone(s3: Any) -> None:
    name = f"clients-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    s3.delete_bucket(Bucket=name)
    with refused("NoSuchBucket", 404) as error:
        s3.list_objects_v2(Bucket=name)
    assert error["BucketName"] == name
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
    with refused("NoSuchBucket", 404):
        s3.delete_bucket(Bucket=name)


def test_buckets_are_listed_by_name_in_pages(s3: Any, new_bucket: Callable[[], str]) -> None:
    made = sorted(new_bucket() for _ in range(5))
    pages = s3.get_paginator("list_buckets").paginate(
        Prefix="clients-", PaginationConfig={"PageSize": 2}
    )
    found = []
    for page in pages:
        assert len(page["Buckets"]) <= 2
        found += [entry["Name"] for entry in page["Buckets"]]
    assert found == sorted(found)
    assert set(made) <= set(found)


def test_only_buckets_with_the_prefix_are_listed(s3: Any, bucket: str) -> None:
    answer = s3.list_buckets(Prefix=bucket)
    assert [entry["Name"] for entry in answer["Buckets"]] == [bucket]
    assert answer["Prefix"] == bucket
    assert answer["Owner"]["ID"]


def test_the_expected_owner_is_checked(s3: Any, bucket: str) -> None:
    with refused("403", 403):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="999999999999")
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="key", Body=b"", ExpectedBucketOwner="999999999999")
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="key")
