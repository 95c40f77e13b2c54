"""Published failures of other servers, each a test of ours, named after its advisory.

Those that concern policy, routing or storage are tested there.
"""

import ast
import hashlib
import inspect
import logging
import re
from pathlib import Path

import pytest

import sigv4
from sigv4 import Anonymous, Credentials, KeyCache, Request, Signer, check, read
from sigv4.encoding import reencode, reencode_path
from sigv4.keys import KEYS_MAX, HmacKey
from tests.sigv4.signing import (
    HOST,
    KEYS,
    NOW,
    REGION,
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    accept,
    body_refusal,
    by_header,
    by_url,
    edited,
    header,
    refusal,
    refused,
    replaced,
    streaming,
    timestamp,
    upload,
    with_headers,
    without,
)

MISMATCH = ("SignatureDoesNotMatch", 403)
NOT_SIGNED = ("AccessDenied", 403)
BAD_QUERY = ("AuthorizationQueryParametersError", 400)
BAD_HEADER = ("AuthorizationHeaderMalformed", 400)
TWO = ("InvalidArgument", 400)
DATA = b"a" * 9000
SOURCES = sorted(Path(inspect.getfile(sigv4)).parent.glob("*.py"))


def test_cve_2025_31489_an_unsigned_trailer_does_not_unsign_the_request() -> None:
    request, _ = streaming(UNSIGNED_TRAILER, [DATA])
    signature = header(request, b"authorization")[-64:]
    assert refused(edited(request, signature, b"0" * 64)) == MISMATCH
    assert (
        refused(edited(request, KEYS.access_key.encode(), b"AKIDOTHER"))[0] == "InvalidAccessKeyId"
    )


@pytest.mark.parametrize("name", [b"Algorithm", b"Credential", b"Signature", b"SignedHeaders"])
def test_cve_2026_41145_a_query_that_names_a_key_must_verify(name: bytes) -> None:
    target = b"/bkt/key?X-Amz-" + name + b"=AKIDEXAMPLE%2F20260821%2Fus-east-1%2Fs3%2Faws4_request"
    assert refused(Request("GET", target, [HOST])) == BAD_QUERY
    body = [(b"x-amz-content-sha256", UNSIGNED_TRAILER), (b"x-amz-decoded-content-length", b"1")]
    assert refused(Request("PUT", target, [HOST, *body])) == BAD_QUERY


@pytest.mark.parametrize(
    "query",
    [
        b"X-%41mz-Credential=a",
        b"%58-Amz-Algorithm=AWS4-HMAC-SHA256",
        b"x-amz-credential=a",
        b"X-AMZ-SIGNATURE=a",
        b"prefix=a&X-Amz-Expires=60",
        b"%53ignature=a&Expires=1",
        b"AWSAccessKeyId=a",
        b"AWS%41ccessKeyId=a",
    ],
)
def test_what_looks_like_authentication_is_never_anonymous(query: bytes) -> None:
    assert refusal(Request("GET", b"/bkt/key?" + query, [HOST])).status in (400, 403)


def test_only_the_absence_of_authentication_is_anonymous() -> None:
    request = Request("GET", b"/bkt?prefix=a%2Fb&x-id=GetObject&signature=1", [HOST])
    assert isinstance(read(request, now=NOW, regions=(REGION,)), Anonymous)
    assert accept(request).location == "anonymous"
    assert accept(request).access_key is None


def test_minio_5334_signatures_are_compared_in_constant_time_alone() -> None:
    """No == or != has a signature, digest or hash on one of its sides."""
    secret = re.compile(r"signature|claimed|computed|digest")
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                assert not secret.search(ast.unparse(node)), f"{source.name}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    "given", ["", "é" * 32, "0" * 63, "0" * 65, "ab" * 31 + "a ", "\udcff" * 64]
)
def test_any_text_may_stand_for_a_signature(given: str) -> None:
    request = by_header()
    raw = given.encode("utf-8", "surrogateescape")
    changed = edited(request, header(request, b"authorization")[-64:], raw)
    assert refusal(changed).status in (400, 403)


def test_minio_11801_no_chunk_passes_for_good_before_its_signature() -> None:
    request, pieces = streaming(SIGNED, [DATA, b"end"])
    assert body_refusal(request, b"".join(pieces).replace(b"end", b"End")).code == MISMATCH[0]


