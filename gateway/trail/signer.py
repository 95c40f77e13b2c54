"""The key that signs the trail: made of a master key, so that whoever guards those guards it.

Who has the master key can sign anything: see docs/audit.md.

Source: RFC 8032, Ed25519; RFC 5869, HKDF.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from storage.keyring import MasterKey

KEY: Final = "trail"  # its name among the master keys
SIGNATURE_BYTES: Final = 64
_INFO: Final = b"signet trail, Ed25519"
_CONTEXT: Final = b"signet trail block\x00"


class Signer:
    """Signs with one version of the key."""

    def __init__(self, key: MasterKey) -> None:
        seed = HKDF(SHA256(), 32, salt=None, info=_INFO).derive(key.secret)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.version: Final = key.version
        self.public: Final = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, digest: bytes) -> bytes:
        """The signature of a block's digest."""
        return self._key.sign(_CONTEXT + digest)


def is_signed(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether whoever has the key to ``public`` signed that."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _CONTEXT + digest)
    except (InvalidSignature, ValueError):
        return False
    return True
