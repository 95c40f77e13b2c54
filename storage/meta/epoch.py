"""Counters on a page that forked processes share: they move with every commit of any of them.

Reading them costs a tenth of a microsecond, where asking SQLite costs system
calls.  They tell of the processes of one parent only; the lock on the data
directory sees to it that there are no others.

One counts the commits begun, the other those that ended.  While they differ,
somebody may read what was committed and somebody else not yet know of it (for
long, if the writer was killed in between): until the next one ends, no two
answers are the same.
"""

import mmap
from itertools import count


class SharedEpoch:
    """Made before the fork."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._cells = memoryview(self._page).cast("Q")  # begun, ended; the same of the settings
        self._never_again = count(-1, -1)

    def value(self, *, settings: bool = False) -> int:
        """The same twice: nothing was committed in between, or nothing but routine."""
        cells = self._cells
        begun, ended = (cells[2], cells[3]) if settings else (cells[0], cells[1])
        return begun if begun == ended else next(self._never_again)

    def begin(self, *, routine: bool = False) -> None:
        """Something will be committed; called while nobody else commits."""
        self._cells[0] += 1
        if not routine:
            self._cells[2] += 1

    def end(self) -> None:
        """It is committed, or will not be; called before anybody hears of it."""
        self._cells[1] = self._cells[0]
        self._cells[3] = self._cells[2]
