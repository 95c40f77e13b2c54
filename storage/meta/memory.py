"""The metadata port in memory: the reference, and what tests run on.  One process only."""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Sequence

from storage.errors import Conflict, Exceeded
from storage.meta import ABSENT, Batch, Range, Row, Stamp
from storage.meta.batches import STAMP_BYTES, appended_key, check_batch, check_scan, counted


class MemoryMeta:
    """A dictionary and the sorted list of its keys."""

    def __init__(self) -> None:
        self._rows: dict[bytes, Row] = {}
        self._keys: list[bytes] = []
        self._commits = 0
        self._settings = 0  # the last commit that was not routine

    @property
    def healthy(self) -> bool:
        """Always: no disk can fail."""
        return True

    @property
    def trouble(self) -> str | None:
        """None: nothing can be away."""
        return None

    @property
    def staleness_s(self) -> float:
        """0: the epoch moves with every commit."""
        return 0.0

    async def get(self, key: bytes) -> Row | None:
        """The row as of the last commit, or None."""
        return self._rows.get(key)

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows, range after range; nothing is committed in between."""
        check_scan(limit)
        found: list[Row] = []
        for start, end in ranges:
            first = bisect_left(self._keys, start)
            last = min(bisect_left(self._keys, end), first + limit - len(found))
            found += [self._rows[key] for key in self._keys[first:last]]
        return found

    async def commit(self, batch: Batch) -> Stamp:
        """Write the batch: checked whole before the first row changes.

        Raises:
            Conflict, Exceeded, ValueError
        """
        check_batch(batch)
        try:
            return self._apply(batch)
        finally:
            # Others get their turn, as with every store that waits for a disk.
            await asyncio.sleep(0)

    def _apply(self, batch: Batch) -> Stamp:
        for key, revision in batch.expect.items():
            row = self._rows.get(key)
            if (row.revision if row else ABSENT) != revision:
                raise Conflict
        counters: dict[bytes, bytes] = {}
        for key, delta in batch.add.items():
            row = self._rows.get(key)
            value = counted(row.value if row else None, delta)
            if value is None:
                raise Exceeded
            counters[key] = value
        self._commits += 1
        stamp = self._commits
        if not batch.routine:
            self._settings = stamp
        for key in batch.delete:
            if self._rows.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
        for key, value in (batch.put | counters).items():
            self._put(key, value, stamp)
        for index, (prefix, value) in enumerate(batch.append):
            self._put(appended_key(prefix, stamp, index), value, stamp)
        return Stamp(stamp.to_bytes(STAMP_BYTES, "big"), dict.fromkeys(batch.put, stamp))

    def _put(self, key: bytes, value: bytes, revision: int) -> None:
        if key not in self._rows:
            insort(self._keys, key)
        self._rows[key] = Row(key, value, revision)

    def epoch(self, *, settings: bool = False) -> int:
        """The number of commits."""
        return self._settings if settings else self._commits

    async def close(self) -> None:
        """Nothing to release."""
