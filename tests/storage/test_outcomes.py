"""A commit of unknown outcome, or whose waiter is gone: the answer is true, nothing is lost."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from storage.assembly import Claimed, Wanted
from storage.copying import Original
from storage.errors import NoSuchKey, NoSuchUpload, StoreUnavailable, Uncertain
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Row, Stamp
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes
from storage.rows import BucketRef
from storage.versioning import NULL
from tests.storage.engine import Body, Engine, uploads_in

NEW = os.urandom(1000)


class Doubtful(MemoryMeta):
    """Loses sight of the next commit when told, and of the disk until it is seen again."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = False
        self.is_written = False
        self.blinds = False
        self.others: Callable[[], Awaitable[object]] | None = None
        self._is_blind = False

    async def commit(self, batch: Batch) -> Stamp:
        if not self.armed:
            return await super().commit(batch)
        self.armed = False
        if self.is_written:
            await super().commit(batch)
        if self.others is not None:
            await self.others()
        self._is_blind = self.blinds
        raise Uncertain("the disk failed inside the commit")

    async def get(self, key: bytes) -> Row | None:
        if self._is_blind:
            raise StoreUnavailable("disk I/O error")
        return await super().get(key)

    def see(self) -> None:
        self._is_blind = False


@dataclass
class Course:
    """A bucket with an object, an upload and a part, and one operation on them."""

    engine: Engine
    meta: Doubtful
    bucket: BucketRef
    upload: str
    part: Claimed

    async def put(self) -> object:
        return await self.engine.put(self.bucket, b"k", NEW)

    async def put_new_key(self) -> object:
        return await self.engine.put(self.bucket, b"new", NEW)

    async def put_part(self) -> object:
        return await self.engine.uploads.put_part(
            self.bucket, b"u", self.upload, 2, Body(NEW), NOTHING_PROMISED
        )

    async def complete(self) -> object:
        return await self.engine.uploads.complete(
            self.bucket, b"u", self.upload, [self.part], Wanted(), UNCONDITIONAL
        )

    async def copy_onto_itself(self) -> object:
        source = await self.engine.objects.stat(self.bucket, b"k")
        return await self.engine.copies.copy(
            Original(self.bucket, b"k", source),
            self.bucket,
            b"k",
            attributes=Attributes(metadata={"a": "new"}),
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )

    async def delete(self) -> object:
        return await self.engine.objects.delete(
            self.bucket, b"k", None, owner="1", condition=UNCONDITIONAL
        )

    async def delete_null_version(self) -> object:
        return await self.engine.objects.delete(
            self.bucket, b"k", NULL, owner="1", condition=UNCONDITIONAL
        )

    async def set_tags(self) -> object:
        return await self.engine.objects.set_tags(self.bucket, b"k", None, {"a": "b"})

    async def create_upload(self) -> object:
        return await self.engine.uploads.create(
            self.bucket, b"u2", attributes=Attributes(), owner="1"
        )

    async def abort(self) -> object:
        await self.engine.uploads.abort(self.bucket, b"u", self.upload)
        return None

    async def is_done(self, operation: str) -> bool:
        """Whether the operation's effect can be seen."""
        objects, bucket = self.engine.objects, self.bucket
        current = await objects.find(bucket, b"k")
        match operation:
            case "put":
                return await self.engine.get(bucket, b"k") == NEW
            case "put_new_key":
                return await objects.find(bucket, b"new") is not None
            case "put_part":
                return len(await self.engine.uploads.parts(bucket, self.upload, limit=9)) == 2
            case "complete":
                return await objects.find(bucket, b"u") is not None
            case "copy_onto_itself":
                assert current is not None
                return current.attributes.metadata == {"a": "new"}
            case "delete" | "delete_null_version":
                return current is None
            case "set_tags":
                assert current is not None
                return current.attributes.tags == {"a": "b"}
            case "create_upload":
                return len(await uploads_in(self.engine.listings, bucket)) == 2
            case "abort":
                try:
                    await self.engine.uploads.find(bucket, b"u", self.upload)
                except NoSuchUpload:
                    return True
                return False
        raise AssertionError(operation)


OPERATIONS = [
    "put",
    "put_new_key",
    "put_part",
    "complete",
    "copy_onto_itself",
    "delete",
    "delete_null_version",
    "set_tags",
    "create_upload",
    "abort",
]


async def begin(meta: Doubtful) -> Course:
    engine = Engine(meta=meta)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    await engine.put(bucket, b"k", os.urandom(1000))
    upload = await engine.uploads.create(bucket, b"u", attributes=Attributes(), owner="1")
    part, _ = await engine.uploads.put_part(
        bucket, b"u", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED
    )
    engine.clock.ms += 1000
    return Course(engine, meta, bucket, upload, Claimed(1, part.etag))


