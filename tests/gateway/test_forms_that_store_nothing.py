"""Browsers' forms over the wire: what is refused, and leaves nothing behind."""

import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from sigv4 import Credentials, Request, Signer, encode_form
from tests.gateway.forms import BOUNDARY, keys, post, send, signed
from tests.serving import KEY, SECRET, Server


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x-amz-signature": "0" * 64}, ("SignatureDoesNotMatch", 403)),
        ({"policy": "e30="}, ("SignatureDoesNotMatch", 403)),
        ({"acl": "public-read"}, ("AccessDenied", 403)),
        ({"key": "other"}, ("AccessDenied", 403)),
        ({"x-amz-credential": "x"}, ("InvalidArgument", 400)),
        ({"x-amz-credential": "AKIA/20260101/eu-west-1/s3/aws4_request"}, ("InvalidArgument", 400)),
        ({"key": ""}, ("InvalidArgument", 400)),
        ({"x-amz-meta-a": "1"}, ("AccessDenied", 403)),
        ({"x-amz-security-token": "T"}, ("InvalidToken", 400)),
        ({"x-amz-meta-big": "x" * 21_000}, ("MaxPostPreDataLengthExceeded", 400)),
    ],
)
def test_a_form_that_is_not_as_it_was_signed(
    server: Server, s3: Any, bucket: str, change: dict[str, str], code: tuple[str, int]
) -> None:
    assert post(server, bucket, {**signed(bucket), **change}).code == code
    assert keys(s3, bucket) == []


def test_the_words_are_s3s(server: Server, bucket: str) -> None:
    fields = signed(bucket, "user/a", {"acl": "private"})
    error = post(server, bucket, {**fields, "acl": "public-read"}).error
    assert error["Message"] == (
        'Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"]'
    )
    assert error["Resource"] == f"/{bucket}"
    error = post(server, bucket, {**fields, "x-amz-signature": "0"}).error
    assert error["StringToSign"] == fields["policy"]
    assert "CanonicalRequest" not in error


def test_another_bucket_than_the_policys(server: Server, s3: Any, bucket: str) -> None:
    other = f"{bucket}-other"
    s3.create_bucket(Bucket=other)
    fields = {**signed(other), "bucket": other}
    assert post(server, bucket, fields).code == ("AccessDenied", 403)
    assert post(server, other, fields).status == 204


def test_a_bucket_that_does_not_exist(server: Server, bucket: str) -> None:
    missing = f"{bucket}-missing"
    assert post(server, missing, signed(missing)).code == ("NoSuchBucket", 404)


@pytest.mark.parametrize("name", [".gateway.sys", "a", "xn--x", "Bucket", "b_b", "."])
def test_cve_2023_28434_a_bucket_that_cannot_be_is_answered_as_a_put_is(
    server: Server, name: str
) -> None:
    signer = Signer(Credentials(KEY, SECRET), "us-east-1")
    host, port = server.address
    put = Request("PUT", f"/{name}/k".encode(), [(b"host", f"{host}:{port}".encode())])
    target = signer.presign(put, now=int(time.time()), expires_s=60).decode()
    by_put = send(server, target, b"x", method="PUT")
    by_form = post(server, name, signed(name))
    assert by_form.code == by_put.code == ("NoSuchBucket", 404)


def test_a_form_without_a_signature(server: Server, s3: Any, bucket: str) -> None:
    assert post(server, bucket, {"key": "k"}).code == ("AccessDenied", 403)
    policy = {"key": "k", "policy": signed(bucket)["policy"]}
    assert post(server, bucket, policy).code == ("AccessDenied", 403)
    assert keys(s3, bucket) == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/html"}, ("PreconditionFailed", 412)),
        ({"Content-Type": "multipart/form-data"}, ("MalformedPOSTRequest", 400)),
        ({"Content-Type": "multipart/form-data; boundary=other"}, ("MalformedPOSTRequest", 400)),
        ({"Authorization": "Basic eDp5"}, ("InvalidArgument", 400)),
        ({"x-amz-acl": "public-read"}, ("AccessDenied", 403)),
        ({"x-amz-copy-source": "/other/key"}, ("AccessDenied", 403)),
        ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, ("AccessDenied", 403)),
    ],
)
def test_a_request_that_is_no_plain_form(
    server: Server, s3: Any, bucket: str, headers: dict[str, str], code: tuple[str, int]
) -> None:
    assert post(server, bucket, signed(bucket), headers=headers).code == code
    assert keys(s3, bucket) == []