def test_minio_13335_a_token_is_never_ignored() -> None:
    """The gateway refuses a token that does not belong to the key: it has to see it."""
    with_token = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "token"), REGION)
    for request in (by_header(signer=with_token), by_url(signer=with_token)):
        claim = read(request, now=NOW, regions=(REGION,))
        assert not isinstance(claim, Anonymous)
        assert claim.session_token == "token"
    header_beside = by_url(headers=[(b"x-amz-security-token", b"token")])
    claim = read(header_beside, now=NOW, regions=(REGION,))
    assert not isinstance(claim, Anonymous)
    assert claim.session_token == "token"


def test_minio_lax_mode_a_body_with_the_empty_hash_is_refused() -> None:
    assert body_refusal(by_header("PUT"), DATA).code == "XAmzContentSHA256Mismatch"
    assert upload(by_header("PUT"), b"") == (b"", {})


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


def test_an_unsigned_hash_of_the_body_is_ignored_and_hidden() -> None:
    """As recorded on S3: even STREAMING values; the body is then taken as it is."""
    for value in (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"0" * 64, b"junk"):
        request = with_headers(by_url("PUT"), [(b"x-amz-content-sha256", value)])
        assert b"x-amz-content-sha256" not in accept(request).headers
        assert upload(request, b"0\r\n\r\n") == (b"0\r\n\r\n", {})


def test_cve_2026_21862_a_forwarded_host_repairs_nothing() -> None:
    request = replaced(by_header(), b"host", b"internal:9000")
    assert refused(with_headers(request, [(b"X-Forwarded-Host", HOST[1])])) == MISMATCH
    assert refused(with_headers(request, [(b"Forwarded", b"host=" + HOST[1])])) == MISMATCH


def test_ghsa_r54g_no_repr_or_log_has_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    secrets = (KEYS.secret_key, "session-token")
    signer = Signer(Credentials(KEYS.access_key, KEYS.secret_key, "session-token"), REGION)
    cache = KeyCache()
    with caplog.at_level(logging.DEBUG):
        claim = read(by_header(signer=signer), now=NOW, regions=(REGION,))
        assert not isinstance(claim, Anonymous)
        verified = check(claim, KEYS.secret_key, cache)
    shown = f"{caplog.text} {signer!r} {signer.credentials!r} {verified!r} {cache!r}"
    assert not any(secret in shown for secret in secrets)
    assert not any("import logging" in source.read_text() for source in SOURCES)


def test_chimera_1056_chunks_may_not_change_places() -> None:
    request, pieces = streaming(SIGNED, [DATA, b"b" * 9000])
    assert body_refusal(request, b"".join([pieces[1], pieces[0], *pieces[2:]])).code == MISMATCH[0]


def test_chimera_1056_a_chunk_may_not_come_twice() -> None:
    request, pieces = streaming(SIGNED, [DATA, DATA, DATA], length=27_000)
    assert body_refusal(request, pieces[0] * 3 + b"".join(pieces[3:])).code == MISMATCH[0]


def test_chimera_1056_a_chunk_of_another_upload_does_not_fit() -> None:
    request, pieces = streaming(SIGNED, [DATA])
    _, others = streaming(SIGNED, [b"b" * 9000], length=9000)
    assert upload(request, b"".join(pieces))[0] == DATA
    assert body_refusal(request, others[0] + pieces[1]).code == MISMATCH[0]


def test_versitygw_1147_the_final_chunk_is_checked_too() -> None:
    request, pieces = streaming(SIGNED, [DATA])
    forged = re.sub(
        rb"0;chunk-signature=[0-9a-f]{64}", b"0;chunk-signature=" + b"0" * 64, pieces[1]
    )
    assert body_refusal(request, pieces[0] + forged).code == MISMATCH[0]
    assert body_refusal(request, pieces[0]).code == "IncompleteBody"
    request, pieces = streaming(SIGNED, [DATA, DATA], length=len(DATA))
    cut_short = pieces[0] + pieces[2] + pieces[3]
    assert body_refusal(request, cut_short).code == MISMATCH[0]


def test_chimera_1187_the_scope_is_compared_with_the_request() -> None:
    request = by_header()
    assert refused(edited(request, b"/20260821/", b"/20260820/")) == BAD_HEADER
    assert refused(edited(request, b"/us-east-1/", b"/eu-west-1/")) == BAD_HEADER
    assert refused(edited(request, b"/s3/", b"/ec2/")) == BAD_HEADER
    assert refused(edited(request, b"/s3/", b"/S3/")) == BAD_HEADER
    assert refused(edited(request, b"aws4_request", b"aws4_reques")) == BAD_HEADER


