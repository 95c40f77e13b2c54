"""How much a bucket may hold, and all buckets of an account together.

A bucket's quota stands in its row, which every commit of an object expects
unchanged, and is the ceiling of the counters that the same commit raises: it is
exact, whoever else writes.

An account's quota is shared out among its buckets.  One row of the control store
has the quota and what each bucket was granted, whose sum it bounds; the bucket's
row has its grant, the ceiling of its counters as well.  A bucket that has used
its grant up draws more, in blocks; where the account has none left, what the
others do not use is taken back from them first.  So the account's buckets never
hold more than its quota.

No commit spans the two rows.  To raise a grant, the control row is written first,
and then the bucket's, if that is as it was before; to lower one, the bucket's
first, and then the control row, if that is as it was before.  Of two who do both
at once, one finds the other's change and begins anew; what is left by who died in
between is granted and not used, until somebody takes it back.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.changes import Trace, What, note
from storage.errors import Busy, Conflict, InvalidArgument, QuotaExceeded
from storage.meta import (
    ABSENT,
    COUNTER_MAX,
    SCAN_ROWS_MAX,
    Batch,
    Delta,
    MetaStore,
    Range,
    Row,
    counter_value,
)
from storage.records import (
    AccountQuota,
    Allowance,
    Bucket,
    BucketState,
    decode_account_quota,
    decode_bucket,
    decode_name,
    encode,
)
from storage.rows import BucketRef

ROUNDS_MAX: Final = 24  # of reading two rows that others change meanwhile; then it is Busy
LOWERED_MAX: Final = 4  # attempts to take back from one bucket that others change
# How long an account of which nothing was to be taken back is not asked again: there may be
# many buckets, and many writers.
FRUITLESS_MS: Final = 1000
# A draw is for so much beyond what is needed, but of a small quota only for one of SHARES parts.
BLOCK: Final = Allowance(256 * 1024 * 1024, 10_000)
SHARES: Final = 64
UNLIMITED: Final = Allowance(COUNTER_MAX, COUNTER_MAX)
_NOTHING: Final = Allowance(0, 0)


class Usage(NamedTuple):
    """What a bucket holds, or the buckets of an account do."""

    bytes: int
    objects: int

    def fits(self, allowed: Allowance) -> bool:
        """Whether it is no more than that."""
        return self.bytes <= allowed.bytes and self.objects <= allowed.objects


class _Held(NamedTuple):
    """An account's quota as read."""

    record: AccountQuota
    revision: int


class _Read(NamedTuple):
    """A bucket's row as read."""

    record: Bucket
    revision: int


