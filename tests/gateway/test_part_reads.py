"""What is told of the parts of an object: their checksums, and the pages of their list.

Source: recordings of S3 of February 2026 in LocalStack's test_s3.snapshot.json:
test_get_object_part, test_get_object_part_checksum,
test_complete_multipart_parts_checksum_composite and _full_object.
"""

import os
from typing import Any, Final

import pytest

from tests.gateway.refusals import refused

PART: Final = 5 * 1024**2
BODY: Final = b"test content 123"
CRC32C: Final = "fwuu0Q=="  # of BODY, as recorded
COMPOSITE: Final = "sZB91Q==-1"  # of an object of this one part, as recorded


def upload(s3: Any, bucket: str, bodies: list[bytes], **extra: str) -> list[str]:
    """An object of parts; the checksum of each part is given back, if it has one."""
    where = {"Bucket": bucket, "Key": "k"}
    where["UploadId"] = s3.create_multipart_upload(**where, **extra)["UploadId"]
    member = f"Checksum{extra.get('ChecksumAlgorithm', 'CRC32')}"
    parts = []
    for number, body in enumerate(bodies, 1):
        asked = {"ChecksumAlgorithm": member.removeprefix("Checksum")}
        done = s3.upload_part(**where, PartNumber=number, Body=body, **asked)
        parts.append({"PartNumber": number, "ETag": done["ETag"], member: done[member]})
    named = parts if extra.get("ChecksumType") == "COMPOSITE" else [
        {name: part[name] for name in ("PartNumber", "ETag")} for part in parts
    ]  # fmt: skip
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": named})
    return [part[member] for part in parts]


def checksums(answer: dict[str, Any]) -> dict[str, str]:
    return {name: text for name, text in answer.items() if name.startswith("Checksum")}


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_an_only_part(s3: Any, bucket: str, kind: str) -> None:
    upload(s3, bucket, [BODY], ChecksumAlgorithm="CRC32C", ChecksumType=kind)
    for read in (s3.get_object, s3.head_object):
        part = read(Bucket=bucket, Key="k", PartNumber=1, ChecksumMode="ENABLED")
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert checksums(part) == {"ChecksumCRC32C": CRC32C, "ChecksumType": kind}
        whole = read(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        value = COMPOSITE if kind == "COMPOSITE" else CRC32C
        assert checksums(whole) == {"ChecksumCRC32C": value, "ChecksumType": kind}


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_each_of_several_parts_has_its_own(s3: Any, bucket: str, algorithm: str) -> None:
    """So the client compares them, as every SDK does: also an empty one at the end."""
    bodies = [os.urandom(PART), os.urandom(PART), b""]
    own = upload(s3, bucket, bodies, ChecksumAlgorithm=algorithm, ChecksumType="COMPOSITE")
    for number, value in enumerate(own, 1):
        expected = {f"Checksum{algorithm}": value, "ChecksumType": "COMPOSITE"}
        for read in (s3.get_object, s3.head_object):
            got = read(Bucket=bucket, Key="k", PartNumber=number, ChecksumMode="ENABLED")
            assert checksums(got) == expected
            if read == s3.get_object:
                assert got["Body"].read() == bodies[number - 1]
    span = s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9", ChecksumMode="ENABLED")
    assert checksums(span) == {}


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({}, id="the checksum that S3 adds"),
        pytest.param({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}, id="asked for"),
    ],
)
def test_a_checksum_of_the_whole_is_none_of_a_part(
    s3: Any, bucket: str, extra: dict[str, str]
) -> None:
    upload(s3, bucket, [os.urandom(PART), BODY], **extra)
    for number in (1, 2):
        for read in (s3.get_object, s3.head_object):
            got = read(Bucket=bucket, Key="k", PartNumber=number, ChecksumMode="ENABLED")
            assert checksums(got) == {}


def pages(s3: Any, bucket: str, size: int) -> list[dict[str, Any]]:
    """ObjectParts, page by page, as a client asks that believes IsTruncated."""
    found: list[dict[str, Any]] = []
    marker = 0
    for _ in range(9):
        answer = s3.get_object_attributes(
            Bucket=bucket,
            Key="k",
            ObjectAttributes=["ObjectParts"],
            MaxParts=size,
            PartNumberMarker=marker,
        )
        found.append(answer["ObjectParts"])
        if not found[-1].get("IsTruncated"):
            return found
        marker = found[-1]["NextPartNumberMarker"]
    raise AssertionError("the pages do not end")


def test_the_parts_of_a_composite_are_paged(s3: Any, bucket: str) -> None:
    bodies = [os.urandom(PART), os.urandom(PART), b""]
    own = upload(s3, bucket, bodies, ChecksumAlgorithm="CRC32", ChecksumType="COMPOSITE")
    first, second = pages(s3, bucket, 2)
    assert [first.pop("Parts"), second.pop("Parts")] == [
        [
            {"PartNumber": 1, "Size": PART, "ChecksumCRC32": own[0]},
            {"PartNumber": 2, "Size": PART, "ChecksumCRC32": own[1]},
        ],
        [{"PartNumber": 3, "Size": 0, "ChecksumCRC32": own[2]}],
    ]
    assert first == {
        "TotalPartsCount": 3,
        "PartNumberMarker": 0,
        "NextPartNumberMarker": 2,
        "MaxParts": 2,
        "IsTruncated": True,
    }
    assert second == first | {
        "PartNumberMarker": 2,
        "NextPartNumberMarker": 3,
        "IsTruncated": False,
    }


def test_of_any_other_their_number_is_told(s3: Any, bucket: str) -> None:
    """Nothing listed, nothing to page through."""
    upload(s3, bucket, [os.urandom(PART), BODY])
    assert pages(s3, bucket, 1) == [{"TotalPartsCount": 2}]
    with refused("InvalidArgument", 400):
        pages(s3, bucket, -1)