def test_a_signed_request_with_a_form_is_signed_once_too_often(
    server: Server, s3: Any, bucket: str
) -> None:
    url = s3.generate_presigned_url("create_bucket", {"Bucket": bucket}, HttpMethod="POST")
    query = urlsplit(url).query
    body = encode_form(signed(bucket).items(), b"hello", boundary=BOUNDARY)
    assert send(server, f"/{bucket}?{query}", body).status in (400, 403)
    assert keys(s3, bucket) == []


def test_a_header_in_the_query_is_no_part_of_a_form(server: Server, s3: Any, bucket: str) -> None:
    body = encode_form(signed(bucket).items(), b"hello", boundary=BOUNDARY)
    answer = send(server, f"/{bucket}?x-amz-acl=public-read", body)
    assert answer.code == ("AccessDenied", 403)
    assert answer.error["HeadersNotSigned"] == "x-amz-acl"
    assert send(server, f"/{bucket}?acl", body).code == ("MethodNotAllowed", 405)


def test_a_file_that_breaks_off_is_not_stored(server: Server, s3: Any, bucket: str) -> None:
    for content in (b"hello", b"x" * 100_000):
        body = encode_form(signed(bucket).items(), content, boundary=BOUNDARY)
        cut = body[: -len(BOUNDARY) - 8]
        assert send(server, f"/{bucket}", cut).code == ("MalformedPOSTRequest", 400)
    assert keys(s3, bucket) == []


@pytest.mark.parametrize("size", [4, 11, 100_000])
def test_a_file_of_another_size_than_allowed_is_not_stored(
    server: Server, s3: Any, bucket: str, size: int
) -> None:
    fields = signed(bucket, "k", conditions=[["content-length-range", 5, 10]])
    answer = post(server, bucket, fields, b"x" * size)
    assert answer.code == ("EntityTooSmall" if size < 5 else "EntityTooLarge", 400)
    assert answer.error["ProposedSize"] == str(size)
    assert keys(s3, bucket) == []


def test_more_than_s3_stores_is_refused_unread(server: Server, bucket: str) -> None:
    body = encode_form(signed(bucket).items(), b"x", boundary=BOUNDARY)
    length = {"Content-Length": str(6 * 1024**3)}
    connection = HTTPConnection(*server.address, timeout=30)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    connection.request("POST", f"/{bucket}", iter([body]), {**kind, **length})
    answer = connection.getresponse()
    assert answer.status == 400
    assert b"<Code>EntityTooLarge</Code>" in answer.read()
    connection.close()


def test_two_files_or_none(server: Server, s3: Any, bucket: str) -> None:
    body = encode_form(signed(bucket).items(), b"hello", boundary=BOUNDARY)
    start = body.rindex(b"--" + BOUNDARY + b"\r\n")
    file, end = body[start : -len(BOUNDARY) - 6], body[-len(BOUNDARY) - 6 :]
    for changed, count in ((body[:start] + end, "0"), (body[:start] + file * 2 + end, "2")):
        answer = send(server, f"/{bucket}", changed)
        assert answer.code == ("InvalidArgument", 400)
        assert (answer.error["ArgumentName"], answer.error["ArgumentValue"]) == ("file", count)
    assert keys(s3, bucket) == []


def test_chunked_transfer_coding_is_not_taken(server: Server, bucket: str) -> None:
    body = encode_form(signed(bucket).items(), b"hello", boundary=BOUNDARY)
    assert send(server, f"/{bucket}", iter([body])).code == ("NotImplemented", 501)
    connection = HTTPConnection(*server.address, timeout=30)
    connection.putrequest("POST", f"/{bucket}")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY.decode()}")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"<Code>MissingContentLength</Code>" in answer.read()) == (411, True)
    connection.close()


def test_a_field_that_would_do_nothing_is_refused(server: Server, s3: Any, bucket: str) -> None:
    name = "x-amz-write-offset-bytes"
    answer = post(server, bucket, signed(bucket, "k", {name: "0"}))
    assert answer.code == ("NotImplemented", 501)
    assert answer.error["Header"] == name
    assert keys(s3, bucket) == []


def test_a_file_too_many_for_a_key(server: Server, bucket: str) -> None:
    assert post(server, bucket, signed(bucket, "k" * 1025)).code == ("KeyTooLongError", 400)
