"""Checksums of each algorithm: computed here by botocore, checked there, given back."""

import base64
import hashlib
from typing import Any, Final

import pytest
from botocore.httpchecksum import _CHECKSUM_CLS

from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content
from tests.clients.refusals import refused

# Those that botocore computes, and MD5, which it takes ready-made.
COMPUTED: Final = sorted(name.upper() for name in _CHECKSUM_CLS)
ALGORITHMS: Final = [*COMPUTED, "MD5"]
# User Guide, "Checking object integrity": the types that a multipart upload may have.
COMPOSITE: Final = [name for name in ALGORITHMS if name != "CRC64NVME"]
FULL_OBJECT: Final = ["CRC32", "CRC32C", "CRC64NVME"]


def _checksum(algorithm: str, data: bytes) -> str:
    """The checksum of ``data`` in base64, by botocore or hashlib."""
    if algorithm == "MD5":
        return base64.b64encode(hashlib.md5(data).digest()).decode()
    computed: str = _CHECKSUM_CLS[algorithm.lower()]().handle(data)
    return computed


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("size", [0, 1000, 2 * MIB], ids="{} bytes".format)
def test_a_checksum_given_with_the_object(s3: Any, bucket: str, algorithm: str, size: int) -> None:
    body = content("checksum", size)
    expected, field = _checksum(algorithm, body), f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, **{field: expected})
    assert (put[field], put["ChecksumType"]) == (expected, "FULL_OBJECT")
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got["Body"].read() == body  # botocore checks it, too
    assert (got[field], got["ChecksumType"]) == (expected, "FULL_OBJECT")
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head[field] == expected
    assert field not in s3.head_object(Bucket=bucket, Key="key")
    entry = s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == ([algorithm], "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", COMPUTED)
def test_a_checksum_that_botocore_computes(s3: Any, bucket: str, algorithm: str) -> None:
    body = content("checksum", 100_000)
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"] == _checksum(algorithm, body)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_body_that_is_not_its_checksum_is_refused(s3: Any, bucket: str, algorithm: str) -> None:
    wrong = _checksum(algorithm, b"another body")
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"body", **{f"Checksum{algorithm}": wrong})
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="key", Body=b"body", **{f"Checksum{algorithm}": "none"})
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")


def test_an_object_put_without_one_has_a_crc64nvme(endpoint: Endpoint, bucket: str) -> None:
    # User Guide: S3 adds CRC64NVME to an object that came without a checksum.
    client = endpoint.boto(request_checksum_calculation="when_required")
    client.put_object(Bucket=bucket, Key="key", Body=b"content")
    head = client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == _checksum("CRC64NVME", b"content")
    client.close()


def _upload(
    s3: Any, bucket: str, algorithm: str, kind: str, parts: list[bytes], **last: Any
) -> dict[str, Any]:
    """Upload ``parts`` with their checksums; return the answer to the completion."""
    field, where = f"Checksum{algorithm}", {"Bucket": bucket, "Key": "key"}
    upload = s3.create_multipart_upload(**where, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == (algorithm, kind)
    where["UploadId"] = upload["UploadId"]
    done = []
    for number, body in enumerate(parts, 1):
        given = {field: _checksum(algorithm, body)}
        part = s3.upload_part(**where, PartNumber=number, Body=body, **given)
        assert part[field] == given[field]
        done.append({"PartNumber": number, "ETag": part["ETag"], **given})
    listed = s3.list_parts(**where)
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == (algorithm, kind)
    assert [part[field] for part in listed["Parts"]] == [part[field] for part in done]
    answer: dict[str, Any] = s3.complete_multipart_upload(
        **where, MultipartUpload={"Parts": done}, ChecksumType=kind, **last
    )
    return answer


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_a_composite_checksum_is_of_the_parts_checksums(
    s3: Any, bucket: str, algorithm: str
) -> None:
    parts = [content("one", 5 * MIB), content("two", 5 * MIB), b"three"]
    raw = b"".join(base64.b64decode(_checksum(algorithm, body)) for body in parts)
    expected = f"{_checksum(algorithm, raw)}-3"
    answer = _upload(s3, bucket, algorithm, "COMPOSITE", parts)
    assert (answer[f"Checksum{algorithm}"], answer["ChecksumType"]) == (expected, "COMPOSITE")
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == expected
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="key", ObjectAttributes=["Checksum", "ObjectParts"]
    )
    # GetObjectAttributes gives it without the number of parts.
    assert attributes["Checksum"][f"Checksum{algorithm}"] == expected.removesuffix("-3")
    found = [part[f"Checksum{algorithm}"] for part in attributes["ObjectParts"]["Parts"]]
    assert found == [_checksum(algorithm, body) for body in parts]
    assert attributes["ObjectParts"]["TotalPartsCount"] == 3


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
def test_a_full_object_checksum_is_of_the_whole(s3: Any, bucket: str, algorithm: str) -> None:
    parts = [content("one", 5 * MIB), content("two", 6 * MIB), b"three"]
    expected, field = _checksum(algorithm, b"".join(parts)), f"Checksum{algorithm}"
    with refused("BadDigest", 400):
        wrong = {field: _checksum(algorithm, b"another")}
        _upload(s3, bucket, algorithm, "FULL_OBJECT", parts, **wrong)
    answer = _upload(s3, bucket, algorithm, "FULL_OBJECT", parts, **{field: expected})
    assert (answer[field], answer["ChecksumType"]) == (expected, "FULL_OBJECT")
    got = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"".join(parts)
    assert got[field] == expected


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")]
)
def test_a_type_that_the_algorithm_cannot_have_is_refused(
    s3: Any, bucket: str, algorithm: str, kind: str
) -> None:
    with refused("InvalidRequest", 400):
        s3.create_multipart_upload(
            Bucket=bucket, Key="key", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )


def test_a_part_that_is_not_its_checksum_is_refused(s3: Any, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": "key"}
    upload = s3.create_multipart_upload(**where, ChecksumAlgorithm="CRC32")["UploadId"]
    with refused("BadDigest", 400):
        s3.upload_part(
            **where,
            UploadId=upload,
            PartNumber=1,
            Body=b"body",
            ChecksumCRC32=_checksum("CRC32", b"another"),
        )
    assert "Parts" not in s3.list_parts(**where, UploadId=upload)
