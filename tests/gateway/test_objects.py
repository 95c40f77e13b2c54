"""Objects over the wire, with boto3 as the client that knows S3."""

import base64
import hashlib
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

KEYS = [
    pytest.param("plain", id="plain"),
    pytest.param("a b+c&d=e?f", id="reserved characters"),
    pytest.param("é/ü/日本", id="beyond ASCII"),
    pytest.param("//", id="nothing but slashes"),
    pytest.param("../../etc/passwd", id="dots that climb"),
    pytest.param("a/./b/../c", id="dots inside"),
    pytest.param("trailing/", id="a slash at the end"),
    pytest.param("line\nbreak\tand\x01control", id="control characters"),
    pytest.param("%2F%00", id="escapes as data"),
    pytest.param("k" * 1024, id="the longest"),
]


@pytest.mark.parametrize("key", KEYS)
def test_any_key_is_data(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_key_and_a_key_below_it_coexist(s3: Any, bucket: str) -> None:
    for key in ("a", "a/b", "a//b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ("a", "a/b", "a//b"):
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()


def test_a_key_that_is_too_long(s3: Any, bucket: str) -> None:
    with refused("KeyTooLongError", 400) as fields:
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")
    assert fields["Size"] == "1025"


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 1024 * 1024, 9_000_000])
def test_what_was_put_is_got(s3: Any, bucket: str, size: int) -> None:
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentLength"] == size
    assert got["Body"].read() == body
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


def test_metadata_and_system_headers_come_back(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"x",
        ContentType="text/plain",
        CacheControl="no-store",
        ContentDisposition='attachment; filename="x"',
        ContentEncoding="gzip",
        ContentLanguage="de",
        Metadata={"a": "b", "long-name": "v a l u e"},
        WebsiteRedirectLocation="/elsewhere",
        StorageClass="STANDARD_IA",
    )
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentType"] == "text/plain"
    assert got["CacheControl"] == "no-store"
    assert got["ContentDisposition"] == 'attachment; filename="x"'
    assert got["ContentEncoding"] == "gzip"
    assert got["ContentLanguage"] == "de"
    assert got["Metadata"] == {"a": "b", "long-name": "v a l u e"}
    assert got["WebsiteRedirectLocation"] == "/elsewhere"
    assert got["StorageClass"] == "STANDARD_IA"
    # gunzipping on the way would be the framework's idea, not S3's
    assert got["Body"].read() == b"x"


def test_too_much_metadata(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "v" * 2047})
    with refused("MetadataTooLarge", 400) as fields:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "v" * 2048})
    assert fields["MaxSizeAllowed"] == "2048"


def test_an_unknown_storage_class(s3: Any, bucket: str) -> None:
    with refused("InvalidStorageClass", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", StorageClass="WARM")


@pytest.mark.parametrize(
    ("header", "status", "expected"),
    [
        pytest.param("bytes=0-4", 206, b"01234", id="first bytes"),
        pytest.param("bytes=5-", 206, b"56789", id="from a byte on"),
        pytest.param("bytes=-3", 206, b"789", id="the last bytes"),
        pytest.param("bytes=-100", 206, b"0123456789", id="more last bytes than there are"),
        pytest.param("bytes=8-100", 206, b"89", id="beyond the end"),
        pytest.param("bytes=0-1,3-4", 200, b"0123456789", id="several ranges are ignored"),
        pytest.param("bytes=5-2", 200, b"0123456789", id="a range that runs backwards"),
        pytest.param("lines=0-1", 200, b"0123456789", id="another unit"),
    ],
)
def test_ranges(s3: Any, bucket: str, header: str, status: int, expected: bytes) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == status
    assert got["Body"].read() == expected


def test_a_range_of_nothing(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with refused("InvalidRange", 416) as fields:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")
    assert fields["ActualObjectSize"] == "10"


def test_ranges_of_a_large_object(s3: Any, bucket: str) -> None:
    body = os.urandom(3_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    for first, last in ((0, 0), (1, 1_000_000), (2_999_999, 2_999_999), (12345, 2_345_678)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        assert got["Body"].read() == body[first : last + 1]


def test_conditional_reads(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"x"
    with refused("PreconditionFailed", 412) as fields:
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"other"')
    assert fields["Condition"] == "If-Match"
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=modified)
    assert s3.get_object(Bucket=bucket, Key="k", IfUnmodifiedSince=modified)["Body"].read() == b"x"


def test_conditional_writes(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch='"other"')
    for tags in ('"other",*', f"W/{etag}"):
        with refused("PreconditionFailed", 412):
            s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=tags)
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="none", Body=b"", IfMatch=etag)
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", IfNoneMatch='"a-tag"')
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"


def test_of_many_conditional_writers_exactly_one_wins(s3: Any, bucket: str) -> None:
    codes: set[str] = set()

    def create(writer: int) -> bool:
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=b"%d" % writer, IfNoneMatch="*")
        except s3.exceptions.ClientError as error:
            codes.add(error.response["Error"]["Code"])
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(create, range(48)))
    assert won.count(True) == 1
    assert codes <= {"PreconditionFailed", "ConditionalRequestConflict"}
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"%d" % won.index(True)


