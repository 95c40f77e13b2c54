"""Signatures by ECDSA over P-256 with SHA-256, for Signature Version 4A.

The only module that needs ``cryptography``; ``KeyCache`` imports it with the first
key that it derives, so whoever meets no 4A can do without.

Source: FIPS 186-5, section 6; RFC 6979 for signing.
"""

import re
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from sigv4.v4a import ECDSA_SHA256

_SIGNATURE: Final = re.compile(rb"(?:[0-9a-f]{2}){8,72}\Z")


class EcdsaKey:
    """A key pair, of its private number.  Signatures are DER in lower-case hexadecimal."""

    __slots__ = ("_private", "_public", "number")
    algorithm: Final = ECDSA_SHA256

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self._private: Final = derive_private_key(number, SECP256R1())
        self._public: Final = self._private.public_key()

    def __repr__(self) -> str:
        return "EcdsaKey(...)"

    def point(self) -> tuple[int, int]:
        """The public key."""
        numbers = self._public.public_numbers()
        return numbers.x, numbers.y

    def sign(self, text: bytes) -> bytes:
        """A signature: of the same text the same."""
        return self._private.sign(text, ECDSA(SHA256(), deterministic_signing=True)).hex().encode()

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether this is one of the many signatures of the text.

        There is one way to write each down: other hexadecimal is refused here, other
        DER, or bytes after it, by OpenSSL.
        """
        if not _SIGNATURE.match(signature):
            return False
        try:
            self._public.verify(bytes.fromhex(signature.decode()), text, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True
