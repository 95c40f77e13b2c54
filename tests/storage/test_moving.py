"""What others replace, promote or lose while somebody looks."""

import os
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import pytest

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.blob.memory import MemoryBlobs
from storage.copying import Original
from storage.errors import BlobDamaged, BlobMissing, Busy, InvalidPart, NoSuchUpload
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Row
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes, ObjectVersion, Versioning, encode
from storage.rows import BucketRef
from storage.uploadids import parse_id
from tests.storage.engine import Body, Engine

pytestmark = pytest.mark.usefixtures("small_parts")

ONE_PIECE = [os.urandom(1000)]
PARTS = [os.urandom(1000), b"small", os.urandom(1000)]


class Hooked(MemoryMeta):
    """Does something once, before a row is read."""

    row: bytes = b""
    others: Callable[[], Awaitable[object]]
    times = 0

    async def get(self, key: bytes) -> Row | None:
        if key == self.row and self.times == 0:
            self.times += 1
            await self.others()
        return await super().get(key)


class Place:
    """A bucket with an object, and two processes."""

    def __init__(self) -> None:
        self.meta = Hooked()
        self.engine = Engine(meta=self.meta)
        self.other = Engine(
            meta=self.meta, blobs=self.engine.blobs, clock=self.engine.clock,
            board=self.engine.board,
        )  # fmt: skip

    async def begin(self, versioning: Versioning = Versioning.NEVER) -> BucketRef:
        bucket = await self.engine.buckets.create("bucket", account="1", region="r")
        row_key = keys.bucket(bucket.id)
        record = msgspec.structs.replace(bucket.record, versioning=versioning)
        await self.meta.commit(Batch(row_key, put={row_key: encode(record)}))
        return await self.engine.buckets.find("bucket")

    async def store(self, bucket: BucketRef, key: bytes, pieces: Sequence[bytes]) -> ObjectVersion:
        if len(pieces) == 1:
            return await self.engine.put(bucket, key, pieces[0])
        uploads = self.engine.uploads
        upload = await uploads.create(bucket, key, attributes=Attributes(), owner="1")
        claimed = []
        for number, data in enumerate(pieces, 1):
            part, _ = await uploads.put_part(
                bucket, key, upload, number, Body(data), NOTHING_PROMISED
            )
            claimed.append(Claimed(number, part.etag))
        await uploads.complete(bucket, key, upload, claimed, Wanted(), UNCONDITIONAL)
        return await self.engine.objects.stat(bucket, key)

    async def replace(self, bucket: BucketRef, key: bytes) -> None:
        await self.other.put(bucket, key, b"another")
        for _ in range(3):
            await self.other.keeper.round()

    async def copy(
        self, source: Original, bucket: BucketRef, algorithm: str | None = None
    ) -> ObjectVersion:
        return await self.engine.copies.copy(
            source,
            bucket,
            b"copy",
            attributes=Attributes(),
            owner="1",
            algorithm=algorithm,
            condition=UNCONDITIONAL,
        )


SOURCES = [
    pytest.param([b"small"], id="small"),
    pytest.param(ONE_PIECE, id="in one piece"),
    pytest.param(PARTS, id="in parts"),
]


@pytest.mark.parametrize("pieces", SOURCES)
async def test_the_source_of_a_copy_is_replaced_after_it_was_found(pieces: list[bytes]) -> None:
    place = Place()
    bucket = await place.begin()
    source = Original(bucket, b"k", await place.store(bucket, b"k", pieces))
    await place.replace(bucket, b"k")
    for algorithm in (None, "SHA256"):
        with pytest.raises(Busy):
            await place.copy(source, bucket, algorithm)
    with pytest.raises(Busy):
        async with place.engine.copies.source(source, 0, source.version.size):
            pass
    assert place.engine.board.oldest() > place.engine.board.now()  # no read is left over


async def test_the_source_of_a_copy_is_replaced_while_it_is_read() -> None:
    place = Place()
    bucket = await place.begin()
    source = Original(bucket, b"k", await place.store(bucket, b"k", PARTS))
    async with place.engine.copies.source(source, 0, source.version.size) as body:
        read = [await body.read()]
        await place.replace(bucket, b"k")
        while piece := await body.read():
            read.append(piece)
    assert b"".join(read) == b"".join(PARTS)