@pytest.mark.parametrize(
    "algorithm",
    ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3"],
)
def test_checksums_are_kept(s3: Any, bucket: str, algorithm: str) -> None:
    body = os.urandom(100_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    name = f"Checksum{algorithm}"
    assert got[name] == put[name]
    assert got["Body"].read() == body  # boto3 compares the checksum here
    assert name not in s3.head_object(Bucket=bucket, Key="k")


def test_a_wrong_checksum_is_refused_and_stores_nothing(s3: Any, bucket: str) -> None:
    wrong = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    with refused("BadDigest", 400) as fields:
        s3.put_object(Bucket=bucket, Key="k", Body=b"body", ChecksumCRC32=wrong)
    assert fields["Message"] == "The CRC32 you specified did not match the calculated checksum."
    with refused("BadDigest", 400):
        s3.put_object(
            Bucket=bucket,
            Key="k",
            Body=b"body",
            ContentMD5=base64.b64encode(hashlib.md5(b"other").digest()).decode(),
        )
    with refused("InvalidDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"body", ContentMD5="bm90IG1kNQ==")
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"body", ChecksumCRC32="AAA=")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=two%20words")
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}]
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    tag_set = [{"Key": "c", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tag_set})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tag_set
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    with refused("InvalidTag", 400):
        s3.put_object_tagging(
            Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "aws:x", "Value": "1"}]}
        )
    many = [{"Key": f"k{n}", "Value": ""} for n in range(11)]
    with refused("BadRequest", 400):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": many})


def test_copies(s3: Any, bucket: str) -> None:
    body = os.urandom(100_000)
    s3.put_object(Bucket=bucket, Key="small", Body=b"small", Metadata={"a": "b"}, Tagging="t=1")
    s3.put_object(Bucket=bucket, Key="large", Body=body)
    for key, content in (("small", b"small"), ("large", body)):
        source = {"Bucket": bucket, "Key": key}
        s3.copy_object(Bucket=bucket, Key=f"{key}-copy", CopySource=source)
        s3.delete_object(Bucket=bucket, Key=key)
        assert s3.get_object(Bucket=bucket, Key=f"{key}-copy")["Body"].read() == content
    assert s3.head_object(Bucket=bucket, Key="small-copy")["Metadata"] == {"a": "b"}
    source = {"Bucket": bucket, "Key": "small-copy"}
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="small-copy", CopySource=source)
    s3.copy_object(
        Bucket=bucket,
        Key="small-copy",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"c": "d"},
    )
    got = s3.get_object(Bucket=bucket, Key="small-copy")
    assert (got["Metadata"], got["Body"].read()) == ({"c": "d"}, b"small")
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "none"})
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="x", CopySource=source, CopySourceIfMatch='"other"')


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"TaggingDirective": "REPLACE", "Tagging": "t=2"}, id="its tags"),
        pytest.param({"ChecksumAlgorithm": "SHA256"}, id="its checksum"),
        pytest.param({"Metadata": {"c": "d"}}, id="metadata that is not to replace any"),
    ],
)
def test_what_does_not_make_a_copy_onto_itself_legal(
    s3: Any, bucket: str, changed: dict[str, Any]
) -> None:
    source = {"Bucket": bucket, "Key": "k?versionId=k"}
    s3.put_object(**source, Body=b"x", Tagging="t=1")
    with refused("InvalidRequest", 400) as fields:
        s3.copy_object(**source, CopySource=source, **changed)
    assert fields["Message"] == (
        "This copy request is illegal because it is trying to copy an object to itself without "
        "changing the object's metadata, storage class, website redirect location or encryption "
        "attributes."
    )
    assert s3.get_object_tagging(**source)["TagSet"] == [{"Key": "t", "Value": "1"}]
    for legal in ({"MetadataDirective": "REPLACE"}, {"StorageClass": "STANDARD"}):
        s3.copy_object(**source, CopySource=source, **changed, **legal)


@pytest.mark.parametrize(
    ("source", "found"),
    [("a+b", b"space"), ("a%20b", b"space"), ("a b", b"space"), ("a%2Bb", b"plus")],
)
def test_a_plus_in_a_source_is_a_space(
    server: Server, s3: Any, bucket: str, source: str, found: bytes
) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"space")
    s3.put_object(Bucket=bucket, Key="a+b", Body=b"plus")
    header = (b"x-amz-copy-source", f"{bucket}/{source}".encode())
    assert ask(server, "PUT", f"/{bucket}/copy", headers=[header]).status == 200
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == found


def test_a_copy_into_another_bucket(s3: Any, bucket: str) -> None:
    other = f"{bucket}-2"
    s3.create_bucket(Bucket=other)
    body = os.urandom(2_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    s3.copy_object(Bucket=other, Key="k", CopySource={"Bucket": bucket, "Key": "k"})
    assert s3.get_object(Bucket=other, Key="k")["Body"].read() == body


def test_many_deletions_at_once(s3: Any, bucket: str) -> None:
    for n in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{n}", Body=b"")
    wanted = [{"Key": f"k{n}"} for n in range(7)]
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert sorted(one["Key"] for one in gone["Deleted"]) == [f"k{n}" for n in range(7)]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted, "Quiet": True})
    assert "Deleted" not in quiet
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(n)} for n in range(1001)]})


def test_what_would_do_nothing_is_refused(s3: Any, bucket: str) -> None:
    with refused("NotImplemented", 501) as fields:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", WriteOffsetBytes=0)
    assert fields["Header"] == "x-amz-write-offset-bytes"


def test_response_overrides(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain")
    got = s3.get_object(
        Bucket=bucket,
        Key="k",
        ResponseContentType="application/json",
        ResponseContentDisposition="inline",
    )
    assert (got["ContentType"], got["ContentDisposition"]) == ("application/json", "inline")


def test_the_expected_owner(s3: Any, bucket: str) -> None:
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="111111111111")
