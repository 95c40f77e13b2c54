"""A copy of what was uploaded in parts is one object.

Source: recordings of S3 of February 2026 in LocalStack's test_s3.snapshot.json
(test_multipart_copy_object_etag, test_complete_multipart_parts_checksum_default);
floci pull request 3093, measured in September 2026; User Guide, "Checking object
integrity": a copy's checksum is of the full object.
"""

import base64
import hashlib
import zlib
from random import Random
from typing import Any

import pytest

from tests.gateway.refusals import refused
from tests.gateway.test_multipart import PART, begin

_FIRST, _LAST = Random(1).randbytes(PART), Random(2).randbytes(1000)
_WHOLE = _FIRST + _LAST
_MD5 = f'"{hashlib.md5(_WHOLE).hexdigest()}"'
_CRC32 = base64.b64encode(zlib.crc32(_WHOLE).to_bytes(4, "big")).decode()
_SHA256 = base64.b64encode(hashlib.sha256(_WHOLE).digest()).decode()


def _upload(s3: Any, bucket: str, algorithm: str | None) -> None:
    named = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    upload = begin(s3, bucket, Metadata={"a": "b"}, **named)
    parts = []
    for number, body in enumerate((_FIRST, _LAST), 1):
        done = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body, **named
        )
        kept = {name: value for name, value in done.items() if name.startswith("Checksum")}
        parts.append({"PartNumber": number, "ETag": done["ETag"], **(kept if named else {})})
    s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )


@pytest.mark.parametrize("is_elsewhere", [False, True])
@pytest.mark.parametrize(
    ("algorithm", "wanted", "member", "value"),
    [
        ("SHA256", None, "ChecksumSHA256", _SHA256),
        ("CRC32", None, "ChecksumCRC32", _CRC32),
        ("CRC32", "SHA256", "ChecksumSHA256", _SHA256),
        (None, "CRC32", "ChecksumCRC32", _CRC32),
        (None, None, "ChecksumCRC64NVME", None),
    ],
)
def test_the_copy_is_as_if_put_at_once(
    s3: Any,
    bucket: str,
    algorithm: str | None,
    wanted: str | None,
    member: str,
    value: str | None,
    is_elsewhere: bool,
) -> None:
    _upload(s3, bucket, algorithm)
    target = bucket
    if is_elsewhere:
        target = f"{bucket}-to"
        s3.create_bucket(Bucket=target)
    if value is None:
        head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        value = head[member]
    asked = {"ChecksumAlgorithm": wanted} if wanted else {}
    source = {"Bucket": bucket, "Key": "k"}
    done = s3.copy_object(Bucket=target, Key="copy", CopySource=source, **asked)["CopyObjectResult"]
    assert (done["ETag"], done[member], done["ChecksumType"]) == (_MD5, value, "FULL_OBJECT")
    s3.delete_object(Bucket=bucket, Key="k")
    got = s3.get_object(Bucket=target, Key="copy", ChecksumMode="ENABLED")
    assert got["Body"].read() == _WHOLE
    assert (got["ETag"], got[member], got["ChecksumType"]) == (_MD5, value, "FULL_OBJECT")
    assert got["Metadata"] == {"a": "b"}
    part = s3.get_object(Bucket=target, Key="copy", PartNumber=1)
    assert (part["ContentLength"], part.get("PartsCount")) == (len(_WHOLE), None)
    shown = s3.get_object_attributes(
        Bucket=target, Key="copy", ObjectAttributes=["ETag", "ObjectParts"]
    )
    assert (shown["ETag"], shown.get("ObjectParts")) == (_MD5.strip('"'), None)


def test_so_is_a_copy_onto_itself(s3: Any, bucket: str) -> None:
    _upload(s3, bucket, "SHA256")
    source = {"Bucket": bucket, "Key": "k"}
    before = s3.head_object(**source)["ETag"]
    assert before.endswith('-2"')
    s3.copy_object(
        **source,
        CopySource=source,
        CopySourceIfMatch=before,
        MetadataDirective="REPLACE",
        Metadata={"c": "d"},
    )
    got = s3.get_object(**source)
    assert (got["ETag"], got["Metadata"]) == (_MD5, {"c": "d"})
    assert got["Body"].read() == _WHOLE


def test_another_checksum_of_what_was_put_at_once(s3: Any, bucket: str) -> None:
    """test_s3_copy_object_with_checksum."""
    s3.put_object(Bucket=bucket, Key="k", Body=_WHOLE, ChecksumAlgorithm="CRC32")
    source = {"Bucket": bucket, "Key": "k"}
    changed = {"ChecksumAlgorithm": "SHA256", "MetadataDirective": "REPLACE"}
    done = s3.copy_object(**source, CopySource=source, **changed)
    assert done["CopyObjectResult"]["ETag"] == _MD5
    assert done["CopyObjectResult"]["ChecksumSHA256"] == _SHA256
    assert "ChecksumCRC32" not in s3.head_object(**source, ChecksumMode="ENABLED")


def test_an_upload_without_content_is_copied(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    source = {"Bucket": bucket, "Key": "k"}
    done = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]
    assert done["ETag"] == f'"{hashlib.md5(b"").hexdigest()}"'
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="copy", PartNumber=2)
