"""The change log: what each commit changed, appended in that commit: none without the other.

A log is of a partition: each bucket has one, and what belongs to no bucket
(names of buckets, identities) has one in the control partition.  Its rows are
in the order of the commits.  Storage says what was changed; for whom and by
what right is the trail's to know (``Trace``), whose bytes it keeps unread.

A log is written only where somebody gives a trace, that is where somebody reads
it; whoever reads it removes what he has kept elsewhere.  A commit whose outcome
was uncertain and that had happened is in it like any other.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.meta import BATCH_ROWS_MAX, SCAN_ROWS_MAX, Batch, MetaStore, Range, prefix_range
from storage.meta.batches import STAMP_BYTES

PAGE_ROWS: Final = 1000
_PLACE_BYTES: Final = STAMP_BYTES + 2  # a stamp and an index within the batch

assert PAGE_ROWS <= SCAN_ROWS_MAX
assert PAGE_ROWS <= BATCH_ROWS_MAX  # what is read at once is removed in one commit


class What(IntEnum):
    """What became of something.  Numbers stay: they are stored."""

    PUT = 1  # a version, which is the current one from then on
    MARKED = 2  # a delete marker is the current version
    REMOVED = 3  # a version is gone for good
    CHANGED = 4  # what is said of a version: tags, ACL, locks, storage class
    UPLOAD_BEGUN = 5
    PART_PUT = 6
    UPLOAD_ABORTED = 7
    DOCUMENT_PUT = 8  # a bucket's configuration
    DOCUMENT_REMOVED = 9
    BUCKET_CHANGED = 10  # what stands in its own row
    BUCKET_CREATED = 11
    BUCKET_DELETED = 12
    IDENTITY = 13  # users, keys, policies: told by whom it was asked for
    LIMITS = 14  # what somebody may ask for, or hold: limits and quotas
    COMMANDED = 15  # what lies beside the stores, such as keys: committed before it is done


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row of a log."""

    at_ms: int
    what: What
    told: bytes  # by the trace
    # The object's; a document's kind, and NUL and identity if there are several; an identity's
    # account, and NUL and the access key that was made, changed or taken away.
    key: bytes = b""
    version_id: str = ""
    size: int = 0
    etag: str = ""


class Place(NamedTuple):
    """A change, and where it stands in its log; places grow."""

    place: bytes
    value: bytes  # a Change, encoded


_encode: Final = msgspec.msgpack.Encoder().encode
decode_change: Final = msgspec.msgpack.Decoder(Change).decode


class Trace:
    """For whom something is done: told when a commit is about to be tried, and counted when it was.

    What counts is what was committed: of a request that came to change nothing
    there is nothing in a log.
    """

    __slots__ = ("commits", "tell")

    def __init__(self, tell: Callable[[], bytes]) -> None:
        self.tell = tell
        self.commits = 0


def note(
    batch: Batch,
    trace: Trace | None,
    what: What,
    at_ms: int,
    key: bytes = b"",
    *,
    version_id: str = "",
    size: int = 0,
    etag: str = "",
) -> None:
    """Let the commit tell of itself in its partition's log; without a trace nobody reads it."""
    if trace is not None:
        change = Change(at_ms, what, trace.tell(), key, version_id, size, etag)
        batch.append.append((keys.changes(batch.partition), _encode(change)))


async def note_alone(control: MetaStore, trace: Trace, at_ms: int) -> None:
    """Tell of what no commit changes, in the control partition's log.

    Raises:
        StoreFull, StoreUnavailable, Uncertain
    """
    batch = Batch(keys.CONTROL, routine=True)
    note(batch, trace, What.COMMANDED, at_ms)
    await control.commit(batch)
    trace.commits += 1


class Changes:
    """Reads the logs, and removes what is kept elsewhere."""

    def __init__(self, control: MetaStore, data: MetaStore) -> None:
        self._control = control
        self._data = data

    async def read(self, partition: bytes, limit: int = PAGE_ROWS) -> Sequence[Place]:
        """The oldest rows of a log.

        Raises:
            StoreUnavailable
        """
        rows = await self._store(partition).scan([_range(partition)], limit)
        return [Place(row.key[-_PLACE_BYTES:], row.value) for row in rows]

    async def read_after(self, partition: bytes, place: bytes) -> Sequence[Place]:
        """The next rows after one: those of all of a log, a page at a time.

        Raises:
            StoreUnavailable
        """
        everything = _range(partition)
        start = keys.changes(partition) + place + b"\x00" if place else everything.start
        found = await self._store(partition).scan([Range(start, everything.end)], PAGE_ROWS)
        return [Place(row.key[-_PLACE_BYTES:], row.value) for row in found]

    async def remove(self, partition: bytes, places: Sequence[bytes]) -> None:
        """Remove rows, at most a page of them, in one commit.

        Raises:
            StoreUnavailable, StoreFull, Uncertain
        """
        prefix = keys.changes(partition)
        gone = {prefix + place for place in places}
        batch = Batch(partition, delete=gone, routine=True, frees=True)
        await self._store(partition).commit(batch)

    async def partitions(self) -> Sequence[bytes]:
        """The control partition and every bucket's, whatever its state, that has a log.

        Raises:
            StoreUnavailable
        """
        found = [keys.CONTROL] if await self.has_any(keys.CONTROL) else []
        everything = keys.all_buckets()
        start = everything.start
        while rows := await self._data.scan([Range(start, everything.end)], 1):
            bucket_id = keys.bucket_id_of(rows[0].key)
            partition = keys.bucket(bucket_id)
            if await self.has_any(partition):
                found.append(partition)
            start = max(keys.everything(bucket_id).end, rows[0].key + b"\x00")
            await asyncio.sleep(0)  # others on the loop want their turn
        return found

    def epoch(self) -> tuple[int, int]:
        """While it stays the same, nothing was committed; asked before anything is read."""
        return self._control.epoch(), self._data.epoch()

    async def has_any(self, partition: bytes) -> bool:
        """Whether there is anything in a log."""
        return bool(await self._store(partition).scan([_range(partition)], 1))

    def _store(self, partition: bytes) -> MetaStore:
        return self._control if partition == keys.CONTROL else self._data


def _range(partition: bytes) -> Range:
    return prefix_range(keys.changes(partition))
