"""Browsers' forms over the wire: what is stored, what is answered, what is refused."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest

from sigv4 import Credentials, Request, Signer, encode_form
from sigv4.post import Condition
from tests.gateway.refusals import refused
from tests.serving import KEY, SECRET, Server, serving

BOUNDARY = b"----WebKitFormBoundaryAbC123"
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "gateway.cli", "post-form")
LARGE = 9 * 1024 * 1024 + 7


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        """The members of the error document."""
        return {item.tag: item.text or "" for item in ET.fromstring(self.body)}

    @property
    def code(self) -> tuple[str, int]:
        return self.error["Code"], self.status


def send(
    server: Server,
    path: str,
    body: bytes | Iterator[bytes],
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
) -> Answered:
    connection = HTTPConnection(*server.address, timeout=30)
    given = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    connection.request(method, path, body, {**given, **(headers or {})})
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    read = Answered(answer.status, found, answer.read())
    connection.close()
    return read


def signed(
    bucket: str,
    key: str = "user/${filename}",
    fields: Mapping[str, str] | None = None,
    conditions: Sequence[Condition] | None = None,
    secret: str = SECRET,
) -> dict[str, str]:
    """The fields of a form that is right now; each given field has its condition."""
    if conditions is None:
        conditions = [{name: value} for name, value in (fields or {}).items()]
    return Signer(Credentials(KEY, secret), "us-east-1").post_form(
        bucket, key, now=int(time.time()), expires_s=60, fields=fields or {}, conditions=conditions
    )


def post(
    server: Server,
    bucket: str,
    fields: Mapping[str, str],
    content: bytes = b"hello",
    filename: str | None = "f.txt",
    **options: Any,
) -> Answered:
    body = encode_form(fields.items(), content, boundary=BOUNDARY, filename=filename)
    return send(server, f"/{bucket}", body, **options)


def keys(s3: Any, bucket: str) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]


# What is stored


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
        "acl": "private",
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


# What is answered


@pytest.mark.parametrize(
    ("field", "status"),
    [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204), ("２０１", 204)],
)
def test_the_status_that_the_form_asks_for(
    server: Server, bucket: str, field: str, status: int
) -> None:
    answer = post(server, bucket, signed(bucket, "a & b/<c>", {"success_action_status": field}))
    location = f"{server.endpoint}/{bucket}/a%20%26%20b%2F%3Cc%3E"
    assert (answer.status, answer.headers["location"]) == (status, location)
    if status != 201:
        assert answer.body == b""
        return
    assert answer.headers["content-type"] == "application/xml"
    root = ET.fromstring(answer.body)
    assert root.tag == "PostResponse"
    assert [(item.tag, item.text) for item in root] == [
        ("Location", location),
        ("Bucket", bucket),
        ("Key", "a & b/<c>"),
        ("ETag", answer.headers["etag"]),
    ]


def test_a_form_to_a_buckets_own_host(server: Server, s3: Any, bucket: str) -> None:
    body = encode_form(signed(bucket, "a/b").items(), b"hello", boundary=BOUNDARY)
    answer = send(server, "/", body, {"Host": f"{bucket}.localhost"})
    assert (answer.status, answer.headers["location"]) == (204, f"http://{bucket}.localhost/a%2Fb")
    assert keys(s3, bucket) == ["a/b"]


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://localhost.test/random", "http://localhost.test/random?"),
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c&"),
        ("https://example.com", "https://example.com?"),
        ("https://example.com/ü", "https://example.com/%C3%BC?"),
    ],
)
def test_a_redirect_is_told_what_was_made(
    server: Server, bucket: str, name: str, url: str, start: str
) -> None:
    answer = post(server, bucket, signed(bucket, "a/b c", {name: url}))
    assert (answer.status, answer.body) == (303, b"")
    assert answer.headers["location"].startswith(start)
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query)) == {
        **({"b": "c"} if "b=c" in url else {}),
        "bucket": bucket,
        "key": "a/b c",
        "etag": answer.headers["etag"],
    }
    assert urlsplit(answer.headers["location"]).fragment == urlsplit(url).fragment


@pytest.mark.parametrize(
    "url",
    [
        *(
            "/wrong/redirect/relative",
            "javascript:alert(1)",
            "//example.com/",
            "http://",
            "http:/a",
        ),
        *("ftp://example.com/", "http://exa mple.com/", "http://a/\r\nSet-Cookie: b", "http://[a/"),
    ],
)
def test_what_is_no_url_redirects_nobody(server: Server, bucket: str, url: str) -> None:
    answer = post(server, bucket, signed(bucket, "k", {"success_action_redirect": url}))
    assert answer.status == 204
    assert "set-cookie" not in answer.headers


def test_the_newer_name_of_a_redirect_counts(server: Server, bucket: str) -> None:
    fields = {"redirect": "http://old.example/", "success_action_redirect": "http://new.example/"}
    answer = post(server, bucket, signed(bucket, "k", fields))
    assert answer.headers["location"].startswith("http://new.example/?")


def test_the_connection_goes_on_after_a_form(server: Server, bucket: str) -> None:
    connection = HTTPConnection(*server.address, timeout=30)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
    for content in (b"", b"x" * 100_000):
        body = encode_form(signed(bucket, "k").items(), content, boundary=BOUNDARY)
        connection.request("POST", f"/{bucket}", body + b"epilogue", kind)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()


# What is refused: nothing is stored


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        ("acl", "public-read"),
        ("x-amz-grant-read", "id=x"),
    ],
)
def test_a_field_that_would_do_nothing_is_refused(
    server: Server, s3: Any, bucket: str, name: str, value: str
) -> None:
    answer = post(server, bucket, signed(bucket, "k", {name: value}))
    assert answer.code == ("NotImplemented", 501)
    assert answer.error["Header"] == ("x-amz-acl" if name == "acl" else name)
    assert keys(s3, bucket) == []


def test_a_file_too_many_for_a_key(server: Server, bucket: str) -> None:
    assert post(server, bucket, signed(bucket, "k" * 1025)).code == ("KeyTooLongError", 400)


# Signature Version 2


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes Signature Version 2."""
    with serving(tmp_path_factory.mktemp("v2") / "data", "--sigv2", "on") as running:
        running.client().create_bucket(Bucket="bkt")
        yield running


