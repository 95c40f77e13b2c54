"""Between the two commits of a bucket's creation or deletion anybody may come by: nothing is lost.

An actor is stopped before every one of its steps, and before every two, while
others do something, the keeper as if a minute had passed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

import pytest

from storage import keys, transact
from storage.errors import (
    BucketNotEmpty,
    NoSuchBucket,
    OperationAborted,
    StorageError,
)
from storage.meta import Batch, Range, Row, Stamp, prefix_range
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import UNFINISHED_AGE_MS
from storage.records import BucketState, decode_bucket, decode_name
from storage.rows import BucketRef
from tests.storage.engine import Engine

Interloper = Callable[[], Awaitable[None]]


INTERLOPERS = ["put", "delete_objects", "keep", "create", "delete"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds a bucket between two states is soon Busy."""
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr(transact, "_BACKOFF_FIRST_S", 0.0)


class Stepped(MemoryMeta):
    """Lets others in before chosen steps of the actor."""

    def __init__(self) -> None:
        super().__init__()
        self.step = 0
        self.is_acting = False
        self.plan: dict[int, Interloper] = {}

    async def _step(self) -> None:
        if not self.is_acting:
            return
        self.step += 1
        interloper = self.plan.get(self.step)
        if interloper is not None:
            self.is_acting = False
            await interloper()
            self.is_acting = True

    async def get(self, key: bytes) -> Row | None:
        await self._step()
        return await super().get(key)

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        await self._step()
        return await super().scan(ranges, limit)

    async def commit(self, batch: Batch) -> Stamp:
        await self._step()
        return await super().commit(batch)


@dataclass
class World:
    """Two processes on one store, and what was acknowledged."""

    meta: Stepped = field(default_factory=Stepped)
    objects: set[tuple[bytes, bytes]] = field(default_factory=set)  # bucket's id, key
    created: int = 0
    deleted: int = 0

    def __post_init__(self) -> None:
        self.actor = Engine(meta=self.meta)
        self.other = Engine(meta=self.meta, blobs=self.actor.blobs, clock=self.actor.clock)

    async def create(self, engine: Engine | None = None) -> None:
        buckets = (engine or self.other).buckets
        await buckets.create("bucket", account="1", region="us-east-1")
        self.created += 1

    async def delete(self, engine: Engine | None = None) -> None:
        buckets = (engine or self.other).buckets
        await buckets.delete(await buckets.find("bucket"))
        self.deleted += 1

    async def put(self, key: bytes = b"put") -> None:
        bucket = await self.other.buckets.find("bucket")
        await self.other.put(bucket, key, b"acknowledged")
        self.objects.add((bucket.id, key))

    async def delete_objects(self) -> None:
        bucket = await self.other.buckets.find("bucket")
        for key in (b"a", b"put"):
            await self.other.objects.delete(bucket, key, None, owner="1", condition=UNCONDITIONAL)
            self.objects.discard((bucket.id, key))

    async def keep(self) -> None:
        """The keeper, a minute later."""
        self.other.clock.ms += UNFINISHED_AGE_MS + 1
        for _ in range(2):
            assert (await self.other.keeper.round()).failed == 0

    async def keep_and_empty(self) -> None:
        """The keeper, and then somebody who deletes every object."""
        await self.keep()
        await self.delete_objects()

    async def quietly(self, what: Callable[[], Awaitable[None]]) -> None:
        try:
            await what()
        except StorageError:
            return

    async def check(self) -> None:
        """What was acknowledged is there, and after the keeper nothing is left between."""
        for _ in range(3):
            await self.keep()
        await self.other.keeper.sweep()
        names = {
            decode_name(row.value).bucket_id
            for row in await self.meta.scan([prefix_range(keys.NAMES)], 10)
        }
        rows = await self.meta.scan([keys.all_buckets()], 100)
        buckets = {keys.bucket_id_of(row.key) for row in rows}
        states = {
            decode_bucket(row.value).state
            for row in rows
            if row.key == keys.bucket(keys.bucket_id_of(row.key))
        }
        assert names == buckets
        assert states <= {BucketState.LIVE}
        for bucket_id, key in self.objects:
            bucket = await self.other.buckets.find("bucket")
            assert bucket.id == bucket_id
            assert await self.other.get(bucket, key) == b"acknowledged"
        assert (await self.other.fsck()).findings == []


async def play(
    begin: Callable[[World], Awaitable[None]],
    act: Callable[[World], Awaitable[None]],
    plan: dict[int, str],
    *,
    settled: bool = True,
) -> tuple[World, StorageError | None, int]:
    """One course; how it ended for the actor, and how many steps it took."""
    world = World()
    await begin(world)
    world.meta.plan = {
        step: lambda name=name: world.quietly(getattr(world, name))  # type: ignore[misc]
        for step, name in plan.items()
    }
    world.meta.is_acting = True
    error = None
    try:
        await act(world)
    except StorageError as raised:
        error = raised
    world.meta.is_acting = False
    if settled:
        await world.check()
    return world, error, world.meta.step


