"""Requests of Signature Version 4A: accepted, refused, and beside those of awscrt."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import awscrt.auth
import awscrt.http
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigv4 import (
    ECDSA_SHA256,
    GENERIC,
    Anonymous,
    Credentials,
    KeyCache,
    Request,
    SigError,
    Signer,
    check,
    read,
)
from sigv4.ecdsa import EcdsaKey
from sigv4.v4a import pad
from tests.sigv4.signing import (
    EMPTY,
    HOST,
    KEYS,
    NOW,
    REGION,
    SIGNED,
    SIGNED_4A,
    SIGNER_4A,
    accept,
    by_header,
    by_url,
    edited,
    header,
    refusal,
    refused,
    replaced,
    with_headers,
    without,
)

MISMATCH = ("SignatureDoesNotMatch", 403)
BIG = bytes(range(256)) * 40
CRC: tuple[str, str] = ("x-amz-checksum-crc32", "DUoRhQ==")
FEW = settings(max_examples=150, deadline=None)


def signed(**changes: object) -> Request:
    return by_header(signer=SIGNER_4A, **changes)  # type: ignore[arg-type]  # by_header's own


def in_regions(region_set: str) -> Signer:
    return Signer(KEYS, region_set, algorithm=ECDSA_SHA256)


@pytest.mark.parametrize(
    ("request_", "code", "status"),
    [
        pytest.param(
            without(signed(), b"x-amz-region-set"), "MissingSecurityHeader", 400, id="no regions"
        ),
        pytest.param(
            replaced(signed(), b"x-amz-region-set", b""),
            "MissingSecurityHeader",
            400,
            id="an empty set of regions",
        ),
        pytest.param(
            replaced(signed(), b"x-amz-region-set", b"*"), *MISMATCH, id="another set of regions"
        ),
        pytest.param(
            edited(signed(), b";x-amz-region-set", b""), "AccessDenied", 403, id="regions unsigned"
        ),
        pytest.param(
            edited(signed(), b"/s3/", b"/us-east-1/s3/"),
            "AuthorizationHeaderMalformed",
            400,
            id="a region in the scope",
        ),
        pytest.param(
            edited(signed(), b"AKIDEXAMPLE/", b"/"),
            "AuthorizationHeaderMalformed",
            400,
            id="no access key",
        ),
        pytest.param(
            edited(signed(), b"AKIDEXAMPLE/20260821/s3/", b""),
            "AuthorizationHeaderMalformed",
            400,
            id="no scope",
        ),
        pytest.param(
            edited(signed(), b"/s3/", b"/sts/"),
            "AuthorizationHeaderMalformed",
            400,
            id="another service",
        ),
        pytest.param(
            edited(signed(), b"aws4_request", b"aws4a_request"),
            "AuthorizationHeaderMalformed",
            400,
            id="another terminal",
        ),
        pytest.param(
            edited(signed(), b"/20260821/", b"/20260820/"),
            "AuthorizationHeaderMalformed",
            400,
            id="another day",
        ),
        pytest.param(
            edited(signed(), b"ECDSA-P256", b"ECDSA-P384"), "InvalidArgument", 400, id="P-384"
        ),
        pytest.param(
            edited(signed(), b"AWS4-ECDSA-P256-SHA256", b"AWS4-HMAC-SHA256"),
            "AuthorizationHeaderMalformed",
            400,
            id="called HMAC",
        ),
        pytest.param(
            edited(by_url(signer=SIGNER_4A), b"X-Amz-Region-Set=us-east-1&", b""),
            "AuthorizationQueryParametersError",
            400,
            id="no regions in a URL",
        ),
        pytest.param(
            edited(by_url(signer=SIGNER_4A), b"Region-Set=us-east-1", b"Region-Set="),
            "AuthorizationQueryParametersError",
            400,
            id="an empty set of regions in a URL",
        ),
        pytest.param(
            edited(by_url(signer=SIGNER_4A), b"Region-Set=us-east-1", b"Region-Set=us-%2A"),
            *MISMATCH,
            id="another set of regions in a URL",
        ),
        pytest.param(
            edited(
                by_url(signer=SIGNER_4A),
                b"X-Amz-Region-Set=us-east-1",
                b"X-Amz-Region-Set=us-east-1&X-Amz-Region-Set=us-east-1",
            ),
            "AuthorizationQueryParametersError",
            400,
            id="two sets of regions in a URL",
        ),
        pytest.param(
            with_headers(by_url(signer=SIGNER_4A), [(b"x-amz-region-set", b"us-east-1")]),
            "AccessDenied",
            403,
            id="regions in a header beside a URL",
        ),
        pytest.param(signed(payload=SIGNED), "InvalidRequest", 400, id="chunks signed by HMAC"),
        pytest.param(
            by_header(payload=SIGNED_4A), "InvalidRequest", 400, id="chunks of 4A under HMAC"
        ),
        pytest.param(
            signed(payload=SIGNED_4A), "MissingContentLength", 411, id="chunks of no length"
        ),
    ],
)
def test_what_is_refused(request_: Request, code: str, status: int) -> None:
    error = refusal(request_)
    assert (error.code, error.status) == (code, status), error.message


@pytest.mark.parametrize("instead", [b"", b"X-Amz-Region-Set=&"])
def test_a_url_without_a_set_of_regions_is_told_so(instead: bytes) -> None:
    error = refusal(edited(by_url(signer=SIGNER_4A), b"X-Amz-Region-Set=us-east-1&", instead))
    assert "requires the X-Amz-Region-Set parameter" in error.message


def test_a_malformed_credential_is_told_the_form_without_a_region() -> None:
    error = refusal(edited(signed(), b"AKIDEXAMPLE/", b"/"))
    assert error.message.endswith('expecting "<YOUR-AKID>/YYYYMMDD/SERVICE/aws4_request".')


def test_a_missing_set_of_regions_is_named() -> None:
    error = refusal(without(signed(), b"x-amz-region-set"))
    assert error.fields == (("MissingHeaderName", "x-amz-region-set"),)


def test_a_signature_that_does_not_match_shows_what_was_signed() -> None:
    for request in (signed(), by_url(signer=SIGNER_4A)):
        error = refusal(request._replace(method="PUT"))
        assert (error.code, error.status) == MISMATCH
        shown = dict(error.fields)["StringToSign"].split("\n")
        assert shown[0] == "AWS4-ECDSA-P256-SHA256"
        assert shown[2] == "20260821/s3/aws4_request"


def test_the_same_request_has_the_same_signature() -> None:
    assert signed() == signed()
    assert by_url(signer=SIGNER_4A) == by_url(signer=SIGNER_4A)


def test_an_access_key_may_have_slashes_and_a_token_is_signed() -> None:
    keys = Credentials("AK/with/slash", "secret", "a/b+c==")
    signer = Signer(keys, "*", algorithm=ECDSA_SHA256)
    for request in (by_header(signer=signer), by_url(signer=signer)):
        claim = read(request, now=NOW, regions=(REGION,))
        assert not isinstance(claim, Anonymous)
        assert (claim.unverified_access_key, claim.session_token) == ("AK/with/slash", "a/b+c==")
        assert check(claim, "secret", KeyCache()).access_key == "AK/with/slash"


def test_another_secret_or_access_key_has_another_key() -> None:
    assert refusal(signed()._replace(method="GET"), secret="other").code == MISMATCH[0]
    other = Signer(Credentials("OTHER", KEYS.secret_key), REGION, algorithm=ECDSA_SHA256)
    request = by_header(signer=other)
    claim = read(request, now=NOW, regions=(REGION,))
    assert not isinstance(claim, Anonymous)
    with pytest.raises(SigError, match=MISMATCH[0]):
        check(claim._replace(unverified_access_key="ANOTHER"), KEYS.secret_key, KeyCache())


def test_timing_an_unknown_key_costs_a_verification_too(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bytes] = []
    real = EcdsaKey.verifies

    def counted(self: EcdsaKey, text: bytes, signature: bytes) -> bool:
        calls.append(text)
        return real(self, text, signature)

    monkeypatch.setattr(EcdsaKey, "verifies", counted)
    for request in (signed(), by_url(signer=SIGNER_4A)):
        assert refusal(request, secret=None).code == "InvalidAccessKeyId"
    assert len(calls) == 2


@pytest.mark.parametrize("secret", [KEYS.secret_key, None])
def test_without_cryptography_it_is_not_implemented(
    monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    from sigv4 import verify

    requests = [(signed(), "Authorization"), (by_url(signer=SIGNER_4A), "X-Amz-Algorithm")]
    monkeypatch.setitem(sys.modules, "sigv4.ecdsa", None)
    verify._nobodys_pair.cache_clear()
    for request, where in requests:
        error = refusal(request, secret=secret)
        assert (error.code, error.status) == ("NotImplemented", 501)
        assert error.fields == (("Header", where),)
    assert accept(by_header()).access_key == KEYS.access_key


def test_only_one_module_needs_cryptography() -> None:
    """And it is not imported with the package: HMAC verifies without."""
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "import sigv4, sigv4.v4a, sigv4.sign, sigv4.verify, sigv4.chunked"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# What is no such signature


def _with_signature(request: Request, change: Callable[[bytes], bytes]) -> Request:
    value = header(request, b"authorization")
    head, _, signature = value.rpartition(b"Signature=")
    return replaced(request, b"authorization", head + b"Signature=" + change(signature))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(bytes.upper, id="in capitals"),
        pytest.param(lambda s: s[:-1], id="an odd number of digits"),
        pytest.param(lambda s: s[:-2], id="a byte less"),
        pytest.param(lambda s: s + b"00", id="a byte more"),
        pytest.param(lambda s: b"00" + s, id="a byte before"),
        pytest.param(lambda s: s[:40] + b" " + s[40:], id="white space in it"),
        pytest.param(pad, id="padded"),
        pytest.param(lambda s: b"3081" + s[2:], id="a length in two bytes"),
        pytest.param(lambda _: b"3006020100020100", id="two zeros"),
        pytest.param(lambda _: b"3006020101020101", id="two ones"),
        pytest.param(lambda _: b"30" * 8, id="no DER"),
        pytest.param(lambda _: b"00" * 4000, id="very long"),
        pytest.param(lambda _: b"0" * 64, id="as long as HMAC's"),
        pytest.param(lambda _: "é".encode() * 36, id="no ASCII"),
        pytest.param(lambda _: "٣٠".encode() * 36, id="digits of another script"),
    ],
)
def test_another_way_to_write_a_signature_is_none(change: Callable[[bytes], bytes]) -> None:
    assert refused(_with_signature(signed(), change)) == MISMATCH


@FEW
@given(st.data())
def test_no_byte_of_a_signature_can_be_changed(data: st.DataObject) -> None:
    def flip(signature: bytes) -> bytes:
        position = data.draw(st.integers(0, len(signature) - 1))
        other = data.draw(st.integers(33, 126).filter(lambda byte: byte not in b",="))
        assume(other != signature[position])
        return signature[:position] + bytes([other]) + signature[position + 1 :]

    assert refused(_with_signature(signed(), flip)) == MISMATCH
    head, _, tail = by_url(signer=SIGNER_4A).target.rpartition(b"Signature=")
    target = head + b"Signature=" + flip(tail).replace(b"%", b"%25").replace(b"&", b"%26")
    assume(b"#" not in target)
    assert refused(Request("GET", target, [HOST])) == MISMATCH


# Against another implementation


@FEW
@given(
    key=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12),
    value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=10),
    token=st.none() | st.just("a/b+c=="),
    region_set=st.sampled_from(["*", "us-east-1", "us-*,eu-west-1"]),
    in_query=st.booleans(),
)
def test_what_awscrt_signs_is_accepted(
    key: str, value: str, token: str | None, region_set: str, in_query: bool
) -> None:
    config = awscrt.auth.AwsSigningConfig(
        algorithm=awscrt.auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS
        if in_query
        else awscrt.auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=awscrt.auth.AwsCredentialsProvider.new_static(
            KEYS.access_key, KEYS.secret_key, token
        ),
        region=region_set,
        service="s3",
        date=datetime.fromtimestamp(NOW, UTC),
        use_double_uri_encode=False,
        should_normalize_uri_path=False,
        signed_body_value="UNSIGNED-PAYLOAD" if in_query else EMPTY.decode(),
        signed_body_header_type=awscrt.auth.AwsSignedBodyHeaderType.NONE
        if in_query
        else awscrt.auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
        expiration_in_seconds=3600 if in_query else None,
    )
    headers = awscrt.http.HttpHeaders([("Host", HOST[1].decode()), ("x-amz-meta-a", value)])
    theirs = awscrt.http.HttpRequest("GET", f"/bkt/{key}", headers)
    awscrt.auth.aws_sign_request(theirs, config).result(10)
    sent = Request(
        "GET", theirs.path.encode(), [(n.encode(), v.encode()) for n, v in theirs.headers]
    )
    assert accept(sent).access_key == KEYS.access_key

    # Signed again by us it differs in nothing but the signature, which theirs draws.
    signer = Signer(
        Credentials(KEYS.access_key, KEYS.secret_key, token), region_set, algorithm=ECDSA_SHA256
    )
    plain = Request("GET", f"/bkt/{key}".encode(), [HOST, (b"x-amz-meta-a", value.encode())])
    if in_query:
        ours = signer.presign(plain, now=NOW, expires_s=3600)
        assert _without_signature(ours) == _without_signature(sent.target)
    else:
        made = dict(signer.sign(plain, now=NOW, payload=EMPTY))
        by_name = {name.lower(): text for name, text in sent.headers}
        authorization = made.pop(b"authorization")
        head = by_name[b"authorization"].rpartition(b"Signature=")[0]
        assert authorization.rpartition(b"Signature=")[0] == head
        assert made.items() <= by_name.items()


def _without_signature(target: bytes) -> set[bytes]:
    pieces = target.partition(b"?")[2].split(b"&")
    return {piece for piece in pieces if not piece.startswith(b"X-Amz-Signature=")}


def test_only_the_signer_sets_the_regions() -> None:
    signer = Signer(KEYS, "*", "iam", GENERIC, ECDSA_SHA256)
    for request in (
        Request("GET", b"/", [HOST, (b"X-Amz-Region-Set", b"*")]),
        Request("GET", b"/?X-Amz-Region-Set=%2A", [HOST]),
    ):
        with pytest.raises(ValueError, match="only the signer sets x-amz-region-set"):
            signer.sign(request, now=NOW)
