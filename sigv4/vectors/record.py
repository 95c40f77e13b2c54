"""One vector: reading its fields, and saying how it was not met."""

import base64
import hashlib
import zlib
from typing import Any, Final

from sigv4.canonical import HMAC_SHA256, Profile, Request
from sigv4.keys import Credentials, Key, ecdsa_key, signing_key
from sigv4.scope import Scope, parse_timestamp
from sigv4.v4a import ECDSA_SHA256

Vector = dict[str, Any]
BODY_BYTES_MAX: Final = 64 * 1024 * 1024  # of a body that a record holds compressed


class Differs(Exception):
    """A step came out otherwise than the vector says."""

    def __init__(self, step: str, expected: object, found: object) -> None:
        super().__init__(step)
        self.step = step
        self.expected = shown(expected)
        self.found = shown(found)


class NotApplicable(Exception):
    """The vector asks what a signature does not decide."""


def shown(value: object) -> str:
    """A value as a report has it."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def same(step: str, expected: object, found: object) -> None:
    """Hold one step to what the vector says of it.

    Raises:
        Differs
    """
    if isinstance(expected, str) and isinstance(found, bytes):
        expected = to_bytes(expected)
    if expected != found:
        raise Differs(step, expected, found)


def to_bytes(text: str) -> bytes:
    """Bytes of a header or a target, which vectors hold as UTF-8 with surrogates."""
    return text.encode("utf-8", "surrogateescape")


def request_of(shape: Vector) -> Request:
    """A request as it goes over the wire."""
    headers = [(to_bytes(name), to_bytes(value)) for name, value in shape["headers"]]
    return Request(shape["method"], to_bytes(shape["target"]), headers)


def body_of(shape: Vector) -> bytes:
    """A request's body.

    Raises:
        ValueError: it is not what its hash says, or very large.
    """
    if shape.get("body_zlib_b64"):
        unpacked = zlib.decompressobj()
        body = unpacked.decompress(base64.b64decode(shape["body_zlib_b64"]), BODY_BYTES_MAX)
        if unpacked.unconsumed_tail:
            raise ValueError(f"a body of more than {BODY_BYTES_MAX} bytes")
    else:
        body = base64.b64decode(shape.get("body_b64") or "")
    stated = shape.get("body_sha256")
    if stated is not None and stated != sha256(body).decode():
        raise ValueError("the body is not what body_sha256 says")
    return body


def sha256(data: bytes) -> bytes:
    """In lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest().encode()


def now_of(vector: Vector) -> int:
    """The vector's moment in Unix seconds."""
    return seconds(vector["timestamp"])


def seconds(timestamp: str) -> int:
    """A timestamp in Unix seconds.

    Raises:
        ValueError: it is none.
    """
    found = parse_timestamp(timestamp)
    if found is None:
        raise ValueError(f"no timestamp: {timestamp!r}")
    return found


def algorithm_of(vector: Vector) -> bytes:
    """What the vector is signed by."""
    found: str = vector["algorithm"]
    if found.encode() not in (HMAC_SHA256, ECDSA_SHA256):
        raise NotApplicable(f"algorithm {found!r}")
    return found.encode()


def region_of(vector: Vector) -> str:
    """The region, or the set of regions of Signature Version 4A."""
    found: str = vector.get("region_set") or vector["region"]
    return found


def server_region_of(vector: Vector) -> str:
    """A region whose server the request is for: of a set, the first that the set names."""
    if algorithm_of(vector) == HMAC_SHA256:
        return region_of(vector)
    return region_of(vector).split(",")[0].strip().replace("*", "us-east-1")


def scope_of(vector: Vector) -> Scope:
    """The scope of the vector's signature."""
    names_region = algorithm_of(vector) == HMAC_SHA256
    return Scope(vector["timestamp"][:8], region_of(vector), vector["service"], names_region)


def credentials_of(vector: Vector) -> Credentials:
    """The vector's key."""
    keys = vector["credentials"]
    return Credentials(keys["access_key_id"], keys["secret_access_key"], keys.get("session_token"))


def key_of(vector: Vector) -> Key:
    """What signs, which is what the vector says it is.

    Raises:
        Differs: it derives to another.
    """
    keys, expected = credentials_of(vector), vector.get("expected", {})
    if algorithm_of(vector) == HMAC_SHA256:
        return signing_key(keys.secret_key, scope_of(vector))
    pair = ecdsa_key(keys.access_key, keys.secret_key)
    for axis, found in zip("xy", pair.point(), strict=True):
        name = f"public_key_{axis}"
        if name in expected:
            same(name.replace("_", " "), expected[name], f"{found:064x}")
    return pair


def profile_of(vector: Vector) -> Profile:
    """How the vector's service makes a canonical request."""
    options = vector.get("options", {})
    return Profile(
        bool(options.get("normalize_path")),
        bool(options.get("double_encode")),
        bool(options.get("omit_session_token")),
    )
