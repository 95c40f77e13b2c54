"""Quotas are exact: whoever writes at the same time, whatever is granted, taken back or deleted."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.errors import Busy, InvalidArgument, QuotaExceeded
from storage.integrity import NOTHING_PROMISED
from storage.meta import COUNTER_MAX, Batch, Range, Row, Stamp
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.quotas import FRUITLESS_MS, UNLIMITED
from storage.records import (
    Allowance,
    Attributes,
    Versioning,
    decode_account_quota,
    decode_bucket,
    encode,
)
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, begin, keep

ACCOUNT = "000000000001"
NAMES = ("aaa", "bbb", "ccc")


class Hurried(MemoryMeta):
    """A store in which others come in between anywhere, by chance."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)

    async def _let_others(self) -> None:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)

    async def get(self, key: bytes) -> Row | None:
        await self._let_others()
        row = await super().get(key)
        await self._let_others()
        return row

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        await self._let_others()
        return await super().scan(ranges, limit)

    async def commit(self, batch: Batch) -> Stamp:
        await self._let_others()
        return await super().commit(batch)


@dataclass
class House:
    """Two workers over one store."""

    meta: MemoryMeta = field(default_factory=MemoryMeta)

    def __post_init__(self) -> None:
        self.one = Engine(self.meta)
        self.two = Engine(self.meta, self.one.blobs, self.one.clock)
        self.buckets: list[BucketRef] = []

    async def furnish(self, *names: str) -> "House":
        self.buckets = [await self.create(name) for name in names]
        return self

    async def create(self, name: str, engine: Engine | None = None) -> BucketRef:
        buckets = (engine or self.one).buckets
        return await buckets.create(name, account=ACCOUNT, region="us-east-1")

    async def put(self, bucket: BucketRef, key: bytes, size: int, worker: int = 0) -> bool:
        """Whether there was room."""
        try:
            await (self.one, self.two)[worker].put(bucket, key, bytes(size))
        except QuotaExceeded:
            return False
        return True

    async def delete(self, bucket: BucketRef, key: bytes) -> None:
        await self.one.objects.delete(bucket, key, None, owner=ACCOUNT, condition=UNCONDITIONAL)

    async def held(self) -> int:
        """Bytes of the account."""
        return (await self.one.buckets.quotas.usage_of_account(ACCOUNT)).bytes

    async def limit(self, size: int, objects: int = COUNTER_MAX) -> None:
        await self.one.buckets.quotas.set_account(ACCOUNT, Allowance(size, objects))

    async def check(self) -> None:
        """What is granted is within the quota, and no bucket may hold more than it was granted."""
        row = await self.meta.get(keys.quota(ACCOUNT))
        assert row is not None
        quota = decode_account_quota(row.value)
        assert sum(one.bytes for one in quota.grants.values()) <= quota.limit.bytes
        for bucket in self.buckets:
            own = await self.meta.get(keys.bucket(bucket.id))
            if own is not None:
                granted = decode_bucket(own.value).granted
                assert granted is not None
                given = quota.grants.get(bucket.id, Allowance(0, 0))
                used = await self.one.buckets.quotas.usage(bucket.id)
                assert max(granted.bytes, used.bytes) <= given.bytes


async def test_two_workers_fill_a_bucket_to_the_byte() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(10_500, COUNTER_MAX))
    puts = [house.put(bucket, b"%d" % number, 1000, number % 2) for number in range(40)]
    assert sum(await asyncio.gather(*puts)) == 10
    assert not await house.put(bucket, b"more", 501)
    assert await house.put(bucket, b"rest", 500)
    assert not await house.put(bucket, b"more", 1, 1)
    assert await house.put(bucket, b"none", 0)
    assert await house.held() == 10_500
    report = await house.one.fsck()
    assert [one for one in report.findings if one.kind != "orphan"] == []


async def test_what_does_not_grow_is_let_in() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    assert await house.put(bucket, b"key", 1000)
    await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(500, 1))
    assert await house.put(bucket, b"key", 1000), "what is held beyond a new quota stays"
    assert await house.put(bucket, b"key", 900)
    assert not await house.put(bucket, b"key", 901)
    assert not await house.put(bucket, b"another", 0), "an object more"
    await house.delete(bucket, b"key")
    assert await house.put(bucket, b"another", 500)
    await house.one.buckets.quotas.set_bucket(bucket.id, None)
    assert await house.put(bucket, b"key", 10_000)


