"""Which reads are under way, so that nothing is deleted under a slow reader.

A read of several blobs opens them one after another; a keeper in another
process must know that it is not over.  Each worker publishes the start of its
oldest read; the keeper deletes only what was unnamed before every one began.
"""

import heapq
import mmap
import time
from typing import Final, Protocol

ReadToken = int  # when it began: nanoseconds of the machine's monotonic clock

_SLOT_BYTES: Final = 8
_S: Final = 1_000_000_000  # nanoseconds
LONG_S: Final = 3600.0  # a read that the operator is told of: all that is deleted waits for it
NONE: Final = 2**64 - 1  # no read is under way
SLOTS_MAX: Final = 512


class ReadTracker(Protocol):
    """One process's view of its own reads."""

    def begin(self) -> ReadToken:
        """A read begins now."""
        ...

    def end(self, token: ReadToken) -> None:
        """The read that began with ``token`` is over."""
        ...


class ReadsBoard:
    """A page shared by forked processes: a slot each, holding the start of its oldest read.

    The monotonic clock is the same for all processes of a machine.  A slot is
    cleared when its process is replaced: the reads of the dead are over.
    """

    def __init__(self) -> None:
        # Aligned words, each written in one go: nobody reads half of an old one.
        page = mmap.mmap(-1, SLOTS_MAX * _SLOT_BYTES)
        page[:] = NONE.to_bytes(_SLOT_BYTES, "little") * SLOTS_MAX  # the same in any byte order
        self._slots = memoryview(page).cast("Q")

    def publish(self, slot: int, oldest: int) -> None:
        """Say when the oldest read of ``slot`` began, NONE if there is none."""
        self._slots[slot] = oldest

    def clear(self, slot: int) -> None:
        """The process of ``slot`` is gone, and its reads with it."""
        self.publish(slot, NONE)

    def oldest(self) -> int:
        """When the oldest read of any process began, NONE if there is none."""
        return min(self._slots)

    @staticmethod
    def now() -> int:
        """The clock that tokens are taken from."""
        return time.monotonic_ns()


class BoardReads:
    """Tracks the reads of one process on its slot of a board."""

    def __init__(self, board: ReadsBoard, slot: int) -> None:
        self._board = board
        self._slot = slot
        self._active: list[int] = []
        self._ended: dict[int, int] = {}

    def begin(self) -> ReadToken:
        """A read begins now."""
        token = time.monotonic_ns()
        heapq.heappush(self._active, token)
        if self._active[0] == token:
            self._board.publish(self._slot, token)
        return token

    def end(self, token: ReadToken) -> None:
        """The read that began with ``token`` is over."""
        active, ended = self._active, self._ended
        if active[0] != token:
            ended[token] = ended.get(token, 0) + 1
            return
        heapq.heappop(active)
        while active and ended.get(active[0]):
            gone = heapq.heappop(active)
            ended[gone] -= 1
            if not ended[gone]:
                del ended[gone]
        self._board.publish(self._slot, active[0] if active else NONE)


class LongReads:
    """Notices the read that everything waits for; each is told of once."""

    def __init__(self, board: ReadsBoard) -> None:
        self._board = board
        self._told = NONE

    def found_s(self) -> float | None:
        """For how many seconds the oldest read has been under way, if that is news and long."""
        oldest = self._board.oldest()
        if oldest in (NONE, self._told):
            return None
        seconds = (self._board.now() - oldest) / _S
        if seconds < LONG_S:
            return None
        self._told = oldest
        return seconds