@pytest.mark.parametrize("is_written", [True, False], ids=["written", "not written"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_row_read_back_decides_the_answer(operation: str, is_written: bool) -> None:
    meta = Doubtful()
    course = await begin(meta)
    meta.armed, meta.is_written = True, is_written
    try:
        await getattr(course, operation)()
    except Uncertain:
        assert not is_written
    else:
        assert is_written
    assert await course.is_done(operation) == is_written
    kinds = {finding.kind.value for finding in (await course.engine.fsck()).findings}
    assert kinds <= {"unnamed blob"}


@pytest.mark.parametrize("is_written", [True, False], ids=["written", "not written"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_cannot_be_read_back_stays_unknown_and_loses_nothing(
    operation: str, is_written: bool
) -> None:
    meta = Doubtful()
    course = await begin(meta)
    meta.armed, meta.is_written, meta.blinds = True, is_written, True
    with pytest.raises(Uncertain):
        await getattr(course, operation)()
    meta.see()
    assert await course.is_done(operation) == is_written
    kinds = {finding.kind.value for finding in (await course.engine.fsck()).findings}
    assert kinds <= {"unnamed blob"}


async def test_another_copy_of_the_same_content_is_not_taken_for_ours() -> None:
    meta = Doubtful()
    course = await begin(meta)
    other = Engine(meta=meta, blobs=course.engine.blobs, clock=course.engine.clock)

    async def copy_elsewhere() -> None:
        await other.copies.copy(
            Original(course.bucket, b"k", await other.objects.stat(course.bucket, b"k")),
            course.bucket,
            b"k",
            attributes=Attributes(metadata={"a": "theirs"}),
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )

    meta.armed, meta.others = True, copy_elsewhere
    with pytest.raises(Uncertain):
        await course.copy_onto_itself()


async def test_a_deletion_that_somebody_overwrote_is_not_claimed() -> None:
    meta = Doubtful()
    course = await begin(meta)
    other = Engine(meta=meta, blobs=course.engine.blobs, clock=course.engine.clock)

    async def put_elsewhere() -> None:
        await other.put(course.bucket, b"k", NEW)

    meta.armed, meta.others = True, put_elsewhere
    with pytest.raises(Uncertain):
        await course.delete()


async def test_an_upload_that_somebody_completed_is_not_said_to_be_aborted() -> None:
    meta = Doubtful()
    course = await begin(meta)
    other = Course(
        Engine(meta=meta, blobs=course.engine.blobs, clock=course.engine.clock),
        meta,
        course.bucket,
        course.upload,
        course.part,
    )
    meta.armed, meta.others = True, other.complete
    with pytest.raises(Uncertain):
        await course.abort()


async def test_a_completion_that_somebody_overwrote_has_happened() -> None:
    meta = Doubtful()
    course = await begin(meta)
    other = Engine(meta=meta, blobs=course.engine.blobs, clock=course.engine.clock)

    async def overwrite() -> None:
        await other.put(course.bucket, b"u", NEW)

    meta.armed, meta.is_written, meta.others = True, True, overwrite
    done = await course.engine.uploads.complete(
        course.bucket, b"u", course.upload, [course.part], Wanted(), UNCONDITIONAL
    )
    assert done.etag.endswith("-1")


class Submitting(MemoryMeta):
    """Says when a batch is submitted, and runs it to its end whoever waits."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted: Callable[[], object] | None = None
        self.running: list[asyncio.Future[Stamp]] = []

    async def commit(self, batch: Batch) -> Stamp:
        if self.submitted is None:
            return await super().commit(batch)
        self.submitted()
        future = asyncio.ensure_future(super().commit(batch))
        self.running.append(future)
        return await asyncio.shield(future)


@pytest.mark.parametrize("operation", ["put", "put_new_key", "put_part", "complete"])
async def test_a_request_cancelled_after_its_commit_was_submitted_keeps_its_blob(
    operation: str,
) -> None:
    engine = Engine(meta=(meta := Submitting()))
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    upload = await engine.uploads.create(bucket, b"u", attributes=Attributes(), owner="1")
    part, _ = await engine.uploads.put_part(
        bucket, b"u", upload, 1, Body(os.urandom(1000)), NOTHING_PROMISED
    )
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "put": lambda: engine.put(bucket, b"k", NEW),
        "put_new_key": lambda: engine.put(bucket, b"new", NEW),
        "put_part": lambda: engine.uploads.put_part(
            bucket, b"u", upload, 1, Body(NEW), NOTHING_PROMISED
        ),
        "complete": lambda: engine.uploads.complete(
            bucket, b"u", upload, [Claimed(1, part.etag)], Wanted(), UNCONDITIONAL
        ),
    }
    await engine.put(bucket, b"k", os.urandom(1000))

    async def request() -> None:
        await works[operation]()

    task = asyncio.ensure_future(request())
    loop = asyncio.get_running_loop()
    meta.submitted = lambda: loop.call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    meta.submitted = None
    await asyncio.gather(*meta.running)
    for _ in range(3):
        await engine.keeper.round()
    assert (await engine.fsck()).findings == []
    if operation == "put_part":
        [stored] = await engine.uploads.parts(bucket, upload, limit=9)
        claimed = [Claimed(1, stored.part.etag)]
        await engine.uploads.complete(bucket, b"u", upload, claimed, Wanted(), UNCONDITIONAL)
        assert await engine.get(bucket, b"u") == NEW


async def test_what_was_certainly_refused_leaves_no_blob() -> None:
    class Unavailable(MemoryMeta):
        refuses = False

        async def commit(self, batch: Batch) -> Stamp:
            if self.refuses:
                raise StoreUnavailable("takes no writes")
            return await super().commit(batch)

    meta = Unavailable()
    engine = Engine(meta=meta)
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    upload = await engine.uploads.create(bucket, b"u", attributes=Attributes(), owner="1")
    meta.refuses = True
    with pytest.raises(StoreUnavailable):
        await engine.put(bucket, b"k", NEW)
    with pytest.raises(StoreUnavailable):
        await engine.uploads.put_part(bucket, b"u", upload, 1, Body(NEW), NOTHING_PROMISED)
    assert await engine.blob_count() == 0
    with pytest.raises(NoSuchKey):
        await engine.objects.stat(bucket, b"k")