@pytest.mark.parametrize("pieces", SOURCES[1:])
@pytest.mark.parametrize("algorithm", [None, "SHA256"])
async def test_what_is_lost_is_not_copied(pieces: list[bytes], algorithm: str | None) -> None:
    place = Place()
    bucket = await place.begin()
    source = Original(bucket, b"k", await place.store(bucket, b"k", pieces))
    await place.engine.blobs.delete([source.version.segments[-1].blob])
    with pytest.raises(BlobMissing):
        await place.copy(source, bucket, algorithm)
    with pytest.raises(BlobMissing):
        await place.engine.get(bucket, b"k")
    assert place.engine.board.oldest() > place.engine.board.now()


@pytest.mark.parametrize("operation", ["find", "tag", "delete"])
async def test_an_older_version_becomes_current_while_it_is_looked_for(operation: str) -> None:
    place = Place()
    bucket = await place.begin(Versioning.ENABLED)
    older = await place.engine.put(bucket, b"k", b"older")
    newer = await place.engine.put(bucket, b"k", b"newer")

    async def promote() -> None:
        await place.other.objects.delete(
            bucket, b"k", newer.version_id, owner="1", condition=UNCONDITIONAL
        )

    place.meta.row = keys.noncurrent(bucket.id, b"k", older.sequence)
    place.meta.others = promote
    objects = place.engine.objects
    if operation == "find":
        assert (await objects.stat(bucket, b"k", older.version_id)).content == older.content
    elif operation == "tag":
        await objects.set_tags(bucket, b"k", older.version_id, {"a": "b"})
        assert (await objects.stat(bucket, b"k")).attributes.tags == {"a": "b"}
    else:
        await objects.delete(bucket, b"k", older.version_id, owner="1", condition=UNCONDITIONAL)
        assert await objects.find(bucket, b"k") is None
    assert place.meta.times == 1
    assert await objects.find(bucket, b"k", newer.version_id) is None


@pytest.mark.parametrize("is_cut", [False, True], ids=["lost", "cut short"])
async def test_no_object_is_made_of_what_is_not_there(is_cut: bool) -> None:
    place = Place()
    bucket = await place.begin()
    uploads = place.engine.uploads
    upload = await uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    part, _ = await uploads.put_part(
        bucket, b"k", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED
    )
    assert part.segment is not None
    blobs = place.engine.blobs
    assert isinstance(blobs, MemoryBlobs)
    await blobs.delete([part.segment.blob])
    if is_cut:
        blobs._blobs[part.segment.blob] = b"short"
    with pytest.raises(BlobDamaged if is_cut else BlobMissing):
        await uploads.complete(
            bucket, b"k", upload, [Claimed(1, part.etag)], Wanted(), UNCONDITIONAL
        )
    assert await place.engine.objects.find(bucket, b"k") is None
    assert len(await uploads.parts(bucket, upload, limit=9)) == 1
    assert place.engine.board.oldest() > place.engine.board.now()


@pytest.mark.parametrize("end", ["abort", "replace"])
async def test_an_upload_changes_while_it_is_completed(end: str) -> None:
    """Whatever is read in between, the keeper takes nothing away under it."""
    place = Place()
    bucket = await place.begin()
    uploads = place.engine.uploads
    upload = await uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
    part, _ = await uploads.put_part(
        bucket, b"k", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED
    )

    async def change() -> None:
        if end == "abort":
            await place.other.uploads.abort(bucket, b"k", upload)
        else:
            await place.other.uploads.put_part(
                bucket, b"k", upload, 1, Body(os.urandom(999)), NOTHING_PROMISED
            )
        for _ in range(3):
            await place.other.keeper.round()

    place.meta.row, place.meta.others = keys.parts_counter(bucket.id, parse_id(upload)), change
    with pytest.raises(NoSuchUpload if end == "abort" else InvalidPart):
        await uploads.complete(
            bucket, b"k", upload, [Claimed(1, part.etag)], Wanted(), UNCONDITIONAL
        )
    assert place.meta.times == 1
