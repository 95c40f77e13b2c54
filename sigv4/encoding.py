"""RFC 3986 percent-encoding, the only place that makes an escape.

Source: IAM User Guide, "Create a signed AWS API request": every byte but the
unreserved ones becomes ``%`` and two upper-case hexadecimal digits.
"""

import re
import string
from functools import lru_cache
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

# What needs no work: unreserved bytes, and upper-case escapes of bytes that need one.
# An escape of an unreserved byte (or, in a path, of a slash) is decoded first.
_UNRESERVED: Final = rb"A-Za-z0-9\-._~"
_ESCAPE: Final = rb"%(?:[01][0-9A-F]|2[0-9A-C]|2F|3[A-F]|40|5[B-E]|60|7[B-DF]|[89A-F][0-9A-F])"
_ESCAPE_BUT_SLASH: Final = _ESCAPE.replace(rb"|2F", b"")
# Possessive (++, *+): one that backtracks takes exponential time to find a bad last byte.
_CANONICAL_PATH: Final = re.compile(
    rb"/(?:[" + _UNRESERVED + rb"/]++|" + _ESCAPE_BUT_SLASH + rb")*+\Z"
)
CANONICAL_VALUE: Final = rb"(?:[" + _UNRESERVED + rb"]++|" + _ESCAPE + rb")*+"  # of a query
_CANONICAL_VALUE: Final = re.compile(CANONICAL_VALUE + rb"\Z")
_PLAIN: Final = b"-._~" + (string.ascii_letters + string.digits).encode()
_PLAIN_OR_ESCAPED: Final = b"%" + _PLAIN
_OTHER_ESCAPE: Final = re.compile(b"%(?!" + _ESCAPE[1:] + b")")
_SKELETON: Final = b"=&" * 64  # what stays of as many parameters without names and values


def split_canonical(query: bytes) -> list[bytes] | None:
    """The parameters of a query that needs no encoding, with a null byte for ``=``; else None.

    So they can be sorted as they are: by name, and then by value.
    """
    # Most have no other escape than that of a slash.
    rest = query.replace(b"%2F", b"").translate(None, _PLAIN)
    if rest != _SKELETON[: len(rest)]:
        rest = query.translate(None, _PLAIN_OR_ESCAPED)
        if rest != _SKELETON[: len(rest)] or _OTHER_ESCAPE.search(query):
            return None
    if rest[-1:] != b"=":
        return None
    return query.replace(b"=", b"\0").split(b"&")


@lru_cache(maxsize=1024)
def reencode(text: bytes) -> bytes:
    """A query's name or value: decoded once, ``+`` a space, and encoded once."""
    if _CANONICAL_VALUE.match(text):
        return text
    return encode(unquote_to_bytes(text.replace(b"+", b" ")))


def encode(raw: bytes) -> bytes:
    """Every byte but the unreserved ones escaped, the slash too."""
    return quote_from_bytes(raw, safe="~").encode("ascii")


def encode_path(raw: bytes) -> bytes:
    """The same, with slashes left as they are."""
    return quote_from_bytes(raw, safe="/~").encode("ascii")


def reencode_path(path: bytes) -> bytes:
    """A path as received: decoded once, encoded once, slashes kept; a bad escape is literal."""
    if _CANONICAL_PATH.match(path):
        return path
    return encode_path(unquote_to_bytes(path))


def decode(raw: bytes) -> str:
    """A query's name or value as text, by the decoding that the canonical form uses."""
    if b"%" not in raw and b"+" not in raw:
        return raw.decode("utf-8", "replace")
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")
