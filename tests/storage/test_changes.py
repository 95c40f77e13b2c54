"""The change log tells of every commit once, and of nothing that was not committed."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.changes import Change, Changes, Trace, What, decode_change
from storage.configurations import Configurations
from storage.deeds import Deed, Deeds
from storage.errors import Conflict, PreconditionFailed, Uncertain
from storage.integrity import NOTHING_PROMISED
from storage.lifecycle import Action, Do
from storage.meta import Batch, Stamp
from storage.meta.memory import MemoryMeta
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.reclaim import Keeper
from storage.records import Attributes, Versioning
from storage.rows import BucketRef, Stored
from tests.storage.engine import Body, Engine


class _Fitful(MemoryMeta):
    """Fails commits as it is told: before they are made, or after."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Exception] = []
        self.after: list[Exception] = []

    async def commit(self, batch: Batch) -> Stamp:
        if self.before:
            raise self.before.pop()
        stamp = await super().commit(batch)
        if self.after:
            raise self.after.pop()
        return stamp


class _House:
    """A bucket in somebody's hands."""

    def __init__(self, engine: Engine, bucket: BucketRef, told: bytes) -> None:
        self.engine = engine
        self.trace = Trace(lambda: told)
        self.bucket = bucket.traced(self.trace)
        self.configurations = Configurations(engine.buckets, engine.meta)
        self.changes = Changes(engine.meta, engine.meta)

    async def log(self) -> list[Change]:
        found = await self.changes.read(keys.bucket(self.bucket.id))
        return [decode_change(one.value) for one in found]

    async def version(self, state: Versioning) -> None:
        bucket = self.bucket.traced(None)
        await self.configurations.change(
            bucket, lambda record: msgspec.structs.replace(record, versioning=state)
        )


async def _house(meta: MemoryMeta | None = None) -> _House:
    engine = Engine(meta=meta or MemoryMeta())
    bucket = await engine.buckets.create("bucket", account="1", region="r")
    return _House(engine, bucket, b"by somebody")


async def _delete(house: _House, version_id: str | None = None) -> None:
    await house.engine.objects.delete(
        house.bucket, b"k", version_id, owner="1", condition=UNCONDITIONAL
    )


async def _put(house: _House) -> None:
    await house.engine.put(house.bucket, b"k", b"content")


async def _copy(house: _House) -> None:
    from storage.copying import Original

    put = await house.engine.put(house.bucket.traced(None), b"source", b"content")
    await house.engine.copies.copy(
        Original(house.bucket, b"source", put),
        house.bucket,
        b"k",
        attributes=Attributes(),
        owner="1",
        algorithm=None,
        condition=UNCONDITIONAL,
    )


async def _remove(house: _House) -> None:
    await house.engine.put(house.bucket.traced(None), b"k", b"content")
    await _delete(house)


async def _mark(house: _House) -> None:
    await house.version(Versioning.ENABLED)
    await _delete(house)


async def _remove_version(house: _House) -> None:
    await house.version(Versioning.ENABLED)
    put = await house.engine.put(house.bucket.traced(None), b"k", b"content")
    await _delete(house, put.version_id)


async def _tag(house: _House) -> None:
    await house.engine.put(house.bucket.traced(None), b"k", b"content")
    await house.engine.objects.set_tags(house.bucket, b"k", None, {"a": "b"})


async def _begin(house: _House) -> None:
    await house.engine.uploads.create(house.bucket, b"k", attributes=Attributes(), owner="1")


async def _complete(house: _House) -> None:
    uploads = house.engine.uploads
    upload = await uploads.create(house.bucket, b"k", attributes=Attributes(), owner="1")
    part, _ = await uploads.put_part(house.bucket, b"k", upload, 1, Body(b"x"), NOTHING_PROMISED)
    claimed = [Claimed(1, part.etag)]
    await uploads.complete(house.bucket, b"k", upload, claimed, Wanted(), UNCONDITIONAL)
    # Asked again it says the same, and does nothing.
    await uploads.complete(house.bucket, b"k", upload, claimed, Wanted(), UNCONDITIONAL)


async def _abort(house: _House) -> None:
    uploads = house.engine.uploads
    upload = await uploads.create(house.bucket, b"k", attributes=Attributes(), owner="1")
    await uploads.abort(house.bucket, b"k", upload)


async def _configure(house: _House) -> None:
    await house.configurations.put(house.bucket, "cors", b"...")
    await house.configurations.put(house.bucket, "inventory", b"...", "mine")
    await house.configurations.remove(house.bucket, "cors")
    await house.configurations.remove(house.bucket, "cors")  # there is none any more
    await house.configurations.change(house.bucket, lambda record: record)


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        pytest.param(_put, [(What.PUT, b"k", 7)], id="a put"),
        pytest.param(_copy, [(What.PUT, b"k", 7)], id="a copy"),
        pytest.param(_remove, [(What.REMOVED, b"k", 0)], id="a deletion without versions"),
        pytest.param(_delete, [], id="a deletion of nothing"),
        pytest.param(_mark, [(What.MARKED, b"k", 0)], id="a delete marker"),
        pytest.param(_remove_version, [(What.REMOVED, b"k", 7)], id="a version's deletion"),
        pytest.param(_tag, [(What.CHANGED, b"k", 0)], id="tags"),
        pytest.param(_begin, [(What.UPLOAD_BEGUN, b"k", 0)], id="an upload's beginning"),
        pytest.param(
            _complete,
            [(What.UPLOAD_BEGUN, b"k", 0), (What.PART_PUT, b"k", 1), (What.PUT, b"k", 1)],
            id="an upload",
        ),
        pytest.param(
            _abort, [(What.UPLOAD_BEGUN, b"k", 0), (What.UPLOAD_ABORTED, b"k", 0)], id="none"
        ),
        pytest.param(
            _configure,
            [
                (What.DOCUMENT_PUT, b"cors", 0),
                (What.DOCUMENT_PUT, b"inventory\0mine", 0),
                (What.DOCUMENT_REMOVED, b"cors", 0),
                (What.BUCKET_CHANGED, b"", 0),
            ],
            id="documents",
        ),
    ],
)
async def test_the_log_tells_of_what_was_changed(
    deed: Callable[[_House], Awaitable[None]], told: list[tuple[What, bytes, int]]
) -> None:
    house = await _house()

    await deed(house)

    found = await house.log()
    assert [(one.what, one.key, one.size) for one in found] == told
    assert {one.told for one in found} <= {b"by somebody"}
    assert house.trace.commits == len(told)


