"""What a request says of its body: the value of x-amz-content-sha256.

Source: S3 API Reference, "Signature Calculations for the Authorization Header"
and "Transferring Payload in Multiple Chunks".
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from sigv4 import errors
from sigv4.canonical import EMPTY_SHA256, HMAC_SHA256
from sigv4.v4a import ECDSA_SHA256

# Source: S3 API Reference, "Checking object integrity": the trailers that S3 knows.
TRAILERS: Final = frozenset(
    f"x-amz-checksum-{algorithm}"
    for algorithm in (
        "crc32",
        "crc32c",
        "crc64nvme",
        "md5",
        "sha1",
        "sha256",
        "sha512",
        "xxhash128",
        "xxhash3",
        "xxhash64",
    )
)

_SHA256: Final = re.compile(rb"[0-9a-fA-F]{64}\Z")
_LENGTH: Final = re.compile(rb"[0-9]{1,19}\Z")
_TRAILING_COMMAS: Final = re.compile(r",+[ \t]*\Z")


class Exact(NamedTuple):
    """The SHA-256 of the whole body, as it was sent; what is no hash matches no body."""

    sha256: str


class Unsigned(NamedTuple):
    """Nothing is promised of the body."""


class Chunked(NamedTuple):
    """aws-chunked: chunks with or without signatures, with or without trailers."""

    signed: bool
    has_trailer: bool
    decoded_length: int
    trailers: tuple[str, ...]  # the names that x-amz-trailer announces


Payload = Exact | Unsigned | Chunked

_NOTHING: Final = Exact(EMPTY_SHA256.decode())  # of every GET
_UNSIGNED: Final = Unsigned()
_CHUNKED: Final = {  # the algorithm of the chunks' signatures, with trailers
    b"STREAMING-UNSIGNED-PAYLOAD-TRAILER": (None, True),
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (HMAC_SHA256, False),
    b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (HMAC_SHA256, True),
    b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": (ECDSA_SHA256, False),
    b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": (ECDSA_SHA256, True),
}


def read_payload(
    value: bytes, headers: Mapping[bytes, bytes], algorithm: bytes | None = None
) -> Payload:
    """What ``value`` and the headers beside it promise.

    ``algorithm`` is that of the request's own signature, None for an anonymous one.

    Raises:
        SigError
    """
    if value == EMPTY_SHA256:
        return _NOTHING
    if _SHA256.match(value):
        return Exact(value.decode())
    if value == b"UNSIGNED-PAYLOAD":
        if b"aws-chunked" in headers.get(b"content-encoding", b"").lower():
            raise errors.unsigned_aws_chunked()
        return _UNSIGNED
    if value not in _CHUNKED:
        raise errors.sha256_invalid(value.decode("utf-8", "replace"))
    signed_by, has_trailer = _CHUNKED[value]
    if signed_by is not None and algorithm not in (None, signed_by):
        raise errors.streaming_elsewhere()
    length = headers.get(b"x-amz-decoded-content-length", b"")
    if not _LENGTH.match(length):
        raise errors.length_missing()
    return Chunked(signed_by is not None, has_trailer, int(length), _trailer_names(headers))


def read_presigned_payload(value: bytes | None) -> Payload:
    """What a presigned URL promises; without a value, nothing.

    S3 takes no body apart there: it compares every value but UNSIGNED-PAYLOAD with
    the hash of the body as it came, STREAMING values and nonsense too, which so
    match no body at all (recorded on S3).
    """
    if value is None or value == b"UNSIGNED-PAYLOAD":
        return _UNSIGNED
    return Exact(value.decode("utf-8", "replace"))


def _trailer_names(headers: Mapping[bytes, bytes]) -> tuple[str, ...]:
    """The announced names: one checksum; S3 takes stray commas at the end only."""
    value = headers.get(b"x-amz-trailer")
    if value is None:
        return ()
    text = value.decode("latin-1").lower()
    names = [name.strip() for name in _TRAILING_COMMAS.sub("", text).split(",")]
    if not TRAILERS.issuperset(names):
        raise errors.trailer_unsupported()
    if len(names) > 1:
        raise errors.several_checksums()
    return tuple(names)