class Quotas:
    """Sets quotas, and finds room under them."""

    def __init__(
        self,
        control: MetaStore,
        data: MetaStore,
        now_ms: Callable[[], int],
        trace: Trace | None = None,
    ) -> None:
        """``trace`` tells of quotas that are set, not of what is granted."""
        self._trace = trace
        self._control = control
        self._data = data
        self._now_ms = now_ms
        self._fruitless: dict[bytes, int] = {}  # since when, by bucket

    async def usage(self, bucket_id: bytes) -> Usage:
        """What a bucket holds: every version, and the bytes of every part of uploads under way."""
        size = await self._data.get(keys.usage_bytes(bucket_id))
        objects = await self._data.get(keys.usage_objects(bucket_id))
        return Usage(counter_value(size), counter_value(objects))

    async def usage_of_account(self, account: str) -> Usage:
        """What an account's buckets hold."""
        found = [await self.usage(one) for one in await self._buckets_of(account)]
        return Usage(sum(one.bytes for one in found), sum(one.objects for one in found))

    async def of_account(self, account: str) -> tuple[AccountQuota | None, int]:
        """An account's quota and its row's revision; None and ABSENT if it has none."""
        held = await self._held(account)
        return (held.record, held.revision) if held else (None, ABSENT)

    # What writers need

    def bind(self, bucket: BucketRef) -> bool:
        """Whether there is any quota that a write there is under."""
        return bucket.record.quota is not None or bucket.record.granted is not None

    async def expect(self, bucket_id: bytes, size: int, objects: int) -> None:
        """Find room for what is to be received: so many bytes more, and so many objects.

        It is not kept for it: who commits first has it.

        Raises:
            QuotaExceeded, and what ``make_room`` raises
        """
        grown = {keys.usage_bytes(bucket_id): size, keys.usage_objects(bucket_id): objects}
        add = {key: Delta(by) for key, by in grown.items()}
        await self.make_room(bucket_id, Batch(keys.bucket(bucket_id), add=add))

    async def make_room(self, bucket_id: bytes, refused: Batch) -> None:
        """Let a batch be tried again that went beyond a ceiling.

        Raises:
            QuotaExceeded: it may not be
            Busy, StoreFull, StoreUnavailable, Uncertain
        """
        read, used = await self._bucket(bucket_id), await self.usage(bucket_id)
        if read is None:
            return  # it is gone: that is what the next attempt finds
        grown = [
            refused.add[key].by if key in refused.add else 0
            for key in (keys.usage_bytes(bucket_id), keys.usage_objects(bucket_id))
        ]
        needed = Usage(used.bytes + max(0, grown[0]), used.objects + max(0, grown[1]))
        quota, name = read.record.quota, read.record.name
        if quota is not None and not _grows_within(grown, needed, quota):
            raise QuotaExceeded(name)
        if read.record.granted is None or _grows_within(grown, needed, read.record.granted):
            return  # somebody made room meanwhile
        await self._draw(bucket_id, needed)

    async def _draw(self, bucket_id: bytes, needed: Usage) -> None:
        """Have the account grant a bucket what it needs, and some more.

        Raises:
            QuotaExceeded, Busy
        """
        has_taken_back = self._is_fruitless(bucket_id)
        for _ in range(ROUNDS_MAX):
            read = await self._bucket(bucket_id)
            if read is None:
                return
            held = await self._held(read.record.account)
            with suppress(Conflict):
                if held is None:  # it has no quota any more
                    await self._write(bucket_id, read, granted=None)
                    return
                given = _given(held.record, bucket_id, needed, is_last=has_taken_back)
                if given is not None:
                    # Also if it had as much: who lowers it meanwhile finds the row changed.
                    await self._grant(read.record.account, held, bucket_id, given)
                    await self._write(bucket_id, read, granted=given)
                    return
                if has_taken_back:
                    self._fruitless[bucket_id] = self._now_ms()
                    raise QuotaExceeded(read.record.name)
                await self._take_back(read.record.account, but=bucket_id)
                has_taken_back = True
        raise Busy

    def _is_fruitless(self, bucket_id: bytes) -> bool:
        """Whether a moment ago there was nothing to be taken back for a bucket."""
        at_ms = self._fruitless.get(bucket_id)
        if at_ms is not None and not 0 <= self._now_ms() - at_ms < FRUITLESS_MS:
            del self._fruitless[bucket_id]
            return False
        return at_ms is not None

    async def _take_back(self, account: str, *, but: bytes = b"") -> None:
        """Lower the grants of an account's other buckets to what they use."""
        held = await self._held(account)
        for bucket_id in () if held is None else held.record.grants:
            for _ in range(LOWERED_MAX if bucket_id != but else 0):
                with suppress(Conflict):
                    await self._lower(account, bucket_id)
                    break

    async def _lower(self, account: str, bucket_id: bytes) -> None:
        """Raises Conflict."""
        held = await self._held(account)  # before the bucket's row is written
        if held is None:
            return
        read = await self._bucket(bucket_id)
        if read is None or read.record.state is BucketState.GONE:
            await self._grant(account, held, bucket_id, None)
            return
        granted = read.record.granted
        if granted is None:
            return
        used = await self.usage(bucket_id)
        lower = Allowance(min(used.bytes, granted.bytes), min(used.objects, granted.objects))
        if lower != granted or held.record.grants.get(bucket_id) != lower:
            # Also if the row stays what it is: a higher grant may be on its way into it.
            await self._write(bucket_id, read, granted=lower)
            used = await self.usage(bucket_id)  # what was written meanwhile is above it now
        counted = Allowance(max(used.bytes, lower.bytes), max(used.objects, lower.objects))
        if held.record.grants.get(bucket_id) != counted:
            await self._grant(account, held, bucket_id, counted)

    # What operators set

    async def set_bucket(self, bucket_id: bytes, quota: Allowance | None) -> None:
        """Give a bucket a quota; what it holds beyond it stays.

        Raises:
            InvalidArgument, Busy, StoreFull, StoreUnavailable, Uncertain
        """
        _check(quota)
        for _ in range(ROUNDS_MAX):
            read = await self._bucket(bucket_id)
            if read is None:
                return
            record = msgspec.structs.replace(read.record, quota=quota)
            with suppress(Conflict):
                await self._put(bucket_id, read, record, trace=self._trace)
                return
        raise Busy

    async def set_account(self, account: str, quota: Allowance | None) -> None:
        """Give an account a quota; what its buckets hold beyond it stays.

        Its buckets are brought under it first, one after the other, so that none writes
        beyond what is counted; only then it bounds them.

        Raises:
            InvalidArgument, Busy, StoreFull, StoreUnavailable, Uncertain
        """
        _check(quota)
        if quota is None:
            held = await self._held(account)
            if held is not None:
                row_key = keys.quota(account)
                batch = Batch(keys.CONTROL, expect={row_key: held.revision}, delete={row_key})
                note(batch, self._trace, What.LIMITS, self._now_ms())
                await self._control.commit(batch)
            return
        await self._begin(account)
        for bucket_id in await self._buckets_of(account):
            await self._bring_under(account, bucket_id)
        for attempt in range(ROUNDS_MAX):
            held = await self._held(account)
            assert held is not None, "begun above"
            if attempt < LOWERED_MAX and not _granted(held.record).fits(quota):
                await self._take_back(account)
                continue
            with suppress(Conflict):
                record = msgspec.structs.replace(held.record, limit=quota)
                await self._put_account(account, held.revision, record, trace=self._trace)
                return
        raise Busy

    async def _begin(self, account: str) -> None:
        """From here on new buckets begin with a grant of nothing."""
        if await self._held(account) is None:
            with suppress(Conflict):
                await self._put_account(account, ABSENT, AccountQuota(UNLIMITED))

    async def _bring_under(self, account: str, bucket_id: bytes) -> None:
        """Count what a bucket holds, while it can grow only by what it draws."""
        for _ in range(ROUNDS_MAX):
            held, read = await self._held(account), await self._bucket(bucket_id)
            if read is None or (held is not None and bucket_id in held.record.grants):
                return
            with suppress(Conflict):
                await self._write(bucket_id, read, granted=_NOTHING)
                await self._draw(bucket_id, await self.usage(bucket_id))
        raise Busy

    async def _buckets_of(self, account: str) -> Sequence[bytes]:
        found: list[bytes] = []
        start, end = keys.account_buckets(account)
        while rows := await self._control.scan([Range(start, end)], SCAN_ROWS_MAX):
            found += [decode_name(row.value).bucket_id for row in rows]
            start = rows[-1].key + b"\x00"
        return found

    # Rows

    async def _held(self, account: str) -> _Held | None:
        row = await self._control.get(keys.quota(account))
        return None if row is None else _Held(decode_account_quota(row.value), row.revision)

    async def _bucket(self, bucket_id: bytes) -> _Read | None:
        row: Row | None = await self._data.get(keys.bucket(bucket_id))
        return None if row is None else _Read(decode_bucket(row.value), row.revision)

    async def _write(self, bucket_id: bytes, read: _Read, *, granted: Allowance | None) -> None:
        """Raises Conflict."""
        await self._put(bucket_id, read, msgspec.structs.replace(read.record, granted=granted))

    async def _put(
        self, bucket_id: bytes, read: _Read, record: Bucket, trace: Trace | None = None
    ) -> None:
        row_key = keys.bucket(bucket_id)
        batch = Batch(row_key, expect={row_key: read.revision}, put={row_key: encode(record)})
        note(batch, trace, What.LIMITS, self._now_ms())
        await self._data.commit(batch)

    async def _grant(
        self, account: str, held: _Held, bucket_id: bytes, given: Allowance | None
    ) -> None:
        """Write what a bucket is granted, None if it is no more.

        Raises:
            Conflict
        """
        grants = dict(held.record.grants)
        grants.pop(bucket_id, None)
        if given is not None:
            grants[bucket_id] = given
        record = msgspec.structs.replace(held.record, grants=grants)
        await self._put_account(account, held.revision, record)

    async def _put_account(
        self, account: str, revision: int, record: AccountQuota, trace: Trace | None = None
    ) -> None:
        row_key = keys.quota(account)
        batch = Batch(keys.CONTROL, expect={row_key: revision}, put={row_key: encode(record)})
        note(batch, trace, What.LIMITS, self._now_ms())
        await self._control.commit(batch)


