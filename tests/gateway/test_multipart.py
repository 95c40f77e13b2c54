"""Multipart uploads over the wire."""

import base64
import hashlib
import io
import os
import zlib
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from tests.gateway.refusals import refused

PART = 5 * 1024 * 1024


def begin(s3: Any, bucket: str, key: str = "k", **extra: Any) -> str:
    upload_id: str = s3.create_multipart_upload(Bucket=bucket, Key=key, **extra)["UploadId"]
    return upload_id


def put(s3: Any, bucket: str, upload: str, number: int, body: bytes) -> dict[str, Any]:
    done = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": done["ETag"]}


def complete(s3: Any, bucket: str, upload: str, parts: list[dict[str, Any]], **extra: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}, **extra
    )


def test_an_object_of_parts(s3: Any, bucket: str) -> None:
    bodies = {1: os.urandom(PART), 3: os.urandom(PART + 1), 7: b"the last may be small"}
    upload = begin(s3, bucket, Metadata={"a": "b"}, ContentType="text/plain")
    parts = [put(s3, bucket, upload, number, body) for number, body in bodies.items()]
    put(s3, bucket, upload, 9, b"not listed, so not used")
    done = complete(s3, bucket, upload, parts)
    md5s = b"".join(hashlib.md5(body).digest() for body in bodies.values())
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(bodies.values())
    assert (got["Metadata"], got["ContentType"]) == ({"a": "b"}, "text/plain")
    for number, body in bodies.items():
        part = s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
        assert part["Body"].read() == body
        assert part["PartsCount"] == 3
    span = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={PART - 10}-{PART + 9}")
    assert span["Body"].read() == bodies[1][-10:] + bodies[3][:10]
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)


