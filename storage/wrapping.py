"""Data keys wrapped by other keys: AES-256-GCM under a random nonce, bound to what they are for.

A nonce of 96 random bits is good for 2^32 wrappings under one key (NIST SP
800-38D, section 8.3); master keys are rotated long before.
"""

from collections.abc import Sequence
from typing import Final

from storage.encryption import KEY_BYTES, TAG_BYTES
from storage.seam import Randomness

_NONCE_BYTES: Final = 12
WRAPPED_BYTES: Final = _NONCE_BYTES + KEY_BYTES + TAG_BYTES
_LENGTH_BYTES: Final = 4


class Unwrappable(Exception):
    """These bytes were not wrapped by that key for that use."""


def wrap(key: bytes, plain: bytes, bound_to: bytes, randomness: Randomness) -> bytes:
    """A data key, or another secret, to be kept."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = randomness.bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unwrap(key: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """The data key.

    Raises:
        Unwrappable
    """
    if len(wrapped) != WRAPPED_BYTES:
        raise Unwrappable
    return unseal(key, wrapped, bound_to)


def unseal(key: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """The same of a secret of any length.

    Raises:
        Unwrappable
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(wrapped) < _NONCE_BYTES + TAG_BYTES:
        raise Unwrappable
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise Unwrappable from None


def binding(parts: Sequence[bytes]) -> bytes:
    """Several things as one that no others make."""
    return b"".join([len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts])
