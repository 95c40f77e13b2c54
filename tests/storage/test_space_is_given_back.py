"""What nothing names any more is given back, all of it, in few commits."""

import os

import pytest

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.blob import BlobId
from storage.copying import Original
from storage.errors import BucketNotEmpty, NoSuchBucket
from storage.garbage import PAGE_ROWS
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Stamp, counter_value
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import UNFINISHED_AGE_MS
from storage.records import Attributes, BucketState, Garbage, encode
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, keep

pytestmark = pytest.mark.usefixtures("small_parts")


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


@pytest.mark.parametrize(
    ("as_content", "upload"),
    [
        pytest.param(True, b"", id="a content"),
        pytest.param(False, b"", id="a blob alone"),
        pytest.param(False, b"\1" * 16, id="a part that an upload does not have"),
    ],
)
async def test_the_keeper_deletes_nothing_that_is_counted(
    engine: Engine,
    bucket: BucketRef,
    caplog: pytest.LogCaptureFixture,
    as_content: bool,
    upload: bytes,
) -> None:
    version = await engine.put(bucket, b"k", b"x" * 1000)
    nothing = await engine.blobs.create(BlobId(bucket.id + bytes(16)))
    await nothing.commit()
    batch = Batch(keys.bucket(bucket.id))
    blobs = version.content, bucket.id + bytes(16)
    left = Garbage(blobs=blobs, content=version.content if as_content else b"", upload=upload)
    batch.append.append((keys.garbage(bucket.id), encode(left)))
    await engine.meta.commit(batch)
    await keep(engine)
    assert await engine.get(bucket, b"k") == b"x" * 1000
    assert len(caplog.records) == 1
    assert await engine.blob_count() == 1 + as_content  # what is not counted goes
    await engine.blobs.delete([BlobId(bucket.id + bytes(16))])
    assert (await engine.fsck()).findings == []


async def test_a_copy_keeps_the_content(engine: Engine, bucket: BucketRef) -> None:
    data = os.urandom(1000)
    source = await engine.put(bucket, b"a", data)
    for key in (b"b", b"c", b"a"):
        await engine.copies.copy(
            Original(bucket, b"a", source),
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


class Committing(MemoryMeta):
    """Counts the commits."""

    commits = 0

    async def commit(self, batch: Batch) -> Stamp:
        self.commits += 1
        return await super().commit(batch)


async def test_much_is_given_back_in_few_commits() -> None:
    meta = Committing()
    engine = Engine(meta=meta)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    count = PAGE_ROWS + 100
    for _ in range(count + 1):
        await engine.put(bucket, b"k", os.urandom(20))
    meta.commits = 0
    first = await engine.keeper.round()
    second = await engine.keeper.round()
    assert (first.more, second.more) == (True, False)
    assert first.blobs + second.blobs == count
    assert meta.commits <= 4
    assert await engine.blob_count() == 1
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
    own, usage = keys.bucket(bucket.id), keys.usage_bytes(bucket.id)
    assert {row.key: counter_value(row) for row in left if row.key != own} == {usage: 0}


async def test_parts_that_were_not_listed_or_were_replaced_are_given_back(
    engine: Engine, bucket: BucketRef, caplog: pytest.LogCaptureFixture
) -> None:
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    await engine.uploads.put_part(bucket, b"k", upload, 1, Body(b"z" * 998), NOTHING_PROMISED)
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
    assert caplog.records == []


async def test_a_deleted_bucket_leaves_nothing(engine: Engine, bucket: BucketRef) -> None:
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    await engine.uploads.put_part(bucket, b"k", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED)
    await engine.put(bucket, b"k", b"x")
    with pytest.raises(BucketNotEmpty):
        await engine.buckets.delete(bucket)
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await engine.buckets.delete(bucket)
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
