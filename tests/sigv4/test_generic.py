"""Services other than S3: every published suite, signed and verified through the public API."""

import hashlib
from collections.abc import Sequence

import pytest

from sigv4 import (
    ECDSA_SHA256,
    GENERIC,
    Claim,
    Credentials,
    Exact,
    KeyCache,
    Profile,
    Request,
    SigError,
    Signer,
    Unsigned,
    check,
    read,
)
from sigv4.verify import reading, readings_of_others
from tests.sigv4.signing import EMPTY, HOST, KEYS, NOW, REGION, by_header, by_url, refusal
from tests.sigv4.vectors import (
    Vector,
    body_of,
    need_vectors,
    of_kind,
    request_of,
    seconds,
    to_bytes,
)

need_vectors()

SET_BY_THE_SIGNER = {
    b"authorization",
    b"x-amz-content-sha256",
    b"x-amz-date",
    b"x-amz-region-set",
    b"x-amz-security-token",
}
SUITES = ("aws-c-auth/", "aws4_testsuite/", "smithy-rs/", "botocore/", "aws-sdk-go-v2/")


def published(*kinds: str) -> Sequence[object]:
    return [
        pytest.param(vector, id=vector["name"])
        for algorithm in ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
        for vector in of_kind(*kinds, algorithm=algorithm)
        if vector["service"] != "s3" and vector["name"].startswith(SUITES)
    ]


def profile_of(vector: Vector) -> Profile:
    options = vector["options"]
    return Profile(
        options["normalize_path"],
        options["double_encode"],
        bool(options.get("omit_session_token")),
        b"x-amz-content-sha256" in to_bytes(vector["expected"]["canonical_request"]),
    )


def claim_of(request: Request, vector: Vector, body: bytes) -> Claim:
    unsigned = vector["expected"]["canonical_request"].endswith("\nUNSIGNED-PAYLOAD")
    claim = read(
        request,
        now=seconds(vector["timestamp"]),
        regions=(vector["region"],),
        service=vector["service"],
        profile=profile_of(vector),
        body_sha256=None if unsigned else hashlib.sha256(body).hexdigest().encode(),
    )
    assert isinstance(claim, Claim)
    return claim


@pytest.mark.parametrize("vector", published("request-header", "request-query"))
def test_what_was_published_is_accepted_at_every_step(vector: Vector) -> None:
    expected, body = vector["expected"], body_of(vector["signed_request"])
    claim = claim_of(request_of(vector["signed_request"]), vector, body)
    found = [reading(claim), *readings_of_others(claim)]
    wanted = (to_bytes(expected["canonical_request"]), to_bytes(expected["string_to_sign"]))
    assert wanted in found
    assert wanted == found[0] or "space-trimming" in vector["name"] or "repeated" in vector["name"]
    if claim.algorithm != ECDSA_SHA256:
        # One suite has another signature in the request than in its own expectation.
        claim = claim._replace(signature=expected["signature"].encode())
    verified = check(claim, vector["credentials"]["secret_access_key"], KeyCache())
    assert verified.access_key == vector["credentials"]["access_key_id"]
    assert verified.payload in (Exact(hashlib.sha256(body).hexdigest()), Unsigned())
    reader = verified.body()
    reader.feed(body)
    reader.finish()


@pytest.mark.parametrize("vector", published("request-header", "request-query"))
def test_it_is_refused_with_another_body(vector: Vector) -> None:
    if vector["expected"]["canonical_request"].endswith("\nUNSIGNED-PAYLOAD"):
        assert vector["name"] == "botocore/presign-s3"
        return
    body = body_of(vector["signed_request"]) + b"!"
    claim = claim_of(request_of(vector["signed_request"]), vector, body)
    secret = vector["credentials"]["secret_access_key"]
    if b"x-amz-content-sha256" in claim.headers:
        # The header is right; it is the body that is not.
        reader = check(claim, secret, KeyCache()).body()
        reader.feed(body)
        with pytest.raises(SigError, match="XAmzContentSHA256Mismatch"):
            reader.finish()
    else:
        with pytest.raises(SigError, match="SignatureDoesNotMatch"):
            check(claim, secret, KeyCache())


def signer_of(vector: Vector) -> Signer:
    keys = vector["credentials"]
    return Signer(
        Credentials(keys["access_key_id"], keys["secret_access_key"], keys.get("session_token")),
        vector["region"],
        vector["service"],
        profile_of(vector),
        vector["algorithm"].encode(),
    )


def plain(vector: Vector) -> Request:
    request = request_of(vector["request"])
    kept = [pair for pair in request.headers if pair[0].lower() not in SET_BY_THE_SIGNER]
    return request._replace(headers=kept)


