"""Requests out of files, command lines and logs."""

import contextlib
import io
import logging
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.exceptions
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from sigv4 import Request, SigError, check, read
from sigv4.claims import Anonymous
from sigv4.explain.material import NoRequest
from sigv4.explain.reading import read_log, read_raw, read_text
from sigv4.explain.reading_curl import read_curl, without_dots
from sigv4.keys import KeyCache
from tests.sigv4.signing import KEYS

RAW = (
    b"PUT /bkt/a%20b?x=1 HTTP/1.1\r\nHost: s3.example.com\r\nContent-Length: 5\r\n"
    b"x-amz-meta-a:  two  words \r\n\r\nhello\n"
)


def no_files(name: str) -> bytes:
    raise AssertionError(f"{name} was read")


def test_a_raw_request() -> None:
    found = read_text(RAW, no_files)
    assert found.request == Request(
        "PUT",
        b"/bkt/a%20b?x=1",
        [
            (b"Host", b"s3.example.com"),
            (b"Content-Length", b"5"),
            (b"x-amz-meta-a", b"two  words"),
        ],
    )
    assert found.body == b"hello"


def test_a_raw_request_as_editors_save_it() -> None:
    assert read_raw(b"\n" + RAW.replace(b"\r\n", b"\n")).request == read_raw(RAW).request
    bare = read_raw(b"GET http://s3.example.com/bkt/key\nx-a: 1\n  2\n")
    assert bare.request == Request(
        "GET", b"/bkt/key", [(b"Host", b"s3.example.com"), (b"x-a", b"1 2")]
    )
    assert read_raw(b"GET /a b HTTP/1.1\nHost: h\n").request.target == b"/a b"
    assert read_raw(b"GET /a\n").request.headers == []


@pytest.mark.parametrize("text", [b"", b"nonsense", b"GET\n", b"G3T / HTTP/1.1\n", b"GET /\nx\n"])
def test_what_is_no_request(text: bytes) -> None:
    with pytest.raises(NoRequest):
        read_text(text, no_files)


@given(st.binary(max_size=200))
def test_nothing_but_its_own_error_is_raised(text: bytes) -> None:
    for given_text in (text, b"GET / HTTP/1.1\n" + text):
        with contextlib.suppress(NoRequest):
            read_raw(given_text)


def curl(line: str, files: dict[str, bytes] | None = None) -> tuple[str, str, dict[str, str]]:
    found = read_curl(line, (files or {}).__getitem__)
    headers = {n.decode().lower(): v.decode() for n, v in found.request.headers}
    return found.request.method, found.request.target.decode(), headers


def test_a_curl_line_with_its_defaults() -> None:
    assert curl("curl http://s3.example.com:80/bkt/key") == (
        "GET",
        "/bkt/key",
        {"host": "s3.example.com"},
    )
    assert curl("$ curl -sSfLo out.bin 's3.example.com:9000?a=b&c'") == (
        "GET",
        "/?a=b&c",
        {"host": "s3.example.com:9000"},
    )
    assert curl("curl -I --url https://user:pw@h:443/x --compressed")[::2] == (
        "HEAD",
        {"host": "h", "accept-encoding": "deflate, gzip, br, zstd"},
    )


