"""Published failures of other servers with what a signature does not cover, each a test of ours.

Headers and parameters that are unsigned, there twice, or another request's.
"""

import pytest

import sigv4
from sigv4 import Request
from tests.sigv4.signing import (
    BAD_QUERY,
    HOST,
    KEYS,
    MISMATCH,
    NOT_SIGNED,
    accept,
    by_header,
    by_url,
    refusal,
    refused,
    replaced,
    with_headers,
    without,
)


@pytest.mark.parametrize(
    "name",
    [
        b"x-amz-copy-source",
        b"X-Amz-Copy-Source",
        b"x-amz-acl",
        b"x-amz-meta-a",
        b"x-amz-tagging",
        b"x-amz-date",
        b"x-amz-mfa",
        b"x-amz-object-lock-mode",
        b"x-amz-security-token",
        b"x-amz-server-side-encryption-customer-key",
        b"x-amz-trailer",
        b"x-amz-checksum-crc32",
        b"x-amz-decoded-content-length",
        b"x-amz-user-agent",
        b"x-amz-bypass-governance-retention",  # CVE-2023-25812
        b"x-amz-",
    ],
)
def test_ghsa_g8w9_qw9q_fghr_an_unsigned_amz_header_is_refused_not_ignored(name: bytes) -> None:
    error = refusal(with_headers(by_url("PUT"), [(name, b"1")]))
    assert (error.code, error.status) == NOT_SIGNED
    assert error.fields == (("HeadersNotSigned", name.decode().lower()),)
    if name != b"x-amz-date":
        assert refused(with_headers(by_header("PUT"), [(name, b"1")])) == NOT_SIGNED


def test_headers_not_signed_are_listed_in_order() -> None:
    added = [(b"X-Amz-Meta-B", b"1"), (b"x-amz-acl", b"private")]
    error = refusal(with_headers(by_url("PUT"), added))
    assert error.fields == (("HeadersNotSigned", "x-amz-acl, x-amz-meta-b"),)


def test_cve_2026_21862_a_forwarded_host_repairs_nothing() -> None:
    request = replaced(by_header(), b"host", b"internal:9000")
    assert refused(with_headers(request, [(b"X-Forwarded-Host", HOST[1])])) == MISMATCH
    assert refused(with_headers(request, [(b"Forwarded", b"host=" + HOST[1])])) == MISMATCH


@pytest.mark.parametrize(
    "parameter",
    [
        b"X-Amz-Algorithm=AWS4-HMAC-SHA256",
        b"X-Amz-Credential=AKIDEXAMPLE%2F20260821%2Fus-east-1%2Fs3%2Faws4_request",
        b"x-amz-credential=other",
        b"X-Amz-Date=20260821T101112Z",
        b"X-Amz-Expires=604800",
        b"x-amz-expires=604800",
        b"X-%41mz-Expires=604800",
        b"X-Amz-Signature=" + b"0" * 64,
        b"X-Amz-SignedHeaders=host",
        b"X-AMZ-SIGNEDHEADERS=host",
    ],
)
def test_cve_2022_2385_a_parameter_that_is_there_twice_is_refused(parameter: bytes) -> None:
    request = by_url()
    for target in (
        request.target + b"&" + parameter,
        request.target.replace(b"?", b"?" + parameter + b"&"),
    ):
        assert refused(request._replace(target=target)) == BAD_QUERY


def test_cve_2022_2385_a_header_in_the_query_is_there_once() -> None:
    for query in (b"x-amz-acl=private&x-amz-acl=public-read", b"x-amz-acl=a&X-Amz-Acl=b"):
        assert refused(by_url("PUT", b"/bkt/key?" + query)) == BAD_QUERY


@pytest.mark.parametrize("value", [b"a%0d%0aSet-Cookie:b", b"%00", b"a%0ab", b"%7f"])
def test_a_header_in_the_query_splits_no_answer(value: bytes) -> None:
    assert refused(by_url("PUT", b"/bkt/key?x-amz-meta-a=" + value)) == BAD_QUERY


