"""Lets a request in, or not: by what its address, its key, its account and its bucket may ask for.

A request is counted where it is let in; what it is refused for later (another
limit, a missing permission) does not undo that.  Bytes are let in on credit: a
transfer is not cut off, but until what it took is paid for at the limit's rate
nothing more of the subject begins.
"""

import time
from collections.abc import Callable
from math import ceil
from typing import Final

from gateway.limits.page import BYTES, REQUESTS, UNDER_WAY, LimitPage
from gateway.limits.rules import Rules
from gateway.protocol.errors import ProtocolError
from storage.limits import Limit

# How far ahead of its rate a subject may be: after a silence a quarter of a second's worth, and
# one more, may come at once.  A limit seen over three seconds is kept within a tenth.
BURST_NS: Final = 250_000_000
_S: Final = 1_000_000_000  # nanoseconds
_FAR: Final = 2**63  # centuries: a word of the page holds no more than twice that


class Limited(ProtocolError):
    """A request that is not let in; ``kind`` is of the subject that has reached its limit.

    Source: API Reference, "Error responses", SlowDown; RFC 9110, section 10.2.3.
    """

    def __init__(self, kind: str, wait_ns: int) -> None:
        seconds = max(1, ceil(wait_ns / _S))
        super().__init__("SlowDown", headers=((b"retry-after", b"%d" % seconds),))
        self.kind = kind


class Passage:
    """One request under way, and what it is counted under."""

    __slots__ = ("_announced", "_cells", "_copied", "_held", "_now_ns", "_paying")

    def __init__(self, page: LimitPage, now_ns: Callable[[], int]) -> None:
        self._cells = page.cells
        self._now_ns = now_ns
        self._held: list[int] = []  # words to be counted down
        self._paying: list[tuple[int, int]] = []  # words of bytes, and bytes per second
        self._announced: dict[int, int] = {}  # what was charged there, in nanoseconds
        self._copied = 0  # bytes that neither come nor go

    def hold(self, word: int) -> None:
        """It is one of those under way."""
        self._cells[word] += 1
        self._held.append(word)

    def pay(self, word: int, rate: int) -> None:
        """What it transfers is charged there."""
        self._paying.append((word, rate))

    def announce(self, size: int) -> None:
        """So many bytes are to be received, or sent, though that may be broken off."""
        if not (size and self._paying):
            return
        now, cells, announced = self._now_ns(), self._cells, self._announced
        for word, rate in self._paying:
            before = max(cells[word], now)
            cells[word] = owed = min(before + size * _S // rate, _FAR)
            announced[word] = announced.get(word, 0) + owed - before

    def copy(self, size: int) -> None:
        """So many bytes are copied here: they count as if they were received."""
        self._copied += size
        self.announce(size)

    def leave(self, sent: int, received: int = 0) -> None:
        """It has ended; so many bytes of content were sent, and received."""
        cells = self._cells
        for word in self._held:
            if cells[word]:  # else a restarted worker's count
                cells[word] -= 1
        self._held.clear()
        for word, rate in self._paying:
            more = (sent + received + self._copied) * _S // rate - self._announced.get(word, 0)
            before = max(cells[word], self._now_ns()) if more > 0 else cells[word]
            cells[word] = min(max(before + more, 0), _FAR)
        self._paying.clear()


class Gate:
    """One worker's."""

    def __init__(
        self,
        page: LimitPage,
        worker: int,
        rules: Rules,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """``now_ns`` is the same for all processes of the machine."""
        self.rules: Final = rules
        self._page = page
        self._worker = UNDER_WAY + worker
        self._now_ns = now_ns

    def enter(self, passage: Passage | None, kind: str, name: str) -> Passage | None:
        """Let a request in under one more subject; its passage, None while nothing limits it.

        Raises:
            Limited
        """
        limit = self.rules.of(kind, name)
        return passage if limit is None else self._enter(passage, kind, name, limit)

    def _enter(self, passage: Passage | None, kind: str, name: str, limit: Limit) -> Passage:
        now, page = self._now_ns(), self._page
        at, cells = page.find(kind, name, now), page.cells
        requests, size, concurrency = limit.requests, limit.bytes, limit.concurrency
        if concurrency and page.under_way(at) >= concurrency:
            raise Limited(kind, 0)
        if size and (wait := cells[at + BYTES] - now - BURST_NS) > 0:
            raise Limited(kind, wait)
        if requests:
            self._pay(kind, at + REQUESTS, _S // requests, now)
        passage = passage or Passage(page, self._now_ns)
        if concurrency:
            passage.hold(at + self._worker)
        if size:
            passage.pay(at + BYTES, size)
        return passage

    def _pay(self, kind: str, word: int, price_ns: int, now: int) -> None:
        """Charge a request.

        Raises:
            Limited
        """
        cells = self._page.cells
        while True:
            paid = cells[word]
            if (wait := paid - now - BURST_NS) > 0:
                raise Limited(kind, wait)
            owed = max(paid, now) + price_ns
            # A process that was stopped since it read would give back what others paid meanwhile.
            if cells[word] == paid:
                cells[word] = owed
                return
