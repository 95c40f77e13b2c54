"""Requests for tests: one key, one moment, signed by our own signer and changed afterwards."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import pytest

from sigv4 import (
    ECDSA_SHA256,
    Anonymous,
    Credentials,
    KeyCache,
    Request,
    SigError,
    Signer,
    Verified,
    accept_anonymous,
    check,
    read,
)
from sigv4.chunked import Body
from sigv4.scope import print_timestamp
from sigv4.sign import encode_chunks

NOW: Final = 1_787_307_072  # 2026-08-21T10:11:12Z
REGION: Final = "us-east-1"
KEYS: Final = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SIGNER: Final = Signer(KEYS, REGION)
SIGNER_4A: Final = Signer(KEYS, REGION, algorithm=ECDSA_SHA256)
HOST: Final = (b"Host", b"s3.example.com")
EMPTY: Final = hashlib.sha256(b"").hexdigest().encode()
UNSIGNED_TRAILER: Final = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED: Final = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER: Final = SIGNED + b"-TRAILER"
SIGNED_4A: Final = b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
SIGNED_4A_TRAILER: Final = SIGNED_4A + b"-TRAILER"

# Codes and statuses of refusals.
MISMATCH: Final = ("SignatureDoesNotMatch", 403)
NOT_SIGNED: Final = ("AccessDenied", 403)
BAD_QUERY: Final = ("AuthorizationQueryParametersError", 400)

Headers = Sequence[tuple[bytes, bytes]]


def by_header(
    method: str = "GET",
    target: bytes = b"/bkt/key",
    headers: Headers = (),
    payload: bytes | None = EMPTY,
    signer: Signer = SIGNER,
    now: int = NOW,
) -> Request:
    """A request with an Authorization header."""
    request = Request(method, target, [HOST, *headers])
    return with_headers(request, signer.sign(request, now=now, payload=payload))


def by_url(
    method: str = "GET",
    target: bytes = b"/bkt/key",
    headers: Headers = (),
    expires_s: int = 3600,
    signer: Signer = SIGNER,
    now: int = NOW,
) -> Request:
    """A request with a presigned URL."""
    request = Request(method, target, [HOST, *headers])
    return request._replace(target=signer.presign(request, now=now, expires_s=expires_s))


def with_headers(request: Request, added: Iterable[tuple[bytes, bytes]]) -> Request:
    """The request and further headers."""
    return request._replace(headers=[*request.headers, *added])


def without(request: Request, name: bytes) -> Request:
    """The request without a header."""
    kept = [pair for pair in request.headers if pair[0].lower() != name]
    return request._replace(headers=kept)


def replaced(request: Request, name: bytes, value: bytes) -> Request:
    """The request with another value of a header."""
    return with_headers(without(request, name), [(name, value)])


def header(request: Request, name: bytes) -> bytes:
    """A header's value."""
    return {known.lower(): value for known, value in request.headers}[name]


def edited(request: Request, old: bytes, new: bytes) -> Request:
    """The request with a piece of its target, or else of its Authorization, replaced."""
    if old in request.target:
        return request._replace(target=request.target.replace(old, new))
    value = header(request, b"authorization")
    assert old in value, "nothing to replace"
    return replaced(request, b"authorization", value.replace(old, new))


def accept(
    request: Request, *, now: int = NOW, secret: str | None = KEYS.secret_key, region: str = REGION
) -> Verified:
    """What the verifier makes of it; raises SigError."""
    claim = read(request, now=now, regions=(region,))
    if isinstance(claim, Anonymous):
        return accept_anonymous(claim)
    known = secret if claim.unverified_access_key == KEYS.access_key else None
    return check(claim, known, KeyCache())


def refusal(
    request: Request, *, now: int = NOW, secret: str | None = KEYS.secret_key, region: str = REGION
) -> SigError:
    """Why it is refused."""
    with pytest.raises(SigError) as caught:
        accept(request, now=now, secret=secret, region=region)
    return caught.value


def refused(request: Request, *, now: int = NOW) -> tuple[str, int]:
    """The code and status of its refusal."""
    error = refusal(request, now=now)
    return error.code, error.status


def streaming(
    mode: bytes,
    chunks: Sequence[bytes],
    trailers: Sequence[tuple[str, str]] | None = None,
    *,
    length: int | None = None,
    announced: str | None = None,
) -> tuple[Request, list[bytes]]:
    """An upload in aws-chunked and the pieces of its body."""
    size = sum(map(len, chunks)) if length is None else length
    headers = [(b"x-amz-decoded-content-length", b"%d" % size)]
    if announced is None and trailers:
        announced = ",".join(name for name, _ in trailers)
    if announced:
        headers.append((b"x-amz-trailer", announced.encode()))
    signer = SIGNER_4A if mode.startswith(SIGNED_4A) else SIGNER
    request = by_header("PUT", headers=headers, payload=mode, signer=signer)
    chunk_signer = None
    if mode != UNSIGNED_TRAILER:
        chunk_signer = signer.chunk_signer(header(request, b"authorization"), now=NOW)
    return request, list(encode_chunks(chunks, chunk_signer, trailers))


def run_body(body: Body, pieces: Iterable[bytes]) -> tuple[bytes, dict[str, str]]:
    """The content and trailers of a body fed in these pieces."""
    content = b"".join(bytes(piece) for data in pieces for piece in body.feed(data))
    return content, body.finish()


def upload(request: Request, data: bytes) -> tuple[bytes, dict[str, str]]:
    """The content and trailers of a request with this body; raises SigError."""
    return run_body(accept(request).body(), [data] if data else [])


def body_refusal(request: Request, data: bytes) -> SigError:
    """Why a body is refused, whose request is right."""
    with pytest.raises(SigError) as caught:
        upload(request, data)
    return caught.value


def timestamp(now: int = NOW) -> bytes:
    """A moment as x-amz-date has it."""
    return print_timestamp(now).encode()


Change = Callable[[Request], Request]
