"""A bucket is found in what is known of it, and read again only if its row may have changed."""

import asyncio
import os
from pathlib import Path

import pytest

from storage import keys
from storage.blob import BlobId
from storage.garbage import Done, Remover
from storage.meta import Batch, Row
from storage.meta.epoch import SharedEpoch
from storage.meta.memory import MemoryMeta
from storage.meta.sqlite import SqliteMeta
from storage.preconditions import UNCONDITIONAL
from storage.rows import BucketRef
from storage.sweep import COMPLETED_KEPT_MS
from tests.storage.engine import Engine, begin, complete


class Suspending(MemoryMeta):
    """Lets others go on while it reads."""

    async def get(self, key: bytes) -> Row | None:
        await asyncio.sleep(0)
        return await super().get(key)


async def test_many_may_find_at_once_that_a_bucket_has_changed() -> None:
    engine = Engine(meta=Suspending())
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    await engine.buckets.find("bucket")
    row = await engine.meta.get(keys.bucket(bucket.id))
    assert row is not None
    await engine.meta.commit(Batch(row.key, put={row.key: row.value}))
    found = await asyncio.gather(*[engine.buckets.find("bucket") for _ in range(5)])
    now = await engine.meta.get(row.key)
    assert now is not None
    assert {one.revision for one in found} == {now.revision} != {row.revision}


class Counting(SqliteMeta):
    """A worker's handle: how often were buckets read?"""

    reads = 0

    async def get(self, key: bytes) -> Row | None:
        self.reads += keys.is_setting(key) or key.startswith(keys.NAMES)
        return await super().get(key)


async def leave_work(engine: Engine, bucket: BucketRef) -> None:
    """For the keeper: contents given back, an aborted upload, an old answer, blobs without name."""
    for _ in range(3):
        await engine.put(bucket, b"k", os.urandom(100))
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)
    await engine.uploads.abort(bucket, b"k", await begin(engine, bucket))
    await complete(engine, bucket, [await begin(engine, bucket)])
    writer = await engine.blobs.create(BlobId(bucket.id + bytes(16)))
    await writer.commit()
    engine.clock.ms += COMPLETED_KEPT_MS + 1


@pytest.mark.parametrize("deleted", [False, True])
async def test_the_keepers_work_makes_no_worker_read_a_bucket_again(
    tmp_path: Path, *, deleted: bool
) -> None:
    epoch = SharedEpoch()
    meta = Counting(tmp_path / "meta.db", epoch=epoch)
    worker = Engine(meta=meta)
    keeper = Engine(
        meta=SqliteMeta(tmp_path / "meta.db", epoch=epoch), blobs=worker.blobs, clock=worker.clock
    )
    try:
        bucket = await worker.buckets.create("bucket", account="1", region="us-east-1")
        other = await worker.buckets.create("other", account="1", region="us-east-1")
        document = keys.document(other.id, "tagging")
        await meta.commit(Batch(keys.bucket(other.id), put={document: b"tags"}))
        await leave_work(worker, bucket)
        if deleted:
            await worker.buckets.delete(other)
        await worker.buckets.find("bucket")
        meta.reads = 0
        done = await keeper.keeper.round()
        swept = await keeper.keeper.sweep()
        assert done.rows >= 5
        assert (done.blobs, swept.orphans, swept.rows) == (3, 1, 1)
        await worker.buckets.find("bucket")
        # Of a bucket that went, what is a setting went too.
        assert meta.reads == int(deleted)
        assert (await meta.get(document) is None) == deleted
    finally:
        await meta.close()
        await keeper.meta.close()


@pytest.mark.parametrize(
    ("tag", "moves"),
    [(tag, tag == b"d") for tag in (b"d", *(b"%c" % tag for tag in b"osvirupkg#"))],
)
async def test_of_the_rows_that_are_removed_only_documents_are_settings(
    tag: bytes, *, moves: bool
) -> None:
    engine = Engine()
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    before = engine.meta.epoch(settings=True)
    rows = [keys.bucket(bucket.id) + b"o", keys.bucket(bucket.id) + tag + b"any"]
    await Remover(engine.meta, engine.blobs).rows(bucket.id, rows, Done())
    assert (engine.meta.epoch(settings=True) != before) == moves
