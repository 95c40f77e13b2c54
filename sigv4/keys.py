"""Signing keys: derived in four steps, good for a day, so kept.

Source: IAM User Guide, "Create a signed AWS API request", "Calculate the signature".
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
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
    """The signature: 64 lower-case hexadecimal digits."""
    return hmac.digest(key, string_to_sign, "sha256").hex().encode()


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