async def test_what_a_lifecycle_does_is_told() -> None:
    house = await _house()
    put = await house.engine.put(house.bucket.traced(None), b"k", b"content")
    row = await house.engine.meta.get(keys.current(house.bucket.id, b"k"))
    assert row is not None
    stored = Stored(put, row.revision)
    deeds = Deeds(house.engine.objects, house.engine.uploads, lambda _: house.trace)

    bucket = await house.engine.buckets.find("bucket")
    assert await deeds.do(Deed(bucket, b"k", Action(Do.EXPIRE, "rule"), stored, stored))

    assert [one.what for one in await house.log()] == [What.REMOVED]


async def test_without_a_trace_there_is_no_log() -> None:
    house = await _house()

    await house.engine.put(house.bucket.traced(None), b"k", b"content")

    assert await house.log() == []
    assert await house.changes.partitions() == []


async def test_what_was_decided_anew_is_told_once() -> None:
    meta = _Fitful()
    house = await _house(meta)
    meta.before = [Conflict(), Conflict()]

    await _put(house)

    assert [one.what for one in await house.log()] == [What.PUT]
    assert house.trace.commits == 1


async def test_an_uncertain_commit_that_happened_is_told_once() -> None:
    meta = _Fitful()
    house = await _house(meta)
    meta.after = [Uncertain("the disk went away")]

    await _put(house)

    assert [one.what for one in await house.log()] == [What.PUT]
    assert house.trace.commits == 1


async def test_one_that_did_not_happen_is_not() -> None:
    meta = _Fitful()
    house = await _house(meta)
    meta.before = [Uncertain("the disk went away")]

    with pytest.raises(Uncertain):
        await _put(house)

    assert await house.log() == []
    assert house.trace.commits == 0


async def test_what_was_refused_is_not_told() -> None:
    house = await _house()
    await _put(house)

    with pytest.raises(PreconditionFailed):
        await house.engine.put(house.bucket, b"k", b"2", WriteCondition.of_put(None, "*"))

    assert len(await house.log()) == 1


async def test_many_writers_of_one_log_are_all_told_of_in_the_order_of_their_commits() -> None:
    house = await _house()

    await asyncio.gather(
        *[house.engine.put(house.bucket, b"%d" % n, b"content") for n in range(100)]
    )

    partition = keys.bucket(house.bucket.id)
    places = [one.place for one in await house.changes.read(partition)]
    assert places == sorted(set(places))
    assert {one.key for one in await house.log()} == {b"%d" % n for n in range(100)}
    assert house.trace.commits == 100
    assert await house.changes.partitions() == [partition]
    later = await house.changes.read_after(partition, places[59])
    assert [one.place for one in later] == places[60:]
    await house.changes.remove(partition, places[:60])
    assert [one.place for one in await house.changes.read(partition)] == places[60:]


async def test_a_buckets_creation_is_told_in_the_control_log_and_its_end_in_its_own() -> None:
    engine = Engine()
    trace = Trace(lambda: b"by somebody")
    bucket = await engine.buckets.create("bucket", account="1", region="r", trace=trace)
    changes = Changes(engine.meta, engine.meta)

    created = decode_change((await changes.read(keys.CONTROL))[0].value)
    assert (created.what, created.key) == (What.BUCKET_CREATED, b"bucket")
    await engine.buckets.delete(bucket.traced(trace))

    ended = await changes.read(keys.bucket(bucket.id))
    assert [decode_change(one.value).what for one in ended] == [What.BUCKET_DELETED]
    assert trace.commits == 2
    assert await changes.partitions() == [keys.CONTROL, keys.bucket(bucket.id)]


async def test_a_bucket_does_not_go_before_its_log_was_read() -> None:
    engine = Engine()
    changes = Changes(engine.meta, engine.meta)
    keeper = Keeper(
        buckets=engine.buckets,
        data=engine.meta,
        blobs=engine.blobs,
        board=engine.board,
        clock=engine.clock,
        changes=changes,
    )
    bucket = await engine.buckets.create("bucket", account="1", region="r")
    await engine.buckets.delete(bucket.traced(Trace(lambda: b"by somebody")))

    for _ in range(3):
        await keeper.round()
    partition = keys.bucket(bucket.id)
    (told,) = await changes.read(partition)
    await changes.remove(partition, [told.place])
    for _ in range(3):
        await keeper.round()

    assert await engine.buckets.by_id(bucket.id) is None


async def test_the_rows_of_a_log_are_nothing_that_a_check_would_complain_of() -> None:
    house = await _house()
    await _complete(house)
    await house.engine.buckets.create("other", account="1", region="r", trace=house.trace)

    assert (await house.engine.fsck()).findings == []
