"""Published failures of other servers in whom they took for the signer, each a test of ours.

Named after its advisory, as in all of test_security_of_*.py; those that concern policy, routing
or storage are tested there.
"""

import pytest

from sigv4 import Anonymous, Credentials, Request, Signer, read
from tests.sigv4.signing import (
    BAD_QUERY,
    HOST,
    KEYS,
    MISMATCH,
    NOT_SIGNED,
    NOW,
    REGION,
    UNSIGNED_TRAILER,
    accept,
    by_header,
    by_url,
    edited,
    header,
    refusal,
    refused,
    replaced,
    timestamp,
    with_headers,
    without,
)

BAD_HEADER = ("AuthorizationHeaderMalformed", 400)
TWO = ("InvalidArgument", 400)


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


@pytest.mark.parametrize(
    "given", ["", "é" * 32, "0" * 63, "0" * 65, "ab" * 31 + "a ", "\udcff" * 64]
)
def test_any_text_may_stand_for_a_signature(given: str) -> None:
    request = by_header()
    raw = given.encode("utf-8", "surrogateescape")
    changed = edited(request, header(request, b"authorization")[-64:], raw)
    assert refusal(changed).status in (400, 403)


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
