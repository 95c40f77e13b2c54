"""Public keys of a provider, and what they have signed.

Source: RFC 7517 (JWK), RFC 7518 (JWA), sections 3.3, 3.4 and 6.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

KEYS_MAX: Final = 100  # of one provider
# RFC 7518, section 3.3: "a key of size 2048 bits or larger MUST be used"; a larger one than 8192
# takes milliseconds.
RSA_BITS_MIN: Final = 2048
RSA_BITS_MAX: Final = 8192
_EXPONENT_BITS_MAX: Final = 33

_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
# Algorithm -> its curve, and bytes of each of a signature's two numbers.
_CURVES: Final[Mapping[str, tuple[str, int]]] = {
    "ES256": ("P-256", 32),
    "ES384": ("P-384", 48),
    "ES512": ("P-521", 66),
}
_OF_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_RSA: Final = ("RS256", "RS384", "RS512")


class Key(NamedTuple):
    """A key that may verify tokens."""

    id: str | None
    algorithm: str | None  # the only one that it is for
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    curve: str = ""


def read_keys(document: Any) -> list[Key]:
    """The keys of a JWK set that may verify tokens; others are passed over.

    Raises:
        ValueError: it is none
    """
    found = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(found, list) or len(found) > KEYS_MAX:
        raise ValueError("no set of keys")
    keys = [_read(one) for one in found if isinstance(one, dict)]
    return [key for key in keys if key is not None]


def _read(given: Mapping[str, Any]) -> Key | None:
    key_id, algorithm = given.get("kid"), given.get("alg")
    if not isinstance(key_id, str | None) or not isinstance(algorithm, str | None):
        return None
    if given.get("use", "sig") != "sig":
        return None
    try:
        if given.get("kty") == "RSA":
            return Key(key_id, algorithm, _rsa(given))
        curve = given.get("crv")
        if given.get("kty") == "EC" and isinstance(curve, str) and curve in _OF_CURVES:
            return Key(key_id, algorithm, _elliptic(given), curve)
    except (ValueError, binascii.Error):
        return None
    return None


def _rsa(given: Mapping[str, Any]) -> rsa.RSAPublicKey:
    modulus, exponent = _number(given.get("n")), _number(given.get("e"))
    if not RSA_BITS_MIN <= modulus.bit_length() <= RSA_BITS_MAX:
        raise ValueError("too short or too long")
    if exponent.bit_length() > _EXPONENT_BITS_MAX:
        raise ValueError("an exponent that takes long")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _elliptic(given: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    curve = _OF_CURVES[given["crv"]]
    point = ec.EllipticCurvePublicNumbers(_number(given.get("x")), _number(given.get("y")), curve)
    return point.public_key()  # which has to be on the curve


def _number(given: Any) -> int:
    if not isinstance(given, str):
        raise ValueError("no number")
    return int.from_bytes(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)), "big")


def verifies(key: Key, algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Whether a key made a signature, by an algorithm that it is for."""
    if key.algorithm not in (None, algorithm):
        return False
    if isinstance(key.public, rsa.RSAPublicKey):
        return algorithm in _RSA and _verifies_rsa(key.public, algorithm, signed, signature)
    curve, size = _CURVES.get(algorithm, ("", 0))
    if curve != key.curve or len(signature) != 2 * size:
        return False
    pair = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
    return _verifies_ecdsa(key.public, algorithm, signed, encode_dss_signature(*pair))


def _verifies_rsa(key: rsa.RSAPublicKey, algorithm: str, signed: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), _HASHES[algorithm[2:]])
    except InvalidSignature:
        return False
    return True


def _verifies_ecdsa(
    key: ec.EllipticCurvePublicKey, algorithm: str, signed: bytes, signature: bytes
) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(_HASHES[algorithm[2:]]))
    except InvalidSignature:
        return False
    return True