def test_complete_asked_again_says_the_same(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    parts = [put(s3, bucket, upload, 1, b"x")]
    first = complete(s3, bucket, upload, parts)
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    again = complete(s3, bucket, upload, parts)
    assert again["ETag"] == first["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"newer"
    with refused("NoSuchUpload", 404):
        complete(s3, bucket, upload, [{"PartNumber": 1, "ETag": '"other"'}])


def test_what_complete_refuses(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    one = put(s3, bucket, upload, 1, b"small")
    two = put(s3, bucket, upload, 2, b"small")
    with refused("EntityTooSmall", 400) as fields:
        complete(s3, bucket, upload, [one, two])
    assert (fields["MinSizeAllowed"], fields["ProposedSize"]) == (str(PART), "5")
    with refused("InvalidPartOrder", 400):
        complete(s3, bucket, upload, [two, one])
    with refused("InvalidPart", 400):
        complete(s3, bucket, upload, [{"PartNumber": 1, "ETag": '"0"'}])
    with refused("InvalidPart", 400):
        complete(s3, bucket, upload, [{"PartNumber": 5, "ETag": one["ETag"]}])
    with refused("MalformedXML", 400):
        complete(s3, bucket, upload, [])
    with refused("InvalidRequest", 400):
        complete(s3, bucket, upload, [one], MpuObjectSize=6)
    complete(s3, bucket, upload, [one], MpuObjectSize=5)


def test_a_part_is_replaced(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    put(s3, bucket, upload, 1, b"first")
    part = put(s3, bucket, upload, 1, b"second")
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
    assert [one["Size"] for one in listed] == [6]
    complete(s3, bucket, upload, [part])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers_that_cannot_be(s3: Any, bucket: str, number: int) -> None:
    upload = begin(s3, bucket)
    with refused("InvalidArgument", 400) as fields:
        put(s3, bucket, upload, number, b"")
    assert fields["ArgumentName"] == "partNumber"


def test_an_aborted_upload_is_gone(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    put(s3, bucket, upload, 1, b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    with refused("NoSuchUpload", 404):
        put(s3, bucket, upload, 1, b"x")
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_parts_of_copies(s3: Any, bucket: str) -> None:
    body = os.urandom(PART + 100)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    upload = begin(s3, bucket)
    source = {"Bucket": bucket, "Key": "source"}
    parts = []
    for number, span in ((1, f"bytes=0-{PART - 1}"), (2, f"bytes={PART}-{PART + 99}")):
        done = s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=number,
            CopySource=source,
            CopySourceRange=span,
        )
        parts.append({"PartNumber": number, "ETag": done["CopyPartResult"]["ETag"]})
    with refused("InvalidArgument", 400):
        s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=3,
            CopySource=source,
            CopySourceRange=f"bytes=0-{PART + 100}",
        )
    complete(s3, bucket, upload, parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_listing_parts_page_by_page(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    for number in (1, 2, 5, 8):
        put(s3, bucket, upload, number, b"%d" % number)
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key="k", UploadId=upload, PaginationConfig={"PageSize": 3}
    )
    assert [one["PartNumber"] for page in pages for one in page["Parts"]] == [1, 2, 5, 8]


def test_listing_uploads_page_by_page(s3: Any, bucket: str) -> None:
    expected = sorted(
        (key, begin(s3, bucket, key)) for key in ("a", "a/1", "a/1", "b", "a/2", "é") * 2
    )
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 2}
    )
    listed = [(one["Key"], one["UploadId"]) for page in pages for one in page["Uploads"]]
    assert [key for key, _ in listed] == [key for key, _ in expected]
    assert sorted(listed) == expected
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", Prefix="a")
    assert {one["Key"] for one in grouped["Uploads"]} == {"a"}
    assert [one["Prefix"] for one in grouped["CommonPrefixes"]] == ["a/"]


def test_a_composite_checksum(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    bodies = [os.urandom(PART), b"end"]
    parts = []
    for number, body in enumerate(bodies, 1):
        done = s3.upload_part(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=number,
            Body=body,
            ChecksumAlgorithm="SHA256",
        )
        parts.append(
            {"PartNumber": number, "ETag": done["ETag"], "ChecksumSHA256": done["ChecksumSHA256"]}
        )
    done = complete(s3, bucket, upload, parts)
    inner = b"".join(hashlib.sha256(body).digest() for body in bodies)
    assert done["ChecksumSHA256"] == (
        base64.b64encode(hashlib.sha256(inner).digest()).decode() + "-2"
    )
    wanted = ["ObjectParts", "Checksum", "ObjectSize"]
    seen = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=wanted)
    assert [one["Size"] for one in seen["ObjectParts"]["Parts"]] == [PART, 3]
    assert seen["Checksum"]["ChecksumType"] == "COMPOSITE"


def test_a_checksum_of_the_whole(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    bodies = [os.urandom(PART), b"end"]
    parts = [put(s3, bucket, upload, n, body) for n, body in enumerate(bodies, 1)]
    whole = zlib.crc32(b"".join(bodies)).to_bytes(4, "big")
    value = base64.b64encode(whole).decode()
    with refused("BadDigest", 400):
        complete(s3, bucket, upload, parts, ChecksumType="FULL_OBJECT", ChecksumCRC32="AAAAAA==")
    done = complete(s3, bucket, upload, parts, ChecksumType="FULL_OBJECT", ChecksumCRC32=value)
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (value, "FULL_OBJECT")
    with refused("InvalidRequest", 400):
        begin(s3, bucket, ChecksumAlgorithm="SHA256", ChecksumType="FULL_OBJECT")


def test_many_parts_leave_the_row(s3: Any, bucket: str) -> None:
    """More segments than a row holds: they have rows of their own, ranges still find them."""
    upload = begin(s3, bucket)
    body = os.urandom(PART)
    parts = [put(s3, bucket, upload, n, body) for n in range(1, 11)]
    complete(s3, bucket, upload, [*parts, put(s3, bucket, upload, 11, b"end")])
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ContentLength"] == 10 * PART + 3
    span = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={10 * PART - 2}-{10 * PART + 1}")
    assert span["Body"].read() == body[-2:] + b"en"


def test_s3transfer_both_ways(s3: Any, bucket: str) -> None:
    body = os.urandom(30_000_000)
    transfer = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
    s3.upload_fileobj(io.BytesIO(body), bucket, "k", Config=transfer)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "k", back, Config=transfer)
    assert back.getvalue() == body


def test_a_conditional_complete(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    parts = [put(s3, bucket, upload, 1, b"x")]
    s3.put_object(Bucket=bucket, Key="k", Body=b"there")
    with refused("PreconditionFailed", 412):
        complete(s3, bucket, upload, parts, IfNoneMatch="*")
    s3.delete_object(Bucket=bucket, Key="k")
    complete(s3, bucket, upload, parts, IfNoneMatch="*")
