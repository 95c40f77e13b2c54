"""The keeper does what lifecycles ask for, once it is due, and nothing that changed meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import pytest

from storage import aging, keys
from storage.aging import KIND, Aging
from storage.configurations import Configurations
from storage.deeds import Deeds
from storage.errors import StoreFull
from storage.integrity import NOTHING_PROMISED
from storage.lifecycle import (
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
    When,
)
from storage.meta import Batch, Stamp, counter_value, prefix_range
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import Keeper
from storage.records import Attributes, Bucket, Lock, ObjectVersion, Versioning
from storage.retention import DAY_MS
from storage.rows import BucketRef
from storage.uploadids import print_id
from tests.storage.engine import Body, Engine, keep, uploads_in

OWNER = "1"


class House:
    """An engine whose keeper ages one bucket by rules that a test names."""

    def __init__(self, engine: Engine, bucket: BucketRef) -> None:
        self.engine, self.bucket = engine, bucket
        self.configurations = Configurations(engine.buckets, engine.meta)
        self.rules = Lifecycle()
        self.interrupted: Callable[[], None] = lambda: None  # between the next look and its deed
        self.start()

    def start(self) -> None:
        """A keeper that remembers nothing."""
        engine = self.engine
        self.keeper = Keeper(
            buckets=engine.buckets,
            data=engine.meta,
            blobs=engine.blobs,
            board=engine.board,
            clock=engine.clock,
            aging=Aging(
                deeds=Deeds(engine.objects, engine.uploads),
                data=engine.meta,
                clock=engine.clock,
                compiled=lambda _: self.rules,
            ),
        )

    async def configure(self, *rules: Rule) -> None:
        self.rules = Lifecycle(rules)
        await self.configurations.put(self.bucket, KIND, b"%d" % self.engine.clock.ms)

    async def version(self, state: Versioning) -> None:
        def change(record: Bucket) -> Bucket:
            return msgspec.structs.replace(record, versioning=state)

        await self.configurations.change(self.bucket, change)

    async def put(self, key: bytes, data: bytes = b"x", **attributes: object) -> ObjectVersion:
        return await self.engine.objects.put(
            self.bucket,
            key,
            Body(data),
            attributes=Attributes(**attributes),  # type: ignore[arg-type]
            owner=OWNER,
            promises=NOTHING_PROMISED,
            condition=UNCONDITIONAL,
        )

    async def delete(self, key: bytes, version_id: str | None = None) -> None:
        await self.engine.objects.delete(
            self.bucket, key, version_id, owner=OWNER, condition=UNCONDITIONAL
        )

    async def pass_days(self, days: float) -> int:
        """Let time pass and the keeper come by; how much it did."""
        self.engine.clock.ms += int(days * DAY_MS)
        return await self.age()

    async def age(self) -> int:
        done, more = 0, True
        while more:
            turn = await self.keeper.age()
            assert turn.failed == 0
            done, more = done + turn.aged, turn.more
        return done

    async def find(self, key: bytes) -> ObjectVersion | None:
        return await self.engine.objects.find(self.bucket, key)

    async def keys(self) -> list[bytes]:
        page = await self.engine.listings.objects(
            self.bucket, prefix=b"", delimiter=b"", after=b"", max_keys=1000
        )
        return [one.key for one in page.entries]

    async def rows(self) -> tuple[int, int]:
        """How many current and noncurrent versions there are."""
        meta, bucket_id = self.engine.meta, self.bucket.id
        current = await meta.scan([prefix_range(keys.objects_prefix(bucket_id))], 4000)
        noncurrent = await meta.scan([prefix_range(keys.versions_prefix(bucket_id))], 4000)
        return len(current), len(noncurrent)

    async def check_usage(self) -> None:
        """Counters are what fsck counts, and the space is given back."""
        await keep(self.engine)
        assert (await self.engine.fsck()).findings == []

    async def usage(self) -> tuple[int, int]:
        meta, bucket_id = self.engine.meta, self.bucket.id
        objects = counter_value(await meta.get(keys.usage_objects(bucket_id)))
        return objects, counter_value(await meta.get(keys.usage_bytes(bucket_id)))


@pytest.fixture
def house(engine: Engine, bucket: BucketRef) -> House:
    engine.clock.ms -= engine.clock.ms % DAY_MS - DAY_MS // 2  # noon
    return House(engine, bucket)


def expires(days: int, prefix: bytes = b"") -> Rule:
    return Rule("r", Filter(prefix), When(days))


async def test_what_is_due_goes_and_the_rest_stays(house: House) -> None:
    for key in (b"logs/a", b"logs/b", b"kept"):
        await house.put(key, b"x" * 100)
    await house.configure(expires(1, b"logs/"))
    assert await house.age() == 0
    assert await house.pass_days(1.4) == 0  # not midnight yet
    assert await house.pass_days(0.11) == 2
    assert await house.keys() == [b"kept"]
    assert await house.usage() == (1, 100)
    await house.check_usage()
    assert await house.engine.blob_count() == 1


async def test_nothing_happens_without_rules(house: House) -> None:
    await house.put(b"k")
    assert await house.pass_days(999) == 0
    await house.configure(expires(1))
    await house.configurations.remove(house.bucket, KIND)
    assert await house.pass_days(999) == 0
    assert await house.keys() == [b"k"]


async def test_a_new_document_takes_effect_at_the_next_midnight_or_noon(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(99))
    assert await house.pass_days(10) == 0
    await house.configure(expires(5))
    assert await house.age() == 0
    assert await house.pass_days(0.49) == 0
    assert await house.pass_days(0.02) == 1


async def test_a_keeper_begins_with_a_pass(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(5))
    await house.age()
    house.engine.clock.ms += 10 * DAY_MS + 1
    house.start()
    assert await house.age() == 1


async def test_another_configuration_breaks_off_no_pass(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "PAGE_ROWS", 1)
    monkeypatch.setattr(aging, "ROWS_PER_TURN", 1)
    for key in (b"a", b"b", b"c"):
        await house.put(key)
    await house.configure(expires(1))
    house.engine.clock.ms += 2 * DAY_MS
    for number in range(4):
        assert (await house.keeper.age()).aged == (number < 3)
        await house.configurations.put(house.bucket, "cors", b"%d" % number)
    assert await house.keys() == []


async def test_a_version_is_hidden_by_a_marker_of_the_buckets_owner(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    marker = await house.find(b"k")
    assert marker is not None
    assert (marker.delete_marker, marker.owner) == (True, house.bucket.record.account)
    assert await house.rows() == (1, 1)
    assert await house.pass_days(9) == 0  # a marker above versions stays
    await house.check_usage()


async def test_a_null_version_of_a_suspended_bucket_goes_for_good(house: House) -> None:
    await house.put(b"k")
    await house.version(Versioning.SUSPENDED)
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    assert await house.usage() == (0, 0)
    assert await house.rows() == (
        1,
        0,
    )  # its marker, which is then alone, and as old as the rule says
    assert await house.pass_days(2) == 1
    assert await house.rows() == (0, 0)
    await house.check_usage()


async def test_a_marker_that_is_left_alone_goes(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.delete(b"k")
    await house.configure(
        Rule("r", removes_markers=True, noncurrent_expiration=NoncurrentExpiration(1))
    )
    assert await house.age() == 0
    assert await house.pass_days(2) == 2
    assert await house.rows() == (0, 0)
    await house.check_usage()


async def test_noncurrent_versions_go_but_for_the_newest(house: House) -> None:
    await house.version(Versioning.ENABLED)
    for number in range(10):
        await house.put(b"k", b"%d" % number * 100)
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1, 5)))
    assert await house.pass_days(2) == 4
    assert await house.rows() == (1, 5)
    assert await house.pass_days(9) == 0
    assert await house.engine.get(house.bucket, b"k") == b"9" * 100
    assert await house.usage() == (6, 600)
    await house.check_usage()


async def test_the_days_of_a_version_begin_when_it_is_replaced(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(3)))
    assert await house.pass_days(100) == 0
    await house.put(b"k")
    assert await house.pass_days(3) == 0
    assert await house.pass_days(1) == 1


async def test_a_pass_goes_on_within_a_key_where_its_page_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "PAGE_ROWS", 3)
    monkeypatch.setattr(aging, "ROWS_PER_TURN", 3)
    await house.version(Versioning.ENABLED)
    for key in (b"a", b"b", b"c\x00", b"c"):
        for _ in range(8):
            await house.put(key)
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1, 2)))
    house.engine.clock.ms += 3 * DAY_MS
    turns, done = 0, 0
    while True:
        turn = await house.keeper.age()
        turns, done = turns + 1, done + turn.aged
        if not turn.more:
            break
    assert turns > 9  # 28 rows, 3 in a turn: other buckets have theirs between
    assert done == 4 * 5
    assert await house.rows() == (4, 8)
    await house.check_usage()


async def test_a_noncurrent_null_version_goes_and_so_do_the_others(house: House) -> None:
    await house.put(b"k")
    await house.version(Versioning.ENABLED)
    for _ in range(3):
        await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    done = await house.pass_days(2)
    # The null version's end changes the current row: the others may be left for the next look.
    done += await house.pass_days(1 / 24)
    assert done == 3
    assert await house.rows() == (1, 0)
    await house.check_usage()


async def test_uploads_are_aborted(house: House) -> None:
    engine, bucket = house.engine, house.bucket
    for key in (b"logs/a", b"kept"):
        upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner=OWNER)
        await engine.uploads.put_part(bucket, key, upload, 1, Body(b"p" * 99), NOTHING_PROMISED)
    await house.configure(Rule("r", Filter(b"logs/"), abort_days=2))
    assert await house.pass_days(2) == 0
    assert await house.pass_days(1) == 1
    assert [one.item.key for one in (await uploads_in(engine.listings, bucket)).entries] == [
        b"kept"
    ]
    await house.check_usage()
    assert await engine.blob_count() == 1


async def test_a_transition_changes_the_class_and_nothing_else(house: House) -> None:
    before = await house.put(b"k", b"x" * 200, tags={"a": "b"})
    await house.configure(
        Rule(
            "r",
            Filter(larger_than=1),
            transitions=(Transition("GLACIER", When(5)), Transition("STANDARD_IA", When(1))),
        )
    )
    assert await house.pass_days(2) == 1
    after = await house.find(b"k")
    attributes = msgspec.structs.replace(before.attributes, storage_class="STANDARD_IA")
    assert after == msgspec.structs.replace(before, attributes=attributes)
    assert await house.pass_days(4) == 1
    after = await house.find(b"k")
    assert after is not None
    assert after.attributes.storage_class == "GLACIER"
    await house.check_usage()


async def test_a_noncurrent_version_changes_its_class(house: House) -> None:
    await house.version(Versioning.ENABLED)
    old = await house.put(b"k", b"x" * 200)
    await house.put(b"k")
    transition = NoncurrentTransition("GLACIER", 1)
    await house.configure(Rule("r", Filter(larger_than=1), noncurrent_transitions=(transition,)))
    assert await house.pass_days(2) == 1
    found = await house.engine.objects.stat(house.bucket, b"k", old.version_id)
    assert found.attributes.storage_class == "GLACIER"
    await house.check_usage()


async def test_what_is_locked_stays_until_it_is_not(house: House) -> None:
    await house.version(Versioning.ENABLED)
    now = house.engine.clock.ms
    old = await house.put(b"k", lock=Lock("COMPLIANCE", now + 10 * DAY_MS))
    await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    assert await house.pass_days(5) == 0
    assert await house.engine.objects.find(house.bucket, b"k", old.version_id) is not None
    assert await house.pass_days(6) == 1
    await house.check_usage()


Change = Callable[[House], Awaitable[object]]


async def tag(house: House) -> None:
    await house.engine.objects.set_tags(house.bucket, b"k", None, {"a": "b"})


async def lock(house: House) -> None:
    def held(old: ObjectVersion) -> Attributes:
        return msgspec.structs.replace(old.attributes, lock=Lock(legal_hold="ON"))

    await house.engine.objects.change(house.bucket, b"k", None, held)


async def with_somebody_else(change: Change) -> House:
    """A house whose next commit comes after a change that another process makes."""
    meta = Interrupting()
    engine = Engine(meta=meta)
    house = House(engine, await engine.buckets.create("bucket", account=OWNER, region="r"))
    other = House(Engine(meta=meta, blobs=engine.blobs, clock=engine.clock), house.bucket)
    house.interrupted = lambda: setattr(meta, "act", lambda: change(other))
    return house


class Interrupting(MemoryMeta):
    """Lets somebody else act between a look and what follows from it."""

    act: Callable[[], Awaitable[object]] | None = None

    async def commit(self, batch: Batch) -> Stamp:
        act, self.act = self.act, None
        if act is not None:
            await act()
        return await super().commit(batch)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(lambda house: house.put(b"k", b"new"), b"new", id="overwritten"),
        pytest.param(tag, b"old", id="tagged"),
        pytest.param(lock, b"old", id="held"),
        pytest.param(lambda house: house.configure(expires(99)), b"old", id="the rules are others"),
        pytest.param(
            lambda house: house.configurations.remove(house.bucket, KIND),
            b"old",
            id="there are no rules any more",
        ),
        pytest.param(
            lambda house: house.version(Versioning.ENABLED), b"old", id="it is versioned now"
        ),
    ],
)
async def test_what_changes_between_look_and_deed_is_left_alone(
    change: Change, left: bytes
) -> None:
    house = await with_somebody_else(change)
    await house.put(b"k", b"old")
    await house.configure(expires(1))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.engine.get(house.bucket, b"k") == left
    await house.check_usage()


async def test_what_changed_is_looked_at_again_within_the_hour() -> None:
    house = await with_somebody_else(tag)
    await house.put(b"k")
    await house.configure(expires(1))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.age() == 0
    assert await house.pass_days(1 / 24) == 1


async def test_a_noncurrent_version_that_became_current_stays(house: House) -> None:
    async def uncover(other: House) -> None:
        newest = await other.find(b"k")
        assert newest is not None
        await other.delete(b"k", newest.version_id)

    house = await with_somebody_else(uncover)
    await house.version(Versioning.ENABLED)
    await house.put(b"k", b"old")
    await house.put(b"k", b"new")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.engine.get(house.bucket, b"k") == b"old"


async def test_a_keeper_that_died_begins_again_and_harms_nothing(house: House) -> None:
    await house.version(Versioning.ENABLED)
    for number in range(20):
        await house.put(b"k%d" % number)
    await house.configure(expires(1))
    house.engine.clock.ms += 2 * DAY_MS
    assert (await house.keeper.age()).aged == 20
    for _ in range(3):
        house.start()
        assert await house.age() == 0
    assert await house.rows() == (20, 20)
    await house.check_usage()


class Full(MemoryMeta):
    """Has no room for a while, but for what frees some."""

    is_full = False

    async def commit(self, batch: Batch) -> Stamp:
        if self.is_full and not batch.frees:
            raise StoreFull
        return await super().commit(batch)


async def test_a_full_disk_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    meta = Full()
    engine = Engine(meta=meta)
    house = House(engine, await engine.buckets.create("bucket", account=OWNER, region="r"))
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(expires(1))
    engine.clock.ms += 2 * DAY_MS
    meta.is_full = True
    assert (await house.keeper.age()).failed == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    meta.is_full = False
    assert await house.age() == 1


async def test_a_full_disk_does_not_keep_what_frees_it(house: House) -> None:
    meta = Full()
    engine = Engine(meta=meta)
    house = House(engine, await engine.buckets.create("bucket", account=OWNER, region="r"))
    await house.put(b"k")
    await house.configure(expires(1))
    engine.clock.ms += 2 * DAY_MS
    meta.is_full = True
    assert await house.age() == 1


async def test_days_may_be_short(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(1))
    house.rules = replace(house.rules, day_ms=1000)
    house.start()
    house.engine.clock.ms += 2000
    assert await house.age() == 1


async def test_a_row_that_does_not_decode_is_passed_over(house: House) -> None:
    await house.put(b"a")
    await house.put(b"b")
    row_key = keys.current(house.bucket.id, b"a")
    await house.engine.meta.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"\xc1"}))
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    assert await house.engine.meta.get(row_key) is not None


async def test_an_upload_that_ended_meanwhile_is_no_matter() -> None:
    async def end(other: House) -> None:
        page = await uploads_in(other.engine.listings, other.bucket)
        upload_id = print_id(page.entries[0].item.upload_id)
        await other.engine.uploads.abort(other.bucket, b"k", upload_id)

    house = await with_somebody_else(end)
    engine = house.engine
    await engine.uploads.create(house.bucket, b"k", attributes=Attributes(), owner=OWNER)
    await house.configure(Rule("r", abort_days=1))
    engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert await house.age() == 0
    await house.check_usage()
