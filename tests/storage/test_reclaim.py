"""Space is given back, and never under anybody who reads or writes."""

import os
from collections.abc import Awaitable, Callable, Collection, Sequence

import pytest

from storage import assembly, garbage, keys
from storage.assembly import Claimed, Wanted
from storage.blob import BlobId, BlobWriter
from storage.blob.memory import MemoryBlobs
from storage.buckets import GONE_KEPT_MS
from storage.copying import Original
from storage.errors import (
    BucketNotEmpty,
    Busy,
    NoSuchBucket,
    NoSuchKey,
    StorageError,
    StoreFull,
    StoreUnavailable,
    Uncertain,
)
from storage.garbage import PAGE_ROWS
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Range, Row, Stamp, prefix_range
from storage.meta.memory import MemoryMeta
from storage.patience import PAUSE_MS
from storage.preconditions import UNCONDITIONAL
from storage.reading import Opened
from storage.reclaim import ORPHAN_AGE_MS, UNFINISHED_AGE_MS
from storage.records import (
    Attributes,
    BucketState,
    Garbage,
    Reference,
    encode,
)
from storage.rows import BucketRef
from storage.sweep import COMPLETED_KEPT_MS
from storage.uploadids import parse_id
from tests.storage.engine import Body, Engine, begin, complete, drain, keep, multipart


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)


@pytest.fixture
async def engine() -> Engine:
    return Engine()


@pytest.fixture
async def bucket(engine: Engine) -> BucketRef:
    return await engine.buckets.create("bucket", account="1", region="us-east-1")


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
        self.commits = 0

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        if self.before_scan is not None and ranges[0].start[9:10] == b"g":
            await self.before_scan()
        return await super().scan(ranges, limit)

    async def commit(self, batch: Batch) -> Stamp:
        self.commits += 1
        return await super().commit(batch)


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


async def test_much_is_given_back_in_few_commits() -> None:
    meta = Between()
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
