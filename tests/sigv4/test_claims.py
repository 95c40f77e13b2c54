"""The grammar of claims: what S3 takes, and in whose words it refuses the rest."""

from collections.abc import Callable

import pytest

from sigv4 import (
    Chunked,
    Claim,
    Credentials,
    KeyCache,
    Request,
    Scope,
    SigError,
    Signer,
    Unsigned,
    check,
    read,
)
from sigv4.canonical import (
    canonical_headers,
    canonical_query,
    canonical_request,
    fold_headers,
    string_to_sign,
)
from sigv4.errors import invalid_token, streaming_elsewhere
from sigv4.keys import sign, signing_key
from sigv4.presigned import EXPIRES_MAX_S
from sigv4.scope import parse_http_date, parse_timestamp, print_iso, print_timestamp
from sigv4.verify import reading
from tests.sigv4.signing import (
    EMPTY,
    HOST,
    KEYS,
    NOW,
    REGION,
    SIGNED,
    SIGNER,
    UNSIGNED_TRAILER,
    accept,
    by_header,
    by_url,
    edited,
    header,
    refusal,
    replaced,
    with_headers,
    without,
)

MALFORMED = "The authorization header is malformed; "
CREDENTIAL = "Error parsing the X-Amz-Credential parameter; "
SCOPE = b"AKIDEXAMPLE/20260821/us-east-1/s3/aws4_request"
BAD_CREDENTIAL = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
THREE = (
    "the authorization header requires three components: Credential, SignedHeaders, and Signature."
)
OTHER_DATE = (
    'Invalid credential date "20260820". This date is not the same as X-Amz-Date: "20260821".'
)
ALGORITHM = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
QUOTED = SCOPE.replace(b"/", b"%2F")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: value.replace(b", ", b","), id="no spaces"),
        pytest.param(lambda value: value.replace(b", ", b" ,   "), id="more spaces"),
        pytest.param(lambda value: value.replace(b"256 ", b"256    "), id="more after the scheme"),
        pytest.param(
            lambda value: (
                b"AWS4-HMAC-SHA256 " + b", ".join(reversed(value.partition(b" ")[2].split(b", ")))
            ),
            id="another order",
        ),
    ],
)
def test_ways_to_write_an_authorization_header(change: Callable[[bytes], bytes]) -> None:
    request = by_header()
    value = change(header(request, b"authorization"))
    assert accept(replaced(request, b"authorization", value)).access_key == KEYS.access_key


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SCOPE, b"AKID/20260821/us-east-1/s3", BAD_CREDENTIAL),
        (b"AKIDEXAMPLE/", b"/", BAD_CREDENTIAL),
        (
            b"/20260821/",
            b"/2026821/",
            'incorrect date format "2026821". '
            'This date in the credential must be in the format "yyyyMMdd".',
        ),
        (b"us-east-1", b"aws-global", "the region 'aws-global' is wrong; expecting 'us-east-1'"),
        (b"/s3/", b"/ec2/", 'incorrect service "ec2". This endpoint belongs to "s3".'),
        (b"aws4_request", b"x", 'incorrect terminal "x". This endpoint uses "aws4_request".'),
        (b"/20260821/", b"/20260820/", OTHER_DATE),
        (b"Credential=" + SCOPE + b", ", b"", "missing Credential."),
        (b"SignedHeaders=host;x-amz-content-sha256;x-amz-date, ", b"", "missing SignedHeaders."),
        (b"=host;", b"=;host;", "missing SignedHeaders."),
        (b"=host;", b"=Host;", "missing SignedHeaders."),
        (b"Signature=", b"Signature=,Signature=", THREE),
        (b"Signature=", b"signature=", THREE),
        (b", ", b"; ", "missing SignedHeaders."),
    ],
)
def test_a_malformed_authorization_header_in_s3s_words(
    old: bytes, new: bytes, message: str
) -> None:
    error = refusal(edited(by_header(), old, new))
    assert (error.code, error.status) == ("AuthorizationHeaderMalformed", 400)
    assert error.message == MALFORMED + message


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (b"Basic dXNlcjpwYXNz", "InvalidArgument", "Unsupported Authorization Type"),
        (b"aws4-hmac-sha256 Credential=a", "InvalidArgument", "Unsupported Authorization Type"),
        (b"", "InvalidArgument", "Unsupported Authorization Type"),
        (
            b"AWS4-HMAC-SHA256",
            "InvalidArgument",
            "Authorization header is invalid -- one and only one ' ' (space) required.",
        ),
    ],
)
def test_another_authorization_header_in_s3s_words(value: bytes, code: str, message: str) -> None:
    error = refusal(replaced(by_header(), b"authorization", value))
    assert (error.code, error.message) == (code, message)


