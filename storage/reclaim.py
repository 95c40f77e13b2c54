"""The keeper: walks over the buckets, gives space back, finishes what was left between two commits.

What fails in one bucket is logged and tried again in the next round; the
others go on.  Where the store itself refuses, a round ends, and a sweep raises
what it said: both are begun again later.  Nothing is deleted that a read which
began earlier may still want.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from storage import keys
from storage.aging import Aging
from storage.blob import BUCKET_ID_BYTES, BlobId, BlobStore
from storage.buckets import Buckets
from storage.changes import Changes
from storage.errors import Conflict, StoreFull, StoreUnavailable, Uncertain
from storage.garbage import Collector, Done, Remover, Stopped, never, pages
from storage.meta import Batch, MetaStore, Range, Row
from storage.patience import Patience
from storage.reads import LongReads, ReadsBoard
from storage.records import BucketState, decode_bucket
from storage.rows import BucketRef
from storage.seam import Clock
from storage.sweep import ORPHAN_AGE_MS, Sweeper

__all__ = ["ORPHAN_AGE_MS", "UNFINISHED_AGE_MS", "Done", "Keeper"]

_log = logging.getLogger(__name__)

_NOT_NOW: Final = (StoreFull, StoreUnavailable, Uncertain)  # of the disk, not of a bucket
UNFINISHED_AGE_MS: Final = 60 * 1000  # of a state between two others


class Keeper:
    """Gives back what nobody names.  One at a time per data directory."""

    def __init__(
        self,
        *,
        buckets: Buckets,
        data: MetaStore,
        blobs: BlobStore,
        board: ReadsBoard,
        clock: Clock,
        aging: Aging | None = None,
        changes: Changes | None = None,
    ) -> None:
        """``changes`` if somebody reads the logs, who then has to before they go."""
        self._buckets = buckets
        self._changes = changes
        self._aging = aging
        self._data = data
        self._board = board
        self._long_reads = LongReads(board)
        self._clock = clock
        self._remover = Remover(data, blobs)
        self._patience = Patience(clock)
        self._collector = Collector(data, blobs, board, self._patience)
        self._sweeper = Sweeper(buckets, data, blobs, clock, self._patience)
        self._nameless: dict[bytes, int] = {}  # buckets about to be removed, since when

    async def round(self, stopped: Stopped = never) -> Done:
        """One pass over every bucket's garbage and unfinished work, until ``stopped``.

        What failed is counted and logged, never raised.
        """
        done = Done()
        waited_s = self._long_reads.found_s()
        if waited_s is not None:
            _log.warning("a read under way for %.0f s: nothing replaced since is deleted", waited_s)
        await self._each(b"", self._keep, done, stopped)
        return done

    async def age(self, stopped: Stopped = never) -> Done:
        """A turn for every bucket's lifecycle, until ``stopped``; failures as in a round."""
        done = Done()
        if self._aging is not None:
            seen = await self._each(b"age ", self._age, done, stopped)
            if seen is not None:
                self._aging.forget(seen)
        return done

    async def _each(
        self,
        what: bytes,
        work: Callable[[Row, Done, Stopped], Awaitable[None]],
        done: Done,
        stopped: Stopped,
    ) -> set[bytes] | None:
        """Do this ``work`` for each bucket; the ids of all, None if that was cut short."""
        seen = set[bytes]()
        async for row in self._all_buckets(done):
            if stopped():
                return None
            seen.add(keys.bucket_id_of(row.key))
            name = what + row.key
            if self._patience.waits(name):
                continue
            try:
                await work(row, done, stopped)
            except Conflict:
                continue  # somebody else does it
            except _NOT_NOW as error:
                done.failed += 1
                _log.warning("the store refuses, the keeper waits: %s", error)
                return None
            except Exception:  # noqa: BLE001 - logged whole; the other buckets go on
                done.failed += 1
                if self._patience.failed(name):
                    _log.exception("bucket %s: tried again ever more seldom", row.key.hex())
            else:
                self._patience.succeeded(name)
        return seen

    async def sweep(self, stopped: Stopped = never) -> Done:
        """The seldom work: orphans, old answers, names without a bucket, buckets long gone.

        Raises:
            StoreFull, StoreUnavailable, Uncertain: the rest is the next sweep's.
        """
        done = Done()
        names = self._buckets.forget_dangling_names(done, self._patience)
        await self._step("names", names, done)
        async for row in self._all_buckets(done):
            if stopped():
                return done
            old_answers = self._sweeper.completed(keys.bucket_id_of(row.key), done, stopped)
            await self._step(f"bucket {row.key.hex()}", old_answers, done)
        await self._step("blobs", self._sweeper.orphans(done, stopped), done)
        gone = self._buckets.forget_gone(done, self._patience)
        await self._step("buckets that are gone", gone, done)
        return done

    async def _step(self, what: str, work: Awaitable[None], done: Done) -> None:
        """What is damaged in one place does not keep the rest of a sweep waiting."""
        try:
            await work
        except Conflict:
            pass  # somebody else does it
        except _NOT_NOW:
            raise
        except Exception:  # noqa: BLE001 - logged whole; the other steps go on
            done.failed += 1
            _log.exception("%s: left for the next sweep", what)

    async def _all_buckets(self, done: Done) -> AsyncIterator[Row]:
        everything = keys.all_buckets()
        start = everything.start
        while found := await self._data.scan([Range(start, everything.end)], 1):
            row = found[0]
            bucket_id = keys.bucket_id_of(row.key)
            if len(bucket_id) < BUCKET_ID_BYTES:  # nothing of ours: others may follow it
                self._stray(row.key, done)
                start = row.key + b"\x00"
                continue
            if row.key == keys.bucket(bucket_id):
                yield row
            start = keys.everything(bucket_id).end
            await asyncio.sleep(0)  # a signal wants to be heard

    def _stray(self, key: bytes, done: Done) -> None:
        done.failed += 1
        if self._patience.failed(key):
            _log.error("row %s is of no bucket: it is left alone", key.hex())

    async def _keep(self, row: Row, done: Done, stopped: Stopped) -> None:
        record = decode_bucket(row.value)
        bucket = BucketRef(keys.bucket_id_of(row.key), row.revision, record)
        if record.state is BucketState.LIVE:
            await self._collector.collect(bucket.id, done, stopped)
        elif record.state is BucketState.GONE:
            await self._buckets.settle(bucket)
            await self._purge(bucket, done, stopped)
        else:
            since = max(record.state_changed_ms, record.created_ms)
            if self._clock.now_ms() - since > UNFINISHED_AGE_MS:
                await self._buckets.settle(bucket)
                done.buckets += 1

    async def _age(self, row: Row, done: Done, stopped: Stopped) -> None:
        assert self._aging is not None, "asked for it"
        record = decode_bucket(row.value)
        if record.state is BucketState.LIVE:
            bucket = BucketRef(keys.bucket_id_of(row.key), row.revision, record)
            await self._aging.advance(bucket, done, stopped)

    async def _purge(self, bucket: BucketRef, done: Done, stopped: Stopped) -> None:
        """Remove everything of a bucket that is gone, its own row last.

        It was empty when it became so, which was before it is noted here: a
        read that begins later finds nothing of it.
        """
        if not self._board.oldest() > self._nameless.setdefault(bucket.id, self._board.now()):
            return
        if self._patience.waits(bucket.id):
            return
        if self._changes is not None and await self._changes.has_any(keys.bucket(bucket.id)):
            return  # its log is not read to its end
        prefix = keys.reference(bucket.id, b"")
        async for rows in pages(self._data, keys.references(bucket.id)):
            named = [BlobId(row.key[len(prefix) :]) for row in rows]
            if await self._remover.blobs(named, done):
                done.failed += 1
                self._patience.failed(bucket.id)
            if stopped():
                return
        if self._patience.waits(bucket.id):
            return
        row_key = keys.bucket(bucket.id)
        async for rows in pages(self._data, keys.everything(bucket.id)):
            await self._remover.rows(bucket.id, [r.key for r in rows if r.key != row_key], done)
            if stopped():
                return
        await self._buckets.note_gone(bucket.id)
        await self._data.commit(Batch(row_key, expect={row_key: bucket.revision}, delete={row_key}))
        del self._nameless[bucket.id]
        self._collector.forget(bucket.id)
        self._patience.succeeded(bucket.id)
        done.rows += 1
        done.buckets += 1
