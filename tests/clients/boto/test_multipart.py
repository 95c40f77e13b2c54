"""Multipart uploads, operation by operation."""

import hashlib
from typing import Any, Final

import pytest

from tests.clients.material import MIB, content, sha256
from tests.clients.refusals import refused

PART: Final = 5 * MIB  # the least that S3 takes for all parts but the last


def _start(s3: Any, bucket: str, key: str = "key", **said: Any) -> dict[str, str]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **said)
    assert (upload["Bucket"], upload["Key"]) == (bucket, key)
    return {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}


def _put(s3: Any, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    part = s3.upload_part(**upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": part["ETag"]}


def _complete(s3: Any, upload: dict[str, str], parts: list[dict[str, Any]]) -> dict[str, Any]:
    done: dict[str, Any] = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    return done


def test_the_parts_become_one_object(s3: Any, bucket: str) -> None:
    bodies = [content("first", PART), content("second", PART + 1), content("third", 3)]
    upload = _start(
        s3,
        bucket,
        "folder/key",
        ContentType="text/x-parts",
        Metadata={"kept": "yes"},
        Tagging="a=1",
        StorageClass="STANDARD_IA",
    )
    parts = [_put(s3, upload, number, body) for number, body in enumerate(bodies, 1)]
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="folder/key")
    done = _complete(s3, upload, parts)
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()
    assert done["ETag"] == f'"{digest}-3"'
    assert (done["Bucket"], done["Key"]) == (bucket, "folder/key")
    assert done["Location"].endswith(f"{bucket}/folder%2Fkey") or done["Location"].endswith(
        f"{bucket}/folder/key"
    )
    got = s3.get_object(Bucket=bucket, Key="folder/key")
    assert sha256(got["Body"].read()) == sha256(b"".join(bodies))
    assert (got["ContentType"], got["Metadata"]) == ("text/x-parts", {"kept": "yes"})
    assert (got["StorageClass"], got["TagCount"]) == ("STANDARD_IA", 1)


def test_each_part_can_be_read_by_its_number(s3: Any, bucket: str) -> None:
    bodies = {1: content("first", PART), 2: content("second", PART + 1), 3: b"third"}
    upload = _start(s3, bucket)
    parts = [_put(s3, upload, number, body) for number, body in bodies.items()]
    _complete(s3, upload, parts)
    for position, body in bodies.items():
        got = s3.get_object(Bucket=bucket, Key="key", PartNumber=position)
        assert sha256(got["Body"].read()) == sha256(body)
        assert got["PartsCount"] == 3
        head = s3.head_object(Bucket=bucket, Key="key", PartNumber=position)
        assert (head["ContentLength"], head["PartsCount"]) == (len(body), 3)
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="key", PartNumber=4)
    across = s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={PART - 10}-{PART + 9}")
    assert across["Body"].read() == bodies[1][-10:] + bodies[2][:10]


def test_part_numbers_may_leave_gaps(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    first, last = content("first", PART), content("last", 100)
    _complete(s3, upload, [_put(s3, upload, 17, first), _put(s3, upload, 10_000, last)])
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == first + last


def test_parts_may_come_in_any_order_and_again(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    last = _put(s3, upload, 2, b"last")
    _put(s3, upload, 1, content("replaced", PART))
    first = _put(s3, upload, 1, content("first", PART))
    _complete(s3, upload, [first, last])
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == content("first", PART) + b"last"


def test_completing_again_gives_the_same_answer(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    parts = [_put(s3, upload, 1, b"only")]
    first, again = _complete(s3, upload, parts), _complete(s3, upload, parts)
    assert first["ETag"] == again["ETag"]
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"only"


def test_an_aborted_upload_is_gone(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    part = _put(s3, upload, 1, content("gone", PART))
    s3.abort_multipart_upload(**upload)
    with refused("NoSuchUpload", 404):
        _put(s3, upload, 2, b"x")
    with refused("NoSuchUpload", 404):
        _complete(s3, upload, [part])
    with refused("NoSuchUpload", 404):
        s3.list_parts(**upload)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="key")


def test_parts_are_listed_in_pages(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    numbers = [1, 2, 5, 9, 10, 700, 10_000]
    etags = {number: _put(s3, upload, number, str(number).encode())["ETag"] for number in numbers}
    found = {}
    for page in s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 3}):
        assert len(page["Parts"]) <= 3
        for part in page["Parts"]:
            assert part["Size"] == len(str(part["PartNumber"]))
            found[part["PartNumber"]] = part["ETag"]
    assert found == etags
    assert list(found) == numbers


def test_uploads_are_listed_in_pages_by_key_then_by_age(s3: Any, bucket: str) -> None:
    started = [_start(s3, bucket, key) for key in ("a/1", "a/1", "a/2", "b", "c/1", "c/2")]
    expected = [(upload["Key"], upload["UploadId"]) for upload in started]
    for size in (1, 2, 1000):
        pages = s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": size}
        )
        found = [(entry["Key"], entry["UploadId"]) for page in pages for entry in page["Uploads"]]
        assert found == expected
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in grouped["CommonPrefixes"]] == ["a/", "c/"]
    assert [entry["Key"] for entry in grouped["Uploads"]] == ["b"]
    under = s3.list_multipart_uploads(Bucket=bucket, Prefix="c/")
    assert [entry["Key"] for entry in under["Uploads"]] == ["c/1", "c/2"]