async def test_versions_count_and_delete_markers_do_not() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    record = msgspec.structs.replace(bucket.record, versioning=Versioning.ENABLED)
    await house.meta.commit(
        Batch(keys.bucket(bucket.id), put={keys.bucket(bucket.id): encode(record)})
    )
    await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(COUNTER_MAX, 2))
    assert await house.put(bucket, b"key", 1)
    assert await house.put(bucket, b"key", 1)
    assert not await house.put(bucket, b"key", 1)
    await house.delete(bucket, b"key")
    assert not await house.put(bucket, b"key", 1)


@pytest.mark.parametrize("seed", range(25))
async def test_an_account_s_buckets_never_hold_more_than_its_quota(seed: int) -> None:
    house = await House(Hurried(seed)).furnish(*NAMES)
    chance = random.Random(seed)
    limit = 5000
    await house.limit(limit)
    most = 0

    async def work(worker: int) -> None:
        nonlocal most
        for _ in range(12):
            bucket, key = chance.choice(house.buckets), b"%d" % chance.randrange(4)
            if chance.random() < 0.3:
                await house.delete(bucket, key)
            else:
                try:
                    await house.put(bucket, key, chance.choice((0, 100, 700, 2500)), worker)
                except Busy:
                    continue  # so many at once
            if chance.random() < 0.3:
                house.one.clock.ms += FRUITLESS_MS
            most = max(most, await house.held())

    await asyncio.gather(*(work(number % 2) for number in range(4)))
    assert most <= limit
    await house.check()


class Interrupted(MemoryMeta):
    """A store in which something happens just before a bucket's row is written."""

    before: Callable[[], Awaitable[None]] | None = None

    async def commit(self, batch: Batch) -> Stamp:
        if self.before is not None and batch.partition in batch.put:
            before, self.before = self.before, None
            await before()
        return await super().commit(batch)


async def test_what_is_taken_back_of_a_grant_on_its_way_does_not_arrive() -> None:
    """The bucket holds all that its row lets it: so nothing is to be lowered there."""
    meta = Interrupted()
    house = await House(meta).furnish(*NAMES[:2])
    first, second = house.buckets
    await house.limit(1000)
    assert await house.put(first, b"key", 500)
    await house.one.buckets.quotas._take_back(ACCOUNT)

    async def others_need_it() -> None:
        assert await house.put(second, b"key", 490, worker=1)

    meta.before = others_need_it
    assert not await house.put(first, b"more", 480)
    await house.check()
    assert await house.held() == 990


@pytest.mark.parametrize("seed", range(15))
async def test_a_quota_that_is_set_under_load_counts_what_is_there(seed: int) -> None:
    house = await House(Hurried(seed)).furnish(*NAMES)
    limit = 20_000

    async def fill(bucket: BucketRef, worker: int) -> None:
        for number in range(8):
            await house.put(bucket, b"%d" % number, 400, worker)

    work = [fill(bucket, number % 2) for number, bucket in enumerate(house.buckets)]
    await asyncio.gather(*work, house.limit(limit), return_exceptions=False)
    await house.check()
    for number in range(100):
        house.one.clock.ms += FRUITLESS_MS
        await house.put(house.buckets[number % 3], b"more %d" % number, 399)
    assert limit - 399 < await house.held() <= limit
    await house.check()


async def test_what_fits_is_let_in_whatever_others_were_granted() -> None:
    house = await House().furnish(*NAMES)
    first, second, third = house.buckets
    await house.limit(64 * 1000)
    for bucket in house.buckets:
        assert await house.put(bucket, b"key", 10_000)
    assert await house.put(second, b"rest", 34_000), "blocks of the others are taken back"
    assert await house.held() == 64_000
    assert not await house.put(first, b"more", 1)
    await house.delete(third, b"key")
    house.one.clock.ms += FRUITLESS_MS
    assert await house.put(first, b"more", 10_000)
    assert not await house.put(third, b"key", 1)


async def test_a_quota_below_what_is_held_refuses_more_and_deletes_nothing() -> None:
    house = await House().furnish(*NAMES[:2])
    first, second = house.buckets
    assert await house.put(first, b"key", 1000)
    await house.limit(500)
    assert await house.held() == 1000
    assert not await house.put(second, b"key", 1)
    assert await house.put(first, b"key", 300), "less than before"
    house.one.clock.ms += FRUITLESS_MS
    assert await house.put(second, b"key", 200)
    house.one.clock.ms += FRUITLESS_MS
    assert not await house.put(first, b"key", 301)


