"""What is configured for a bucket: documents in rows of their own, named in the bucket's row.

A change is one commit with the bucket's row, which every object commit expects
unchanged: it takes effect between two writes, never during one.  The row says
which documents there are, so that a bucket without any is asked for none.

What a document means is compiled by whoever asks, and kept under the revision
of the bucket's row, up to a number of bytes in all.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from storage import keys
from storage.buckets import Buckets, Change, same
from storage.changes import What, note
from storage.errors import TooManyConfigurations
from storage.kept import LastUsed
from storage.meta import SCAN_ROWS_MAX, Batch, MetaStore, Range
from storage.records import Bucket, encode
from storage.rows import BucketRef
from storage.transact import transact

COMPILED_BYTES_MAX: Final = 64 * 1024 * 1024  # of what was compiled, in each process
COMPILED_TIMES: Final = 24  # as large as the document: measured of policies, which grow most
PER_KIND_MAX: Final = 1000  # User Guide: of inventory, analytics, metrics; each has an id

Compiled = TypeVar("Compiled")
# What a document is to be, perhaps by what it was, None if there was none.
New = bytes | Callable[[bytes | None], bytes]

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
        self._compiled = LastUsed[_Kept](COMPILED_BYTES_MAX)

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
        place = bucket.id + kind.encode()
        kept = self._compiled.get(place)
        if kept is None or kept.revision != bucket.revision:
            # Read after the bucket's row: perhaps newer than that says, never older.
            document = await self.read(bucket, kind)
            made = None if document is None else make(document)
            kept = self._keep(place, bucket, made, len(document or b""))
        value: Compiled | None = kept.value
        return value

    async def compiled_all(
        self,
        bucket: BucketRef,
        kind: str,
        make: Callable[[Sequence[tuple[str, bytes]]], Compiled],
    ) -> Compiled:
        """The same of all documents of a kind that have an identity."""
        place = bucket.id + kind.encode()
        kept = self._compiled.get(place)
        if kept is None or kept.revision != bucket.revision:
            documents = await self.list(bucket, kind, limit=PER_KIND_MAX)
            size = sum(len(identity) + len(document) for identity, document in documents)
            kept = self._keep(place, bucket, make(documents), size)
        value: Compiled = kept.value
        return value

    def _keep(self, place: bytes, bucket: BucketRef, value: Any, size: int) -> _Kept:
        kept = _Kept(bucket.revision, value)
        self._compiled.keep(place, kept, COMPILED_TIMES * size)
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
        document: New,
        identity: str = "",
        *,
        change: Change = same,
    ) -> None:
        """Replace a document.

        What it is made of, if it is made of the one before, and ``change`` run anew in
        every attempt.

        Raises:
            TooManyConfigurations, NoSuchBucket, Busy, StoreFull, StoreUnavailable,
            Uncertain; what ``change`` raises
        """
        row_key = keys.document(bucket.id, kind, identity)

        async def decide() -> tuple[Batch, bytes]:
            batch, record = await self._begin(bucket, change)
            before = await self._data.get(row_key)
            if identity and before is None:
                rows = await self._data.scan([keys.documents_of(bucket.id, kind)], PER_KIND_MAX)
                if len(rows) >= PER_KIND_MAX:
                    raise TooManyConfigurations(PER_KIND_MAX)
            new = document
            if not isinstance(new, bytes):
                new = new(before.value if before is not None else None)
            batch.put[row_key] = new
            self._note(batch, bucket, What.DOCUMENT_PUT, kind, identity)
            return _named(batch, record, {*record.documents, kind}), new

        async def happened(new: bytes) -> bool:
            row = await self._data.get(row_key)
            return row is not None and row.value == new

        await transact(self._data, decide, happened=happened, trace=bucket.trace)

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
            self._note(batch, bucket, What.DOCUMENT_REMOVED, kind, identity)
            left = {*record.documents}
            if (
                not identity
                or len(await self._data.scan([keys.documents_of(bucket.id, kind)], 2)) < 2
            ):
                left.discard(kind)
            return _named(batch, record, left), True

        async def happened(_: bool) -> bool:
            return await self._data.get(keys.document(bucket.id, kind, identity)) is None

        return await transact(self._data, decide, happened=happened, trace=bucket.trace)

    async def change(self, bucket: BucketRef, change: Change) -> None:
        """Change what stands in the bucket's own row.

        Raises:
            NoSuchBucket, Busy, StoreFull, StoreUnavailable, Uncertain; what ``change`` raises
        """

        async def decide() -> tuple[Batch, Bucket]:
            batch, record = await self._begin(bucket, change)
            batch = _named(batch, record, {*record.documents})
            self._note(batch, bucket, What.BUCKET_CHANGED)
            return batch, record

        async def happened(_: Bucket) -> bool:
            found = await self._buckets.by_id(bucket.id)
            return found is not None and change(found.record) == found.record

        await transact(self._data, decide, happened=happened, trace=bucket.trace)

    def _note(
        self, batch: Batch, bucket: BucketRef, what: What, kind: str = "", identity: str = ""
    ) -> None:
        named = f"{kind}\0{identity}" if identity else kind
        note(batch, bucket.trace, what, self._buckets.now_ms(), named.encode())

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