INCOMPLETE = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"X-Amz-Algorithm=AWS4-HMAC-SHA256&", b"", INCOMPLETE),
        (b"X-Amz-Credential=" + QUOTED + b"&", b"", INCOMPLETE),
        (b"X-Amz-SignedHeaders=host", b"X-Amz-SignedHeaders=", INCOMPLETE),
        (b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA1", ALGORITHM),
        (QUOTED, SCOPE.replace(b"/", b"%252F"), CREDENTIAL + BAD_CREDENTIAL),
        (
            b"us-east-1",
            b"eu-west-1",
            CREDENTIAL + "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        ),
        (
            b"%2Fs3%2F",
            b"%2Fsts%2F",
            CREDENTIAL + 'incorrect service "sts". This endpoint belongs to "s3".',
        ),
        (
            b"20260821T101112Z",
            b"20260821",
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ),
        (b"20260821%2F", b"20260820%2F", OTHER_DATE),
        (b"=3600", b"=-1", "X-Amz-Expires must be non-negative"),
        (
            b"=3600",
            b"=604801",
            "X-Amz-Expires must be less than a week (in seconds); "
            "that is, the given X-Amz-Expires must be less than 604800 seconds",
        ),
        (b"=3600", b"=--1", "X-Amz-Expires should be a number"),
        (
            b"=host",
            b"=Host",
            "X-Amz-SignedHeaders must be a list of lower-case header names.",
        ),
    ],
)
def test_a_malformed_url_in_s3s_words(old: bytes, new: bytes, message: str) -> None:
    error = refusal(edited(by_url(), old, new))
    assert (error.code, error.status) == ("AuthorizationQueryParametersError", 400)
    assert error.message == message


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        (b"host;x-amz-content-sha256;x-amz-date", "accepted"),
        (b"x-amz-content-sha256;host;x-amz-date", "SignatureDoesNotMatch"),
        (b"host;x-amz-date;x-amz-content-sha256", "SignatureDoesNotMatch"),
        (b"host;host;x-amz-content-sha256;x-amz-date", "SignatureDoesNotMatch"),
    ],
)
def test_signed_headers_out_of_order_are_of_no_signature(names: bytes, outcome: str) -> None:
    """Not even if whoever signed had them in this order."""
    claim = read(by_header(), now=NOW, regions=(REGION,))
    assert isinstance(claim, Claim)
    claim = claim._replace(signed_headers=tuple(names.split(b";")))
    key = signing_key(KEYS.secret_key, claim.scope)
    claim = claim._replace(signature=key.sign(reading(claim)[1]))
    try:
        check(claim, KEYS.secret_key, KeyCache())
    except SigError as error:
        found = error.code
    else:
        found = "accepted"
    assert found == outcome


@pytest.mark.parametrize("signature", [b"", b"0", b"A" * 64, b"0" * 63, b"0" * 65])
def test_a_signature_of_another_form_is_a_wrong_one(signature: bytes) -> None:
    request = by_header()
    value = header(request, b"authorization")[:-64] + signature
    assert refusal(replaced(request, b"authorization", value)).code == "SignatureDoesNotMatch"
    if signature:
        target = by_url().target[:-64] + signature
        assert refusal(by_url()._replace(target=target)).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("make", [by_header, by_url])
def test_a_token_in_an_unsigned_header_is_an_unsigned_header(make: Callable[[], Request]) -> None:
    request = with_headers(make(), [(b"X-Amz-Security-Token", b"a")])
    error = refusal(request)
    assert (error.code, dict(error.fields)["HeadersNotSigned"]) == (
        "AccessDenied",
        "x-amz-security-token",
    )
    claim = read(request, now=NOW, regions=(REGION,))
    assert isinstance(claim, Claim)
    assert claim.session_token is None


def test_a_wrong_region_names_the_right_one() -> None:
    for request in (by_header(), by_url()):
        error = refusal(edited(request, b"us-east-1", b"eu-west-1"))
        assert error.fields == (("Region", "us-east-1"),)


