"""On a full disk whatever leads to less being stored goes on, and nothing else does.

A store that keeps room back asks ``gives_back``; here it is asked of every commit.
"""

import os
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from storage import keys
from storage.blob import BlobId
from storage.errors import BucketNotEmpty, NoSuchBucket, StoreFull
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Stamp
from storage.meta.memory import MemoryMeta
from storage.meta.sqlite.group import gives_back
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import ORPHAN_AGE_MS, UNFINISHED_AGE_MS
from storage.records import Attributes, BucketState, Versioning, encode
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine


class FullMeta(MemoryMeta):
    """Has no room from some time on."""

    is_full = False

    async def commit(self, batch: Batch) -> Stamp:
        if self.is_full and not gives_back(batch):
            raise StoreFull
        return await super().commit(batch)


class Place:
    """A bucket, in each versioning state after the other, on a disk that is full then."""

    def __init__(self) -> None:
        self.meta = FullMeta()
        self.engine = Engine(meta=self.meta)

    async def begin(self) -> None:
        self.bucket = await self.engine.buckets.create("bucket", account="1", region="r")
        await self.engine.buckets.create("empty", account="1", region="r")
        self.null = await self.engine.put(self.bucket, b"null", os.urandom(1000))
        await self.set(Versioning.ENABLED)
        await self.engine.put(self.bucket, b"null", b"small")
        self.older = await self.engine.put(self.bucket, b"k", os.urandom(1000))
        self.newer = await self.engine.put(self.bucket, b"k", os.urandom(1000))
        uploads = self.engine.uploads
        self.upload = await uploads.create(
            self.bucket, b"k", attributes=Attributes(), owner="1"
        )  # fmt: skip
        await uploads.put_part(
            self.bucket, b"k", self.upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED
        )
        self.plain = await self.engine.buckets.create("plain", account="1", region="r")
        await self.engine.put(self.plain, b"blob", os.urandom(1000))
        await self.engine.put(self.plain, b"small", b"s")
        self.meta.is_full = True

    async def set(self, versioning: Versioning) -> None:
        row_key = keys.bucket(self.bucket.id)
        record = msgspec.structs.replace(self.bucket.record, versioning=versioning)
        await self.meta.commit(Batch(row_key, put={row_key: encode(record)}))
        self.bucket = await self.engine.buckets.find("bucket")

    async def delete(self, bucket: BucketRef, key: bytes, version_id: str | None = None) -> None:
        await self.engine.objects.delete(
            bucket, key, version_id, owner="1", condition=UNCONDITIONAL
        )


@pytest.fixture
async def place() -> Place:
    made = Place()
    await made.begin()
    return made


async def empty_the_plain_bucket(place: Place) -> None:
    for key in (b"blob", b"small"):
        await place.delete(place.plain, key)
        assert await place.engine.objects.find(place.plain, key) is None


async def delete_the_current_version(place: Place) -> None:
    await place.delete(place.bucket, b"k", place.newer.version_id)
    assert (await place.engine.objects.stat(place.bucket, b"k")).content == place.older.content


async def delete_an_older_version(place: Place) -> None:
    await place.delete(place.bucket, b"k", place.older.version_id)


async def delete_the_null_version(place: Place) -> None:
    await place.delete(place.bucket, b"null", "null")
    assert await place.engine.objects.find(place.bucket, b"null", "null") is None


async def abort(place: Place) -> None:
    await place.engine.uploads.abort(place.bucket, b"k", place.upload)


async def delete_a_bucket(place: Place) -> None:
    await place.engine.buckets.delete(await place.engine.buckets.find("empty"))
    with pytest.raises(NoSuchBucket):
        await place.engine.buckets.find("empty")


async def fail_to_delete_a_bucket(place: Place) -> None:
    with pytest.raises(BucketNotEmpty):
        await place.engine.buckets.delete(place.plain)
    found = await place.engine.buckets.find("plain")
    assert found.record.state is BucketState.LIVE


FREEING = [
    pytest.param(empty_the_plain_bucket, 1, id="deleting objects"),
    pytest.param(delete_the_current_version, 1, id="deleting a version that has one before it"),
    pytest.param(delete_an_older_version, 1, id="deleting an older version"),
    pytest.param(delete_the_null_version, 1, id="deleting the null version"),
    pytest.param(abort, 1, id="aborting an upload"),
    pytest.param(delete_a_bucket, 0, id="deleting a bucket"),
    pytest.param(fail_to_delete_a_bucket, 0, id="not deleting a bucket that is not empty"),
]


@pytest.mark.parametrize(("work", "blobs"), FREEING)
async def test_it_goes_on_when_the_disk_is_full(
    place: Place, work: Callable[[Place], Awaitable[None]], blobs: int
) -> None:
    before = await place.engine.blob_count()
    await work(place)
    for _ in range(3):
        assert (await place.engine.keeper.round()).failed == 0
    assert before - await place.engine.blob_count() == blobs
    assert (await place.engine.fsck()).findings == []


async def test_what_was_left_between_two_states_is_finished(place: Place) -> None:
    empty = await place.engine.buckets.find("empty")
    await place.engine.buckets._set_state(empty, BucketState.DELETING)
    place.engine.clock.ms += UNFINISHED_AGE_MS + 1
    for _ in range(3):
        assert (await place.engine.keeper.round()).failed == 0
    with pytest.raises(NoSuchBucket):
        await place.engine.buckets.find("empty")


async def test_contents_that_nobody_named_are_removed(place: Place) -> None:
    writer = await place.engine.blobs.create(BlobId(place.bucket.id + bytes(16)))
    await writer.commit()
    place.engine.clock.ms += ORPHAN_AGE_MS + 1
    assert (await place.engine.keeper.sweep()).orphans == 1


async def test_nothing_else_goes_on(place: Place) -> None:
    for work in (
        place.engine.put(place.plain, b"new", b"x"),
        place.engine.put(place.plain, b"small", b"x"),
        place.delete(place.bucket, b"k"),  # a marker
        place.engine.objects.set_tags(place.plain, b"small", None, {"a": "b"}),
        place.engine.buckets.create("another", account="1", region="r"),
        place.engine.uploads.create(place.plain, b"k", attributes=Attributes(), owner="1"),
    ):
        with pytest.raises(StoreFull):
            await work
