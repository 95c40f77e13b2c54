"""The sweep takes blobs that nothing names, and never one that is being written."""

import os
from collections.abc import Sequence

import pytest

from storage import garbage, keys
from storage.blob import BlobId, BlobWriter
from storage.blob.memory import MemoryBlobs
from storage.buckets import GONE_KEPT_MS
from storage.errors import Busy, NoSuchKey
from storage.meta import Batch, Range, Row, Stamp, prefix_range
from storage.meta.memory import MemoryMeta
from storage.reclaim import ORPHAN_AGE_MS
from storage.records import Reference, encode
from storage.rows import BucketRef
from storage.sweep import COMPLETED_KEPT_MS
from storage.uploadids import parse_id
from tests.storage.engine import Engine, begin, complete, keep

pytestmark = pytest.mark.usefixtures("small_parts")


async def test_the_keeper_stops_when_told(engine: Engine, bucket: BucketRef) -> None:
    for number in range(300):
        await engine.put(bucket, b"k", os.urandom(20))
        orphan = BlobId(bucket.id + bytes(14) + number.to_bytes(2, "big"))
        writer = await engine.blobs.create(orphan)
        await writer.commit()
    assert (await engine.keeper.round(lambda: True)).blobs == 0
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    assert 0 < (await engine.keeper.sweep(soon)).orphans < 300
    await keep(engine)
    await engine.keeper.sweep()
    assert await engine.blob_count() == 1
    assert (await engine.fsck()).findings == []


class Looked(MemoryMeta):
    """Counts the looks at answers of completed uploads."""

    looks = 0

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        self.looks += ranges[0].start[9:10] == b"k"
        return await super().scan(ranges, limit)


async def test_long_uploads_completed_lately_hide_no_older_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Answers are in the order in which their uploads began."""
    monkeypatch.setattr(garbage, "PAGE_ROWS", 2)
    meta = Looked()
    engine = Engine(meta=meta)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    long = [await begin(engine, bucket) for _ in range(4)]
    engine.clock.ms += 1
    short = [await begin(engine, bucket) for _ in range(4)]
    await complete(engine, bucket, short)
    engine.clock.ms += COMPLETED_KEPT_MS
    await complete(engine, bucket, long)
    engine.clock.ms += 1
    await complete(engine, bucket, [await begin(engine, bucket) for _ in range(20)])
    meta.looks = 0
    await engine.keeper.sweep()
    assert meta.looks == 5  # and none at the younger ones beyond their first page
    left = {row.key[-16:] for row in await meta.scan([keys.completed_all(bucket.id)], 100)}
    assert left.issuperset(map(parse_id, long))
    assert left.isdisjoint(map(parse_id, short))
    assert len(left) == 24


async def test_a_writer_who_wakes_among_orphans_keeps_its_blob(
    engine: Engine, bucket: BucketRef
) -> None:
    """One commit condemns many; the one that is named meanwhile is spared, the others go."""
    for number in range(5):
        writer = await engine.blobs.create(BlobId(bucket.id + bytes(15) + bytes([number])))
        await writer.commit()
    real = engine.meta.commit

    async def commit(batch: Batch) -> Stamp:
        engine.meta.commit = real  # type: ignore[method-assign]
        named = Batch(batch.partition)
        named.put[keys.reference(bucket.id, bucket.id + bytes(15) + bytes([3]))] = encode(
            Reference(1)
        )
        await real(named)
        return await real(batch)

    engine.meta.commit = commit  # type: ignore[method-assign]  # the test's point of attack
    assert (await engine.keeper.sweep()).orphans == 4
    assert [info.blob[-1] async for info in engine.blobs.list()] == [3]


class Interrupted(MemoryBlobs):
    """Runs something between a blob's commit and whatever its writer does next."""

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> BlobWriter:
        writer = await super().create(blob, size_hint=size_hint)
        commit = writer.commit

        async def then() -> None:
            await commit()
            await self.between()

        writer.commit = then  # type: ignore[method-assign]  # the test's point of attack
        return writer

    async def between(self) -> None:
        """Set by a test."""


async def test_of_a_writer_and_the_sweeper_exactly_one_wins() -> None:
    """The writer sleeps between blob and commit; the sweeper comes by; the writer wakes."""
    blobs = Interrupted()
    engine = Engine(blobs=blobs)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")

    async def sweep() -> None:
        engine.clock.ms += ORPHAN_AGE_MS + 1
        done = await engine.keeper.sweep()
        assert done.orphans == 1

    blobs.between = sweep  # type: ignore[method-assign]
    with pytest.raises(Busy):
        await engine.put(bucket, b"k", os.urandom(1000))
    with pytest.raises(NoSuchKey):
        await engine.objects.stat(bucket, b"k")

    async def nothing() -> None:
        return

    blobs.between = nothing  # type: ignore[method-assign]
    await engine.put(bucket, b"k", os.urandom(1000))
    engine.clock.ms += ORPHAN_AGE_MS + 1
    assert (await engine.keeper.sweep()).orphans == 0
    assert len(await engine.get(bucket, b"k")) == 1000


async def test_a_condemned_blob_that_a_power_cut_brings_back_is_removed_again(
    engine: Engine, bucket: BucketRef
) -> None:
    orphan = BlobId(bucket.id + bytes(16))
    for _ in range(2):  # a deletion is not durable: the second is after the cut
        writer = await engine.blobs.create(orphan)
        await writer.write(b"never named")
        await writer.commit()
        assert (await engine.keeper.sweep()).orphans == 1
        assert await engine.blob_count() == 0


async def test_blobs_of_a_bucket_that_the_database_does_not_know_are_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = Engine()
    bucket = await first.buckets.create("bucket", account="1", region="us-east-1")
    for number in range(60):
        await first.put(bucket, b"%d" % number, os.urandom(20))
    other = Engine(blobs=first.blobs)  # with an empty database, as if the first were lost
    other.clock.ms += 2 * ORPHAN_AGE_MS
    assert (await other.keeper.sweep()).orphans == 0
    assert await other.blob_count() == 60
    assert [record.getMessage()[:8] for record in caplog.records] == ["60 blobs"]


async def test_what_turns_up_of_a_deleted_bucket_goes(engine: Engine, bucket: BucketRef) -> None:
    await engine.buckets.delete(bucket)
    await keep(engine)
    orphan = BlobId(bucket.id + bytes(16))
    for _ in range(2):  # a deletion is not durable: the second is after a power cut
        await (await engine.blobs.create(orphan)).commit()
        assert (await engine.keeper.sweep()).orphans == 1
    engine.clock.ms += GONE_KEPT_MS + 1
    await engine.keeper.sweep()
    assert await engine.meta.scan([prefix_range(keys.GONE)], 1) == []
