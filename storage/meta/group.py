"""Batches judged one after another, each seeing those before it, before any row is written.  Pure.

A store that writes several batches in one transaction reads what they expect
and count, lets each be judged for itself, and writes at the end what has
changed: one that is refused changes nothing, and fails no other.
"""

from collections.abc import Mapping
from typing import Final

from storage.errors import Conflict, Exceeded
from storage.meta import ABSENT, Batch, Stamp
from storage.meta.batches import STAMP_BYTES, appended_key, counted

State = tuple[bytes, int]  # value and revision of a row

NO_ROW: Final[State] = (b"", ABSENT)


class Group:
    """The rows of one transaction, as its batches leave them."""

    def __init__(self, rows: Mapping[bytes, State]) -> None:
        """``rows``: what stands in the store of what the batches expect and count."""
        self.rows = dict(rows)  # read or written
        self.changed: set[bytes] = set()

    def add(self, batch: Batch, stamp: int) -> Stamp:
        """Take a batch in as commit number ``stamp``; a refused one changes nothing.

        Raises:
            Conflict, Exceeded
        """
        for key, revision in batch.expect.items():
            if self.state(key)[1] != revision:
                raise Conflict
        puts = dict(batch.put)
        for key, delta in batch.add.items():
            value, revision = self.state(key)
            new = counted(value if revision != ABSENT else None, delta)
            if new is None:
                raise Exceeded
            puts[key] = new
        for index, (prefix, value) in enumerate(batch.append):
            puts[appended_key(prefix, stamp, index)] = value
        for key in batch.delete:
            self.rows[key] = NO_ROW
        for key, value in puts.items():
            self.rows[key] = value, stamp
        self.changed.update(batch.delete, puts)
        return Stamp(stamp.to_bytes(STAMP_BYTES, "big"), dict.fromkeys(batch.put, stamp))

    def state(self, key: bytes) -> State:
        """How a row stands now; one that was not read is not there."""
        return self.rows.get(key, NO_ROW)
