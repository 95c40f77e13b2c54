"""Objects: what is put is what is got, with all that was said about it."""

import datetime as dt
import hashlib
from typing import Any

import pytest

from tests.clients.material import MIB, content, sha256
from tests.clients.refusals import refused


@pytest.mark.parametrize(
    "size", [0, 1, 4096, 65_536, 131_073, MIB, 9 * MIB + 7], ids="{} bytes".format
)
def test_an_object_comes_back_as_it_was_put(s3: Any, bucket: str, size: int) -> None:
    body = content("object", size)
    put = s3.put_object(Bucket=bucket, Key="key", Body=body)
    got = s3.get_object(Bucket=bucket, Key="key")
    assert sha256(got["Body"].read()) == sha256(body)
    assert got["ContentLength"] == size
    assert got["ETag"] == put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert got["ContentType"] == "binary/octet-stream"
    assert got["AcceptRanges"] == "bytes"
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentLength"], head["ETag"]) == (size, put["ETag"])
    assert head["LastModified"] == got["LastModified"]


def test_what_is_said_of_an_object_is_kept(s3: Any, bucket: str) -> None:
    said = {
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de-AT",
        "ContentType": "text/plain; charset=utf-8",
        "WebsiteRedirectLocation": "/elsewhere",
    }
    metadata = {"colour": "blue", "with-hyphen": "a, b", "number": "1"}
    s3.put_object(
        Bucket=bucket,
        Key="key",
        Body=b"x",
        Metadata=metadata,
        StorageClass="STANDARD_IA",
        Expires=dt.datetime(2031, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        **said,
    )
    for answer in (
        s3.get_object(Bucket=bucket, Key="key"),
        s3.head_object(Bucket=bucket, Key="key"),
    ):
        assert {name: answer[name] for name in said} == said
        assert answer["Metadata"] == metadata
        assert answer["StorageClass"] == "STANDARD_IA"
        assert answer["ExpiresString"] == "Thu, 02 Jan 2031 03:04:05 GMT"


def test_a_standard_object_names_no_storage_class(s3: Any, bucket: str) -> None:
    # API Reference, GetObject: S3 sends this header for all but S3 Standard.
    s3.put_object(Bucket=bucket, Key="key", Body=b"", StorageClass="STANDARD")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="key")
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["StorageClass"] == "STANDARD"


@pytest.mark.parametrize(
    ("asked", "answered", "value"),
    [
        ("ResponseContentType", "ContentType", "application/x-signet"),
        ("ResponseContentLanguage", "ContentLanguage", "fr"),
        ("ResponseContentDisposition", "ContentDisposition", 'inline; filename="ä"'),
        ("ResponseContentEncoding", "ContentEncoding", "br"),
        ("ResponseCacheControl", "CacheControl", "no-store"),
        ("ResponseExpires", "ExpiresString", "Wed, 01 Jan 2031 00:00:00 GMT"),
    ],
)
def test_a_reader_may_override_a_header(
    s3: Any, bucket: str, asked: str, answered: str, value: str
) -> None:
    ascii_value = value.replace("ä", "a")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentType="text/plain")
    got = s3.get_object(Bucket=bucket, Key="key", **{asked: ascii_value})
    assert got[answered] == ascii_value
    assert s3.get_object(Bucket=bucket, Key="key").get(answered) != ascii_value


def test_put_replaces_all_that_was_there(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"long before", Metadata={"a": "1"}, Tagging="t=1")
    s3.put_object(Bucket=bucket, Key="key", Body=b"now")
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == b"now"
    assert got["Metadata"] == {}
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []


def test_a_missing_object_is_named_in_the_error(s3: Any, bucket: str) -> None:
    with refused("NoSuchKey", 404) as error:
        s3.get_object(Bucket=bucket, Key="not/here")
    assert error["Key"] == "not/here"
    assert error["Message"] == "The specified key does not exist."
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="not/here")


def test_deleting_is_idempotent(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for _ in range(2):
        answer = s3.delete_object(Bucket=bucket, Key="key")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="key")


def test_many_are_deleted_at_once_and_each_is_reported(s3: Any, bucket: str) -> None:
    keys = [f"batch/{number:04}" for number in range(20)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.put_object(Bucket=bucket, Key="stays", Body=b"x")
    asked = [*keys, "never/there"]
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": key} for key in asked], "Quiet": False}
    )
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == sorted(asked)
    assert "Errors" not in answer
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["stays"]


def test_a_quiet_delete_reports_only_errors(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key"}], "Quiet": True})
    assert "Deleted" not in answer
    assert "Errors" not in answer
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")


def test_more_than_a_thousand_keys_in_one_delete_are_refused(s3: Any, bucket: str) -> None:
    with refused("MalformedXML", 400):
        s3.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": str(number)} for number in range(1001)]}
        )


def test_a_body_that_is_not_its_md5_is_refused(s3: Any, bucket: str) -> None:
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    with refused("InvalidDigest", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"x", ContentMD5="not-a-digest")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")


def test_user_metadata_of_more_than_2_kb_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"m": "v" * 2000})
    with refused("MetadataTooLarge", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"", Metadata={"m": "v" * 2049})


def test_the_attributes_of_an_object(s3: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="key", Body=b"12345", ChecksumAlgorithm="SHA256")
    got = s3.get_object_attributes(
        Bucket=bucket,
        Key="key",
        ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"],
    )
    assert got["ETag"] == put["ETag"].strip('"')
    assert got["ObjectSize"] == 5
    assert got["StorageClass"] == "STANDARD"
    assert got["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]
    assert "ObjectParts" not in got  # not uploaded in parts


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_bucket_abac", {}),
        ("get_bucket_metadata_table_configuration", {}),
        ("delete_bucket_metadata_table_configuration", {}),
        ("get_object_torrent", {"Key": "key"}),
    ],
)
def test_what_is_not_implemented_says_so_and_touches_nothing(
    s3: Any, bucket: str, operation: str, arguments: dict[str, Any]
) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"kept")
    with refused("NotImplemented", 501):
        getattr(s3, operation)(Bucket=bucket, **arguments)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"kept"


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        pytest.param("ObjectLockLegalHoldStatus", "ON", "InvalidRequest", id="a legal hold"),
        pytest.param(
            "GrantRead",
            'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
            "AccessControlListNotSupported",
            id="a grant",
        ),
    ],
)
def test_a_header_that_the_bucket_does_not_allow_is_refused(
    s3: Any, bucket: str, member: str, value: str, code: str
) -> None:
    with refused(code, 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"x", **{member: value})
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")
