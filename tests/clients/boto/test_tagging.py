"""Object tagging: put with the object or apart from it, read, replaced, deleted."""

from typing import Any

import pytest

from tests.clients.refusals import refused


def _tags(s3: Any, bucket: str, key: str = "key") -> dict[str, str]:
    answer = s3.get_object_tagging(Bucket=bucket, Key=key)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def _set(tags: dict[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}


def test_tags_put_with_the_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Tagging="colour=dark%20blue&empty=")
    assert _tags(s3, bucket) == {"colour": "dark blue", "empty": ""}
    assert s3.get_object(Bucket=bucket, Key="key")["TagCount"] == 2


def test_tags_are_replaced_whole_and_deleted(s3: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"content", Tagging="old=1")
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=_set({"new": "ü", "b": "/+=._-:@"}))
    assert _tags(s3, bucket) == {"new": "ü", "b": "/+=._-:@"}
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    assert _tags(s3, bucket) == {}
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["ETag"]) == (b"content", put["ETag"])
    assert "TagCount" not in got


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        pytest.param({str(number): "x" for number in range(11)}, "BadRequest", id="eleven tags"),
        pytest.param({"k" * 129: "x"}, "InvalidTag", id="a key of 129 letters"),
        pytest.param({"k": "v" * 257}, "InvalidTag", id="a value of 257 letters"),
        pytest.param({"aws:mine": "x"}, "InvalidTag", id="a reserved prefix"),
    ],
)
def test_tags_against_the_rules_are_refused(
    s3: Any, bucket: str, tags: dict[str, str], code: str
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Tagging="kept=1")
    with refused(code, 400):
        s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=_set(tags))
    assert _tags(s3, bucket) == {"kept": "1"}


def test_the_same_key_twice_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"")
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    with refused("InvalidTag", 400):
        s3.put_object_tagging(Bucket=bucket, Key="key", Tagging=twice)


def test_tags_of_nothing(s3: Any, bucket: str) -> None:
    with refused("NoSuchKey", 404):
        s3.get_object_tagging(Bucket=bucket, Key="none")
    with refused("NoSuchKey", 404):
        s3.put_object_tagging(Bucket=bucket, Key="none", Tagging=_set({"a": "1"}))
