"""Bodies in aws-chunked: each step of their signatures, and the same taken apart again."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sigv4.canonical import canonical_headers, fold_headers
from sigv4.chunked import ChunkedBody, ChunkSigner
from sigv4.errors import SigError
from sigv4.payload import Chunked
from sigv4.sign import Signer, encode_chunks
from sigv4.v4a import ECDSA_SHA256, unpad
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
    sha256,
    to_bytes,
)
from sigv4.vectors.requests import accept, check_steps

_CHUNK_SIGNATURE: Final = re.compile(rb"chunk-signature[ \t]*=[ \t]*([^; \t\r]*)")
_PIECES: Final = (1 << 62, 4096, 7)  # bytes a time: the whole, as from a socket, and ill cut


def data_of(chunk: Vector) -> bytes:
    """A chunk's content."""
    repeat = chunk.get("data_repeat")
    if repeat:
        return bytes(to_bytes(repeat["byte"]) * repeat["count"])
    return base64.b64decode(chunk.get("data_b64") or "")


def _trailers(part: Vector | None) -> list[tuple[str, str]] | None:
    if not part:
        return None
    pairs = part.get("headers") or part.get("trailers") or []
    return [(name.lower(), value.strip()) for name, value in pairs]


def check_chunked(vector: Vector) -> str | None:
    """chunked: the seed, every chunk and the trailer; encoded by us, and decoded."""
    expected = vector["expected"]
    note = None
    if "canonical_request" in expected:
        check_steps(vector)
    else:
        note = "the request is not in the vector: its chunks alone"
    seed = vector.get("seed_signature") or expected["signature"]
    signer = _chunk_signer(vector, seed)
    contents = [data_of(chunk) for chunk in expected["chunks"]]
    trailers = _trailers(expected.get("trailer"))
    for number, (chunk, data) in enumerate(zip(expected["chunks"], contents, strict=True), 1):
        _same_step(f"chunk {number}", chunk, signer, signer.chunk_string(sha256(data)))
    if trailers is not None:
        text = signer.trailer_string(trailers)
        _same_step("trailer", expected["trailer"], signer, text)
    *contents, last = contents
    same("last chunk", b"", last)
    wire = b"".join(encode_chunks(contents, _chunk_signer(vector, seed), trailers))
    names = tuple(name for name, _ in trailers or ())
    payload = Chunked(True, trailers is not None, expected["decoded_length"], names)
    _decode(
        lambda: ChunkedBody(payload, _chunk_signer(vector, seed)),
        wire,
        sha256(b"".join(contents)),
        dict(trailers or ()),
    )
    return note


def _chunk_signer(vector: Vector, seed: str) -> ChunkSigner:
    scope = str(scope_of(vector)).encode()
    return ChunkSigner(key_of(vector), vector["timestamp"].encode(), scope, seed.encode())


def _same_step(where: str, step: Vector, signer: ChunkSigner, text: bytes) -> None:
    """One chunk's or trailer's string to sign and signature, which the next build on."""
    if "string_to_sign" in step:
        same(f"{where}: string to sign", step["string_to_sign"], text)
    signature = step["signature"].encode()
    if not signer.accepts(text, signature):
        raise Differs(f"{where}: signature", signature, signer.sign(text))


def check_stream(vector: Vector) -> None:
    """stream: a whole request with its body, however it is cut."""
    check_steps(vector)
    expected, verified = vector["expected"], accept(vector)
    body = body_of(vector["signed_request"])
    trailers = dict(_trailers(expected.get("trailer")) or ())
    _decode(verified.body, body, expected["decoded_sha256"].encode(), trailers)
    if not isinstance(verified.payload, Chunked) or not verified.payload.signed:
        return
    signer = _chunk_signer(vector, expected["signature"])
    content = b"".join(bytes(piece) for piece in verified.body().feed(body))
    for number, chunk in enumerate(expected["chunks"], 1):
        data = content[chunk["offset"] : chunk["offset"] + chunk["length"]]
        _same_step(f"chunk {number}", chunk, signer, signer.chunk_string(sha256(data)))
    sent = [unpad(found) for found in _CHUNK_SIGNATURE.findall(body)]
    listed = [chunk["signature"].encode() for chunk in expected["chunks"]]
    if sent[: len(listed)] != listed:
        raise Differs("signatures in the body", listed, sent)
    part = expected.get("trailer")
    if part and "signature" in part:
        text = signer.trailer_string(list(trailers.items()))
        _same_step("trailer", part, signer, text)


def _decode(make: Any, wire: bytes, digest: bytes, trailers: dict[str, str]) -> None:
    for size in _PIECES:
        reader, found = make(), hashlib.sha256()
        try:
            for piece in _cut(wire, size):
                for data in reader.feed(piece):
                    found.update(data)
            read = reader.finish()
        except SigError as error:
            raise Differs("body", "accepted", f"{error.code}: {error.message}") from None
        same("decoded content", digest, found.hexdigest().encode())
        same("trailers", trailers, read)


def _cut(wire: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(wire), size):
        yield wire[start : start + size]


def check_template(vector: Vector) -> None:
    """v4a-chunked-template: steps around signatures that were drawn, made again with our own."""
    expected, credentials = vector["expected"], credentials_of(vector)
    key_of(vector)  # its public key is the one expected
    signer = Signer(
        credentials, region_of(vector), vector["service"], profile_of(vector), algorithm_of(vector)
    )
    request, now = request_of(vector["request"]), now_of(vector)
    payload = to_bytes(vector["options"]["payload_hash"])
    added = dict(signer.sign(request, now=now, payload=payload))
    wanted = to_bytes(expected["canonical_request"]).split(b"\n")
    lines, names = wanted[3:-3], wanted[-2].split(b";")
    headers = fold_headers([*request.headers, *added.items()])
    found = canonical_headers(headers, names).split(b"\n")[:-1]
    same("canonical headers", b"\n".join(lines), b"\n".join(found))
    chunks = signer.chunk_signer(added[b"authorization"], now=now)
    parts: Sequence[Vector] = [*expected["chunks"]]
    if expected.get("trailer"):
        parts = [*parts, expected["trailer"]]
    for number, part in enumerate(parts, 1):
        trailers = _trailers(part) if "headers" in part else None
        where = f"chunk {number}" if trailers is None else "trailer"
        before = chunks.previous
        text = (
            chunks.chunk_string(sha256(data_of(part)))
            if trailers is None
            else chunks.trailer_string(trailers)
        )
        around = to_bytes(part["string_to_sign_prefix"]), to_bytes(part["string_to_sign_suffix"])
        same(f"{where}: string to sign", around[0] + before + around[1], text)
        sent = chunks.sign(text)
        same(f"{where}: length", expected["chunk_signature_length"], len(sent))
        if not key_of(vector).verifies(text, unpad(sent)):
            raise Differs(f"{where}: signature", "a signature of the string to sign", sent)
    assert algorithm_of(vector) == ECDSA_SHA256, "a template of 4A"
