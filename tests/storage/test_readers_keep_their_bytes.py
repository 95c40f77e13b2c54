"""Space is never given back under anybody who reads."""

import os
from collections.abc import Awaitable, Callable, Sequence

import pytest

from storage import keys
from storage.meta import Range, Row
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.reading import Opened
from storage.rows import BucketRef
from tests.storage.engine import Engine, drain, keep, multipart

pytestmark = pytest.mark.usefixtures("small_parts")


async def test_a_slow_reader_gets_all_its_bytes(engine: Engine, bucket: BucketRef) -> None:
    bodies = [os.urandom(5000), os.urandom(5000), b"end of the object, large"]
    await multipart(engine, bucket, b"k", bodies)
    opened = await engine.objects.open(bucket, b"k", None, lambda v: (0, v.size))
    assert not isinstance(opened.body, bytes)
    first = await anext(opened.body)
    begun = await first.read(10)
    await engine.put(bucket, b"k", b"")
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await keep(engine, 5)
    assert await engine.blob_count() == 3
    rest = []
    while piece := await first.read(1_000_000):
        rest.append(piece)
    await first.close()
    assert begun + b"".join(rest) + await drain(opened.body) == b"".join(bodies)
    await keep(engine)
    assert await engine.blob_count() == 0
    assert (await engine.fsck()).findings == []


class Between(MemoryMeta):
    """Lets others in between a look at the garbage and whatever follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.before_scan: Callable[[], Awaitable[None]] | None = None

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        if self.before_scan is not None and ranges[0].start[9:10] == b"g":
            await self.before_scan()
        return await super().scan(ranges, limit)


@pytest.mark.parametrize("look", [1, 2, 3, 4])
async def test_a_reader_who_came_just_before_the_keepers_look_gets_all_its_bytes(look: int) -> None:
    meta = Between()
    engine = Engine(meta=meta)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    bodies = [os.urandom(5000), os.urandom(5000), b"end of the object, large"]
    await multipart(engine, bucket, b"k", bodies)
    await keep(engine)
    opened: list[Opened] = []
    looks = 0

    async def read_and_overwrite() -> None:
        nonlocal looks
        looks += 1
        if looks == look:
            opened.append(await engine.objects.open(bucket, b"k", None, lambda v: (0, v.size)))
            await engine.put(bucket, b"k", b"")

    meta.before_scan = read_and_overwrite
    await keep(engine, 5)
    assert await drain(opened[0].body) == b"".join(bodies)
    meta.before_scan = None
    await keep(engine)
    assert await engine.blob_count() == 0


async def test_a_slow_reader_outlives_the_bucket(engine: Engine, bucket: BucketRef) -> None:
    bodies = [os.urandom(5000), os.urandom(5000), b"end of the object, large"]
    await multipart(engine, bucket, b"k", bodies)
    opened = await engine.objects.open(bucket, b"k", None, lambda v: (0, v.size))
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await engine.buckets.delete(bucket)
    await keep(engine, 5)
    assert await drain(opened.body) == b"".join(bodies)
    await keep(engine)
    assert await engine.blob_count() == 0
    assert await engine.meta.scan([keys.all_buckets()], 10) == []
