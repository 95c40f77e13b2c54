"""A keeper that dies, or whose disk refuses, leaves nothing for ever and holds up nothing else."""

import os
from collections.abc import Collection, Sequence

import pytest

from storage import garbage, keys
from storage.blob import BlobId
from storage.blob.memory import MemoryBlobs
from storage.errors import StorageError, StoreFull, StoreUnavailable, Uncertain
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Stamp
from storage.meta.memory import MemoryMeta
from storage.patience import PAUSE_MS
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, keep, multipart

pytestmark = pytest.mark.usefixtures("small_parts")


class Sticky(MemoryBlobs):
    """Does not remove some."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck: set[BlobId] = set()
        self.asked = 0

    async def delete(self, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        left = self.stuck.intersection(blobs)
        self.asked += len(left)
        await super().delete([blob for blob in blobs if blob not in left])
        return left


@pytest.mark.parametrize("end", ["the objects", "the bucket", "no request"])
async def test_what_the_disk_does_not_remove_keeps_nothing_else_waiting(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "PAGE_ROWS", 3)
    blobs = Sticky()
    engine = Engine(blobs=blobs)
    for name in ("bucket", "another"):
        bucket = await engine.buckets.create(name, account="1", region="us-east-1")
        for number in range(10):
            version = await engine.put(bucket, b"%d" % number, os.urandom(20))
            if number < 5:
                blobs.stuck.add(version.segments[0].blob)
            if end == "no request":
                row = keys.reference(bucket.id, version.content)
                await engine.meta.commit(Batch(keys.bucket(bucket.id), delete={row}))
            else:
                await engine.objects.delete(
                    bucket, b"%d" % number, None, owner="1", condition=UNCONDITIONAL
                )
        if end == "the bucket":
            await engine.buckets.delete(bucket)
    if end == "no request":
        engine.clock.ms += 24 * 3600 * 1000 * 365 * 100
    for _ in range(20):
        await engine.keeper.round()
    if end == "no request":
        await engine.keeper.sweep()
    assert {info.blob async for info in blobs.list()} == blobs.stuck
    assert blobs.asked <= 2 * len(blobs.stuck)
    assert end == "no request" or (await engine.fsck()).findings == []
    blobs.stuck.clear()
    for _ in range(20):
        engine.clock.ms += 2 * PAUSE_MS
        await engine.keeper.round()
    await engine.keeper.sweep()
    assert await engine.blob_count() == 0
    assert end == "no request" or (await engine.fsck()).findings == []


class DyingMeta(MemoryMeta):
    """Takes so many commits more, and then none."""

    left = 10**9

    async def commit(self, batch: Batch) -> Stamp:
        if self.left == 0:
            raise StoreUnavailable("dead")
        self.left -= 1
        return await super().commit(batch)


@pytest.mark.parametrize("end", ["the upload", "the object", "the bucket"])
async def test_a_keeper_that_dies_between_any_two_commits_leaves_nothing_for_ever(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(garbage, "ROWS_PER_COMMIT", 1)
    died = True
    for commits in range(100):
        meta = DyingMeta()
        engine = Engine(meta=meta)
        bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
        await begin_and_end(engine, bucket, end)
        meta.left = commits
        died = (await engine.keeper.round()).failed > 0
        meta.left = 10**9
        assert (await engine.fsck()).findings == [], commits
        await keep(engine)
        assert (await engine.fsck()).findings == [], commits
        rows = await meta.scan([keys.everything(bucket.id)], 100)
        tags = {row.key[len(keys.bucket(bucket.id)) :][:1] for row in rows}
        assert tags <= ({b"", b"#", b"k"} if end != "the bucket" else set()), commits
        assert await engine.blob_count() == 0
        if not died:
            break
    assert not died


async def begin_and_end(engine: Engine, bucket: BucketRef, end: str) -> None:
    """An upload of more parts than a version's row holds, and what becomes of it."""
    bodies = [os.urandom(1000), b"small"] * 5
    if end != "the upload":
        await multipart(engine, bucket, b"k", bodies, unlisted=True)
        await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
        if end == "the object":
            return
    upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    for number, body in enumerate(bodies, 1):
        await engine.uploads.put_part(bucket, b"k", upload, number, Body(body), NOTHING_PROMISED)
    if end == "the upload":
        await engine.uploads.abort(bucket, b"k", upload)
    else:
        await engine.buckets.delete(bucket)


@pytest.mark.parametrize("error", [StoreFull, StoreUnavailable, Uncertain])
async def test_a_disk_that_refuses_is_one_line_and_no_more_work(
    error: type[StorageError], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    for name in ("one-bucket", "another"):
        bucket = await engine.buckets.create(name, account="1", region="us-east-1")
        for _ in range(2):
            await engine.put(bucket, b"k", os.urandom(1000))

    async def refuse(_: Batch) -> Stamp:
        raise error("the disk")

    monkeypatch.setattr(engine.meta, "commit", refuse)
    assert (await engine.keeper.round()).failed == 1
    assert [record.exc_info for record in caplog.records] == [None]
    monkeypatch.undo()
    await keep(engine)
    assert await engine.blob_count() == 2
