"""Giving back what a commit left without a name: the bytes first, then what tells of them.

Every step may be done twice or stop anywhere: what is deleted twice is gone,
and the log's own row goes last, so that what is left is found again.  An entry
that cannot be done, for a blob that the disk does not remove or a row that
does not decode, stays and is tried again ever more seldom; the others go on.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from storage import keys
from storage.blob import BlobId, BlobStore
from storage.legible import is_legible
from storage.meta import (
    BATCH_ROWS_MAX,
    SCAN_ROWS_MAX,
    Batch,
    Delta,
    MetaStore,
    Range,
    Row,
    prefix_range,
)
from storage.naming import PART_NUMBER_MAX
from storage.patience import Patience
from storage.reads import ReadsBoard
from storage.records import (
    SEGMENTS_PER_ROW,
    UNDECODABLE,
    Garbage,
    Segment,
    decode_garbage,
    decode_part,
    decode_reference,
    decode_segments,
)

_log = logging.getLogger(__name__)

PAGE_ROWS: Final = 500
ROWS_PER_COMMIT: Final = 2000
BLOBS_PER_DELETE: Final = 50  # in one call of the store
DELETES_AT_ONCE: Final = 4  # a disk takes several deletions in little more time than one
BLOBS_ENOUGH: Final = 1000  # entries that have so many are given back, and then forgotten
SEGMENT_ROWS_MAX: Final = 64  # of one content: 10,000 parts have 10

assert ROWS_PER_COMMIT < BATCH_ROWS_MAX
assert PAGE_ROWS <= SCAN_ROWS_MAX
assert SEGMENT_ROWS_MAX <= SCAN_ROWS_MAX
assert SEGMENT_ROWS_MAX * SEGMENTS_PER_ROW >= PART_NUMBER_MAX

_NOTHING: Final[Mapping[bytes, int]] = {}

Stopped = Callable[[], bool]


def never() -> bool:
    """Work goes on to its end."""
    return False


@dataclass(slots=True)
class Done:
    """What one round did."""

    blobs: int = 0
    rows: int = 0
    orphans: int = 0
    unknown: int = 0  # blobs of no bucket, left alone
    buckets: int = 0  # settled or removed
    aged: int = 0  # versions and uploads with which a lifecycle had its way
    failed: int = 0  # pieces of work that are to be tried again
    more: bool = False  # there is more to do at once


async def pages(data: MetaStore, wanted: Range) -> AsyncIterator[Sequence[Row]]:
    """The rows of a range; those already seen may be deleted meanwhile."""
    start = wanted.start
    while found := await data.scan([Range(start, wanted.end)], PAGE_ROWS):
        yield found
        start = found[-1].key + b"\x00"


def legible(rows: Sequence[Row], done: Done, patience: Patience) -> Sequence[Row]:
    """Those that decode; one that does not is logged once and left alone, the others are not."""
    good = []
    for row in rows:
        if is_legible(row):
            good.append(row)
            continue
        done.failed += 1
        if patience.failed(row.key):
            _log.error("row %s does not decode: it is left alone", row.key.hex())
    return good


class Remover:
    """Deletes blobs and rows, many at a time."""

    def __init__(self, data: MetaStore, blobs: BlobStore) -> None:
        self._data = data
        self._blobs = blobs

    async def blobs(self, gone: Sequence[BlobId], done: Done) -> set[BlobId]:
        """Delete blobs; those that are gone already count too.  Returns what is left."""
        left = set[BlobId]()
        groups = [gone[at : at + BLOBS_PER_DELETE] for at in range(0, len(gone), BLOBS_PER_DELETE)]
        for first in range(0, len(groups), DELETES_AT_ONCE):
            together = groups[first : first + DELETES_AT_ONCE]
            for some in await asyncio.gather(*[self._blobs.delete(group) for group in together]):
                left.update(some)
        done.blobs += len(gone) - len(left)
        return left

    async def rows(
        self,
        bucket_id: bytes,
        gone: Sequence[bytes],
        done: Done,
        held: Mapping[bytes, int] = _NOTHING,
    ) -> None:
        """Delete rows in this order, in as many commits as it takes.

        ``held``: bytes that the bucket's usage has of a row, until that is deleted.
        """
        for first in range(0, len(gone), ROWS_PER_COMMIT):
            some = gone[first : first + ROWS_PER_COMMIT]
            # Most are read by nobody who would not look for them: no worker looks anew for those.
            routine = not any(map(keys.is_setting, some))
            batch = Batch(keys.bucket(bucket_id), delete=set(some), routine=routine)
            if size := sum(held.get(row, 0) for row in some):
                batch.add[keys.usage_bytes(bucket_id)] = Delta(-size)
            await self._data.commit(batch)
        done.rows += len(gone)


@dataclass(slots=True)
class _Entry:
    """What goes with one row of the log, in this order."""

    log: bytes  # the row's key
    blobs: list[BlobId] = field(default_factory=list)
    rows: set[bytes] = field(default_factory=set)
    told: set[bytes] = field(default_factory=set)  # rows that told which rows: after those
    held: dict[bytes, int] = field(default_factory=dict)  # bytes that the usage has of a row


@dataclass(slots=True)
class _Load:
    """Entries that go together: stopped anywhere, what is left is found again."""

    entries: list[_Entry] = field(default_factory=list)
    blobs: int = 0
    rows: int = 0

    def add(self, entry: _Entry) -> None:
        self.entries.append(entry)
        self.blobs += len(entry.blobs)
        self.rows += len(entry.rows)

    @property
    def is_full(self) -> bool:
        return self.blobs >= BLOBS_ENOUGH or self.rows >= ROWS_PER_COMMIT


class _Noted(NamedTuple):
    """How far a bucket's log went at a time."""

    last: bytes
    when: int  # on the board's clock
    is_full: bool  # there was more


