"""Counters of commits on a page that forked processes share, where each commits by itself.

As ``storage.meta.epoch``, but nobody waits for the others' commits to end:
each process has counters of its own, which it alone writes, and what is read
is the sum of all.
"""

import mmap
from itertools import count
from typing import Final

_CELLS: Final = 4  # begun, ended; the same of the settings
_CELL_BYTES: Final = 8


class Slots:
    """Made before the fork, or by a process for itself alone."""

    def __init__(self, slots: int = 1) -> None:
        size = slots * _CELLS * _CELL_BYTES
        self._page = memoryview(mmap.mmap(-1, size)).cast("Q")
        self._columns = tuple(self._page[cell::_CELLS] for cell in range(_CELLS))
        self._never_again = count(-1, -1)

    def value(self, *, settings: bool = False) -> int:
        """The same twice: nothing was committed in between, or nothing but routine.

        While somebody commits no two answers are the same.
        """
        begun, ended = self._columns[2:] if settings else self._columns[:2]
        total = sum(begun)
        return total if total == sum(ended) else next(self._never_again)

    def begin(self, slot: int, *, routine: bool = False) -> None:
        """Something will be committed."""
        self._columns[0][slot] += 1
        if not routine:
            self._columns[2][slot] += 1

    def end(self, slot: int) -> None:
        """It is committed, or will not be; called before anybody hears of it."""
        self._columns[1][slot] = self._columns[0][slot]
        self._columns[3][slot] = self._columns[2][slot]
