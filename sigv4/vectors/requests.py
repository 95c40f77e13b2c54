"""Signed requests: every step of the signature, then the verifier, then the signer."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from sigv4.canonical import (
    S3,
    Request,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
    fold_headers,
    origin_form,
    split_target,
    string_to_sign,
)
from sigv4.claims import Claim, read
from sigv4.errors import SigError
from sigv4.keys import KeyCache
from sigv4.sign import NEVER_SIGNED, Signer
from sigv4.v4a import ECDSA_SHA256
from sigv4.vectors.record import (
    Differs,
    Vector,
    algorithm_of,
    body_of,
    credentials_of,
    key_of,
    now_of,
    profile_of,
    region_of,
    request_of,
    same,
    scope_of,
    server_region_of,
    sha256,
    to_bytes,
)
from sigv4.verify import Verified, check, reading

_SIGNED_HEADERS: Final = re.compile(rb"SignedHeaders=([^,& ]*)")
_TOKEN: Final = re.compile(rb"&X-Amz-Security-Token=[^&]*")
_SHA256: Final = re.compile(rb"[0-9a-f]{64}\Z")
_BY_THE_SIGNER: Final = frozenset(
    (
        b"authorization",
        b"x-amz-content-sha256",
        b"x-amz-date",
        b"x-amz-region-set",
        b"x-amz-security-token",
    )
)
# The request of this vector carries another signature than the vector expects, upstream, too.
_ANOTHER_IN_THE_REQUEST: Final = frozenset(("aws4_testsuite/get-vanilla-with-session-token",))


def check_request(vector: Vector) -> str | None:
    """request-header and request-query: each step, the verifier, and the signer.

    Returns what was left out, if anything was.
    """
    check_steps(vector)
    note = _check_verifier(vector)
    if "request" in vector:
        note = _check_signer(vector) or note
    return note


def check_wire(vector: Vector) -> str | None:
    """wire-header and wire-query: what a client sent is accepted, and read as it was meant."""
    check_steps(vector)
    verified = accept(vector)
    given = {name.lower() for name, _ in request_of(vector["signed_request"]).headers}
    left = sorted(name.decode() for name in given - verified.signed_headers - {b"authorization"})
    if "unsigned_headers" in vector["expected"]:
        same("unsigned headers", sorted(vector["expected"]["unsigned_headers"]), left)
    return None


def check_steps(vector: Vector) -> None:
    """Canonical request, string to sign and signature of the signed request.

    Raises:
        Differs
    """
    expected, algorithm = vector["expected"], algorithm_of(vector)
    request = request_of(vector["signed_request"])
    names = signed_headers_of(request)
    if "signed_headers" in expected:
        same("signed headers", expected["signed_headers"], b";".join(names))
    canonical = _canonical(vector, request, names)
    same("canonical request", expected["canonical_request"], canonical)
    timestamp, scope = vector["timestamp"].encode(), str(scope_of(vector)).encode()
    text = string_to_sign(timestamp, scope, canonical, algorithm)
    same("string to sign", expected["string_to_sign"], text)
    key = key_of(vector)
    if algorithm != ECDSA_SHA256:
        same("signature", expected["signature"], key.sign(text))
        return
    for name in ("signature", "signature_in_signed_request"):
        drawn = expected.get(name)
        if drawn is not None and not key.verifies(text, drawn.encode()):
            raise Differs(name.replace("_", " "), "a signature of the string to sign", drawn)


def signed_headers_of(request: Request) -> list[bytes]:
    """The names that a signed request says it signs."""
    headers = fold_headers(request.headers)
    found = _SIGNED_HEADERS.search(headers.get(b"authorization", request.target))
    if found is None:
        raise Differs("signed headers", "a list of them", "no SignedHeaders in the request")
    return unquote_to_bytes(found[1]).split(b";")


def _canonical(vector: Vector, request: Request, names: list[bytes]) -> bytes:
    options = vector["options"]
    path, query = split_target(origin_form(request.target))
    if options.get("omit_session_token"):
        query = _TOKEN.sub(b"", query)
    in_query = options.get("signature_location") == "query"
    headers = fold_headers(request.headers)
    return canonical_request(
        request.method,
        canonical_path(path, profile_of(vector)),
        canonical_query(
            query,
            drop=b"X-Amz-Signature" if in_query else b"",
            stable=options.get("query_sort") == "name-stable",
        ),
        canonical_headers(
            headers, names, spaces_only=any(b"\xc2\xa0" in value for value in headers.values())
        ),
        names,
        payload_line_of(vector),
    )


def payload_line_of(vector: Vector) -> bytes:
    """The last line of the canonical request."""
    stated = vector["options"].get("payload_hash") or "sha256(body)"
    if stated == "sha256(body)":
        return sha256(body_of(vector.get("signed_request") or vector["request"]))
    return to_bytes(stated)


def claim_of(vector: Vector, request: Request) -> Claim:
    """What the verifier reads in a request of this vector.

    Raises:
        SigError
        Differs: no signature.
    """
    line = payload_line_of(vector)
    profile = profile_of(vector)
    claim = read(
        request._replace(target=origin_form(request.target)),
        now=now_of(vector),
        regions=(server_region_of(vector),),
        service=vector["service"],
        profile=S3 if profile == S3 else profile,
        body_sha256=line if _SHA256.match(line) else None,
    )
    if not isinstance(claim, Claim):
        raise Differs("verifier", "a signed request", "no signature of version 4")
    return claim


def accept(vector: Vector) -> Verified:
    """The verifier's answer to the signed request.

    Raises:
        Differs: it refuses.
    """
    try:
        claim = claim_of(vector, request_of(vector["signed_request"]))
        return check(claim, credentials_of(vector).secret_key, KeyCache())
    except SigError as error:
        raise Differs("verifier", "accepted", f"{error.code}: {error.message}") from None


def _check_verifier(vector: Vector) -> str | None:
    """The verifier accepts; or refuses for what is no part of the signature, which is told."""
    request = request_of(vector["signed_request"])
    try:
        claim = claim_of(vector, request)
        if vector["name"] in _ANOTHER_IN_THE_REQUEST:
            claim = claim._replace(signature=vector["expected"]["signature"].encode())
        check(claim, credentials_of(vector).secret_key, KeyCache())
    except SigError as error:
        if error.code == "SignatureDoesNotMatch":
            raise Differs("verifier", "accepted", f"{error.code}: {error.message}") from None
        return f"right, and refused by S3's rules: {error.code}: {error.message}"
    return None


def _check_signer(vector: Vector) -> str | None:
    expected, options = vector["expected"], vector["options"]
    request = request_of(vector["request"])
    kept = [pair for pair in request.headers if pair[0].lower() not in _BY_THE_SIGNER]
    request = request._replace(headers=kept)
    names = to_bytes(expected["canonical_request"]).split(b"\n")[-2].split(b";")
    own = {name.lower() for name, _ in kept} - NEVER_SIGNED
    if own != set(names) - _BY_THE_SIGNER or options.get("query_sort"):
        return "not signed here: the client chose otherwise what to sign, or its order"
    if vector["kind"] == "request-query" and _adds_its_own(vector, request):
        return "not signed here: the client added parameters of its own, or spelled them otherwise"
    signer = Signer(
        credentials_of(vector),
        region_of(vector),
        vector["service"],
        profile_of(vector)._replace(sign_body=b"x-amz-content-sha256" in names),
        algorithm_of(vector),
    )
    claim = claim_of(vector, _signed(signer, request, vector))
    canonical, text = reading(claim)
    same("signer: canonical request", expected["canonical_request"], canonical)
    same("signer: string to sign", expected["string_to_sign"], text)
    if claim.algorithm != ECDSA_SHA256:  # which draws a number for each signature
        same("signer: signature", expected["signature"], claim.signature)
    check(claim, signer.credentials.secret_key, KeyCache())
    return None


def _adds_its_own(vector: Vector, request: Request) -> bool:
    """Whether the URL has parameters that neither the request has nor signing adds."""
    wanted = to_bytes(vector["expected"]["canonical_request"]).split(b"\n")[2].split(b"&")
    given = canonical_query(split_target(request.target)[1]).split(b"&")
    ours = [piece for piece in wanted if not piece.startswith(b"X-Amz-")]
    expires = b"X-Amz-Expires=%d" % (vector["options"].get("expires") or 3600)
    return ours != [piece for piece in given if piece] or expires not in wanted


def _signed(signer: Signer, request: Request, vector: Vector) -> Request:
    line, now = payload_line_of(vector), now_of(vector)
    if vector["kind"] == "request-header":
        added = signer.sign(request, now=now, payload=line)
        return request._replace(headers=[*request.headers, *added])
    expires_s = vector["options"].get("expires") or 3600
    return request._replace(
        target=signer.presign(request, now=now, expires_s=expires_s, payload=line)
    )
