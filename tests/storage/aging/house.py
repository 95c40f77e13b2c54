"""An engine whose keeper ages one bucket, and stores that somebody else disturbs."""

from collections.abc import Awaitable, Callable

import msgspec

from storage import keys
from storage.aging import KIND, Aging
from storage.configurations import Configurations
from storage.deeds import Deeds
from storage.errors import StoreFull
from storage.integrity import NOTHING_PROMISED
from storage.lifecycle import (
    Filter,
    Lifecycle,
    Rule,
    When,
)
from storage.meta import Batch, Stamp, counter_value, prefix_range
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import Keeper
from storage.records import Attributes, Bucket, ObjectVersion, Versioning
from storage.retention import DAY_MS
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, keep

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


def expires(days: int, prefix: bytes = b"") -> Rule:
    return Rule("r", Filter(prefix), When(days))


Change = Callable[[House], Awaitable[object]]


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


class Full(MemoryMeta):
    """Has no room for a while, but for what frees some."""

    is_full = False

    async def commit(self, batch: Batch) -> Stamp:
        if self.is_full and not batch.frees:
            raise StoreFull
        return await super().commit(batch)