async def empty(world: World) -> None:
    await world.create()


async def with_object(world: World) -> None:
    await world.create()
    await world.put(b"a")


async def nowhere(world: World) -> None:
    pass


async def left_deleting(world: World) -> None:
    await empty(world)
    buckets = world.other.buckets
    await buckets._set_state(await buckets.find("bucket"), BucketState.DELETING)


async def delete(world: World) -> None:
    await world.delete(world.actor)


async def create(world: World) -> None:
    await world.create(world.actor)


async def keep(world: World) -> None:
    world.actor.clock.ms += UNFINISHED_AGE_MS + 1
    for _ in range(3):
        assert (await world.actor.keeper.round()).failed == 0


@pytest.mark.parametrize("others", list(product(INTERLOPERS, repeat=2)), ids=", then ".join)
@pytest.mark.parametrize(
    ("begin", "act"),
    [
        pytest.param(empty, delete, id="delete"),
        pytest.param(with_object, delete, id="delete what is not empty"),
        pytest.param(nowhere, create, id="create"),
        pytest.param(empty, create, id="create what is there"),
        pytest.param(left_deleting, keep, id="keep what is being deleted"),
        pytest.param(empty, keep, id="keep"),
    ],
)
async def test_whoever_comes_between_two_steps(
    begin: Callable[[World], Awaitable[None]],
    act: Callable[[World], Awaitable[None]],
    others: tuple[str, str],
) -> None:
    _, _, steps = await play(begin, act, {})
    first, second = others
    if first == second:  # one alone, once for each
        for step in range(1, steps + 3):
            await play(begin, act, {step: first})
    for one, two in combinations(range(1, steps + 3), 2):
        await play(begin, act, {one: first, two: second})


async def test_a_deleter_who_slept_while_the_bucket_lived_on_does_not_take_its_name() -> None:
    """An object comes and goes, the keeper lets the bucket live: the look was of another life."""
    _, _, steps = await play(empty, delete, {})
    for one, two, three in combinations(range(1, steps + 3), 3):
        await play(empty, delete, {one: "put", two: "keep_and_empty", three: "put"})


async def test_a_creator_who_comes_late_takes_no_name() -> None:
    _, _, steps = await play(nowhere, create, {})
    for step in range(1, steps + 1):
        world, error, _ = await play(nowhere, create, {step: "keep"}, settled=False)
        named = await world.meta.get(keys.name("bucket"))
        assert (named is None) == (error is not None)


async def test_undisturbed_both_do_what_they_say() -> None:
    world, error, _ = await play(nowhere, create, {})
    assert error is None
    assert (await world.other.buckets.find("bucket")).record.state is BucketState.LIVE
    world, error, _ = await play(empty, delete, {})
    assert error is None
    with pytest.raises(NoSuchBucket):
        await world.other.buckets.find("bucket")


async def test_a_deletion_that_the_keeper_finished_is_a_success_or_aborted() -> None:
    """Before: the client of an empty bucket's deletion heard 409 for a name already forgotten."""
    _, _, steps = await play(empty, delete, {})
    ended = [(await play(empty, delete, {step: "keep"}))[1] for step in range(1, steps + 1)]
    assert {type(error) for error in ended} <= {type(None), OperationAborted, NoSuchBucket}
    assert ended[-1] is None, "the name was forgotten for it"


async def test_nobody_is_disturbed_by_the_deletion_of_what_is_not_empty() -> None:
    world = World()
    await with_object(world)
    before = await world.other.buckets.find("bucket")
    with pytest.raises(BucketNotEmpty):
        await world.delete()
    assert await world.other.buckets.find("bucket") == before


async def test_while_somebody_looks_whether_it_is_empty_reads_go_on_and_writes_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 24)
    world = World()
    await with_object(world)
    buckets = world.actor.buckets
    live = await buckets.find("bucket")
    deleting = await buckets._set_state(live, BucketState.DELETING)
    assert await world.other.get(await world.other.buckets.find("bucket"), b"a")
    with pytest.raises(OperationAborted):
        await world.delete()

    async def relent() -> BucketRef:
        await asyncio.sleep(0)
        return await buckets._set_state(deleting, BucketState.LIVE)

    await asyncio.gather(world.put(b"waited"), relent())
    await world.check()


async def test_a_creator_who_died_after_the_purge_leaves_a_name_that_is_free() -> None:
    world = World()
    real = world.meta.commit

    async def commit(batch: Batch) -> Stamp:
        if keys.name("bucket") in batch.put:
            await world.keep()
            await real(batch)
            raise KeyboardInterrupt  # killed
        return await real(batch)

    world.meta.commit = commit  # type: ignore[method-assign]  # the test's point of attack
    with pytest.raises(KeyboardInterrupt):
        await world.create(world.actor)
    world.meta.commit = real  # type: ignore[method-assign]
    with pytest.raises(NoSuchBucket):
        await world.other.buckets.find("bucket")
    await world.create()
    await world.put()
    await world.check()