def test_a_curl_line_with_a_body() -> None:
    method, _, headers = curl("curl -d a=1 --data-raw @b http://h/x")
    assert (method, headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
    assert read_curl("curl -d a=1 --data-raw @b http://h/x", no_files).body == b"a=1&@b"
    files = {"f": b"two\nlines\n"}.__getitem__
    assert read_curl("curl -d @f http://h/x", files).body == b"twolines"
    assert read_curl("curl --data-binary @f http://h/x", files).body == b"two\nlines\n"
    assert read_curl("curl -T f http://h/x", files).body == b"two\nlines\n"
    assert read_curl("curl -T f http://h/x", files).request.method == "PUT"
    assert curl("curl --json {} http://h/x")[2]["content-type"] == "application/json"


def test_a_curl_line_with_headers() -> None:
    line = """curl -X PUT -H 'Host: other' -H 'x-amz-meta-a: 1' -H 'x-amz-meta-a: 2' \\
        -H "Content-Type: text/plain" -A agent -e from -b c=d -r 0-1 -H 'X-Empty;' -d x http://h/"""
    found = read_curl(line, no_files).request
    assert found.method == "PUT"
    assert [pair for pair in found.headers if pair[0] == b"x-amz-meta-a"] == [
        (b"x-amz-meta-a", b"1"),
        (b"x-amz-meta-a", b"2"),
    ]
    headers = dict(found.headers)
    assert headers[b"Host"] == b"other"
    assert headers[b"Content-Type"] == b"text/plain"
    assert headers[b"X-Empty"] == b""
    assert (headers[b"User-Agent"], headers[b"Range"]) == (b"agent", b"bytes=0-1")


def test_curl_removes_dots_unless_told_otherwise() -> None:
    found = read_curl("curl http://h/bkt/a/../b", no_files)
    assert (found.request.target, found.targets) == (b"/bkt/b", (b"/bkt/a/../b",))
    kept = read_curl("curl --path-as-is http://h/bkt/a/../b", no_files)
    assert (kept.request.target, kept.targets) == (b"/bkt/a/../b", ())


@pytest.mark.parametrize(
    "line",
    ["curl", "curl -X", "curl 'http://h", "curl --aws-sigv4 aws:amz:us-east-1:s3 http://h/"],
)
def test_a_curl_line_that_cannot_be_read(line: str) -> None:
    with pytest.raises(NoRequest):
        read_text(line.encode() + b" ", no_files)


def test_what_curl_prints_is_a_request() -> None:
    printed = b"* Connected\n> GET /old HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 200 OK\n"
    printed += b"> PUT /k?x HTTP/1.1\r\n> Host: h\r\n> x-amz-date: 1\r\n>\r\n< HTTP/1.1 403\n"
    found = read_text(printed, no_files)
    assert found.request == Request("PUT", b"/k?x", [(b"Host", b"h"), (b"x-amz-date", b"1")])


def test_dots_are_removed_as_the_rfc_does() -> None:
    """Examples of RFC 3986, sections 5.2.4 and 5.4."""
    for path, without in (
        ("/a/b/c/./../../g", "/a/g"),
        ("/b/c/.", "/b/c/"),
        ("/b/c/..", "/b/"),
        ("/b/c/../../../g", "/g"),
        ("/b/c/g..", "/b/c/g.."),
    ):
        assert without_dots(path) == without


# Logs


def logged(secret: str, *, in_python: bool, key: str = "a b/ä+c") -> str:
    """boto3's debug log of a PutObject that our verifier judges."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s [%(levelname)s] %(message)s"))
    logger = logging.getLogger("botocore")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    signers = {"s3v4": botocore.auth.S3SigV4Auth, "v4": botocore.auth.SigV4Auth}
    patch = mock.patch.dict(botocore.auth.AUTH_TYPE_MAPS, signers if in_python else {})
    try:
        with patch, contextlib.suppress(botocore.exceptions.ClientError):
            client = boto3.session.Session().client(
                "s3",
                endpoint_url="http://s3.example.com",
                aws_access_key_id=KEYS.access_key,
                aws_secret_access_key=secret,
                region_name="us-east-1",
                config=Config(signature_version="s3v4", retries={"max_attempts": 0}),
            )
            client.meta.events.register("before-send.s3", judged)
            client.put_object(Bucket="bkt", Key=key, Body=b"hello", Metadata={"a": "x  y"})
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    return stream.getvalue()


def judged(request: Any, **_: Any) -> botocore.awsrequest.AWSResponse:
    """The answer of a server."""
    from gateway.protocol.errors import error_document

    pairs = [(b"Host", b"s3.example.com")] if "host" not in request.headers else []
    for name, value in request.headers.items():
        pairs.append((name.encode(), value if isinstance(value, bytes) else value.encode()))
    target = request.url.removeprefix("http://s3.example.com").encode()
    claim = read(Request(request.method, target, pairs), now=_now(pairs), regions=("us-east-1",))
    assert not isinstance(claim, Anonymous)
    status, body = 200, b""
    try:
        check(claim, KEYS.secret_key, KeyCache())
    except SigError as error:
        body = error_document(
            error.code, error.message, error.fields, resource="/", request_id="1", host_id="2"
        )
        status = error.status
    raw = io.BytesIO(body)
    raw.stream = lambda *_, **__: iter([body])  # type: ignore[attr-defined]
    headers = {"content-type": "application/xml"}
    return botocore.awsrequest.AWSResponse(request.url, status, headers, raw)


def _now(pairs: list[tuple[bytes, bytes]]) -> int:
    from sigv4.scope import parse_timestamp

    found = parse_timestamp({n.lower(): v for n, v in pairs}[b"x-amz-date"].decode())
    assert found is not None
    return found


@pytest.mark.parametrize("in_python", [True, False], ids=["botocore's signer", "awscrt's"])
def test_a_debug_log_of_botocore(in_python: bool) -> None:
    log = logged("wrong", in_python=in_python)
    found = read_text(log.encode(), no_files)
    assert (found.request.method, found.request.target) == ("PUT", b"/bkt/a%20b/%C3%A4%2Bc")
    assert found.server_canonical.startswith(b"PUT\n/bkt/a%20b/%C3%A4%2Bc\n\nhost:s3.example.com\n")
    assert b"x-amz-meta-a:x y\n" in found.server_canonical
    if in_python:
        assert found.client_canonical == found.server_canonical
    else:
        assert found.client_canonical == b""


def test_of_several_requests_in_a_log_the_refused_one_is_meant() -> None:
    good = logged(KEYS.secret_key, in_python=True, key="good")
    bad = logged("wrong", in_python=True, key="bad")
    assert read_log(good + bad + good).request.target == b"/bkt/bad"
    assert read_log(bad + good).client_canonical.startswith(b"PUT\n/bkt/bad\n")
    assert read_log(good).request.target == b"/bkt/good"


def test_a_log_without_a_request() -> None:
    with pytest.raises(NoRequest, match="DEBUG"):
        read_text(b"CanonicalRequest:\nGET\n", no_files)
    with pytest.raises(NoRequest, match="headers"):
        read_log(
            "Sending http request: <AWSPreparedRequest stream_output=False, method=GET, "
            "url=http://h/, headers={'a': b'}>"
        )


def test_a_log_without_a_host_names_it_in_the_url() -> None:
    found = read_log(
        "Sending http request: <AWSPreparedRequest stream_output=False, method=GET, "
        "url=http://h:9000?acl, headers={'a': b'1', 'Content-Length': '5'}>"
    )
    assert found.request == Request(
        "GET", b"/?acl", [(b"Host", b"h:9000"), (b"a", b"1"), (b"Content-Length", b"5")]
    )


def test_files_are_read_only_where_a_line_names_them(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"x")
    assert read_curl(f"curl -T {path} http://h/", lambda n: Path(n).read_bytes()).body == b"x"


@pytest.mark.parametrize(
    "text",
    [
        b"curl 'http://[/bkt/key'",
        b"GET http://[/bkt/key HTTP/1.1\r\n\r\n",
        b'{"url": "http://[", "fields": {}}',
        b"curl http://h/\xff",
    ],
)
def test_what_is_no_url_is_no_request(text: bytes) -> None:
    """Found by fuzzing."""
    with pytest.raises(NoRequest):
        read_text(text, lambda _: b"")
