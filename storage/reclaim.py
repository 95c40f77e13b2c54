"""The keeper's work: giving space back, finishing what was left between two commits.

Every task may be done twice or stop anywhere: what is deleted twice is gone,
what is left is found again.  Nothing is deleted that a read which began
earlier may still want.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from storage import keys
from storage.blob import BlobId, BlobStore
from storage.buckets import Buckets
from storage.errors import Conflict
from storage.intake import written_ms
from storage.meta import ABSENT, Batch, MetaStore, Range, Row, prefix_range
from storage.reads import ReadsBoard
from storage.records import (
    CONDEMNED,
    Bucket,
    BucketState,
    Garbage,
    Reference,
    decode_bucket,
    decode_completed,
    decode_garbage,
    decode_name,
    decode_part,
    decode_reference,
    decode_segments,
    encode,
)
from storage.rows import BucketRef
from storage.seam import Clock

ROWS_PER_COMMIT: Final = 500
BLOBS_PER_DELETE: Final = 100
COMPLETED_KEPT_MS: Final = 7 * 24 * 3600 * 1000  # a client that retries later is no retry
ORPHAN_AGE_MS: Final = 3600 * 1000  # younger ones most likely belong to a request under way
UNFINISHED_AGE_MS: Final = 60 * 1000  # of a bucket's creation or deletion


@dataclass(slots=True)
class Done:
    """What one round did."""

    blobs: int = 0
    rows: int = 0
    orphans: int = 0
    buckets: int = 0


class Keeper:
    """Gives back what nobody names.  One at a time per data directory."""

    def __init__(
        self,
        *,
        buckets: Buckets,
        control: MetaStore,
        data: MetaStore,
        blobs: BlobStore,
        board: ReadsBoard,
        clock: Clock,
    ) -> None:
        self._buckets = buckets
        self._control = control
        self._data = data
        self._blobs = blobs
        self._board = board
        self._clock = clock
        self._noted: dict[bytes, tuple[bytes, int]] = {}  # per bucket: last garbage key, when seen

    async def round(self) -> Done:
        """One pass over every bucket's garbage and unfinished work."""
        done = Done()
        async for bucket_id, row in self._all_buckets():
            bucket = decode_bucket(row.value)
            if bucket.state is BucketState.LIVE:
                await self._collect(bucket_id, done)
                await self._forget_completed(bucket_id, done)
            elif self._clock.now_ms() - bucket.created_ms > UNFINISHED_AGE_MS:
                await self._settle(bucket_id, row, bucket, done)
        return done

    async def _all_buckets(self) -> AsyncIterator[tuple[bytes, Row]]:
        everything = keys.all_buckets()
        start = everything.start
        while found := await self._data.scan([Range(start, everything.end)], 1):
            row = found[0]
            bucket_id = keys.bucket_id_of(row.key)
            if row.key == keys.bucket(bucket_id):
                yield bucket_id, row
            start = keys.everything(bucket_id).end

    # Garbage

    async def _collect(self, bucket_id: bytes, done: Done) -> None:
        """Delete what was unnamed before every read that is under way began."""
        log = prefix_range(keys.garbage(bucket_id))
        noted = self._noted.get(bucket_id)
        if noted is not None and self._board.oldest() > noted[1]:
            last = noted[0]
            for row in await self._data.scan([Range(log.start, last + b"\x00")], ROWS_PER_COMMIT):
                await self._give_back(bucket_id, row.key, decode_garbage(row.value), done)
            del self._noted[bucket_id]
            noted = None
        if noted is None:
            # Seen now, so unnamed before now: reads that begin later cannot want it.
            now = self._board.now()
            found = await self._data.scan([log], ROWS_PER_COMMIT)
            if found:
                self._noted[bucket_id] = (found[-1].key, now)

    async def _give_back(self, bucket_id: bytes, key: bytes, left: Garbage, done: Done) -> None:
        blobs = [BlobId(blob) for blob in left.blobs]
        gone = {keys.inline(bucket_id, content) for content in left.inlines}
        if left.content:
            gone.add(keys.reference(bucket_id, left.content))
            for row in await self._data.scan([keys.segments_of(bucket_id, left.content)], 64):
                gone.add(row.key)
                for segment in decode_segments(row.value).segments:
                    if segment.inline:
                        gone.add(keys.inline(bucket_id, segment.content))
                    else:
                        blobs.append(segment.blob)
        if left.upload:
            gone.add(keys.parts_counter(bucket_id, left.upload))
            async for row in self._rows(keys.parts(bucket_id, left.upload)):
                gone.add(row.key)
                stored = decode_part(row.value).segment
                if not left.upload_blobs or stored is None:
                    continue
                if stored.inline:
                    gone.add(keys.inline(bucket_id, stored.content))
                else:
                    blobs.append(stored.blob)
        await self._delete_blobs(blobs, done)
        gone |= {keys.reference(bucket_id, blob) for blob in blobs}
        # The log's row goes last: until then everything above is found again.
        await self._delete_rows(bucket_id, sorted(gone), done)
        await self._delete_rows(bucket_id, [key], done)

    async def _delete_blobs(self, blobs: Sequence[BlobId], done: Done) -> None:
        for first in range(0, len(blobs), BLOBS_PER_DELETE):
            await self._blobs.delete(blobs[first : first + BLOBS_PER_DELETE])
        done.blobs += len(blobs)

    async def _delete_rows(self, bucket_id: bytes, gone: Sequence[bytes], done: Done) -> None:
        for first in range(0, len(gone), ROWS_PER_COMMIT):
            batch = Batch(keys.bucket(bucket_id))
            batch.delete.update(gone[first : first + ROWS_PER_COMMIT])
            await self._data.commit(batch)
        done.rows += len(gone)

    async def _rows(self, wanted: Range) -> AsyncIterator[Row]:
        start = wanted.start
        while found := await self._data.scan([Range(start, wanted.end)], ROWS_PER_COMMIT):
            for row in found:
                yield row
            start = found[-1].key + b"\x00"

    async def _forget_completed(self, bucket_id: bytes, done: Done) -> None:
        """Answers of completed uploads need not be repeated for ever."""
        limit = self._clock.now_ms() - COMPLETED_KEPT_MS
        # Upload ids begin with time: the oldest lead.
        rows = await self._data.scan([keys.completed_all(bucket_id)], ROWS_PER_COMMIT)
        old = [row.key for row in rows if decode_completed(row.value).completed_ms < limit]
        if old:
            await self._delete_rows(bucket_id, old, done)

    # Buckets left between two states

    async def _settle(self, bucket_id: bytes, row: Row, bucket: Bucket, done: Done) -> None:
        named = await self._control.get(keys.name(bucket.name))
        owns_name = named is not None and decode_name(named.value).bucket_id == bucket_id
        try:
            if owns_name:
                await self._buckets.settle(BucketRef(bucket_id, row.revision, bucket))
            else:
                await self._purge(bucket_id, done)
        except Conflict:
            return  # somebody else settles it
        done.buckets += 1

    async def _purge(self, bucket_id: bytes, done: Done) -> None:
        """Remove everything of a bucket that has no name any more, its own row last."""
        async for blobs in self._blobs_of(bucket_id):
            await self._delete_blobs(blobs, done)
        gone: list[bytes] = []
        async for row in self._rows(keys.everything(bucket_id)):
            if row.key != keys.bucket(bucket_id):
                gone.append(row.key)
            if len(gone) == ROWS_PER_COMMIT:
                await self._delete_rows(bucket_id, gone, done)
                gone = []
        await self._delete_rows(bucket_id, gone, done)
        await self._delete_rows(bucket_id, [keys.bucket(bucket_id)], done)

    async def _blobs_of(self, bucket_id: bytes) -> AsyncIterator[Sequence[BlobId]]:
        found: list[BlobId] = []
        async for row in self._rows(keys.references(bucket_id)):
            found.append(BlobId(row.key[len(keys.reference(bucket_id, b"")) :]))
            if len(found) == BLOBS_PER_DELETE:
                yield found
                found = []
        yield found

    # Orphans

    async def sweep(self) -> Done:
        """Delete blobs that no commit ever named.

        Of a writer about to name its blob and the sweeper exactly one wins:
        both commit the blob's reference row expecting it absent.  The
        sweeper's row stays, for the writer may wake at any time.
        """
        done = Done()
        limit = self._clock.now_ms() - ORPHAN_AGE_MS
        async for info in self._blobs.list():
            if written_ms(info.blob) < limit and await self._condemn(info.blob):
                await self._blobs.delete([info.blob])
                done.orphans += 1
        return done

    async def _condemn(self, blob: BlobId) -> bool:
        bucket_id = keys.bucket_of_blob(blob)
        key = keys.reference(bucket_id, blob)
        row = await self._data.get(key)
        if row is not None:
            # A condemned one that is there all the same was brought back by a power cut.
            return decode_reference(row.value).count == CONDEMNED
        if await self._data.get(keys.bucket(bucket_id)) is None:
            return True  # no commit can name it: each expects the bucket's row
        batch = Batch(keys.bucket(bucket_id), expect={key: ABSENT})
        batch.put[key] = encode(Reference(CONDEMNED))
        try:
            await self._data.commit(batch)
        except Conflict:
            return False
        return True