def test_chimera_1187_a_leaked_day_key_is_no_key_of_another_day() -> None:
    old = edited(by_url(now=NOW - 86_400), b"20260820%2F", b"20260821%2F")
    assert refused(old) == BAD_QUERY


@pytest.mark.parametrize("seconds", [-901, 901, 86_400, -86_400])
def test_chimera_492_beyond_fifteen_minutes_a_request_is_stale(seconds: int) -> None:
    error = refusal(by_header(), now=NOW + seconds)
    assert (error.code, error.status) == ("RequestTimeTooSkewed", 403)
    assert dict(error.fields)["MaxAllowedSkewMilliseconds"] == "900000"


@pytest.mark.parametrize("seconds", [-900, 0, 900])
def test_chimera_492_within_fifteen_minutes_it_is_not(seconds: int) -> None:
    assert accept(by_header(), now=NOW + seconds).access_key == KEYS.access_key


def test_s3_orchestrator_65_host_and_date_must_be_signed() -> None:
    request = by_header()
    for names in (b"x-amz-content-sha256;x-amz-date", b"host;x-amz-content-sha256"):
        changed = edited(request, b"host;x-amz-content-sha256;x-amz-date", names)
        assert refused(changed) == NOT_SIGNED


def test_floci_1841_a_presigned_url_is_checked_without_a_flag() -> None:
    request = by_url()
    signature = request.target[-64:]
    assert refused(edited(request, signature, signature[::-1])) == MISMATCH


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


def test_two_authorization_headers_do_not_add_up_to_one() -> None:
    request = by_header()
    value = header(request, b"authorization")
    head, comma, tail = value.rpartition(b",")
    for pair in ([value, value], [head, tail.strip()], [value, b""], [b"", value]):
        both = with_headers(
            without(request, b"authorization"), [(b"Authorization", part) for part in pair]
        )
        assert refused(both) == TWO
    assert comma == b","


def test_two_mechanisms_are_one_too_many() -> None:
    presigned, v2 = by_url().target.partition(b"?")[2], b"AWSAccessKeyId=a&Signature=b&Expires=1"
    both = [
        by_header(target=b"/bkt/key")._replace(target=b"/bkt/key?" + presigned),
        by_header()._replace(target=b"/bkt/key?" + v2),
        Request("GET", b"/bkt/key?" + presigned + b"&" + v2, [HOST]),
        by_header()._replace(target=b"/bkt/key?X-Amz-Signature=" + b"0" * 64),
    ]
    for request in both:
        error = refusal(request)
        assert (error.code, error.status) == TWO
        assert error.message.startswith("Only one auth mechanism allowed;")
        assert error.fields[0] == ("ArgumentName", "Authorization")


@pytest.mark.parametrize(
    "text", [b"+60", b"%2060", b"60%20", b"6_0", b"6.0", b"0x3c", b"", b"60%0A", "６０".encode()]
)
def test_own_python_reads_more_numbers_than_s3(text: bytes) -> None:
    error = refusal(edited(by_url(), b"X-Amz-Expires=3600", b"X-Amz-Expires=" + text))
    assert (error.code, error.message) == (BAD_QUERY[0], "X-Amz-Expires should be a number")


@pytest.mark.parametrize(
    "text",
    [
        b"20260821T101112",
        b"20260821t101112z",
        b"2026-08-21T10:11:12Z",
        b"20260821T101112Z\n",
        b"20260821T101160Z",
        b"20260231T101112Z",
        b"20260821T241112Z",
        b"20260821T101112Z0",
        "２０２６0821T101112Z".encode(),
        b"",
    ],
)
def test_own_python_reads_more_dates_than_s3(text: bytes) -> None:
    if not text.endswith(b"\n"):  # HTTP has none
        assert refused(replaced(by_header(), b"x-amz-date", text)) == ("AccessDenied", 403)
    assert refused(edited(by_url(), timestamp(), text.replace(b"\n", b"%0A"))) == BAD_QUERY


def test_dos_junk_does_not_fill_the_cache_of_keys() -> None:
    cache = KeyCache()
    for index in range(50):
        forged = edited(by_header(), b"/us-east-1/", b"/us-east-%d/" % (index + 2))
        with pytest.raises(sigv4.SigError):
            read(forged, now=NOW, regions=(REGION,))
    unknown = read(
        edited(by_header(), KEYS.access_key.encode(), b"OTHER"), now=NOW, regions=(REGION,)
    )
    assert not isinstance(unknown, Anonymous)
    with pytest.raises(sigv4.SigError):
        check(unknown, None, cache)
    assert len(cache) == 0