def test_parts_are_copied_from_objects(s3: Any, bucket: str) -> None:
    body = content("source", 2 * PART + 5)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    source = {"Bucket": bucket, "Key": "source"}
    upload = _start(s3, bucket, "copy")
    parts = []
    for number, asked in enumerate((f"bytes=0-{PART - 1}", f"bytes={PART}-{2 * PART - 1}"), 1):
        copied = s3.upload_part_copy(
            **upload, PartNumber=number, CopySource=source, CopySourceRange=asked
        )
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    whole = s3.upload_part_copy(**upload, PartNumber=3, CopySource=source)
    parts.append({"PartNumber": 3, "ETag": whole["CopyPartResult"]["ETag"]})
    s3.delete_object(**source)
    _complete(s3, upload, parts)
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert sha256(got["Body"].read()) == sha256(body[: 2 * PART] + body)


def test_a_range_of_the_source_must_be_within_it(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = _start(s3, bucket, "copy")
    source = {"Bucket": bucket, "Key": "source"}
    for asked in ("bytes=0-99", "bytes=5-", "0-9", "bytes=9-5"):
        with refused("InvalidArgument", 400):
            s3.upload_part_copy(**upload, PartNumber=1, CopySource=source, CopySourceRange=asked)


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_a_part_number_out_of_range_is_refused(s3: Any, bucket: str, number: int) -> None:
    with refused("InvalidArgument", 400):
        _put(s3, _start(s3, bucket), number, b"x")


def test_a_part_too_small_is_refused_and_the_upload_stays(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    parts = [_put(s3, upload, 1, content("small", PART - 1)), _put(s3, upload, 2, b"last")]
    with refused("EntityTooSmall", 400) as error:
        _complete(s3, upload, parts)
    assert (error["ProposedSize"], error["MinSizeAllowed"]) == (str(PART - 1), str(PART))
    assert error["PartNumber"] == "1"
    parts[0] = _put(s3, upload, 1, content("enough", PART))
    _complete(s3, upload, parts)


def test_a_list_of_parts_that_is_not_the_uploads_is_refused(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    first = _put(s3, upload, 1, content("first", PART))
    second = _put(s3, upload, 2, b"second")
    with refused("InvalidPartOrder", 400):
        _complete(s3, upload, [second, first])
    with refused("InvalidPart", 400):
        _complete(s3, upload, [first, {**second, "PartNumber": 3}])
    with refused("InvalidPart", 400):
        _complete(s3, upload, [first, {**second, "ETag": first["ETag"]}])
    with refused("MalformedXML", 400):
        _complete(s3, upload, [])
    _complete(s3, upload, [first])  # not every part must be used
    assert s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == PART


def test_the_expected_size_is_checked(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    parts = {"Parts": [_put(s3, upload, 1, b"12345")]}
    with refused("InvalidRequest", 400):
        s3.complete_multipart_upload(**upload, MultipartUpload=parts, MpuObjectSize=6)
    s3.complete_multipart_upload(**upload, MultipartUpload=parts, MpuObjectSize=5)


def test_an_upload_id_of_another_key_is_none(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket)
    for other in ({**upload, "Key": "another"}, {**upload, "UploadId": "unknown"}):
        with refused("NoSuchUpload", 404):
            _put(s3, other, 1, b"x")


def test_the_parts_of_an_object_are_its_attributes(s3: Any, bucket: str) -> None:
    upload = _start(s3, bucket, ChecksumAlgorithm="SHA1", ChecksumType="COMPOSITE")
    done = []
    for number in (1, 2, 3):
        body = content(str(number), PART)
        part = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA1")
        done.append({"PartNumber": number, **{n: part[n] for n in ("ETag", "ChecksumSHA1")}})
    _complete(s3, upload, done)
    got = s3.get_object_attributes(
        Bucket=bucket,
        Key="key",
        ObjectAttributes=["ObjectParts", "ObjectSize"],
        MaxParts=2,
        PartNumberMarker=1,
    )
    assert got["ObjectSize"] == 3 * PART
    parts = got["ObjectParts"]
    assert (parts["TotalPartsCount"], parts["IsTruncated"]) == (3, False)
    assert [(part["PartNumber"], part["Size"]) for part in parts["Parts"]] == [(2, PART), (3, PART)]
