"""Browsers' forms over the wire: what is stored."""

import hashlib
import os
from typing import Any
from urllib.parse import urlsplit

import pytest

from sigv4 import encode_form
from tests.gateway.forms import BOUNDARY, keys, post, send, signed
from tests.serving import Server

LARGE = 9 * 1024 * 1024 + 7


def test_a_form_stores_its_file(server: Server, s3: Any, bucket: str) -> None:
    answer = post(server, bucket, signed(bucket))
    etag = f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert (answer.status, answer.body, answer.headers["etag"]) == (204, b"", etag)
    assert answer.headers["location"] == f"{server.endpoint}/{bucket}/user%2Ff.txt"
    assert answer.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    got = s3.get_object(Bucket=bucket, Key="user/f.txt", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello"
    assert (got["ETag"], got["ContentType"]) == (etag, "binary/octet-stream")
    assert got["ChecksumCRC64NVME"] == answer.headers["x-amz-checksum-crc64nvme"]


def test_a_form_has_its_file_encrypted(server: Server, s3: Any, bucket: str) -> None:
    name = "x-amz-server-side-encryption"
    answer = post(server, bucket, signed(bucket, "k", {name: "AES256"}))
    assert (answer.status, answer.headers[name]) == (204, "AES256")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["ServerSideEncryption"], got["Body"].read()) == ("AES256", b"hello")
    answer = post(server, bucket, signed(bucket, "other", {name: "none"}))
    assert answer.code == ("InvalidArgument", 400)
    assert keys(s3, bucket) == ["k"]


def test_a_form_of_boto3(server: Server, s3: Any, bucket: str) -> None:
    made = server.client(signature_version="s3v4").generate_presigned_post(
        bucket,
        "ü/${filename}",
        Fields={"Content-Type": "text/plain", "x-amz-meta-a": "ä"},
        Conditions=[
            ["starts-with", "$Content-Type", "text/"],
            {"x-amz-meta-a": "ä"},
            ["content-length-range", 1, 10],
        ],
    )
    assert urlsplit(made["url"]).path == f"/{bucket}"
    assert post(server, bucket, made["fields"], filename="é.txt").status == 204
    head = s3.head_object(Bucket=bucket, Key="ü/é.txt")
    assert (head["ContentType"], head["ContentLength"]) == ("text/plain", 5)
    answer = post(server, bucket, made["fields"], b"x" * 11)
    assert answer.code == ("EntityTooLarge", 400)
    assert (answer.error["ProposedSize"], answer.error["MaxSizeAllowed"]) == ("11", "10")


@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385, LARGE])
def test_a_file_of_any_size_arrives_as_it_is(
    server: Server, s3: Any, bucket: str, size: int
) -> None:
    content = os.urandom(size)
    assert post(server, bucket, signed(bucket, "k"), content).status == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


def test_a_form_that_arrives_in_small_pieces(server: Server, s3: Any, bucket: str) -> None:
    content = os.urandom(70_000) + b"\r\n--" + BOUNDARY[:-1] + b"\r\n"
    body = encode_form(signed(bucket, "k").items(), content, boundary=BOUNDARY)
    pieces = (body[at : at + 997] for at in range(0, len(body), 997))
    answer = send(server, f"/{bucket}", pieces, {"Content-Length": str(len(body))})
    assert answer.status == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


def test_fields_become_the_objects_headers_and_metadata(
    server: Server, s3: Any, bucket: str
) -> None:
    fields = {
        "acl": "bucket-owner-full-control",
        "Content-Type": "text/html",
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="x"',
        "Content-Encoding": "gzip",
        "Content-Language": "de",
        "Expires": "Wed, 21 Oct 2037 07:28:00 GMT",
        "x-amz-meta-A": "b",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-website-redirect-location": "/elsewhere",
        "tagging": "<Tagging><TagSet><Tag><Key>a + b</Key><Value>ü=1</Value></Tag>"
        "<Tag><Key>c</Key><Value/></Tag></TagSet></Tagging>",
    }
    assert post(server, bucket, signed(bucket, "k", fields)).status == 204
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentType"] == "text/html"
    assert got["CacheControl"] == "no-store"
    assert got["ContentDisposition"] == 'attachment; filename="x"'
    assert got["ContentEncoding"] == "gzip"
    assert got["ContentLanguage"] == "de"
    assert got["ExpiresString"] == "Wed, 21 Oct 2037 07:28:00 GMT"
    assert got["Metadata"] == {"a": "b"}
    assert got["StorageClass"] == "STANDARD_IA"
    assert got["WebsiteRedirectLocation"] == "/elsewhere"
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a + b", "Value": "ü=1"}, {"Key": "c", "Value": ""}]


@pytest.mark.parametrize("tagging", ["not-xml", "<Other/>", "<Tagging/>"])
def test_what_is_no_tagging_is_refused(server: Server, s3: Any, bucket: str, tagging: str) -> None:
    answer = post(server, bucket, signed(bucket, "k", {"tagging": tagging}))
    assert answer.code == ("MalformedXML", 400)
    assert keys(s3, bucket) == []


def test_a_checksum_is_held_against_the_file(server: Server, s3: Any, bucket: str) -> None:
    right = {"x-amz-checksum-crc32": "NhCmhg=="}
    answer = post(server, bucket, signed(bucket, "k", right))
    assert (answer.status, answer.headers["x-amz-checksum-crc32"]) == (204, "NhCmhg==")
    wrong = {"x-amz-checksum-crc32": "AAAAAA=="}
    assert post(server, bucket, signed(bucket, "l", wrong)).code == ("BadDigest", 400)
    md5 = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert post(server, bucket, signed(bucket, "m", md5)).code == ("BadDigest", 400)
    assert keys(s3, bucket) == ["k"]


def test_keys_are_data(server: Server, s3: Any, bucket: str) -> None:
    for filename, key in (("..", "user/.."), ("C:\\d\\a b+c.txt", "user/a b+c.txt"), ("", "user/")):
        assert post(server, bucket, signed(bucket), filename=filename).status == 204
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"hello"
    assert post(server, bucket, signed(bucket), filename=None).status == 204
    assert "user/${filename}" in keys(s3, bucket)


def test_a_bucket_with_versions_shows_the_new_one(server: Server, s3: Any, bucket: str) -> None:
    answer = post(server, bucket, signed(bucket, "k"))
    assert "x-amz-version-id" not in answer.headers
    assert post(server, bucket, signed(bucket, "k"), b"second").status == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"
