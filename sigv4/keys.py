"""Keys: what signs, and tells a right signature from a wrong one; derived once and kept.

Source: IAM User Guide, "Create a signed AWS API request", "Calculate the signature".
"""

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Protocol

from sigv4.canonical import HMAC_SHA256
from sigv4.scope import TERMINAL, Scope
from sigv4.v4a import derive

if TYPE_CHECKING:
    from sigv4.ecdsa import EcdsaKey

KEYS_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; its secrets stay out of reprs and so out of logs."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class Key(Protocol):
    """Signs by one algorithm."""

    @property
    def algorithm(self) -> bytes:
        """As the string to sign names it."""
        ...

    def sign(self, text: bytes) -> bytes:
        """The signature of a text, in lower-case hexadecimal."""
        ...

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this is a signature of the text, in a time that does not tell how nearly."""
        ...


class HmacKey:
    """The signing key of a day, a region and a service.

    From kept states of the hash, and without ``hmac.digest``: that takes twice
    as long, and gives the interpreter away for a microsecond's work, so that
    a busy thread beside keeps it for milliseconds.
    """

    __slots__ = ("_inner", "_outer", "raw")
    algorithm: Final = HMAC_SHA256

    def __init__(self, raw: bytes) -> None:
        block = raw.ljust(hashlib.sha256().block_size, b"\0")
        assert len(block) == hashlib.sha256().block_size, "a signing key is a digest"
        self.raw: Final = raw
        # SHA-256 after the inner and the outer pad of RFC 2104, section 2.
        self._inner: Final = hashlib.sha256(block.translate(_INNER))
        self._outer: Final = hashlib.sha256(block.translate(_OUTER))

    def __repr__(self) -> str:
        return "HmacKey(...)"

    def sign(self, text: bytes) -> bytes:
        """The signature: 64 digits, for the same text the same."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.hexdigest().encode()

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this is the signature of the text."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return compare_digest(outer.hexdigest().encode(), signature)


_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def signing_key(secret: str, scope: Scope) -> HmacKey:
    """The key that signs requests of ``scope``.

    kDate = HMAC("AWS4" + secret, date); kRegion = HMAC(kDate, region);
    kService = HMAC(kRegion, service); kSigning = HMAC(kService, "aws4_request")
    """
    key = hmac.digest(b"AWS4" + secret.encode(), scope.date.encode(), "sha256")
    key = hmac.digest(key, scope.region.encode(), "sha256")
    key = hmac.digest(key, scope.service.encode(), "sha256")
    return HmacKey(hmac.digest(key, TERMINAL.encode(), "sha256"))


def ecdsa_key(access_key: str, secret: str) -> "EcdsaKey":
    """The key pair of Signature Version 4A.

    Raises:
        ImportError: ``cryptography`` is not installed.
    """
    from sigv4.ecdsa import EcdsaKey

    return EcdsaKey(derive(access_key, secret)[0])


def sign(key: Key, string_to_sign: bytes) -> bytes:
    """The signature, as the string to sign has it in the end: lower-case hexadecimal."""
    return key.sign(string_to_sign)


class KeyCache:
    """The signing keys used last, by access key and scope; those of 4A by access key.

    Filled only with scopes that were found right, so that junk cannot push
    out what is in use; an entry holds for the secret it was made of.
    """

    def __init__(self, size: int = KEYS_MAX) -> None:
        self._size = size
        self._keys: OrderedDict[tuple[str, Scope], tuple[str, HmacKey]] = OrderedDict()
        self._pairs: OrderedDict[str, tuple[str, EcdsaKey]] = OrderedDict()

    def get(self, access_key: str, secret: str, scope: Scope) -> HmacKey:
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

    def pair(self, access_key: str, secret: str) -> "EcdsaKey":
        """The key pair of 4A, derived if it is not here.

        Raises:
            ImportError: ``cryptography`` is not installed.
        """
        known = self._pairs.get(access_key)
        if known is not None and known[0] == secret:
            self._pairs.move_to_end(access_key)
            return known[1]
        key = ecdsa_key(access_key, secret)
        self._pairs[access_key] = (secret, key)
        if len(self._pairs) > self._size:
            self._pairs.popitem(last=False)
        return key

    def __len__(self) -> int:
        return len(self._keys) + len(self._pairs)