def _grows_within(grown: Sequence[int], needed: Usage, allowed: Allowance) -> bool:
    """A counter that does not grow is refused by no ceiling."""
    return (grown[0] <= 0 or needed.bytes <= allowed.bytes) and (
        grown[1] <= 0 or needed.objects <= allowed.objects
    )


def _given(
    quota: AccountQuota, bucket_id: bytes, needed: Usage, *, is_last: bool
) -> Allowance | None:
    """What a bucket is granted now; None if there is not enough, or not without taking back.

    ``is_last``: nothing is left to be taken back, so not more than what is needed.
    """
    # While an account's buckets are brought under its quota nobody gets more than he uses.
    is_exact = is_last or quota.limit == UNLIMITED
    before = quota.grants.get(bucket_id, _NOTHING)
    others = [given for one, given in quota.grants.items() if one != bucket_id]
    size = _share(
        quota.limit.bytes - sum(one.bytes for one in others),
        needed.bytes,
        before.bytes,
        0 if is_exact else min(BLOCK.bytes, quota.limit.bytes // SHARES),
    )
    objects = _share(
        quota.limit.objects - sum(one.objects for one in others),
        needed.objects,
        before.objects,
        0 if is_exact else min(BLOCK.objects, quota.limit.objects // SHARES),
    )
    return None if size is None or objects is None else Allowance(size, objects)


def _share(free: int, needed: int, before: int, block: int) -> int | None:
    """The same of one of both: ``free`` is what the others leave."""
    if needed <= before:
        return before
    if needed > free:
        return None
    return min(needed + block, free)


def _granted(quota: AccountQuota) -> Usage:
    """What all buckets together may hold."""
    given = quota.grants.values()
    return Usage(sum(one.bytes for one in given), sum(one.objects for one in given))


def _check(quota: Allowance | None) -> None:
    """Raises InvalidArgument."""
    if quota is not None and not (
        0 <= quota.bytes <= COUNTER_MAX and 0 <= quota.objects <= COUNTER_MAX
    ):
        raise InvalidArgument("a quota is of 0 bytes and objects or more")
