"""What every worker has spent, on a page that they share.

Each subject that has a limit has a slot while it is busy: until when its
requests and its bytes are paid for, as times of the machine's monotonic clock
(the generic cell rate algorithm: a token bucket in one word), and for each worker
how many of its requests are under way.  Nothing is locked.  A word is written in
one go; two workers that spend at the very same moment may write one's spending
over the other's, which a test measures: far below one in a hundred.  The words
of requests under way have one writer each.

A slot is found by the subject's fingerprint among the few of its set.  One that
owes nothing is anybody's to take; where all are busy, the one that owes least is
taken, and where requests of all are under way, the subject shares one.

Source: ITU-T I.371, annex A, "Generic cell rate algorithm".
"""

import mmap
from typing import Final

SETS: Final = 2048  # a power of two
WAYS: Final = 8
_WORD: Final = 8
_MASK: Final = 2**64 - 1

# Words of a slot; after them one for each worker.
WHOSE: Final = 0
REQUESTS: Final = 1
BYTES: Final = 2
UNDER_WAY: Final = 3


class LimitPage:
    """Made before the fork.  A slot is named by the place of its first word."""

    def __init__(self, workers: int) -> None:
        self.width: Final = UNDER_WAY + workers
        size = SETS * WAYS * self.width * _WORD
        self.cells: Final = memoryview(mmap.mmap(-1, size)).cast("Q")

    def find(self, kind: str, name: str, now_ns: int) -> int:
        """The slot of a subject."""
        # The parent's seed is every worker's.
        whose = hash((kind, name)) & _MASK or 1
        cells, width = self.cells, self.width
        first = (whose % SETS) * WAYS * width
        for at in range(first, first + WAYS * width, width):
            if cells[at] == whose:
                return at
        return self._take(whose, first, now_ns)

    def under_way(self, at: int) -> int:
        """How many requests of the subject in that slot are."""
        cells, first = self.cells, at + UNDER_WAY
        if self.width == UNDER_WAY + 2:  # a slice of a memoryview costs more than both
            return cells[first] + cells[first + 1]
        return sum(cells[first : at + self.width])

    def _take(self, whose: int, first: int, now_ns: int) -> int:
        cells, width = self.cells, self.width
        best, least = None, _MASK
        for at in range(first, first + WAYS * width, width):
            if any(cells[at + UNDER_WAY : at + width]):
                continue
            owed = max(cells[at + REQUESTS], cells[at + BYTES])
            if best is None or owed < least:
                best, least = at, owed
            if owed <= now_ns:
                break
        if best is None:
            return first + (whose // SETS) % WAYS * width
        cells[best + REQUESTS] = cells[best + BYTES] = 0
        cells[best] = whose
        return best

    def clear(self, worker: int) -> None:
        """The process of a worker is gone, and its requests with it."""
        if worker < self.width - UNDER_WAY:
            for at in range(UNDER_WAY + worker, len(self.cells), self.width):
                self.cells[at] = 0