class Collector:
    """Reads the buckets' garbage logs."""

    def __init__(
        self, data: MetaStore, blobs: BlobStore, board: ReadsBoard, patience: Patience
    ) -> None:
        self._data = data
        self._patience = patience
        self._board = board
        self._remover = Remover(data, blobs)
        self._noted: dict[bytes, _Noted] = {}

    def forget(self, bucket_id: bytes) -> None:
        """The bucket is gone."""
        self._noted.pop(bucket_id, None)

    async def collect(self, bucket_id: bytes, done: Done, stopped: Stopped = never) -> None:
        """Delete what was unnamed before every read that is under way began."""
        noted = self._noted.get(bucket_id) or await self._note(bucket_id)
        if noted is None or not self._board.oldest() > noted.when:
            return
        log = Range(prefix_range(keys.garbage(bucket_id)).start, noted.last + b"\x00")
        load = _Load()
        async for rows in pages(self._data, log):
            for row in rows:
                if stopped():
                    return
                if not self._patience.waits(row.key):
                    await self._add(load, bucket_id, row, done)
                if load.is_full:
                    await self._give_back(bucket_id, load, done)
                    load = _Load()
        await self._give_back(bucket_id, load, done)
        del self._noted[bucket_id]
        done.more |= noted.is_full

    async def _note(self, bucket_id: bytes) -> _Noted | None:
        log = prefix_range(keys.garbage(bucket_id))
        if not await self._data.scan([log], 1):  # most buckets have none: a short look
            return None
        async for found in pages(self._data, log):
            if all(self._patience.waits(row.key) for row in found):
                continue
            # The clock is read after the log: what the log told was unnamed before now, so
            # that a read which begins later finds no name of it.
            noted = _Noted(found[-1].key, self._board.now(), len(found) == PAGE_ROWS)
            self._noted[bucket_id] = noted
            return noted
        return None

    async def _add(self, load: _Load, bucket_id: bytes, row: Row, done: Done) -> None:
        entry = _Entry(row.key)
        try:
            await self._read(entry, bucket_id, decode_garbage(row.value))
        except UNDECODABLE:
            done.failed += 1
            if self._patience.failed(row.key):
                _log.exception("bucket %s: row %s is left", bucket_id.hex(), row.key.hex())
        else:
            load.add(entry)

    async def _read(self, load: _Entry, bucket_id: bytes, left: Garbage) -> None:
        if left.content and await self._is_named(bucket_id, left.content):
            return
        own = await self._read_parts(load, bucket_id, left) if left.upload else set[bytes]()
        for blob in left.blobs:
            # A content's own pieces, and an upload's, count 1 as long as they are there.
            free = left.content or blob in own
            if free or not await self._is_named(bucket_id, blob):
                load.blobs.append(BlobId(blob))
                load.rows.add(keys.reference(bucket_id, blob))
        load.rows |= {keys.inline(bucket_id, content) for content in left.inlines}
        if left.content:
            load.rows.add(keys.reference(bucket_id, left.content))
            told = keys.segments_of(bucket_id, left.content)
            for row in await self._data.scan([told], SEGMENT_ROWS_MAX):
                load.told.add(row.key)
                for segment in decode_segments(row.value).segments:
                    _add_segment(load, bucket_id, segment)

    async def _read_parts(self, load: _Entry, bucket_id: bytes, left: Garbage) -> set[bytes]:
        """The rows of an upload's parts; returns their contents."""
        own = set[bytes]()
        load.rows.add(keys.parts_counter(bucket_id, left.upload))
        async for rows in pages(self._data, keys.parts(bucket_id, left.upload)):
            for row in rows:
                load.told.add(row.key)
                part = decode_part(row.value)
                if left.upload_blobs:  # else a version has them, or their commit gave them back
                    load.held[row.key] = part.size
                stored = part.segment
                if stored is None:
                    continue
                own.add(stored.content)
                if left.upload_blobs:
                    _add_segment(load, bucket_id, stored)
        return own

    async def _is_named(self, bucket_id: bytes, content: bytes) -> bool:
        """The last guard: what the log names was counted down to 0 in the same commit."""
        row = await self._data.get(keys.reference(bucket_id, content))
        if row is None or decode_reference(row.value).count <= 0:
            return False
        _log.error("content %s is named: it was given back wrongly, and stays", content.hex())
        return True

    async def _give_back(self, bucket_id: bytes, load: _Load, done: Done) -> None:
        entries = load.entries
        left = await self._remover.blobs([blob for one in entries for blob in one.blobs], done)
        if left:
            entries = []
            for one in load.entries:
                if left.isdisjoint(one.blobs):
                    entries.append(one)
                    continue
                done.failed += 1
                self._patience.failed(one.log)
        rows = sorted({row for one in entries for row in one.rows})
        told = sorted({row for one in entries for row in one.told})
        log = [one.log for one in entries]
        held = {row: size for one in entries for row, size in one.held.items()}
        await self._remover.rows(bucket_id, [*rows, *told, *log], done, held)
        for row in log:
            self._patience.succeeded(row)


def _add_segment(load: _Entry, bucket_id: bytes, segment: Segment) -> None:
    if segment.inline:
        load.rows.add(keys.inline(bucket_id, segment.content))
    else:
        load.blobs.append(segment.blob)
        load.rows.add(keys.reference(bucket_id, segment.content))