def test_an_access_key_may_have_slashes() -> None:
    assert refusal(edited(by_header(), b"AKIDEXAMPLE", b"a/b/c")).fields == (
        ("AWSAccessKeyId", "a/b/c"),
    )


# Time


@pytest.mark.parametrize("after", [-900, 0, 60])
def test_a_url_within_its_time(after: int) -> None:
    assert accept(by_url(expires_s=60), now=NOW + after).expires_at == NOW + 60


def test_a_url_before_its_time() -> None:
    error = refusal(by_url(), now=NOW - 901)
    assert (error.code, error.message) == ("AccessDenied", "Request is not valid yet")


def test_a_url_after_its_time() -> None:
    error = refusal(by_url(expires_s=60), now=NOW + 61)
    assert (error.code, error.status, error.message) == ("AccessDenied", 403, "Request has expired")
    assert error.fields == (
        ("X-Amz-Expires", "60"),
        ("Expires", "2026-08-21T10:12:12Z"),
        ("ServerTime", "2026-08-21T10:12:13Z"),
    )


def test_expiry_is_found_before_a_wrong_key_or_signature() -> None:
    late = by_url(expires_s=60)
    for changed in (
        edited(late, b"AKIDEXAMPLE", b"OTHER"),
        edited(late, late.target[-64:], b"0" * 64),
    ):
        assert refusal(changed, now=NOW + 61).message == "Request has expired"


def test_a_skewed_request_names_both_times() -> None:
    error = refusal(by_header(), now=NOW + 901)
    assert error.fields[:2] == (
        ("RequestTime", "20260821T101112Z"),
        ("ServerTime", "2026-08-21T10:26:13Z"),
    )


def by_date_header(date: bytes) -> Request:
    """What botocore makes of a caller's own Date: signed instead of x-amz-date."""
    request = without(by_header(headers=[(b"Date", date)]), b"x-amz-date")
    signed = b"date;host;x-amz-content-sha256"
    return edited(request, b"date;host;x-amz-content-sha256;x-amz-date", signed)


@pytest.mark.parametrize(
    "date", [b"Fri, 21 Aug 2026 10:11:12 GMT", b"Fri, 21 Aug 2026 10:11:12 -0000"]
)
def test_a_date_header_stands_in_for_x_amz_date(date: bytes) -> None:
    error = refusal(by_date_header(date))
    assert error.code == "SignatureDoesNotMatch"  # its time was taken: the signature is another's
    assert "20260821T101112Z" in dict(error.fields)["StringToSign"]


@pytest.mark.parametrize("date", [b"", b"yesterday", b"Fri, 32 Aug 2026 10:11:12 GMT", b"\xb2"])
def test_no_date_is_refused(date: bytes) -> None:
    error = refusal(by_date_header(date))
    assert error.message == "AWS authentication requires a valid Date or x-amz-date header"
    assert (error.code, error.status) == ("AccessDenied", 403)


def test_times_are_printed_as_they_are_read() -> None:
    assert print_timestamp(NOW) == "20260821T101112Z"
    assert parse_timestamp("20260821T101112Z") == NOW
    assert parse_http_date("Fri, 21 Aug 2026 12:11:12 +0200") == NOW
    assert print_iso(NOW) == "2026-08-21T10:11:12Z"


# Bodies


@pytest.mark.parametrize(
    "value",
    [
        b"unsigned-payload",
        b"ungiltig",
        b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        EMPTY + b"0",
        b"STREAMING-AWS4-HMAC-SHA256-EVENTS",
        EMPTY + b"," + EMPTY,
        b"",
    ],
)
def test_a_value_that_promises_nothing_is_refused(value: bytes) -> None:
    error = refusal(by_header("PUT", payload=value))
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.fields == (
        ("ArgumentName", "x-amz-content-sha256"),
        ("ArgumentValue", value.decode()),
    )


def test_a_request_without_a_hash_is_refused() -> None:
    error = refusal(without(by_header(), b"x-amz-content-sha256"))
    assert error.message == "Missing required header for this request: x-amz-content-sha256"