@pytest.mark.parametrize("vector", published("request-header"))
def test_what_was_published_is_signed_at_every_step(vector: Vector) -> None:
    now, expected = seconds(vector["timestamp"]), vector["expected"]
    payload = to_bytes(expected["canonical_request"]).rpartition(b"\n")[2]
    request = plain(vector)
    added = signer_of(vector).sign(request, now=now, payload=payload)
    signed = request._replace(headers=[*request.headers, *added])
    claim = claim_of(signed, vector, body_of(vector["request"]))
    canonical, text = reading(claim)
    if "space-trimming" not in vector["name"]:
        assert canonical == to_bytes(expected["canonical_request"])
        assert text == to_bytes(expected["string_to_sign"])
        if claim.algorithm != ECDSA_SHA256:
            assert claim.signature.decode() == expected["signature"]
    secret = vector["credentials"]["secret_access_key"]
    assert check(claim, secret, KeyCache()).location == "header"


@pytest.mark.parametrize("vector", published("request-query"))
def test_what_was_published_is_presigned_at_every_step(vector: Vector) -> None:
    now, expected = seconds(vector["timestamp"]), vector["expected"]
    payload = to_bytes(expected["canonical_request"]).rpartition(b"\n")[2]
    request = plain(vector)
    target = signer_of(vector).presign(
        request, now=now, expires_s=vector["options"]["expires"], payload=payload
    )
    claim = claim_of(request._replace(target=target), vector, body_of(vector["request"]))
    canonical, text = reading(claim)
    assert canonical == to_bytes(expected["canonical_request"])
    assert text == to_bytes(expected["string_to_sign"])
    if claim.algorithm != ECDSA_SHA256:
        assert claim.signature.decode() == expected["signature"]
    secret = vector["credentials"]["secret_access_key"]
    assert check(claim, secret, KeyCache()).location == "query"


def test_without_the_hash_of_the_body_there_has_to_be_a_header() -> None:
    signer = Signer(KEYS, REGION, "iam", GENERIC)
    request = by_header(signer=signer)
    with pytest.raises(SigError, match="Missing required header"):
        read(request, now=NOW, regions=(REGION,), service="iam", profile=GENERIC)


def test_to_s3_a_path_is_what_it_is_and_elsewhere_what_it_comes_to() -> None:
    signer = Signer(KEYS, REGION, "iam", GENERIC)
    target = b"/a/./b/../c//d%20e/"
    request = by_header(target=target, signer=signer)
    claim = read(
        request, now=NOW, regions=(REGION,), service="iam", profile=GENERIC, body_sha256=EMPTY
    )
    assert isinstance(claim, Claim)
    assert reading(claim)[0].split(b"\n")[1] == b"/a/c/d%2520e/"
    assert refusal(by_header(target=target)._replace(target=b"/a/c/d%20e/")).status == 403


TOKEN = Credentials(KEYS.access_key, KEYS.secret_key, "a/b+c==")
AFTERWARDS = Profile(normalize_path=True, double_encode=True, omit_session_token=True)


@pytest.mark.parametrize("before", [b"/", b"/?a=1"])
def test_a_token_that_is_added_afterwards_is_not_signed(before: bytes) -> None:
    signer = Signer(TOKEN, REGION, "iot", AFTERWARDS)
    for request in (
        by_header(target=before, signer=signer),
        Request(
            "GET",
            signer.presign(Request("GET", before, [HOST]), now=NOW, expires_s=60, payload=EMPTY),
            [HOST],
        ),
    ):
        claim = read(
            request,
            now=NOW,
            regions=(REGION,),
            service="iot",
            profile=AFTERWARDS,
            body_sha256=EMPTY,
        )
        assert isinstance(claim, Claim)
        assert claim.session_token == "a/b+c=="
        assert check(claim, KEYS.secret_key, KeyCache()).access_key == KEYS.access_key
        signed_otherwise = claim._replace(profile=GENERIC)
        with pytest.raises(SigError):
            check(signed_otherwise, KEYS.secret_key, KeyCache())


def test_to_s3_a_token_is_always_signed() -> None:
    signer = Signer(TOKEN, REGION)
    for request in (by_header(signer=signer), by_url(signer=signer)):
        claim = read(request, now=NOW, regions=(REGION,))
        assert isinstance(claim, Claim)
        assert b"ecurity-" in reading(claim)[0]


def test_elsewhere_a_target_may_have_what_the_suites_have_but_no_control_character() -> None:
    for target, code in (
        (b"/a b#c", "accepted"),
        (b"/a\nb", "InvalidURI"),
        (b"/\x7f", "InvalidURI"),
    ):
        request = by_header(target=target, signer=Signer(KEYS, REGION, "iam", GENERIC))
        try:
            claim = read(
                request,
                now=NOW,
                regions=(REGION,),
                service="iam",
                profile=GENERIC,
                body_sha256=EMPTY,
            )
            assert isinstance(claim, Claim)
            check(claim, KEYS.secret_key, KeyCache())
        except SigError as error:
            found = error.code
        else:
            found = "accepted"
        assert found == code
