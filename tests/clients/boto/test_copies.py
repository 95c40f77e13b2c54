"""CopyObject: content, metadata and tags, each kept or replaced as asked."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.material import MIB, content, sha256
from tests.clients.refusals import refused


@pytest.fixture
def source(s3: Any, bucket: str) -> dict[str, str]:
    """An object with metadata and tags."""
    s3.put_object(
        Bucket=bucket,
        Key="source",
        Body=content("copy", 6 * MIB),
        ContentType="text/x-source",
        CacheControl="max-age=1",
        Metadata={"from": "source"},
        Tagging="colour=red&size=L",
    )
    return {"Bucket": bucket, "Key": "source"}


def test_a_copy_has_everything_of_its_source(
    s3: Any, source: dict[str, str], new_bucket: Callable[[], str]
) -> None:
    for target in (source["Bucket"], new_bucket()):
        answer = s3.copy_object(Bucket=target, Key="copy", CopySource=source)
        got = s3.get_object(Bucket=target, Key="copy")
        assert sha256(got["Body"].read()) == sha256(content("copy", 6 * MIB))
        assert answer["CopyObjectResult"]["ETag"] == got["ETag"]
        assert (got["ContentType"], got["CacheControl"]) == ("text/x-source", "max-age=1")
        assert got["Metadata"] == {"from": "source"}
        tags = s3.get_object_tagging(Bucket=target, Key="copy")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"colour": "red", "size": "L"}


def test_a_copy_outlives_its_source(s3: Any, source: dict[str, str]) -> None:
    s3.copy_object(Bucket=source["Bucket"], Key="copy", CopySource=source)
    s3.put_object(**source, Body=b"another content")
    s3.delete_object(**source)
    got = s3.get_object(Bucket=source["Bucket"], Key="copy")
    assert sha256(got["Body"].read()) == sha256(content("copy", 6 * MIB))


def test_metadata_and_tags_are_replaced_when_asked(s3: Any, source: dict[str, str]) -> None:
    bucket = source["Bucket"]
    s3.copy_object(
        Bucket=bucket,
        Key="copy",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"new": "1"},
        ContentType="text/x-copy",
        TaggingDirective="REPLACE",
        Tagging="only=this",
    )
    head = s3.head_object(Bucket=bucket, Key="copy")
    assert head["Metadata"] == {"new": "1"}
    assert head["ContentType"] == "text/x-copy"
    assert "CacheControl" not in head
    tags = s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"]
    assert tags == [{"Key": "only", "Value": "this"}]


def test_a_copy_onto_itself_must_change_something(s3: Any, source: dict[str, str]) -> None:
    with refused("InvalidRequest", 400):
        s3.copy_object(**source, CopySource=source)
    s3.copy_object(
        **source, CopySource=source, MetadataDirective="REPLACE", Metadata={"changed": "yes"}
    )
    got = s3.get_object(**source)
    assert got["Metadata"] == {"changed": "yes"}
    assert sha256(got["Body"].read()) == sha256(content("copy", 6 * MIB))


def test_conditions_on_the_source(s3: Any, source: dict[str, str]) -> None:
    head = s3.head_object(**source)
    past = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    for holds in (
        {"CopySourceIfMatch": head["ETag"]},
        {"CopySourceIfNoneMatch": '"0"'},
        {"CopySourceIfModifiedSince": past},
        {"CopySourceIfUnmodifiedSince": head["LastModified"]},
        {"CopySourceIfMatch": head["ETag"], "CopySourceIfUnmodifiedSince": past},
    ):
        s3.copy_object(Bucket=source["Bucket"], Key="copy", CopySource=source, **holds)
    for fails in (
        {"CopySourceIfMatch": '"0"'},
        {"CopySourceIfNoneMatch": head["ETag"]},
        {"CopySourceIfUnmodifiedSince": past},
        {"CopySourceIfNoneMatch": head["ETag"], "CopySourceIfModifiedSince": past},
    ):
        with refused("PreconditionFailed", 412):
            s3.copy_object(Bucket=source["Bucket"], Key="other", CopySource=source, **fails)


def test_a_source_that_is_not_there(s3: Any, bucket: str) -> None:
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "none"})
    with refused("NoSuchBucket", 404):
        s3.copy_object(
            Bucket=bucket, Key="copy", CopySource={"Bucket": f"{bucket}-not", "Key": "none"}
        )


def test_a_copy_may_have_another_checksum(s3: Any, source: dict[str, str]) -> None:
    answer = s3.copy_object(
        Bucket=source["Bucket"], Key="copy", CopySource=source, ChecksumAlgorithm="SHA256"
    )
    head = s3.head_object(Bucket=source["Bucket"], Key="copy", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == answer["CopyObjectResult"]["ChecksumSHA256"]
    assert "ChecksumCRC32" not in head
