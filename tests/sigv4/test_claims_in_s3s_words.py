"""The grammar of claims: what S3 takes, and in whose words it refuses the rest."""

from collections.abc import Callable

import pytest

from sigv4 import Claim, Credentials, KeyCache, Request, SigError, Signer, check, read
from sigv4.errors import invalid_token, streaming_elsewhere
from sigv4.keys import signing_key
from sigv4.verify import reading
from tests.sigv4.signing import (
    EMPTY,
    KEYS,
    NOW,
    REGION,
    accept,
    by_header,
    by_url,
    edited,
    header,
    refusal,
    replaced,
    with_headers,
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
INCOMPLETE = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: value.replace(b", ", b","), id="no spaces"),
        pytest.param(lambda value: value.replace(b", ", b" ,   "), id="more spaces"),
        pytest.param(lambda value: value.replace(b"256 ", b"256    "), id="more after the scheme"),
        pytest.param(lambda value: value.replace(b"=", b"=  "), id="more before the values"),
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
        (b"Credential=" + SCOPE, b"Credential=", "missing Credential."),
        (b"SignedHeaders=host;x-amz-content-sha256;x-amz-date, ", b"", "missing SignedHeaders."),
        (b"=host;", b"=;host;", "missing SignedHeaders."),
        (b"=host;", b"=Host;", "missing SignedHeaders."),
        (b"Signature=", b"Signature=,Signature=", THREE),
        (b"Signature=", b"signature=", THREE),
        (b"SignedHeaders=host;x-amz-content-sha256;x-amz-date, ", b"SignedHeaders, ", THREE),
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


def test_an_access_key_too_long_to_be_kept_is_read_all_the_same() -> None:
    """Up to what HTTP lets a header have; what is remembered of strangers is small."""
    name = "A" * 600
    signer = Signer(Credentials(name, "secret"), REGION)
    claim = read(by_header(signer=signer), now=NOW, regions=(REGION,))
    assert isinstance(claim, Claim)
    assert claim.unverified_access_key == name


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
