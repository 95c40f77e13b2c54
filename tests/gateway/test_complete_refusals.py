"""What CompleteMultipartUpload refuses for its checksums, and what a part may have.

Source: recordings of S3 of February 2026 in LocalStack's test_s3.snapshot.json
(test_complete_multipart_parts_checksum_default, test_multipart_parts_checksum_exceptions_*,
test_multipart_complete_multipart_too_small); floci pull request 3093, rows 21 to 23.
"""

import base64
import hashlib
from typing import Any

import pytest

from tests.gateway.refusals import refused
from tests.gateway.server.wire import ask
from tests.serving import Server

BODY = b"abc"
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
CRC32C = "Nks/tw=="  # of BODY, as recorded


def _begin(s3: Any, bucket: str, **extra: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **extra)["UploadId"]
    algorithm = extra.get("ChecksumAlgorithm", "CRC32C")
    part = s3.upload_part(
        Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=BODY,
        ChecksumAlgorithm=algorithm,
    )  # fmt: skip
    return upload, part, {"PartNumber": 1, "ETag": part["ETag"]}


def _complete(s3: Any, bucket: str, upload: str, part: dict[str, Any], **extra: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [part]}, **extra
    )


def test_a_composite_needs_the_checksum_of_each_part(s3: Any, bucket: str) -> None:
    upload, _, part = _begin(s3, bucket, ChecksumAlgorithm="SHA256")
    with refused("InvalidRequest", 400) as fields:
        _complete(s3, bucket, upload, part)
    assert fields["Message"] == (
        "The upload was created using a sha256 checksum. The complete request must include the "
        "checksum for each part. It was missing for part 1 in the request."
    )
    done = _complete(s3, bucket, upload, part | {"ChecksumSHA256": SHA256})
    assert done["ChecksumType"] == "COMPOSITE"


def test_a_wrong_checksum_of_a_part_is_another_part(s3: Any, bucket: str) -> None:
    upload, _, part = _begin(s3, bucket, ChecksumAlgorithm="SHA256")
    with refused("InvalidPart", 400):
        _complete(s3, bucket, upload, part | {"ChecksumSHA256": "AAAA" * 10 + "AAA="})


def test_a_checksum_of_a_part_in_another_algorithm(s3: Any, bucket: str) -> None:
    upload, _, part = _begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="COMPOSITE")
    with refused("BadDigest", 400) as fields:
        _complete(s3, bucket, upload, part | {"ChecksumSHA256": SHA256})
    assert (
        fields["Message"] == "The sha256 you specified for part 1 did not match what we received."
    )


def test_a_wrong_checksum_of_the_whole(s3: Any, bucket: str) -> None:
    upload, _, part = _begin(s3, bucket, ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT")
    with refused("BadDigest", 400) as fields:
        _complete(s3, bucket, upload, part, ChecksumCRC32C="AAAAAA==", ChecksumType="FULL_OBJECT")
    assert fields["Message"] == "The crc32c you specified did not match the calculated checksum."


def test_an_upload_without_an_algorithm_takes_parts_with_any(s3: Any, bucket: str) -> None:
    """The part's checksum is checked and shown, and then no more is known of it."""
    upload, done, part = _begin(s3, bucket)
    assert done["ChecksumCRC32C"] == CRC32C
    (listed,) = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
    assert not any(name.startswith("Checksum") for name in listed)
    for claim in ({"ChecksumCRC32C": CRC32C}, {"ChecksumSHA256": SHA256}):
        with refused("InvalidPart", 400):
            _complete(s3, bucket, upload, part | claim)
    for kind in ("FULL_OBJECT", "COMPOSITE"):
        with refused("InvalidRequest", 400) as fields:
            _complete(s3, bucket, upload, part, ChecksumType=kind)
        assert fields["Message"] == (
            "The upload was created using the null checksum mode. "
            "The complete request must use the same checksum mode."
        )
    made = _complete(s3, bucket, upload, part, ChecksumCRC32C="AAAAAA==-2")
    assert (made["ChecksumType"], "ChecksumCRC64NVME" in made) == ("FULL_OBJECT", True)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "InvalidRequest", "You must specify at least one part"),
        (
            b"<CompleteMultipartUpload/>",
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        ),
    ],
)
def test_nothing_to_complete(
    server: Server, s3: Any, bucket: str, body: bytes, code: str, message: str
) -> None:
    """Without parts: versitygw issue 1328."""
    upload, _, _ = _begin(s3, bucket)
    found = ask(server, "POST", f"/{bucket}/k?uploadId={upload}", body)
    assert (found.status, found.code, found.field("Message")) == (400, code, message)


def test_a_page_of_no_parts_is_the_last(server: Server, s3: Any, bucket: str) -> None:
    upload, _, part = _begin(s3, bucket, ChecksumAlgorithm="SHA256")
    found = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=0)
    assert (found["IsTruncated"], found["MaxParts"]) == (False, 0)
    with refused("InvalidArgument", 400):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload, MaxParts=-1)
    _complete(s3, bucket, upload, part | {"ChecksumSHA256": SHA256})
    wanted = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ObjectParts"]}
    assert s3.get_object_attributes(**wanted, MaxParts=0)["ObjectParts"]["IsTruncated"] is False
    with refused("InvalidArgument", 400):
        s3.get_object_attributes(**wanted, MaxParts=-1)