async def test_a_quota_that_is_lowered_raised_and_removed_holds_at_once() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    await house.limit(1_000_000)
    assert await house.put(bucket, b"key", 1000)
    await house.limit(1500)
    assert not await house.put(bucket, b"more", 501)
    await house.limit(2000)
    house.one.clock.ms += FRUITLESS_MS
    assert await house.put(bucket, b"more", 1000)
    await house.one.buckets.quotas.set_account(ACCOUNT, None)
    assert await house.put(bucket, b"rest", 5000)
    await house.limit(7000)
    assert not await house.put(bucket, b"one", 1)


async def test_objects_are_counted_as_bytes_are() -> None:
    house = await House().furnish(*NAMES)
    await house.limit(COUNTER_MAX, 4)
    puts = [house.put(house.buckets[n % 3], b"%d" % n, 1, n % 2) for n in range(12)]
    let_in = await asyncio.gather(*puts)
    house.one.clock.ms += FRUITLESS_MS
    last = [await house.put(house.buckets[0], b"x%d" % n, 1) for n in range(4)]
    assert sum(let_in) + sum(last) == 4


async def test_a_new_bucket_is_under_its_account_s_quota() -> None:
    house = await House().furnish("bucket")
    await house.limit(1000)
    new = await house.create("new", house.two)
    assert await house.put(new, b"key", 1000)
    assert not await house.put(new, b"more", 1)


@pytest.mark.parametrize("seed", range(15))
async def test_a_bucket_that_is_made_while_a_quota_is_set_is_under_it(seed: int) -> None:
    house = await House(Hurried(seed)).furnish()
    made, _ = await asyncio.gather(
        house.create("bucket", house.two), house.limit(1000), return_exceptions=True
    )
    if isinstance(made, BaseException):
        assert isinstance(made, Busy)
        made = await house.create("bucket")
    assert not await house.put(made, b"key", 1001)
    assert await house.put(made, b"key", 1000)


async def test_a_deleted_bucket_gives_back_what_it_was_granted() -> None:
    house = await House().furnish(*NAMES[:2])
    first, second = house.buckets
    await house.limit(1000)
    assert await house.put(first, b"key", 1000)
    await house.delete(first, b"key")
    await house.one.buckets.delete(first)
    assert await house.put(second, b"key", 1000)


@pytest.mark.parametrize("quota", [Allowance(-1, 0), Allowance(0, COUNTER_MAX + 1)])
async def test_what_is_no_quota_is_refused(quota: Allowance) -> None:
    quotas = House().one.buckets.quotas
    with pytest.raises(InvalidArgument):
        await quotas.set_account(ACCOUNT, quota)
    with pytest.raises(InvalidArgument):
        await quotas.set_bucket(bytes(16), quota)
    assert UNLIMITED.bytes == COUNTER_MAX


class Unread(Body):
    """A body that nobody may begin to read."""

    async def read(self) -> bytes:
        raise AssertionError("it was received")


async def _send(house: House, bucket: BucketRef, key: bytes, body: Body) -> None:
    await house.one.objects.put(
        bucket,
        key,
        body,
        attributes=Attributes(),
        owner=ACCOUNT,
        promises=NOTHING_PROMISED,
        condition=UNCONDITIONAL,
    )


async def _send_part(house: House, bucket: BucketRef, upload: str, number: int, body: Body) -> None:
    await house.one.uploads.put_part(bucket, b"k", upload, number, body, NOTHING_PROMISED)


async def _complete(house: House, bucket: BucketRef, upload: str) -> None:
    """Of its first part alone."""
    uploads = house.one.uploads
    (first,) = await uploads.parts(bucket, upload, limit=1)
    claimed = [Claimed(first.number, first.part.etag)]
    await uploads.complete(bucket, b"k", upload, claimed, Wanted(), UNCONDITIONAL)


