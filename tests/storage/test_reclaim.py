"""Space is given back, and never under anybody who reads or writes."""

import os

import pytest

from storage import keys
from storage.assembly import PART_BYTES_MIN, Claimed, Wanted
from storage.blob import BlobId, BlobWriter
from storage.blob.memory import MemoryBlobs
from storage.errors import BucketNotEmpty, Busy, NoSuchBucket, NoSuchKey
from storage.integrity import NOTHING_PROMISED
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import ORPHAN_AGE_MS, UNFINISHED_AGE_MS
from storage.records import Attributes, BucketState
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, drain


@pytest.fixture
async def engine() -> Engine:
    return Engine()


@pytest.fixture
async def bucket(engine: Engine) -> BucketRef:
    return await engine.buckets.create("bucket", account="1", region="us-east-1")


async def keep(engine: Engine, rounds: int = 3) -> None:
    for _ in range(rounds):
        await engine.keeper.round()


async def multipart(engine: Engine, bucket: BucketRef, key: bytes, bodies: list[bytes]) -> None:
    upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner="1")
    claimed = []
    for number, body in enumerate(bodies, 1):
        part, _ = await engine.uploads.put_part(
            bucket, key, upload, number, Body(body), NOTHING_PROMISED
        )
        claimed.append(Claimed(number, part.etag))
    await engine.uploads.complete(bucket, key, upload, claimed, Wanted(), UNCONDITIONAL)


async def test_an_overwritten_content_is_given_back(engine: Engine, bucket: BucketRef) -> None:
    for _ in range(5):
        await engine.put(bucket, b"k", os.urandom(1000))
    assert await engine.blob_count() == 5
    await keep(engine)
    assert await engine.blob_count() == 1
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await keep(engine)
    assert await engine.blob_count() == 0
    assert (await engine.fsck()).findings == []


async def test_a_copy_keeps_the_content(engine: Engine, bucket: BucketRef) -> None:
    data = os.urandom(1000)
    source = await engine.put(bucket, b"a", data)
    for key in (b"b", b"c", b"a"):
        await engine.copies.copy(
            bucket,
            source,
            bucket,
            key,
            attributes=Attributes(metadata={"x": "y"}),
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )
    assert await engine.blob_count() == 1
    for key in (b"a", b"b"):
        await engine.objects.delete(bucket, key, None, owner="1", condition=UNCONDITIONAL)
    await keep(engine)
    assert await engine.get(bucket, b"c") == data
    assert (await engine.fsck()).findings == []
    await engine.objects.delete(bucket, b"c", None, owner="1", condition=UNCONDITIONAL)
    await keep(engine)
    assert await engine.blob_count() == 0


async def test_a_slow_reader_gets_all_its_bytes(engine: Engine, bucket: BucketRef) -> None:
    bodies = [os.urandom(PART_BYTES_MIN), os.urandom(PART_BYTES_MIN), b"end of the object, large"]
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


async def test_an_aborted_upload_is_given_back(engine: Engine, bucket: BucketRef) -> None:
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    for number, size in ((1, 1000), (2, 5), (1, 2000), (3, 0)):
        await engine.uploads.put_part(
            bucket, b"k", upload, number, Body(os.urandom(size)), NOTHING_PROMISED
        )
    await engine.uploads.abort(bucket, b"k", upload)
    await keep(engine)
    assert await engine.blob_count() == 0
    left = await engine.meta.scan([keys.everything(bucket.id)], 100)
    assert [row.key for row in left] == [keys.bucket(bucket.id)]


async def test_parts_that_were_not_listed_are_given_back(engine: Engine, bucket: BucketRef) -> None:
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    kept, _ = await engine.uploads.put_part(
        bucket, b"k", upload, 1, Body(b"x" * 1000), NOTHING_PROMISED
    )
    await engine.uploads.put_part(bucket, b"k", upload, 2, Body(b"y" * 999), NOTHING_PROMISED)
    await engine.uploads.complete(
        bucket, b"k", upload, [Claimed(1, kept.etag)], Wanted(), UNCONDITIONAL
    )
    await keep(engine)
    assert await engine.blob_count() == 1
    assert await engine.get(bucket, b"k") == b"x" * 1000
    assert (await engine.fsck()).findings == []


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


async def test_a_deleted_bucket_leaves_nothing(engine: Engine, bucket: BucketRef) -> None:
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    await engine.uploads.put_part(bucket, b"k", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED)
    await engine.put(bucket, b"k", b"x")
    with pytest.raises(BucketNotEmpty):
        await engine.buckets.delete("bucket")
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await engine.buckets.delete("bucket")
    with pytest.raises(NoSuchBucket):
        await engine.put(bucket, b"k", b"x")
    engine.clock.ms += UNFINISHED_AGE_MS + 1
    await keep(engine)
    assert await engine.blob_count() == 0
    assert await engine.meta.scan([keys.all_buckets()], 10) == []


@pytest.mark.parametrize("state", [BucketState.CREATING, BucketState.DELETING])
@pytest.mark.parametrize("is_full", [False, True])
async def test_what_was_left_between_two_states_is_settled(
    engine: Engine, bucket: BucketRef, state: BucketState, is_full: bool
) -> None:
    if is_full:
        await engine.put(bucket, b"k", b"x")
    await engine.buckets._set_state(await engine.buckets.find("bucket"), state)
    engine.clock.ms += UNFINISHED_AGE_MS + 1
    await keep(engine)
    if state is BucketState.DELETING and not is_full:
        with pytest.raises(NoSuchBucket):
            await engine.buckets.find("bucket")
        assert await engine.meta.scan([keys.all_buckets()], 10) == []
    else:
        assert (await engine.buckets.find("bucket")).record.state is BucketState.LIVE