@pytest.mark.parametrize("length", [None, b"", b"-1", b"+1", b"1_0", b"1.0", b"1" * 20, b"\xb2"])
def test_chunks_need_the_length_of_what_they_hold(length: bytes | None) -> None:
    headers = [] if length is None else [(b"x-amz-decoded-content-length", length)]
    error = refusal(by_header("PUT", headers=headers, payload=SIGNED))
    assert (error.code, error.status) == ("MissingContentLength", 411)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b"x-amz-checksum-crc32", ("x-amz-checksum-crc32",)),
        (b"X-Amz-Checksum-CRC64NVME", ("x-amz-checksum-crc64nvme",)),
        (b"x-amz-checksum-crc32,", ("x-amz-checksum-crc32",)),
        (b"x-amz-checksum-crc32,,", ("x-amz-checksum-crc32",)),
        (None, ()),
    ],
)
def test_trailers_that_may_be_announced(value: bytes | None, names: tuple[str, ...]) -> None:
    headers = [(b"x-amz-decoded-content-length", b"0")]
    if value is not None:
        headers.append((b"x-amz-trailer", value))
    request = by_header("PUT", headers=headers, payload=UNSIGNED_TRAILER)
    assert accept(request).payload == Chunked(False, True, 0, names)


SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
UNSUPPORTED = "The value specified in the x-amz-trailer header is not supported"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"", UNSUPPORTED),
        (b"foo", UNSUPPORTED),
        (b"x-amz-checksum-crc16", UNSUPPORTED),
        (b"x-amz-content-sha256", UNSUPPORTED),
        (b",x-amz-checksum-crc32", UNSUPPORTED),
        (b"x-amz-checksum-crc32, ,", UNSUPPORTED),
        (b"x-amz-checksum-crc32,x-amz-checksum-sha1", SEVERAL),
        (b"x-amz-checksum-crc32,x-amz-checksum-crc32", SEVERAL),
    ],
)
def test_trailers_that_may_not_be_announced(value: bytes, message: str) -> None:
    headers = [(b"x-amz-decoded-content-length", b"0"), (b"x-amz-trailer", value)]
    error = refusal(by_header("PUT", headers=headers, payload=UNSIGNED_TRAILER))
    assert (error.code, error.message) == ("InvalidRequest", message)


def test_an_unsigned_payload_is_not_in_chunks() -> None:
    chunked = [(b"Content-Encoding", b"gzip,AWS-chunked")]
    error = refusal(by_header("PUT", headers=chunked, payload=None))
    assert error.message.startswith("aws-chunked encoding is not supported when")
    assert accept(by_url("PUT", headers=chunked)).payload == Unsigned()  # stored as it comes


def test_a_url_may_name_the_hash_of_its_body() -> None:
    """In a parameter, as aws-sdk-js-v3 does, or in a header that it signs."""
    digest = (b"x-amz-content-sha256", EMPTY)
    request = Request("PUT", b"/bkt/key?X-Amz-Content-Sha256=" + EMPTY, [HOST])
    for given in (request, Request("PUT", b"/bkt/key", [HOST, digest])):
        error = refusal(_presigned_blindly(given))
        canonical = dict(error.fields)["CanonicalRequest"]
        assert canonical.endswith("\n" + EMPTY.decode())


def _presigned_blindly(request: Request) -> Request:
    """With a signature of nothing: the answer shows what should have been signed."""
    names = b"%3B".join(sorted(name.lower() for name, _ in request.headers))
    url = by_url().target.partition(b"?")[2].replace(b"=host", b"=" + names)
    url = url[:-64] + b"0" * 64
    joint = b"&" if b"?" in request.target else b"?"
    return request._replace(target=request.target + joint + url)


# What stands in for headers (more in test_hoisting.py)


@pytest.mark.parametrize("value", [b"private", b""])
def test_a_signed_header_may_arrive_as_a_parameter(value: bytes) -> None:
    """aws-sdk-js v2 names headers as signed that it then puts into the query."""
    target = b"/bkt/key?x-amz-acl=" + value
    request = Request("PUT", target, [HOST, (b"x-amz-acl", value)])
    presigned = request._replace(target=SIGNER.presign(request, now=NOW, expires_s=60))
    assert accept(presigned).headers[b"x-amz-acl"] == value
    assert accept(without(presigned, b"x-amz-acl")).headers[b"x-amz-acl"] == value


def test_expect_may_be_lost_on_the_way() -> None:
    sent = by_header("PUT", headers=[(b"x-a", b"100-continue")])
    signature = refusal(edited(sent, b"host;x-a;", b"expect;host;"))
    canonical = dict(signature.fields)["CanonicalRequest"]
    assert "\nexpect:100-continue\n" in canonical


def test_another_signed_header_that_is_lost_is_missed() -> None:
    assert refusal(without(by_header(headers=[(b"x-a", b"1")]), b"x-a")).code == (
        "SignatureDoesNotMatch"
    )


