"""Buckets: a name in the control store, a row of their own in the data store.

No commit spans the two stores, so creation and deletion go through a state in
the bucket's row; the keeper finishes or undoes what was left between.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.blob import BUCKET_ID_BYTES
from storage.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    Conflict,
    NoSuchBucket,
    OperationAborted,
    TooManyBuckets,
)
from storage.meta import ABSENT, SCAN_ROWS_MAX, Batch, MetaStore, Range, Row, prefix_range
from storage.naming import check_bucket_name
from storage.records import Bucket, BucketState, NameRecord, decode_bucket, decode_name, encode
from storage.rows import BucketRef
from storage.seam import Clock, Randomness

CACHED_MAX: Final = 10_000
BUCKETS_PER_ACCOUNT_MAX: Final = 10_000  # User Guide, "Bucket quotas": the default since 2024


class BucketEntry(NamedTuple):
    """A bucket as ListBuckets shows it."""

    name: str
    created_ms: int
    region: str


class _Cached(NamedTuple):
    epoch: tuple[int, int]
    bucket: BucketRef


class Buckets:
    """Creates, finds, lists and deletes buckets."""

    def __init__(
        self, control: MetaStore, data: MetaStore, *, clock: Clock, randomness: Randomness
    ) -> None:
        self._control = control
        self._data = data
        self._clock = clock
        self._randomness = randomness
        self._cache: dict[str, _Cached] = {}

    async def find(self, name: str) -> BucketRef:
        """The bucket of that name as it is now.

        Raises:
            NoSuchBucket
        """
        # Read before the rows: a commit in between makes the entry look old, never new.
        epoch = self._epoch()
        cached = self._cache.get(name)
        if cached is not None:
            if cached.epoch == epoch:
                return cached.bucket
            row = await self._data.get(keys.bucket(cached.bucket.id))
            if row is not None and row.revision == cached.bucket.revision:
                self._cache[name] = _Cached(epoch, cached.bucket)
                return cached.bucket
            del self._cache[name]
        bucket = await self._read(name)
        if len(self._cache) >= CACHED_MAX:
            self._cache.clear()
        self._cache[name] = _Cached(epoch, bucket)
        return bucket

    def _epoch(self) -> tuple[int, int]:
        data = self._data.epoch(settings=True)
        if self._control is self._data:
            return data, data
        return self._control.epoch(settings=True), data

    async def _read(self, name: str) -> BucketRef:
        named = await self._control.get(keys.name(name))
        if named is None:
            raise NoSuchBucket(name)
        bucket_id = decode_name(named.value).bucket_id
        row = await self._data.get(keys.bucket(bucket_id))
        if row is None:
            raise NoSuchBucket(name)
        record = decode_bucket(row.value)
        if record.state is BucketState.DELETING:
            raise NoSuchBucket(name)
        return BucketRef(bucket_id, row.revision, record)

    async def create(self, name: str, *, account: str, region: str) -> BucketRef:
        """Make a bucket.

        Raises:
            InvalidBucketName, BucketAlreadyExists, BucketAlreadyOwnedByYou,
            TooManyBuckets, OperationAborted
        """
        check_bucket_name(name)
        await self._check_free(name, account)
        held = await self._control.scan([keys.account_buckets(account)], SCAN_ROWS_MAX)
        if len(held) >= min(BUCKETS_PER_ACCOUNT_MAX, SCAN_ROWS_MAX):
            await self._check_count(account)
        bucket_id = self._randomness.bytes(BUCKET_ID_BYTES)
        now = self._clock.now_ms()
        record = Bucket(name, account, now, region, BucketState.CREATING)
        row_key = keys.bucket(bucket_id)
        stamp = await self._data.commit(
            Batch(row_key, expect={row_key: ABSENT}, put={row_key: encode(record)})
        )
        named = NameRecord(bucket_id, account, now, region)
        try:
            await self._control.commit(
                Batch(
                    keys.CONTROL,
                    expect={keys.name(name): ABSENT},
                    put={
                        keys.name(name): encode(named),
                        keys.account_bucket(account, name): encode(named),
                    },
                )
            )
        except Conflict:
            await self._data.commit(Batch(row_key, delete={row_key}))
            await self._check_free(name, account)
            raise OperationAborted(name) from None
        return await self._set_state(
            BucketRef(bucket_id, stamp.revisions[row_key], record), BucketState.LIVE
        )

    async def _check_free(self, name: str, account: str) -> None:
        row = await self._control.get(keys.name(name))
        if row is None:
            return
        if decode_name(row.value).account == account:
            raise BucketAlreadyOwnedByYou(name)
        raise BucketAlreadyExists(name)

    async def _check_count(self, account: str) -> None:
        count, start = 0, keys.account_buckets(account)
        while rows := await self._control.scan([start], SCAN_ROWS_MAX):
            count += len(rows)
            if count >= BUCKETS_PER_ACCOUNT_MAX:
                raise TooManyBuckets(BUCKETS_PER_ACCOUNT_MAX)
            start = Range(rows[-1].key + b"\x00", start.end)

    async def _set_state(self, bucket: BucketRef, state: BucketState) -> BucketRef:
        """Write a new state, expecting the row unchanged.

        Raises:
            Conflict
        """
        row_key = keys.bucket(bucket.id)
        record = msgspec.structs.replace(bucket.record, state=state)
        stamp = await self._data.commit(
            Batch(row_key, expect={row_key: bucket.revision}, put={row_key: encode(record)})
        )
        return BucketRef(bucket.id, stamp.revisions[row_key], record)

    async def delete(self, name: str) -> None:
        """Delete an empty bucket; uploads under way in it are forgotten.

        Raises:
            NoSuchBucket, BucketNotEmpty, OperationAborted
        """
        bucket = await self._read(name)
        try:
            # From here on every object commit fails: it expects the row as it was.
            deleting = await self._set_state(bucket, BucketState.DELETING)
        except Conflict:
            raise OperationAborted(name) from None
        if not await self._is_empty(bucket.id):
            try:
                await self._set_state(deleting, BucketState.LIVE)
            except Conflict:
                pass  # the keeper saw the same and was faster
            raise BucketNotEmpty(name)
        await self._forget_name(name, bucket)
        self._cache.pop(name, None)

    async def settle(self, bucket: BucketRef) -> None:
        """Finish or undo what was left between two states of a bucket that has its name.

        Raises:
            Conflict: somebody else did.
        """
        if bucket.record.state is BucketState.DELETING and await self._is_empty(bucket.id):
            await self._forget_name(bucket.record.name, bucket)
        else:
            await self._set_state(bucket, BucketState.LIVE)

    async def _forget_name(self, name: str, bucket: BucketRef) -> None:
        """Take the name of a bucket that is being deleted; the keeper removes its rows."""
        row = await self._control.get(keys.name(name))
        if row is None or decode_name(row.value).bucket_id != bucket.id:
            return
        try:
            await self._control.commit(
                Batch(
                    keys.CONTROL,
                    expect={row.key: row.revision},
                    delete={row.key, keys.account_bucket(bucket.record.account, name)},
                )
            )
        except Conflict:
            raise OperationAborted(name) from None

    async def _is_empty(self, bucket_id: bytes) -> bool:
        rows = await self._data.scan(
            [
                prefix_range(keys.objects_prefix(bucket_id)),
                prefix_range(keys.versions_prefix(bucket_id)),
            ],
            1,
        )
        return not rows

    async def list(
        self, account: str, *, prefix: str = "", after: str = "", limit: int
    ) -> tuple[Sequence[BucketEntry], bool]:
        """Up to ``limit`` buckets of an account in order of name, and whether more follow."""
        everything = keys.account_buckets(account)
        start = keys.account_bucket(account, max(prefix, after))
        if after and after >= prefix:
            start += b"\x00"
        end = prefix_range(keys.account_bucket(account, prefix)).end if prefix else everything.end
        if start >= end:
            return [], False
        rows = await self._control.scan([Range(start, end)], min(limit + 1, SCAN_ROWS_MAX))
        return [_entry(row, account) for row in rows[:limit]], len(rows) > limit


def _entry(row: Row, account: str) -> BucketEntry:
    record = decode_name(row.value)
    name = row.key[len(keys.account_bucket(account, "")) :].decode()
    return BucketEntry(name, record.created_ms, record.region)