@pytest.mark.parametrize("whose", ["bucket", "account"])
async def test_what_does_not_fit_is_refused_before_it_is_received(whose: str) -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    if whose == "bucket":
        await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(10_000, 2))
    else:
        await house.limit(10_000, 2)
    bucket = await house.one.buckets.find("bucket")
    upload = await begin(house.one, bucket)
    with pytest.raises(QuotaExceeded):
        await _send(house, bucket, b"key", Unread(bytes(10_001)))
    with pytest.raises(QuotaExceeded):
        await _send_part(house, bucket, upload, 1, Unread(bytes(10_001)))
    await _send(house, bucket, b"key", Body(bytes(6_000)))
    bucket = await house.one.buckets.find("bucket")
    house.one.clock.ms += FRUITLESS_MS
    with pytest.raises(QuotaExceeded):
        await _send(house, bucket, b"more", Unread(bytes(4_001)))
    await _send(house, bucket, b"key", Body(bytes(10_000)))
    await _send(house, bucket, b"key", Body(bytes(9_000)))
    await _send(house, bucket, b"none", Body(b""))
    with pytest.raises(QuotaExceeded):
        await _send(house, await house.one.buckets.find("bucket"), b"third", Unread(b""))


@pytest.mark.parametrize("versioning", list(Versioning))
async def test_only_what_is_replaced_makes_room(versioning: Versioning) -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    await house.put(bucket, b"key", 800)
    record = msgspec.structs.replace(bucket.record, versioning=versioning)
    row_key = keys.bucket(bucket.id)
    await house.meta.commit(Batch(row_key, put={row_key: encode(record)}))
    await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(1000, 1))
    bucket = await house.one.buckets.find("bucket")
    if versioning is Versioning.ENABLED:
        with pytest.raises(QuotaExceeded):
            await _send(house, bucket, b"key", Unread(bytes(900)))
    else:
        await _send(house, bucket, b"key", Body(bytes(900)))


async def test_parts_under_way_count_until_nobody_has_them() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    await house.one.buckets.quotas.set_bucket(bucket.id, Allowance(10_000, COUNTER_MAX))
    first, second = await begin(house.one, bucket), await begin(house.one, bucket)
    await _send_part(house, bucket, first, 1, Body(bytes(4000)))
    await _send_part(house, bucket, first, 1, Body(bytes(3000)))
    await _send_part(house, bucket, second, 1, Body(bytes(6000)))
    await _send_part(house, bucket, second, 2, Body(bytes(1000)))
    assert await house.held() == 10_000
    assert not await house.put(bucket, b"key", 1)
    with pytest.raises(QuotaExceeded):
        await _send_part(house, await house.one.buckets.find("bucket"), second, 3, Unread(b"x"))

    await _complete(house, bucket, first)
    assert await house.held() == 10_000, "a version has them now"
    await house.one.uploads.abort(bucket, b"k", second)
    assert await house.held() == 10_000, "until the keeper has removed them"
    assert (await house.one.fsck()).findings == []
    await keep(house.one)
    assert await house.held() == 3000
    assert (await house.one.fsck()).findings == []
    assert await house.put(bucket, b"key", 7000)


async def test_parts_that_no_version_took_are_given_back_at_once() -> None:
    house = await House().furnish("bucket")
    (bucket,) = house.buckets
    upload = await begin(house.one, bucket)
    for number in (1, 2):
        await _send_part(house, bucket, upload, number, Body(bytes(3000)))
    await _complete(house, bucket, upload)
    assert await house.held() == 3000
    await keep(house.one)
    assert await house.held() == 3000
    assert (await house.one.fsck()).findings == []


@pytest.mark.parametrize("seed", range(10))
async def test_parts_of_many_at_once_never_pass_a_quota(seed: int) -> None:
    house = await House(Hurried(seed)).furnish(*NAMES[:2])
    await house.limit(20_000)
    chance = random.Random(seed)
    most = 0

    async def work(bucket: BucketRef) -> None:
        nonlocal most
        upload = await begin(house.one, bucket)
        for _ in range(10):
            body = Body(bytes(chance.choice((10, 900, 3000))))
            with suppress(QuotaExceeded, Busy):
                await _send_part(house, bucket, upload, chance.randrange(1, 4), body)
            most = max(most, await house.held())
        with suppress(Busy):
            await house.one.uploads.abort(bucket, b"k", upload)

    await asyncio.gather(*(work(house.buckets[number % 2]) for number in range(4)))
    assert most <= 20_000
    await house.check()
    await keep(house.one)
    assert await house.held() == 0
    assert (await house.one.fsck()).findings == []
