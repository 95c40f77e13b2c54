"""What an Authorization header claims.

Source: S3 API Reference, "Authenticating Requests: Using the Authorization Header".
"""

from functools import lru_cache
from typing import Final, NamedTuple

from sigv4 import errors
from sigv4.canonical import HMAC_SHA256
from sigv4.claimed import Claim, Reading
from sigv4.credential import ALGORITHMS, read_credential, read_signed_headers, read_token
from sigv4.kept import KEPT_BYTES_MAX
from sigv4.payload import read_payload
from sigv4.scope import Scope, parse_http_date, parse_timestamp, print_iso, print_timestamp
from sigv4.v4a import ECDSA_SHA256

_SIGNATURE: Final = b"Signature="  # the last of a header as SDKs write it
_SEPARATORS: Final = (b",", b", ")
_COMPONENTS: Final = (b"Credential", b"SignedHeaders", b"Signature")


class _Head(NamedTuple):
    """All but the signature: split, and what the parts mean if that hangs on nothing else.

    Without a scope they have no meaning yet: they may be wrong, which is told
    in its turn, or 4A's, whose regions are in a header of their own.
    """

    algorithm: bytes
    credential: bytes
    names: bytes
    scope: Scope | None = None
    access_key: str = ""
    signed: tuple[bytes, ...] = ()


def read_header(reading: Reading, header: bytes, hoisted: dict[bytes, bytes]) -> Claim:
    """What this header claims of its request.

    Raises:
        SigError: bad grammar, another scope, out of time.
    """
    request, headers, now, regions, service, profile, body_sha256 = reading
    head, signature = _read_authorization(header, regions, service)
    algorithm, _, names, scope, access_key, signed = head
    if scope is None:
        scope, access_key = _read_scope(reading, head)
    timestamp, seconds = _read_timestamp(headers)
    if scope.date != timestamp[:8]:
        raise errors.HEADER.other_date(scope.date, timestamp[:8])
    if abs(now - seconds) > errors.MAX_SKEW_S:
        raise errors.skewed(timestamp, print_iso(now))
    value = headers.get(b"x-amz-content-sha256", body_sha256)
    if value is None:
        raise errors.sha256_missing()
    if not signed:
        signed = read_signed_headers(names, errors.HEADER)
    return Claim(
        request,
        "header",
        access_key,
        read_token(headers, signed, profile),
        scope,
        timestamp,
        signed,
        signature,
        None,
        value,
        read_payload(value, headers, algorithm),
        headers,
        hoisted,
        algorithm,
        profile,
    )


def _read_scope(reading: Reading, head: _Head) -> tuple[Scope, str]:
    region_set: str | None = None
    if head.algorithm == ECDSA_SHA256:
        region_set = reading.headers.get(b"x-amz-region-set", b"").decode("latin-1")
        if not region_set:
            raise errors.region_set_missing()
    regions, service = reading.regions, reading.service
    return read_credential(head.credential, errors.HEADER, regions, service, region_set)


def _read_authorization(
    header: bytes, regions: tuple[str, ...], service: str
) -> tuple[_Head, bytes]:
    """The head and the signature."""
    head, _, signature = header.rpartition(_SIGNATURE)
    if head.endswith(_SEPARATORS) and signature.isalnum() and len(head) <= KEPT_BYTES_MAX:
        kept = _kept_head(head, regions, service)
        if kept is not None:
            return kept, signature
    algorithm, credential, names, signature = _split(header)
    return _Head(algorithm, credential, names), signature


@lru_cache(maxsize=1024)  # the same in a client's requests of a day
def _kept_head(head: bytes, regions: tuple[str, ...], service: str) -> _Head | None:
    """None if it cannot be split: the error tells the whole header."""
    try:
        algorithm, credential, names, _ = _split(head + _SIGNATURE + b"-")
    except errors.SigError:
        return None
    bare = _Head(algorithm, credential, names)
    if algorithm != HMAC_SHA256:
        return bare
    try:
        scope, access_key = read_credential(credential, errors.HEADER, regions, service)
        signed = read_signed_headers(names, errors.HEADER)
    except errors.SigError:
        return bare
    return bare._replace(scope=scope, access_key=access_key, signed=signed)


def _split(header: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Algorithm, credential, signed headers and signature."""
    algorithm, space, rest = header.partition(b" ")
    if algorithm == b"AWS":
        raise errors.please_use_v4()
    if algorithm not in ALGORITHMS:
        raise errors.unsupported_type(header.decode("utf-8", "replace"))
    if not space:
        raise errors.no_space(header.decode("utf-8", "replace"))
    found = _components(rest)
    return algorithm, found[b"Credential"], found[b"SignedHeaders"], found[b"Signature"]


def _components(rest: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for piece in rest.split(b","):
        name, equals, value = piece.strip().partition(b"=")
        if not equals or name in found or name not in _COMPONENTS:
            raise errors.header_without_components()
        found[name] = value.strip()
    for name in _COMPONENTS:
        # An empty signature is there, and wrong.
        if not found.get(name) and (name != b"Signature" or name not in found):
            raise errors.header_incomplete(name.decode())
    return found


def _read_timestamp(headers: dict[bytes, bytes]) -> tuple[str, int]:
    """As the string to sign has it, and in Unix seconds."""
    value = headers.get(b"x-amz-date")
    if value is not None:
        text = value.decode("latin-1")
        seconds = parse_timestamp(text)
        if seconds is None:
            raise errors.no_date()
        return text, seconds
    seconds = parse_http_date(headers.get(b"date", b"").decode("latin-1"))
    if seconds is None:
        raise errors.no_date()
    return print_timestamp(seconds), seconds