def test_a_header_and_a_parameter_may_not_disagree() -> None:
    agreeing = by_url("PUT", b"/bkt/key?x-amz-acl=private", [(b"x-amz-acl", b"private")])
    assert accept(agreeing).headers[b"x-amz-acl"] == b"private"
    differing = by_url("PUT", b"/bkt/key?x-amz-acl=public-read", [(b"x-amz-acl", b"private")])
    assert refused(differing) == MISMATCH


def test_cve_2020_16250_what_is_not_signed_and_not_in_the_table_is_not_seen() -> None:
    strange = [
        (b"X-Forwarded-For", b"127.0.0.1"),
        (b"Action", b"DeleteBucket"),
        (b"X-Minio-Internal", b"1"),
        (b"Connection", b"x-amz-date"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Cookie", b"a"),
    ]
    for request in (by_header(), by_url(), Request("GET", b"/bkt/key", [HOST])):
        seen = accept(with_headers(request, strange)).headers
        assert not seen.keys() & {name.lower() for name, _ in strange}
        assert b"authorization" not in seen


def test_the_standard_headers_that_s3_honours_unsigned_are_seen() -> None:
    standard = [(b"Range", b"bytes=0-1"), (b"If-None-Match", b'"a"'), (b"Content-Type", b"a/b")]
    for request in (by_header(), by_url(), Request("GET", b"/bkt/key", [HOST])):
        seen = accept(with_headers(request, standard)).headers
        assert [seen[name.lower()] for name, _ in standard] == [value for _, value in standard]


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        pytest.param(b"/bkt/a/b", b"/bkt/a%2Fb/../b", id="dots"),
        pytest.param(b"/bkt/a/b", b"/bkt/a//b", id="slashes"),
        pytest.param(b"/bkt/a/b", b"/bkt/a/./b", id="a dot"),
        pytest.param(b"/bkt/a/b", b"/bkt/a/b/", id="a slash at the end"),
        pytest.param(b"/bkt/a%252Fb", b"/bkt/a%2Fb", id="escaped once less"),
        pytest.param(b"/bkt/a+b", b"/bkt/a%20b", id="plus is no space"),
    ],
)
def test_cve_2026_42882_another_key_is_another_request(signed: bytes, sent: bytes) -> None:
    assert refused(by_header(target=signed)._replace(target=sent)) == MISMATCH


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        pytest.param(b"/bkt/a/b", b"/bkt/a%2fb", id="an escaped slash is a slash of the key"),
        pytest.param(b"/bkt/a~$b", b"/bkt/%61%7E%24b", id="escapes of anything"),
        pytest.param(b"/bkt/%C3%A9", "/bkt/é".encode(), id="raw bytes"),
        pytest.param(b"/bkt?list&prefix=a%20b", b"/bkt?prefix=a+b&list=", id="one query"),
        pytest.param(b"/bkt/k", b"http://s3.example.com/bkt/k", id="absolute form"),
    ],
)
def test_cve_2026_42882_the_same_key_is_the_same_request(signed: bytes, sent: bytes) -> None:
    request = by_header(target=signed)
    sent = sigv4.canonical.origin_form(sent)
    assert accept(request._replace(target=sent)).access_key == KEYS.access_key


@pytest.mark.parametrize("second", [b"s3.example.com", b"evil.example.com", b""])
def test_cve_2026_34525_two_hosts_are_refused(second: bytes) -> None:
    for request in (by_header(), by_url(), Request("GET", b"/", [HOST])):
        assert refused(with_headers(request, [(b"host", second)])) == ("InvalidRequest", 400)


@pytest.mark.parametrize("value", [None, b"", b"  "])
def test_cve_2026_34525_no_host_is_refused(value: bytes | None) -> None:
    request = without(by_header(), b"host")
    if value is not None:
        request = with_headers(request, [(b"host", value)])
    assert refused(request) == ("InvalidRequest", 400)


@pytest.mark.parametrize(
    "target", [b"/a b", b"/a\r\nHost:b", b"/a\x00", b"/a#b", b"/a?b#c", b"/\x7f"]
)
def test_a_target_that_http_forbids_is_refused(target: bytes) -> None:
    assert refused(by_header()._replace(target=target)) == ("InvalidURI", 400)
