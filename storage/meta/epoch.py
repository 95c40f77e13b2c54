"""Counters on a page that forked processes share: they move with every commit of any of them.

Reading them costs a tenth of a microsecond, where asking SQLite costs system
calls.  They tell of the processes of one parent only, for the lock on the data
directory sees to it that there are no others; if the page is a file's, also of
commands that change something beside a server.

One counts the commits begun, the other those that ended.  While they differ,
somebody may read what was committed and somebody else not yet know of it (for
long, if the writer was killed in between): until the next one ends, no two
answers are the same.
"""

import mmap
import os
from itertools import count
from pathlib import Path
from typing import Final

FILE: Final = "epoch"  # of a data directory
_MODE: Final = 0o600


class SharedEpoch:
    """Made before the fork."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: of a file that others may open, too; what it says need not outlive anything.

        Raises:
            OSError
        """
        self._page = mmap.mmap(-1, mmap.PAGESIZE) if path is None else _page(path)
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


def _page(path: Path) -> mmap.mmap:
    """The file's first page; it is never made shorter, for others may look at it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    try:
        if os.fstat(fd).st_size < mmap.PAGESIZE:
            # Its room is taken now: a full disk must not end whoever writes to it later.
            os.posix_fallocate(fd, 0, mmap.PAGESIZE)
        return mmap.mmap(fd, mmap.PAGESIZE)
    finally:
        os.close(fd)
