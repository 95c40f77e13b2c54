"""Patterns of policies: ``*`` is any text, ``?`` one character.

A pattern is matched piece by piece, leftmost first, which is right for globs
and takes no longer than pattern times text: a regular expression with many
stars, matched against a key that a client chose, could take for ever.

Source: IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards".
"""

import re
from functools import lru_cache
from typing import Final

_ARN_PARTS: Final = 6  # arn:partition:service:region:account:resource
ANY_STRING: Final = "\ue000"  # of a private use area: "${*}", a star that is one
ANY_CHARACTER: Final = "\ue001"  # "${?}"


class Glob:
    """A compiled pattern."""

    __slots__ = ("_first", "_last", "_least", "_middle", "_only", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = text.split("*")
        self._only = _anchored(pieces[0]) if len(pieces) == 1 else None
        self._first = _anchored(pieces[0])
        self._last = _anchored(pieces[-1])
        self._middle = tuple(_floating(piece) for piece in pieces[1:-1] if piece)
        self._least = len(pieces[0]) + len(pieces[-1])

    def matches(self, text: str) -> bool:
        """Whether the whole text is one that the pattern means."""
        if self._only is not None:
            return self._only.fullmatch(text) is not None
        if len(text) < self._least or self._first.match(text) is None:
            return False
        at, end = self._first_length, len(text) - self._last_length
        if self._last.match(text, end) is None:
            return False
        for piece in self._middle:
            found = piece.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return True

    @property
    def _first_length(self) -> int:
        return self._least - self._last_length

    @property
    def _last_length(self) -> int:
        return len(self.text) - self.text.rindex("*") - 1


def _anchored(piece: str) -> re.Pattern[str]:
    return re.compile(_expression(piece), re.DOTALL)


_floating = _anchored


def _expression(piece: str) -> str:
    """Stars are gone from it; what is left has a fixed length, and no way to backtrack."""
    escaped = re.escape(piece).replace(r"\?", ".")
    return escaped.replace(ANY_STRING, r"\*").replace(ANY_CHARACTER, r"\?")


@lru_cache(maxsize=4096)
def glob(text: str) -> Glob:
    """The pattern, compiled once."""
    return Glob(text)


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN is one that the pattern means: each of its six parts by itself.

    Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators".
    """
    wanted, given = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(wanted) < _ARN_PARTS and wanted[-1] == "*":
        # A star that ends a part may stand for all that follow it.
        return all(glob(one).matches(two) for one, two in zip(wanted, given, strict=False))
    if len(wanted) != len(given):
        return False
    return all(glob(one).matches(two) for one, two in zip(wanted, given, strict=True))


def may_begin(pattern: str, beginning: str) -> bool:
    """Whether the pattern means some text that begins so."""
    star = pattern.find("*")
    if star < 0:
        head = pattern[: len(beginning)]
        return len(pattern) >= len(beginning) and glob(head).matches(beginning)
    # What follows the first star can be any text's end; before it each character counts.
    length = min(star, len(beginning))
    return glob(pattern[:length]).matches(beginning[:length])
