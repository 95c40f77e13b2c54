"""What is configured for a bucket: documents in rows of their own, named in the bucket's row.

A change is one commit with the bucket's row, which every object commit expects
unchanged: it takes effect between two writes, never during one.  The row says
which documents there are, so that a bucket without any is asked for none.

What a document means is compiled by whoever asks, and kept under the revision
of the bucket's row.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from storage import keys
from storage.buckets import Buckets, Change, same
from storage.errors import TooManyConfigurations
from storage.meta import SCAN_ROWS_MAX, Batch, MetaStore, Range
from storage.records import Bucket, encode
from storage.rows import BucketRef
from storage.transact import transact

COMPILED_MAX: Final = 10_000
PER_KIND_MAX: Final = 1000  # User Guide: of inventory, analytics, metrics; each has an id

Compiled = TypeVar("Compiled")

assert PER_KIND_MAX < SCAN_ROWS_MAX


class _Kept(NamedTuple):
    revision: int  # of the bucket's row
    value: Any


class Configurations:
    """Reads and changes the documents of buckets.

    A ``kind`` names a document ("cors"); of some kinds there are several, each
    with an ``identity`` that its owner chose.
    """

    def __init__(self, buckets: Buckets, data: MetaStore) -> None:
        self._buckets = buckets
        self._data = data
        self._compiled: dict[tuple[bytes, str], _Kept] = {}

    async def read(self, bucket: BucketRef, kind: str, identity: str = "") -> bytes | None:
        """A document as it was put, None if there is none."""
        if kind not in bucket.record.documents:
            return None
        row = await self._data.get(keys.document(bucket.id, kind, identity))
        return row.value if row else None

    async def compiled(
        self, bucket: BucketRef, kind: str, make: Callable[[bytes], Compiled]
    ) -> Compiled | None:
        """What ``make`` makes of a document, once for each change; None if there is none.

        For a kind and ``make`` that belong together: what is kept is found by the kind alone.
        """
        if kind not in bucket.record.documents:
            return None
        place = (bucket.id, kind)
        kept = self._compiled.get(place)
        if kept is None or kept.revision != bucket.revision:
            # Read after the bucket's row: perhaps newer than that says, never older.
            document = await self.read(bucket, kind)
            kept = self._keep(place, bucket, None if document is None else make(document))
        value: Compiled | None = kept.value
        return value

    async def compiled_all(
        self,
        bucket: BucketRef,
        kind: str,
        make: Callable[[Sequence[tuple[str, bytes]]], Compiled],
    ) -> Compiled:
        """The same of all documents of a kind that have an identity."""
        place = (bucket.id, kind)
        kept = self._compiled.get(place)
        if kept is None or kept.revision != bucket.revision:
            documents = await self.list(bucket, kind, limit=PER_KIND_MAX)
            kept = self._keep(place, bucket, make(documents))
        value: Compiled = kept.value
        return value

    def _keep(self, place: tuple[bytes, str], bucket: BucketRef, value: Any) -> _Kept:
        if len(self._compiled) >= COMPILED_MAX:
            self._compiled.clear()
        kept = self._compiled[place] = _Kept(bucket.revision, value)
        return kept

    async def list(
        self, bucket: BucketRef, kind: str, *, after: str = "", limit: int
    ) -> Sequence[tuple[str, bytes]]:
        """Up to ``limit`` documents of a kind, by identity."""
        if kind not in bucket.record.documents:
            return []
        everything = keys.documents_of(bucket.id, kind)
        start = keys.document(bucket.id, kind, after) + b"\x00" if after else everything.start
        rows = await self._data.scan([Range(start, everything.end)], limit)
        cut = len(everything.start)
        return [(row.key[cut:].decode(), row.value) for row in rows]

    async def put(
        self,
        bucket: BucketRef,
        kind: str,
        document: bytes,
        identity: str = "",
        *,
        change: Change = same,
    ) -> None:
        """Replace a document.

        Raises:
            TooManyConfigurations, NoSuchBucket, Busy, StoreFull, StoreUnavailable,
            Uncertain; what ``change`` raises
        """

        async def decide() -> tuple[Batch, None]:
            batch, record = await self._begin(bucket, change)
            row_key = keys.document(bucket.id, kind, identity)
            if identity and await self._data.get(row_key) is None:
                rows = await self._data.scan([keys.documents_of(bucket.id, kind)], PER_KIND_MAX)
                if len(rows) >= PER_KIND_MAX:
                    raise TooManyConfigurations(PER_KIND_MAX)
            batch.put[row_key] = document
            return _named(batch, record, {*record.documents, kind}), None

        async def happened(_: None) -> bool:
            row = await self._data.get(keys.document(bucket.id, kind, identity))
            return row is not None and row.value == document

        await transact(self._data, decide, happened=happened)

    async def remove(
        self, bucket: BucketRef, kind: str, identity: str = "", *, change: Change = same
    ) -> bool:
        """Take a document away; whether it was there.

        Raises:
            NoSuchBucket, Busy, StoreUnavailable, Uncertain; what ``change`` raises
        """

        async def decide() -> tuple[Batch | None, bool]:
            batch, record = await self._begin(bucket, change)
            row_key = keys.document(bucket.id, kind, identity)
            row = await self._data.get(row_key)
            if row is None:
                return None, False
            batch.delete.add(row_key)
            batch.expect[row_key] = row.revision
            left = {*record.documents}
            if (
                not identity
                or len(await self._data.scan([keys.documents_of(bucket.id, kind)], 2)) < 2
            ):
                left.discard(kind)
            return _named(batch, record, left), True

        async def happened(_: bool) -> bool:
            return await self._data.get(keys.document(bucket.id, kind, identity)) is None

        return await transact(self._data, decide, happened=happened)

    async def change(self, bucket: BucketRef, change: Change) -> None:
        """Change what stands in the bucket's own row.

        Raises:
            NoSuchBucket, Busy, StoreFull, StoreUnavailable, Uncertain; what ``change`` raises
        """

        async def decide() -> tuple[Batch, Bucket]:
            batch, record = await self._begin(bucket, change)
            batch = _named(batch, record, {*record.documents})
            return batch, record

        async def happened(_: Bucket) -> bool:
            found = await self._buckets.by_id(bucket.id)
            return found is not None and change(found.record) == found.record

        await transact(self._data, decide, happened=happened)

    async def _begin(self, bucket: BucketRef, change: Change) -> tuple[Batch, Bucket]:
        now = await self._buckets.hold(bucket)
        row_key = keys.bucket(bucket.id)
        return Batch(row_key, expect={row_key: now.revision}), change(now.record)


def _named(batch: Batch, record: Bucket, documents: set[str]) -> Batch:
    """The batch with the bucket's row as it will be: which documents there are stands in it."""
    new = msgspec.structs.replace(
        record,
        documents=tuple(sorted(documents)),
        config_revision=record.config_revision + 1,
    )
    batch.put[batch.partition] = encode(new)
    return batch
