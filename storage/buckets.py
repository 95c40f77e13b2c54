"""Buckets: a name in the control store, a row of their own in the data store.

No commit spans the two stores, so creation and deletion go through a state in
the bucket's row; the keeper finishes or undoes what was left between.  Every
step expects the row as its maker last saw it: who slept meanwhile loses.

========  ===============================  ====================================
state     readers, writers                 next
========  ===============================  ====================================
CREATING  found empty; wait                LIVE once named; GONE if never named
LIVE      served                           DELETING
DELETING  served; wait                     LIVE if not empty, else GONE
GONE      NoSuchBucket                     the name is forgotten, then the rows
========  ===============================  ====================================
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.blob import BUCKET_ID_BYTES
from storage.changes import Trace, What, note
from storage.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    Busy,
    Conflict,
    NoSuchBucket,
    OperationAborted,
    StorageError,
    TooManyBuckets,
    Uncertain,
)
from storage.garbage import Done, legible
from storage.meta import ABSENT, SCAN_ROWS_MAX, Batch, MetaStore, Range, Row, prefix_range
from storage.naming import check_bucket_name
from storage.patience import Patience
from storage.quotas import Quotas
from storage.records import (
    Allowance,
    Bucket,
    BucketState,
    Gone,
    NameRecord,
    decode_bucket,
    decode_gone,
    decode_name,
    encode,
)
from storage.rows import BucketRef
from storage.seam import Clock, Randomness
from storage.transact import transact

CACHED_MAX: Final = 10_000
GONE_KEPT_MS: Final = 7 * 24 * 3600 * 1000  # a power cut may bring back blobs deleted before
BUCKETS_PER_ACCOUNT_MAX: Final = 10_000  # User Guide, "Bucket quotas": the default since 2024


# What a change makes of the bucket's row; it may refuse by what stands there.
Change = Callable[[Bucket], Bucket]
_NO_DOCUMENTS: Final[Mapping[str, bytes]] = {}


def same(record: Bucket) -> Bucket:
    """A change of nothing else."""
    return record


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
        self.quotas: Final = Quotas(control, data, clock.now_ms)

    def known(self, name: str) -> BucketRef | None:
        """The same as ``find`` says, if that needs no waiting; None: ask it."""
        cached = self._cache.get(name)
        return cached.bucket if cached is not None and cached.epoch == self._epoch() else None

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
            self._cache.pop(name, None)  # who asked meanwhile may have taken it out
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
        bucket = await self._of(named) if named else None
        if bucket is None or bucket.record.state is BucketState.GONE:
            raise NoSuchBucket(name)
        return bucket

    async def _of(self, named: Row) -> BucketRef | None:
        """The bucket of a row of names."""
        return await self.by_id(decode_name(named.value).bucket_id)

    async def by_id(self, bucket_id: bytes) -> BucketRef | None:
        """The bucket of that id, in whatever state it is."""
        row = await self._data.get(keys.bucket(bucket_id))
        return BucketRef(bucket_id, row.revision, decode_bucket(row.value)) if row else None

    def now_ms(self) -> int:
        """When something is changed, for a log."""
        return self._clock.now_ms()

    async def hold(self, bucket: BucketRef) -> BucketRef:
        """The bucket as it is now, for a commit that expects its row unchanged.

        Raises:
            NoSuchBucket: it is not the one that the request began with.
            Conflict: it is just being created or deleted; ask again.
        """
        now = await self.find(bucket.record.name)
        if now.id != bucket.id:
            raise NoSuchBucket(bucket.record.name)
        if now.record.state is not BucketState.LIVE:
            raise Conflict
        return now

    # Creating: data row, name, state LIVE

    async def create(
        self,
        name: str,
        *,
        account: str,
        region: str,
        change: Change = same,
        documents: Mapping[str, bytes] = _NO_DOCUMENTS,
        trace: Trace | None = None,
    ) -> BucketRef:
        """Make a bucket, configured from its first moment.

        ``documents`` are those it begins with, by kind; ``change`` says what else is
        to stand in its row.  ``trace`` tells of it in the control partition's log.

        Raises:
            InvalidBucketName, BucketAlreadyExists, BucketAlreadyOwnedByYou,
            TooManyBuckets, OperationAborted, StoreFull, StoreUnavailable, Uncertain
        """
        check_bucket_name(name)
        await self._check_free(name, account)
        await self._check_count(account)
        limited, quota = await self.quotas.of_account(account)
        now = self._clock.now_ms()
        record = change(
            Bucket(
                name,
                account,
                now,
                region,
                BucketState.CREATING,
                documents=tuple(sorted(documents)),
                state_changed_ms=now,
                granted=None if limited is None else Allowance(0, 0),
            )
        )
        bucket_id = self._randomness.bytes(BUCKET_ID_BYTES)
        row_key = keys.bucket(bucket_id)
        rows = {keys.document(bucket_id, kind): text for kind, text in documents.items()}
        stamp = await self._data.commit(
            Batch(row_key, expect={row_key: ABSENT}, put={row_key: encode(record), **rows})
        )
        bucket = BucketRef(bucket_id, stamp.revisions[row_key], record)
        try:
            await self._take_name(bucket, quota, trace)
        except Uncertain:
            raise  # the keeper looks who has the name
        except StorageError:
            with suppress(StorageError):  # else the keeper removes it
                await self._data.commit(
                    Batch(row_key, expect={row_key: bucket.revision}, delete={row_key, *rows})
                )
            raise
        try:
            return await self._set_state(bucket, BucketState.LIVE)
        except Conflict:
            return await self._settled_by_keeper(bucket)

    async def _take_name(self, bucket: BucketRef, quota: int, trace: Trace | None) -> None:
        """Give it its name; ``quota`` is the revision of its account's as it was made by.

        Raises:
            Busy: the account has got a quota meanwhile, or has none any more
        """
        record = bucket.record
        value = encode(NameRecord(bucket.id, record.account, record.created_ms, record.region))
        row_key = keys.name(record.name)
        index_key = keys.account_bucket(record.account, record.name)

        async def decide() -> tuple[Batch, None]:
            await self._check_free(record.name, record.account)
            limited, now = await self.quotas.of_account(record.account)
            if (limited is None) != (quota == ABSENT):
                raise Busy
            put = {row_key: value, index_key: value}
            expect = {row_key: ABSENT, keys.quota(record.account): now}
            batch = Batch(keys.CONTROL, expect=expect, put=put)
            named = record.name.encode()
            note(batch, trace, What.BUCKET_CREATED, record.created_ms, named)
            return batch, None

        async def happened(_: None) -> bool:
            row = await self._control.get(row_key)
            return row is not None and row.value == value

        await transact(self._control, decide, happened=happened, trace=trace)

    async def _settled_by_keeper(self, bucket: BucketRef) -> BucketRef:
        """A creation that took so long that the keeper finished it, or gave it up."""
        now = await self.by_id(bucket.id)
        if now is not None and now.record.state is not BucketState.GONE:
            return now
        await self._forget_name(bucket)
        raise OperationAborted(bucket.record.name)

    async def _check_free(self, name: str, account: str) -> None:
        row = await self._control.get(keys.name(name))
        if row is None:
            return
        named = decode_name(row.value)
        bucket = await self.by_id(named.bucket_id)
        if bucket.record.state is BucketState.GONE if bucket else await self._is_gone(named):
            await self._remove_name(row, named)
            return
        if named.account == account:
            raise BucketAlreadyOwnedByYou(name)
        raise BucketAlreadyExists(name)

    async def _is_gone(self, named: NameRecord) -> bool:
        """Whether a name without a bucket's row is of a bucket that is gone.

        A bucket's row is there before its name, its id is never used again, and it goes
        last: where other rows are left, it was lost, and fsck makes it anew of the name.
        """
        rows = await self._data.scan([keys.everything(named.bucket_id)], 1)
        return not rows

    async def _check_count(self, account: str) -> None:
        count, start = 0, keys.account_buckets(account)
        while rows := await self._control.scan([start], SCAN_ROWS_MAX):
            count += len(rows)
            if count >= BUCKETS_PER_ACCOUNT_MAX:
                raise TooManyBuckets(BUCKETS_PER_ACCOUNT_MAX)
            if len(rows) < SCAN_ROWS_MAX:
                return
            start = Range(rows[-1].key + b"\x00", start.end)

    async def _set_state(
        self, bucket: BucketRef, state: BucketState, trace: Trace | None = None
    ) -> BucketRef:
        """Write a new state, expecting the row unchanged.  ``trace`` tells of a bucket's end.

        Raises:
            Conflict
        """
        row_key = keys.bucket(bucket.id)
        record = msgspec.structs.replace(
            bucket.record, state=state, state_changed_ms=self._clock.now_ms()
        )
        batch = Batch(row_key, expect={row_key: bucket.revision}, put={row_key: encode(record)})
        # A deletion goes on when the disk is full; a creation would not have come here.
        batch.frees = True
        if trace is not None:
            at_ms, named = record.state_changed_ms, record.name.encode()
            note(batch, trace, What.BUCKET_DELETED, at_ms, named)
        stamp = await self._data.commit(batch)
        if trace is not None:
            trace.commits += 1
        return BucketRef(bucket.id, stamp.revisions[row_key], record)

    # Deleting: state DELETING, emptiness, state GONE, name; the keeper removes the rows

    async def delete(self, bucket: BucketRef) -> None:
        """Delete an empty bucket; uploads under way in it are forgotten.

        Raises:
            NoSuchBucket: it is not the one that the request began with.
            BucketNotEmpty, OperationAborted, StoreUnavailable, Uncertain
        """
        name, wanted, trace = bucket.record.name, bucket.id, bucket.trace
        bucket = await self._read(name)
        if bucket.id != wanted:
            raise NoSuchBucket(name)  # the name is another's meanwhile, perhaps of another account
        if bucket.record.state is not BucketState.LIVE:
            raise OperationAborted(name)
        if not await self._is_empty(bucket.id):
            raise BucketNotEmpty(name)  # found without disturbing anybody
        try:
            # From here on every object commit fails: it expects the row as it was.
            deleting = await self._set_state(bucket, BucketState.DELETING)
            if not await self._is_empty(bucket.id):
                await self._set_state(deleting, BucketState.LIVE)
                raise BucketNotEmpty(name)
            # Nothing was written since it was DELETING, nor will it ever be: whoever
            # had made it LIVE again would have changed the row that this expects.
            await self._set_state(deleting, BucketState.GONE, trace)
        except Conflict:
            raise OperationAborted(name) from None
        await self._forget_name(bucket)
        self._cache.pop(name, None)

    async def settle(self, bucket: BucketRef) -> None:
        """Finish or undo what was left between two states.

        Raises:
            Conflict: somebody else did.
        """
        match bucket.record.state:
            case BucketState.CREATING:
                # Its creator, should it still be there, finds this out: it expects the row.
                found = await self._name_of(bucket)
                await self._set_state(bucket, BucketState.LIVE if found else BucketState.GONE)
            case BucketState.DELETING:
                empty = await self._is_empty(bucket.id)
                await self._set_state(bucket, BucketState.GONE if empty else BucketState.LIVE)
            case BucketState.GONE:
                await self._forget_name(bucket)

    async def forget_dangling_names(self, done: Done, patience: Patience) -> None:
        """Forget names of buckets that have no row any more: their creator died late."""
        names = prefix_range(keys.NAMES)
        start = names.start
        while rows := await self._control.scan([Range(start, names.end)], SCAN_ROWS_MAX):
            for row in legible(rows, done, patience):
                named = decode_name(row.value)
                if await self._is_gone(named):
                    await self._remove_name(row, named)
            start = rows[-1].key + b"\x00"

    async def note_gone(self, bucket_id: bytes) -> None:
        """Remember for a while that the bucket was deleted, not lost: blobs may turn up yet."""
        row_key = keys.gone(bucket_id)
        value = encode(Gone(self._clock.now_ms()))
        # What follows gives room back: also on a full disk.
        await self._control.commit(Batch(keys.CONTROL, put={row_key: value}, frees=True))

    async def is_gone(self, bucket_id: bytes) -> bool:
        """Whether the bucket was deleted lately."""
        return await self._control.get(keys.gone(bucket_id)) is not None

    async def forget_gone(self, done: Done, patience: Patience) -> None:
        """Forget the buckets that were deleted long ago."""
        limit = self._clock.now_ms() - GONE_KEPT_MS
        gone = prefix_range(keys.GONE)
        start = gone.start
        while rows := await self._control.scan([Range(start, gone.end)], SCAN_ROWS_MAX):
            good = legible(rows, done, patience)
            old = {row.key for row in good if decode_gone(row.value).gone_ms < limit}
            if old:
                await self._control.commit(Batch(keys.CONTROL, delete=old))
            start = rows[-1].key + b"\x00"

    async def _name_of(self, bucket: BucketRef) -> Row | None:
        """The row of the bucket's name, if it has it."""
        row = await self._control.get(keys.name(bucket.record.name))
        return row if row and decode_name(row.value).bucket_id == bucket.id else None

    async def _forget_name(self, bucket: BucketRef) -> None:
        row = await self._name_of(bucket)
        if row is not None:
            await self._remove_name(row, decode_name(row.value))

    async def _remove_name(self, row: Row, named: NameRecord) -> None:
        """Take a name away.  Its row is only ever removed: who finds it changed comes late."""
        name = row.key[len(keys.NAMES) :].decode()
        with suppress(Conflict):
            await self._control.commit(
                Batch(
                    keys.CONTROL,
                    expect={row.key: row.revision},
                    delete={row.key, keys.account_bucket(named.account, name)},
                )
            )

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
