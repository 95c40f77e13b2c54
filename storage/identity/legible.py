"""Whether a row of identities decodes: for a check of damaged metadata."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from storage.identity.records import (
    decode_access_key,
    decode_account,
    decode_group,
    decode_last_used,
    decode_policy,
    decode_provider,
    decode_role,
    decode_summary,
    decode_user,
)

_Decode = Callable[[bytes], Any]
# By the third byte of a key, and of what is an account's own by the one after its id.
_GLOBAL: Final[Mapping[bytes, _Decode]] = {
    b"a": decode_account,
    b"b": bytes.decode,
    b"c": bytes.decode,
    b"k": decode_access_key,
    b"l": decode_last_used,
}
_OWN: Final[Mapping[bytes, _Decode]] = {
    b"s": decode_summary,
    b"u": decode_user,
    b"g": decode_group,
    b"r": decode_role,
    b"p": decode_policy,
    b"o": decode_provider,
    b"n": bytes.decode,
    b"i": bytes.decode,
    b"d": bytes.decode,
}
_TAG: Final = len(b"cie" + 12 * b"0")
_COUNTER_BYTES: Final = 8


def read(key: bytes, value: bytes) -> None:
    """Decode a row, and forget it.

    Raises:
        UNDECODABLE, ValueError
    """
    kind = key[2:3]
    if kind == b"#" and len(value) != _COUNTER_BYTES:
        raise ValueError(value)
    if kind == b"e":
        _OWN.get(key[_TAG : _TAG + 1], bytes)(value)
    else:
        _GLOBAL.get(kind, bytes)(value)