def test_dos_the_cache_of_keys_is_bounded_and_keeps_what_is_used() -> None:
    cache = KeyCache(3)
    scope = sigv4.Scope("20260821", REGION, "s3")
    first = cache.get("first", "secret", scope)
    for index in range(10):
        cache.get(str(index), "secret", scope)
        assert cache.get("first", "secret", scope) is first
    assert len(cache) == 3
    assert KEYS_MAX == 4096


def test_a_changed_secret_is_another_key_at_once() -> None:
    cache = KeyCache()
    scope = sigv4.Scope("20260821", REGION, "s3")
    assert cache.get("a", "old", scope).raw != cache.get("a", "new", scope).raw
    claim = read(by_header(), now=NOW, regions=(REGION,))
    assert not isinstance(claim, Anonymous)
    check(claim, KEYS.secret_key, cache)
    with pytest.raises(sigv4.SigError, match=MISMATCH[0]):
        check(claim, "new", cache)


def test_timing_an_unknown_key_costs_a_signature_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    real = HmacKey.verifies

    def counted(key: HmacKey, text: bytes, signature: bytes) -> bool:
        calls.append(len(text))
        return real(key, text, signature)

    monkeypatch.setattr(HmacKey, "verifies", counted)
    assert (
        refused(edited(by_header(), KEYS.access_key.encode(), b"OTHER"))[0] == "InvalidAccessKeyId"
    )
    assert calls


def test_sigv2_is_refused_in_words_that_can_be_searched_for() -> None:
    text = (
        "The authorization mechanism you have provided is not supported. "
        "Please use AWS4-HMAC-SHA256."
    )
    v2 = [
        Request("GET", b"/k?AWSAccessKeyId=a&Signature=b&Expires=1", [HOST]),
        Request("GET", b"/k", [HOST, (b"Authorization", b"AWS AKID:c2lnbmF0dXJl")]),
    ]
    for request in v2:
        error = refusal(request)
        assert (error.code, error.status, error.message) == ("InvalidRequest", 400, text)


def test_anonymous_signed_chunks_are_refused_and_unsigned_ones_are_not() -> None:
    length = (b"x-amz-decoded-content-length", b"1")
    for mode in (SIGNED, SIGNED_TRAILER):
        request = Request("PUT", b"/bkt/key", [HOST, length, (b"x-amz-content-sha256", mode)])
        assert refused(request) == ("InvalidRequest", 400)
    unsigned = [HOST, length, (b"x-amz-content-sha256", UNSIGNED_TRAILER)]
    request = Request("PUT", b"/bkt/key", unsigned)
    assert upload(request, b"1\r\na\r\n0\r\n\r\n") == (b"a", {})
    hashed = (b"x-amz-content-sha256", hashlib.sha256(b"a").hexdigest().encode())
    assert body_refusal(Request("PUT", b"/b/k", [HOST, hashed]), b"b").code.startswith("XAmz")


@pytest.mark.parametrize(
    "target", [b"/a b", b"/a\r\nHost:b", b"/a\x00", b"/a#b", b"/a?b#c", b"/\x7f"]
)
def test_a_target_that_http_forbids_is_refused(target: bytes) -> None:
    assert refused(by_header()._replace(target=target)) == ("InvalidURI", 400)


@pytest.mark.parametrize("tail", [b"!", b"%", b"%zz", b"%2f", b"\xff", b"%41"])
def test_dos_no_target_or_query_takes_more_than_its_length(tail: bytes) -> None:
    """A pattern that backtracks would not come back from these within a lifetime."""
    long = b"a" * 8000 + tail
    assert len(reencode(long)) < 3 * len(long)
    assert len(reencode_path(b"/" + long)) < 3 * len(long)
    target = b"/bkt/" + long + b"?" + long + b"=" + long + b"&x-amz-meta-a=" + b"%61" * 8000
    assert accept(by_url(target=target)).access_key == KEYS.access_key
    names = b"a;" * 4000 + tail
    assert refused(edited(by_header(), b"SignedHeaders=host", b"SignedHeaders=" + names))
    headers = [(b"x-amz-meta-a", b"a" + b" \t" * 4000 + tail)]
    assert accept(by_header(headers=headers)).access_key == KEYS.access_key
