"""A request's query, split and decoded once.

Source: WHATWG URL, application/x-www-form-urlencoded, as S3 reads it: ``&``
separates, ``+`` is a space, a name alone has an empty value.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.protocol.errors import ProtocolError, invalid_argument

PARAMETERS_MAX: Final = 256
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Query:
    """Names and values in order of arrival; names are case-sensitive."""

    __slots__ = ("_repeated", "_values")

    def __init__(self, raw: bytes) -> None:
        """Split ``raw``, what follows the question mark.

        Raises:
            ProtocolError: InvalidURI, for an invalid escape, bytes that are no
                UTF-8, or more than PARAMETERS_MAX parameters.
        """
        self._values: dict[str, str] = {}
        self._repeated: set[str] = set()
        if not raw:
            return
        pieces = raw.split(b"&")
        if len(pieces) > PARAMETERS_MAX:
            raise ProtocolError("InvalidURI")
        for piece in pieces:
            if not piece:
                continue
            name, _, value = piece.partition(b"=")
            text = _decoded(name)
            if text in self._values:
                self._repeated.add(text)
            else:
                self._values[text] = _decoded(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __bool__(self) -> bool:
        return bool(self._values)

    def get(self, name: str) -> str | None:
        """The value of a parameter that S3 takes once, None if it is absent.

        Raises:
            ProtocolError: InvalidArgument, it came twice.
        """
        if name in self._repeated:
            text = "Query String Parameters should not be duplicated."
            raise invalid_argument(text, name, self._values[name])
        return self._values.get(name)


def _decoded(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        if _BAD_ESCAPE.search(raw):
            raise ProtocolError("InvalidURI")
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ProtocolError("InvalidURI") from None
