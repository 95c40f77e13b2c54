"""A token of an OpenID Connect provider: taken apart, and its signature checked.

The algorithm is one of a closed table, and the key has to be of its kind: a
token that says "none", or that a public key is a shared secret, is none.

Source: RFC 7515 (JWS), RFC 7518 (JWA), RFC 8725 (JWT best current practices);
STS API Reference, AssumeRoleWithWebIdentity, "WebIdentityToken": "the token
must be signed with either RSA or ECDSA keys: RS256 ... ES512".
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.webidentity.errors import NOT_A_JWT, invalid
from gateway.webidentity.keys import Key, verifies

_PARTS: Final = 3


class Jwt(NamedTuple):
    """A token as it came; nothing of it is believed yet."""

    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def check(self, keys: Sequence[Key]) -> None:
        """Believe it, if one of these keys signed it.

        Raises:
            QueryError: InvalidIdentityToken
        """
        if not any(verifies(key, self.algorithm, self.signed, self.signature) for key in keys):
            raise invalid("The signature of the token could not be verified.")


def parse(text: str) -> Jwt:
    """Take a token apart.

    Raises:
        QueryError: InvalidIdentityToken
    """
    parts = text.split(".")
    if len(parts) != _PARTS:
        raise invalid(NOT_A_JWT)
    header, claims = _object(parts[0]), _object(parts[1])
    algorithm, key_id = header.get("alg"), header.get("kid")
    # What a token declares critical has to be understood, and nothing is (RFC 7515, 4.1.11).
    if not isinstance(algorithm, str) or not isinstance(key_id, str | None) or "crit" in header:
        raise invalid(NOT_A_JWT)
    signed = f"{parts[0]}.{parts[1]}".encode()
    return Jwt(algorithm, key_id, claims, signed, unescaped(parts[2]))


def unescaped(text: str) -> bytes:
    """Bytes of base64url without padding, and of no other text.

    Raises:
        QueryError: InvalidIdentityToken
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise invalid(NOT_A_JWT) from None
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise invalid(NOT_A_JWT)
    return raw


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(unescaped(text).decode(), object_pairs_hook=_once)
        # JSON can spell half a surrogate pair, which no row and no answer can hold.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid(NOT_A_JWT) from None
    if not isinstance(found, dict):
        raise invalid(NOT_A_JWT)
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name would be two tokens, each for another reader."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found
