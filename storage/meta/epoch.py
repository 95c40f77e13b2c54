"""A counter on a page that forked processes share: it moves with every commit of any of them.

Reading it costs a tenth of a microsecond, where asking SQLite costs system
calls.  It tells of the processes of one parent only; the lock on the data
directory sees to it that there are no others.
"""

import mmap


class SharedEpoch:
    """Made before the fork."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._cell = memoryview(self._page).cast("Q")

    def value(self) -> int:
        """Unchanged: nothing was committed in between."""
        return self._cell[0]

    def moved(self) -> None:
        """Something was committed; called while nobody else commits, and before anybody hears."""
        self._cell[0] += 1
