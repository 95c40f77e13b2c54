"""Seldom work over everything: blobs nobody named, answers nobody asks for again.

Of a writer about to name its blob and the sweeper exactly one wins: both
commit the blob's reference row expecting it absent.  The sweeper's row stays,
for the writer may wake at any time.

A blob of a bucket that the database does not know, and that was not deleted
either, is left alone: the database may be a new one or an older one in the
place of the one that knew it.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from storage import keys
from storage.blob import BlobId, BlobStore
from storage.buckets import Buckets
from storage.errors import Conflict
from storage.garbage import BLOBS_PER_DELETE, Done, Remover, Stopped, legible, never, pages
from storage.intake import written_ms
from storage.meta import ABSENT, Batch, MetaStore, Row
from storage.patience import Patience
from storage.records import (
    CONDEMNED,
    UNDECODABLE,
    Reference,
    decode_completed,
    decode_reference,
    encode,
)
from storage.seam import Clock
from storage.uploadids import begun_ms

_log = logging.getLogger(__name__)

COMPLETED_KEPT_MS: Final = 7 * 24 * 3600 * 1000  # a client that retries later is no retry
ORPHAN_AGE_MS: Final = 3600 * 1000  # younger ones most likely belong to a request under way


class Sweeper:
    """One at a time per data directory."""

    def __init__(
        self,
        buckets: Buckets,
        data: MetaStore,
        blobs: BlobStore,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._buckets = buckets
        self._data = data
        self._blobs = blobs
        self._clock = clock
        self._patience = patience
        self._remover = Remover(data, blobs)

    async def orphans(self, done: Done, stopped: Stopped = never) -> None:
        """Delete blobs that no commit ever named."""
        unknown = done.unknown
        await self._orphans(done, stopped)
        if done.unknown > unknown:
            _log.warning(
                "%d blobs of buckets that the database does not know are left alone: is it the "
                "one that belongs to them? signet fsck names them",
                done.unknown - unknown,
            )

    async def _orphans(self, done: Done, stopped: Stopped) -> None:
        limit = self._clock.now_ms() - ORPHAN_AGE_MS
        old: list[BlobId] = []
        async for info in self._blobs.list():
            if written_ms(info.blob) < limit:
                old.append(info.blob)
            if len(old) == BLOBS_PER_DELETE:
                await self._sweep(old, done)
                old = []
                await asyncio.sleep(0)  # a signal wants to be heard
                if stopped():
                    return
        await self._sweep(old, done)

    async def _sweep(self, blobs: Sequence[BlobId], done: Done) -> None:
        free: list[BlobId] = []
        unnamed: dict[bytes, list[BlobId]] = defaultdict(list)
        for blob in blobs:
            bucket_id = keys.bucket_of_blob(blob)
            row = await self._data.get(keys.reference(bucket_id, blob))
            if row is None:
                unnamed[bucket_id].append(blob)
            elif self._is_condemned(row, done):
                free.append(blob)  # a power cut brought it back
        for bucket_id, group in unnamed.items():
            free += await self._condemn(bucket_id, group, done)
        left = await self._blobs.delete(free)
        done.orphans += len(free) - len(left)

    def _is_condemned(self, row: Row, done: Done) -> bool:
        try:
            return decode_reference(row.value).count == CONDEMNED
        except UNDECODABLE as error:
            done.failed += 1
            if self._patience.failed(row.key):
                _log.error("row %s: %s: its blob is left alone", row.key.hex(), error)
            return False

    async def _condemn(
        self, bucket_id: bytes, blobs: Sequence[BlobId], done: Done
    ) -> Sequence[BlobId]:
        """Those of ``blobs`` that certainly never get a name."""
        bucket = await self._data.get(keys.bucket(bucket_id))
        if bucket is None:
            if await self._buckets.is_gone(bucket_id):
                return blobs  # no commit can name them: each expects the bucket's row
            done.unknown += len(blobs)
            return []
        rows = [keys.reference(bucket_id, blob) for blob in blobs]
        batch = Batch(bucket.key, expect=dict.fromkeys(rows, ABSENT), routine=True, frees=True)
        batch.expect[bucket.key] = bucket.revision  # or the rows would outlive it
        batch.put = dict.fromkeys(rows, encode(Reference(CONDEMNED)))
        try:
            await self._data.commit(batch)
        except Conflict:
            if len(blobs) == 1:
                return []
            # A writer woke up: ask for each alone.
            return [one for blob in blobs for one in await self._condemn(bucket_id, [blob], done)]
        return blobs

    async def completed(self, bucket_id: bytes, done: Done, stopped: Stopped = never) -> None:
        """Forget answers of completed uploads: they need not be repeated for ever."""
        limit = self._clock.now_ms() - COMPLETED_KEPT_MS
        prefix = keys.completed(bucket_id, b"")
        async for rows in pages(self._data, keys.completed_all(bucket_id)):
            old = [
                row.key
                for row in legible(rows, done, self._patience)
                if decode_completed(row.value).completed_ms < limit
            ]
            await self._remover.rows(bucket_id, old, done)
            # In the order of their beginnings: what follows was completed later still.
            if begun_ms(rows[-1].key[len(prefix) :]) >= limit or stopped():
                return
