"""Signing keys: derived in four steps, good for a day, so kept.

Source: IAM User Guide, "Create a signed AWS API request", "Calculate the signature".
"""

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from sigv4.scope import TERMINAL, Scope

KEYS_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; its secrets stay out of reprs and so out of logs."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def signing_key(secret: str, scope: Scope) -> bytes:
    """The key that signs requests of ``scope``.

    kDate = HMAC("AWS4" + secret, date); kRegion = HMAC(kDate, region);
    kService = HMAC(kRegion, service); kSigning = HMAC(kService, "aws4_request")
    """
    key = hmac.digest(b"AWS4" + secret.encode(), scope.date.encode(), "sha256")
    key = hmac.digest(key, scope.region.encode(), "sha256")
    key = hmac.digest(key, scope.service.encode(), "sha256")
    return hmac.digest(key, TERMINAL.encode(), "sha256")


def sign(key: bytes, string_to_sign: bytes) -> bytes:
    """The signature: 64 lower-case hexadecimal digits.

    From kept states of the hash, and without ``hmac.digest``: that takes twice
    as long, and gives the interpreter away for a microsecond's work, so that
    a busy thread beside keeps it for milliseconds.
    """
    inner, outer = _states(key)
    first, second = inner.copy(), outer.copy()
    first.update(string_to_sign)
    second.update(first.digest())
    return second.hexdigest().encode()


@lru_cache(maxsize=KEYS_MAX)
def _states(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """SHA-256 after the inner and the outer pad of RFC 2104, section 2."""
    block = key.ljust(hashlib.sha256().block_size, b"\0")
    assert len(block) == hashlib.sha256().block_size, "a signing key is a digest"
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))


_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


class KeyCache:
    """The signing keys used last, by access key and scope.

    Filled only with scopes that were found right, so that junk cannot push
    out what is in use; an entry holds for the secret it was made of.
    """

    def __init__(self, size: int = KEYS_MAX) -> None:
        self._size = size
        self._keys: OrderedDict[tuple[str, Scope], tuple[str, bytes]] = OrderedDict()

    def get(self, access_key: str, secret: str, scope: Scope) -> bytes:
        """The signing key, derived if it is not here."""
        index = (access_key, scope)
        known = self._keys.get(index)
        if known is not None and known[0] == secret:
            self._keys.move_to_end(index)
            return known[1]
        key = signing_key(secret, scope)
        self._keys[index] = (secret, key)
        if len(self._keys) > self._size:
            self._keys.popitem(last=False)
        return key

    def __len__(self) -> int:
        return len(self._keys)