def test_version_2_is_off_and_the_error_says_what_to_use(server: Server, bucket: str) -> None:
    old = server.client(signature_version="s3")
    url = urlsplit(old.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}))
    by_url = send(server, f"{url.path}?{url.query}", b"", method="GET")
    by_form = post(server, bucket, old.generate_presigned_post(bucket, "k")["fields"])
    for answer in (by_url, by_form):
        assert answer.code == ("InvalidRequest", 400)
        assert answer.error["Message"].endswith("Please use AWS4-HMAC-SHA256.")


def test_version_2_where_it_is_on(lenient: Server) -> None:
    old = lenient.client(signature_version="s3")
    fields = old.generate_presigned_post("bkt", "user/${filename}")["fields"]
    assert "AWSAccessKeyId" in fields
    assert post(lenient, "bkt", fields).status == 204
    assert post(lenient, "bkt", {**fields, "acl": "private"}).code == ("AccessDenied", 403)
    for operation, body, method in (("put_object", b"hello", "PUT"), ("get_object", b"", "GET")):
        made = old.generate_presigned_url(operation, {"Bucket": "bkt", "Key": "user/f.txt"})
        url = urlsplit(made)
        headers = {} if method == "GET" else {"Content-Type": ""}
        answer = send(lenient, f"{url.path}?{url.query}", body, headers, method=method)
        if method == "GET":
            # The client's Content-Type was none of those that were signed.
            assert answer.code == ("SignatureDoesNotMatch", 403)
        else:
            assert answer.status == 200


def test_version_2_lets_nothing_through_that_it_does_not_sign(lenient: Server) -> None:
    old = lenient.client(signature_version="s3")
    url = urlsplit(old.generate_presigned_url("list_objects", {"Bucket": "bkt"}))
    connection = HTTPConnection(*lenient.address, timeout=30)
    for added, status in (("", 200), ("&x-id=ListObjects", 200), ("&prefix=secret", 403)):
        query = "&".join(one for one in url.query.split("&") if not one.startswith("encoding-type"))
        connection.request("GET", f"{url.path}?{query}{added}")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == status, body
        if status == 403:
            assert b"<ParametersNotSigned>prefix</ParametersNotSigned>" in body
    connection.request("GET", "/bkt", headers={"Authorization": f"AWS {KEY}:c2ln"})
    answer = connection.getresponse()
    assert (answer.status, b"AWS4-HMAC-SHA256" in answer.read()) == (400, True)
    connection.close()


def test_version_4_goes_on_where_version_2_is_on(lenient: Server) -> None:
    s3 = lenient.client()
    s3.put_object(Bucket="bkt", Key="v4", Body=b"x")
    assert s3.get_object(Bucket="bkt", Key="v4")["Body"].read() == b"x"
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket="bkt", Key="missing")


# The command


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SIGNET_"))}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "gateway.cli",
            "post-form",
            *arguments,
            "--endpoint",
            server.endpoint,
        ],
        cwd=ROOT,
        env={**environment, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_makes_forms_that_are_accepted(server: Server, s3: Any, bucket: str) -> None:
    options = ("--field", "x-amz-meta-a=1=2", "--starts-with", "Content-Type=image/")
    made = json.loads(
        command(
            server, f"s3://{bucket}/u/${{filename}}", "--json", "--size", "1-1K", *options
        ).stdout
    )
    assert made["url"] == f"{server.endpoint}/{bucket}"
    assert made["fields"]["x-amz-meta-a"] == "1=2"
    fields = {**made["fields"], "Content-Type": "image/png"}
    assert post(server, bucket, fields).status == 204
    assert post(server, bucket, fields, b"x" * 1025).code == ("EntityTooLarge", 400)
    assert s3.head_object(Bucket=bucket, Key="u/f.txt")["ContentType"] == "image/png"


def test_the_command_writes_a_page(server: Server, s3: Any, bucket: str) -> None:
    page = command(server, f's3://{bucket}/a"<b>', "--html", "--starts-with", "acl=pri").stdout
    assert f'<form action="{server.endpoint}/{bucket}" method="post"' in page
    assert page.index('type="file"') > page.rindex('type="hidden"')
    assert '<label>acl <input name="acl" value="pri"></label>' in page
    found = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    fields = {name: value.replace("&quot;", '"') for name, value in found.items()}
    fields = {
        name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in fields.items()
    }
    assert post(server, bucket, {**fields, "acl": "private"}).status == 204
    assert keys(s3, bucket) == ['a"<b>']


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["s3://bucket"], "is not s3://BUCKET/KEY"),
        (["s3://b/k", "--expires", "8d"], "is not a time from 1s to 7d"),
        (["s3://b/k", "--size", "10"], "is not MIN-MAX"),
        (["s3://b/k", "--size", "10-1"], "lets no file through"),
        (["s3://b/k", "--field", "a"], "is not NAME=VALUE"),
        (["s3://b/k", "--field", "a=1", "--field", "a=2"], "each name once"),
    ],
)
def test_the_command_says_what_it_cannot_make(
    server: Server, arguments: list[str], words: str
) -> None:
    done = command(server, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
