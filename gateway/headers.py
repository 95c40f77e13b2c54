"""An answer's headers as they go over the wire: a line each, which nothing that is stored can end.

Source: RFC 9112, section 5; RFC 9110, section 5.6.2, on the names of fields.
"""

import re
from collections.abc import Sequence
from typing import Final

Pair = tuple[bytes, bytes]

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


class Prepared:
    """Headers that many answers have, Content-Length among them, and their lines."""

    __slots__ = ("lines", "pairs")

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Raises what ``lines_of`` raises."""
        self.pairs = tuple(pairs)
        self.lines = lines_of(pairs)


def lines_of(pairs: Sequence[Pair]) -> bytes:
    """Headers as lines.

    Raises:
        ValueError: a name could end its line; what is looked for under it would be another's.
    """
    lines = [b"%b: %b\r\n" % pair for pair in pairs]
    block = b"".join(lines)
    # One look at all of them: hardly ever is there anything to clean.
    if len(lines) == block.count(b"\r") == block.count(b"\n") and b"\0" not in block:
        return block
    return b"".join([_clean_line(name, value) for name, value in pairs])


def _clean_line(name: bytes, value: bytes) -> bytes:
    """A header that cannot end its line, whatever a client stored."""
    if not _TOKEN.match(name):
        raise ValueError(f"no name of a header: {name!r}")
    value = value.replace(b"\r", b" ").replace(b"\n", b" ").replace(b"\x00", b" ")
    return b"%b: %b\r\n" % (name, value)