# Errors


def test_a_wrong_signature_shows_what_was_signed() -> None:
    error = refusal(by_header(), secret="other")
    fields = dict(error.fields)
    assert list(fields) == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    ]
    canonical = f"GET\n/bkt/key\n\nhost:s3.example.com\nx-amz-content-sha256:{EMPTY.decode()}\n"
    assert fields["CanonicalRequest"].startswith(canonical)
    assert bytes.fromhex(fields["StringToSignBytes"]).decode() == fields["StringToSign"]
    assert fields["StringToSignBytes"].startswith("41 57 53 34 2d")
    assert KEYS.secret_key not in str(error.fields)


def test_an_unknown_key_is_named() -> None:
    error = refusal(by_header(), secret=None)
    assert (error.code, error.status) == ("InvalidAccessKeyId", 403)
    assert error.fields == (("AWSAccessKeyId", "AKIDEXAMPLE"),)


@pytest.mark.parametrize(
    ("error", "code", "fields"),
    [
        (invalid_token("t"), "InvalidToken", (("Token-0", "t"),)),
        (streaming_elsewhere(), "InvalidRequest", ()),
    ],
)
def test_errors_that_the_gateway_raises(
    error: SigError, code: str, fields: tuple[tuple[str, str], ...]
) -> None:
    assert (error.code, error.status, error.fields) == (code, 400, fields)


# Targets and signers


@pytest.mark.parametrize("expires_s", [0, -1, EXPIRES_MAX_S + 1])
def test_a_url_that_s3_would_refuse_is_not_made(expires_s: int) -> None:
    with pytest.raises(ValueError, match="604800"):
        by_url(expires_s=expires_s)


def test_the_longest_url_is_made_and_taken() -> None:
    request = by_url(expires_s=EXPIRES_MAX_S)
    assert accept(request, now=NOW + EXPIRES_MAX_S).expires_at == NOW + EXPIRES_MAX_S


def test_signing_is_deterministic() -> None:
    assert by_header() == by_header()
    assert by_url() == by_url()
    assert by_header(now=NOW + 1) != by_header()


# Clients that canonicalise otherwise


def signed_otherwise(request: Request, *, stable: bool = False, spaces: bool = False) -> Request:
    """The request as a client signs it that sorts by name alone, or knows spaces only."""
    folded = fold_headers(request.headers)
    signed = sorted(folded.keys() - {b"authorization"})
    path, _, query = request.target.partition(b"?")
    canonical = canonical_request(
        request.method,
        path,
        canonical_query(query, stable=stable),
        canonical_headers(folded, signed, spaces_only=spaces),
        signed,
        EMPTY,
    )
    scope = Scope("20260821", REGION, "s3")
    text = string_to_sign(b"20260821T101112Z", str(scope).encode(), canonical)
    signature = sign(signing_key(KEYS.secret_key, scope), text)
    return edited(request, header(request, b"authorization")[-64:], signature)


def test_a_client_that_sorts_a_query_by_name_alone() -> None:
    """As minio-go and minio-java do."""
    request = by_header(target=b"/bkt?events=b&events=a&prefix=")
    theirs = signed_otherwise(request, stable=True)
    assert theirs != request
    assert accept(theirs).access_key == KEYS.access_key
    reordered = theirs._replace(target=b"/bkt?events=a&events=b&prefix=")
    assert refusal(reordered).code == "SignatureDoesNotMatch"


def test_a_client_that_takes_only_spaces_for_white_space() -> None:
    """As smithy-rs does."""
    request = by_header(headers=[(b"x-amz-meta-a", b"a \t  b")])
    theirs = signed_otherwise(request, spaces=True)
    assert theirs != request
    assert accept(theirs).headers[b"x-amz-meta-a"] == b"a \t  b"
    changed = replaced(theirs, b"x-amz-meta-a", b"a \t \t b")
    assert refusal(changed).code == "SignatureDoesNotMatch"


def test_an_access_key_too_long_to_be_kept_is_read_all_the_same() -> None:
    """Up to what HTTP lets a header have; what is remembered of strangers is small."""
    name = "A" * 600
    signer = Signer(Credentials(name, "secret"), REGION)
    claim = read(by_header(signer=signer), now=NOW, regions=(REGION,))
    assert isinstance(claim, Claim)
    assert claim.unverified_access_key == name
