"""Patterns of policies: ``*`` is any text, ``?`` one character.

A pattern is matched piece by piece, leftmost first, which is right for globs.
Patterns are written by anybody who has a bucket, and texts by whoever asks, so
that no pair of them may take long: a piece with question marks is looked for
by a regular expression only if it is short, and otherwise by a machine that
takes each character of the text once (R. Baeza-Yates and G. Gonnet, "A New
Approach to Text Searching", Communications of the ACM 35, 1992).

Source: IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards".
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_ARN_PARTS: Final = 6  # arn:partition:service:region:account:resource
ANY_STRING: Final = "\ue000"  # of a private use area: "${*}", a star that is one
ANY_CHARACTER: Final = "\ue001"  # "${?}"
PLAIN: Final = str.maketrans({ANY_STRING: "*", ANY_CHARACTER: "?"})

_SHORT_CHARS: Final = 32  # up to here a regular expression is faster
_KEPT_CHARS_MAX: Final = 1024  # longer patterns are compiled each time, for what is kept is memory
_KEPT_MAX: Final = 4096

# Where behind a piece's first place between two others the text goes on; -1 without one.
_Search = Callable[[str, int, int], int]


class Glob:
    """A compiled pattern."""

    __slots__ = ("_first", "_has_star", "_last", "_least", "_middle")

    def __init__(self, text: str) -> None:
        pieces = text.split("*")
        self._has_star = len(pieces) > 1
        self._first = _Fixed(pieces[0])
        self._last = _Fixed(pieces[-1] if self._has_star else "")
        self._middle = tuple(_search_of(piece) for piece in pieces[1:-1] if piece)
        self._least = self._first.length + self._last.length

    def matches(self, text: str) -> bool:
        """Whether the whole text is one that the pattern means."""
        if len(text) < self._least or not self._first.is_at(text, 0):
            return False
        if not self._has_star:
            return len(text) == self._least
        at, end = self._first.length, len(text) - self._last.length
        if not self._last.is_at(text, end):
            return False
        for search in self._middle:
            at = search(text, at, end)
            if at < 0:
                return False
        return True


class _Fixed:
    """A piece at a known place: its texts between question marks, and where each begins."""

    __slots__ = ("_texts", "length")

    def __init__(self, piece: str) -> None:
        self.length = len(piece)
        self._texts: list[tuple[int, str]] = []
        at = 0
        for one in piece.split("?"):
            if one:
                self._texts.append((at, one.translate(PLAIN)))
            at += len(one) + 1

    def is_at(self, text: str, place: int) -> bool:
        """Whether it is there, in a text that goes on for as long."""
        return all(text.startswith(one, place + at) for at, one in self._texts)


def _search_of(piece: str) -> _Search:
    """What looks for a piece, which is not empty."""
    plain = piece.translate(PLAIN)
    if "?" not in piece:
        return lambda text, at, end: _behind(text.find(plain, at, end), len(plain))
    if len(piece) > _SHORT_CHARS:
        return _machine(piece)
    escaped = re.escape(piece).replace(r"\?", ".")
    expression = escaped.replace(ANY_STRING, r"\*").replace(ANY_CHARACTER, r"\?")
    compiled = re.compile(expression, re.DOTALL)

    def search(text: str, at: int, end: int) -> int:
        found = compiled.search(text, at, end)
        return -1 if found is None else found.end()

    return search


def _behind(place: int, length: int) -> int:
    return place if place < 0 else place + length


def _machine(piece: str) -> _Search:
    """Bit n of the state: the last n + 1 characters are what the piece begins with."""
    of_any, of_one = 0, dict[str, int]()
    for number, char in enumerate(piece):
        if char == "?":
            of_any |= 1 << number
        else:
            plain = char.translate(PLAIN)
            of_one[plain] = of_one.get(plain, 0) | 1 << number
    takes = {char: bits | of_any for char, bits in of_one.items()}
    whole = 1 << (len(piece) - 1)

    def search(text: str, at: int, end: int) -> int:
        state = 0
        for place in range(at, end):
            state = (state << 1 | 1) & takes.get(text[place], of_any)
            if state & whole:
                return place + 1
        return -1

    return search


def glob(text: str) -> Glob:
    """The pattern; a short one is compiled once."""
    return _kept(text) if len(text) <= _KEPT_CHARS_MAX else Glob(text)


@lru_cache(maxsize=_KEPT_MAX)
def _kept(text: str) -> Glob:
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
