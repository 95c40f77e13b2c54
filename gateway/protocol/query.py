"""A request's query, split and decoded once.

Source: WHATWG URL, application/x-www-form-urlencoded, as S3 reads it: ``&``
separates, ``+`` is a space, a name alone has an empty value.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.protocol.errors import ProtocolError, invalid_argument

PARAMETERS_MAX: Final = 256  # the operation with the most has some 20, and a presigned URL 7 more
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Query:
    """Names and values in order of arrival; names are case-sensitive."""

    __slots__ = ("repeated", "values")

    def __init__(self, raw: bytes) -> None:
        """Split ``raw``, what follows the question mark.

        Raises:
            ProtocolError: InvalidURI, for an invalid escape, bytes that are no
                UTF-8, or more than PARAMETERS_MAX parameters.
        """
        self.values: dict[str, str] = {}  # of a repeated parameter, the first
        self.repeated: set[str] | None = None
        if not raw:
            return
        try:
            self._split(raw)
        except UnicodeDecodeError:
            raise ProtocolError("InvalidURI") from None

    def _split(self, raw: bytes) -> None:
        pieces = raw.decode().split("&")
        if len(pieces) > PARAMETERS_MAX or (b"%" in raw and _BAD_ESCAPE.search(raw)):
            raise ProtocolError("InvalidURI")
        values = self.values
        is_coded = b"%" in raw or b"+" in raw
        for piece in pieces:
            if not piece:
                continue
            name, _, value = piece.partition("=")
            if is_coded:
                name, value = _decoded(name), _decoded(value)
            if name in values:
                self.repeated = {name, *(self.repeated or ())}
                continue
            values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def get(self, name: str) -> str | None:
        """The value of a parameter that S3 takes once, None if it is absent.

        Raises:
            ProtocolError: InvalidArgument, it came twice.
        """
        if self.repeated is not None and name in self.repeated:
            raise self.refusal(name)
        return self.values.get(name)

    def refusal(self, name: str) -> ProtocolError:
        """What to answer to a repeated parameter that means something.

        S3 takes the first; other programs on the way take the last, and what
        two readers read differently is how a check is passed by.
        """
        text = f"The query parameter {name} may be given only once."
        return invalid_argument(text, name, self.values[name])


def _decoded(text: str) -> str:
    if "%" in text or "+" in text:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    return text
