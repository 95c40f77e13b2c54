"""Which bytes of an object a request wants.

Source: RFC 9110, section 14; API Reference, GetObject, "Range" and
"partNumber", and UploadPartCopy, "x-amz-copy-source-range"; versitygw's table of
ranges (tests/integration/GetObject.go) for what S3 ignores.
"""

import re
from typing import Final, NamedTuple

from storage.errors import InvalidArgument, InvalidRange

# The unit's case means nothing (section 14.1); white space makes it no range, to S3 too.
_RANGE: Final = re.compile(r"[Bb][Yy][Tt][Ee][Ss]=([0-9]*)-([0-9]*)\Z", re.ASCII)
_DIGITS_MAX: Final = 18
_BEYOND: Final = 10**_DIGITS_MAX  # of every object


class Span(NamedTuple):
    """A stretch of bytes; never empty."""

    offset: int
    length: int

    def content_range(self, size: int) -> str:
        """The Content-Range header of an answer with this stretch of ``size`` bytes."""
        return f"bytes {self.offset}-{self.offset + self.length - 1}/{size}"


def parse_range(header: str, size: int) -> Span | None:
    """The stretch a Range header asks for; None means the whole object.

    What is no range, or several, is ignored, as RFC 9110 allows and S3 does.

    Raises:
        InvalidRange: no byte of the object is asked for.
    """
    found = _RANGE.match(header)
    if found is None or found.groups() == ("", ""):
        return None
    first_text, last_text = found.groups()
    if not first_text:  # the last so many bytes
        length = min(_number(last_text), size)
        if length:
            return Span(size - length, length)
        if _number(last_text):
            return None  # of an empty object: all there is
        raise InvalidRange(header, size)
    first = _number(first_text)
    last = min(_number(last_text), size - 1) if last_text else size - 1
    if last_text and _in_order(last_text) < _in_order(first_text):
        return None
    if first >= size:
        raise InvalidRange(header, size)
    return Span(first, last - first + 1)


def parse_copy_range(header: str, size: int) -> Span:
    """The stretch of a copy's source; both ends are given and lie within it.

    Raises:
        InvalidArgument
    """
    found = _RANGE.match(header)
    if found is None or "" in found.groups():
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where "
            "first and last are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            header,
        )
    first, last = (_number(text) for text in found.groups())
    if first > last or last >= size:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size}",
            "x-amz-copy-source-range",
            header,
        )
    return Span(first, last - first + 1)


def _in_order(text: str) -> tuple[int, str]:
    """Compares as the number does, however many digits it has."""
    text = text.lstrip("0")
    return len(text), text


def _number(text: str) -> int:
    """What the digits say, if any object is so large."""
    text = text.lstrip("0")
    return _BEYOND if len(text) > _DIGITS_MAX else int(text or "0")
