"""No way leads past a lock: neither writes and deletes, nor what mends and keeps the store."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from storage import keys, lockdocument
from storage.configurations import Configurations
from storage.copying import Original
from storage.errors import BucketNotEmpty, ObjectLocked
from storage.fsck import Kind
from storage.lockdocument import default_of
from storage.meta import Batch
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes, Bucket, DefaultLock, Lock, Versioning
from storage.retention import COMPLIANCE, DAY_MS, GOVERNANCE, ON
from storage.rows import BucketRef
from tests.storage.engine import Engine, begin, complete
from tests.storage.house import House

LATER = 10**14  # after every clock of these tests
LOCKS = {
    "legal hold": Lock(legal_hold=ON),
    "compliance": Lock(COMPLIANCE, LATER),
    "governance": Lock(GOVERNANCE, LATER),
    "event hold": Lock(GOVERNANCE, 0, "", ON, 1),
}


async def set_row(engine: Engine, **values: Any) -> BucketRef:
    """The bucket with other values in its row, whatever S3 says of them."""
    bucket = await engine.buckets.find("bucket")

    def change(record: Bucket) -> Bucket:
        return msgspec.structs.replace(record, **values)

    await Configurations(engine.buckets, engine.meta).change(bucket, change)
    return await engine.buckets.find("bucket")


async def lock(engine: Engine, bucket: BucketRef, key: bytes, version_id: str, by: Lock) -> None:
    await engine.objects.change(
        bucket,
        key,
        version_id,
        lambda old: msgspec.structs.replace(old.attributes, lock=by),
    )


async def over_it(engine: Engine, bucket: BucketRef) -> None:
    await engine.put(bucket, b"k", b"other")


async def by_its_key(engine: Engine, bucket: BucketRef) -> None:
    await engine.objects.delete(bucket, b"k", None, owner="1", condition=UNCONDITIONAL)


async def by_its_id(engine: Engine, bucket: BucketRef) -> None:
    await engine.objects.delete(bucket, b"k", "null", owner="1", condition=UNCONDITIONAL)


async def by_a_copy(engine: Engine, bucket: BucketRef) -> None:
    await engine.put(bucket, b"source", b"other")
    found = await engine.objects.stat(bucket, b"source")
    await engine.copies.copy(
        Original(bucket, b"source", found),
        bucket,
        b"k",
        attributes=Attributes(),
        owner="1",
        algorithm=None,
        condition=UNCONDITIONAL,
    )


async def by_an_upload(engine: Engine, bucket: BucketRef) -> None:
    await complete(engine, bucket, [await begin(engine, bucket)])


WAYS: list[Callable[[Engine, BucketRef], Awaitable[None]]] = [
    *(over_it, by_its_key, by_its_id, by_a_copy, by_an_upload)
]


@pytest.mark.parametrize("by", LOCKS.values(), ids=LOCKS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("versioning", [Versioning.NEVER, Versioning.SUSPENDED])
async def test_a_locked_null_version_is_not_replaced(
    versioning: Versioning, way: Callable[[Engine, BucketRef], Awaitable[None]], by: Lock
) -> None:
    """S3 lets no such bucket have locks; should there be one all the same, they hold."""
    engine = Engine()
    await engine.buckets.create("bucket", account="1", region="r")
    bucket = await set_row(engine, versioning=versioning)
    await engine.put(bucket, b"k", b"x" * 1000)
    await lock(engine, bucket, b"k", "null", by)
    with pytest.raises(ObjectLocked):
        await way(engine, bucket)
    for _ in range(2):
        await engine.keeper.round()
    assert await engine.get(bucket, b"k") == b"x" * 1000
    with pytest.raises(BucketNotEmpty):
        await engine.buckets.delete(bucket)


@pytest.mark.parametrize("by", LOCKS.values(), ids=LOCKS)
async def test_a_locked_version_stays_below_others(by: Lock) -> None:
    engine = Engine()
    await engine.buckets.create("bucket", account="1", region="r")
    bucket = await set_row(engine, versioning=Versioning.ENABLED)
    version_id = (await engine.put(bucket, b"k", b"x")).version_id
    await lock(engine, bucket, b"k", version_id, by)
    await over_it(engine, bucket)
    await by_its_key(engine, bucket)
    for bypass in (False, True):
        if bypass and by.mode == GOVERNANCE:
            continue
        with pytest.raises(ObjectLocked):
            await engine.objects.delete(
                bucket, b"k", version_id, owner="1", condition=UNCONDITIONAL, bypass=bypass
            )
    assert await engine.get(bucket, b"k", version_id) == b"x"


async def test_a_lock_that_has_ended_keeps_nothing() -> None:
    engine = Engine()
    await engine.buckets.create("bucket", account="1", region="r")
    default = DefaultLock(COMPLIANCE, days=1)
    bucket = await set_row(engine, versioning=Versioning.ENABLED, default_lock=default)
    made = await engine.put(bucket, b"k", b"x")
    assert made.attributes.lock == Lock(COMPLIANCE, made.modified_ms + DAY_MS)
    where = {"owner": "1", "condition": UNCONDITIONAL}
    engine.clock.ms = made.modified_ms + DAY_MS - 1
    with pytest.raises(ObjectLocked):
        await engine.objects.delete(bucket, b"k", made.version_id, **where)  # type: ignore[arg-type]
    engine.clock.ms += 1
    await engine.objects.delete(bucket, b"k", made.version_id, **where)  # type: ignore[arg-type]
    assert await engine.objects.find(bucket, b"k") is None


async def test_what_is_damaged_and_locked_is_told_and_left_as_it_is(house: House) -> None:
    await lock(house.engine, house.bucket, b"whole", house.whole.version_id, LOCKS["compliance"])
    await lock(house.engine, house.bucket, b"whole", house.older.version_id, LOCKS["governance"])
    for version in (house.whole, house.older):
        house.file_of(version).unlink()
    for _ in range(2):
        found = (await house.check(repair=True)).findings
        assert [one.kind for one in found] == [Kind.MISSING, Kind.MISSING]
        assert not any(one.repaired for one in found)
        assert all("left as it is: ObjectLocked" in one.what for one in found)
    left = await house.engine.objects.find(house.bucket, b"whole", house.whole.version_id)
    assert left is not None
    assert left.attributes.lock == LOCKS["compliance"]


DOCUMENT = (
    b'{"object_lock_enabled":"Enabled","rule":{"default_retention":'
    b'{"mode":"GOVERNANCE","years":2,"default_event_hold":{"days":3}}}}'
)


async def lose_the_row(house: House) -> BucketRef:
    row_key = keys.bucket(house.bucket.id)
    await house.data.commit(Batch(row_key, delete={row_key}))
    assert Kind.LOST in [one.kind for one in (await house.check(repair=True)).findings]
    return await house.engine.buckets.find("bucket")


async def test_a_bucket_that_is_made_anew_has_the_lock_of_its_document(house: House) -> None:
    configurations = Configurations(house.engine.buckets, house.data)
    await configurations.put(house.bucket, lockdocument.KIND, DOCUMENT)
    record = (await lose_the_row(house)).record
    assert (record.object_lock, record.versioning) == (True, Versioning.ENABLED)
    assert record.default_lock == DefaultLock(GOVERNANCE, 730, event_days=3)


@pytest.mark.parametrize("which", ["whole", "older"])
async def test_a_bucket_that_is_made_anew_has_the_lock_of_its_versions(
    house: House, which: str
) -> None:
    version_id = getattr(house, which).version_id
    await lock(house.engine, house.bucket, b"whole", version_id, LOCKS["legal hold"])
    record = (await lose_the_row(house)).record
    assert (record.object_lock, record.default_lock) == (True, None)
    assert record.versioning is Versioning.ENABLED


async def test_one_without_any_has_none(house: House) -> None:
    assert not (await lose_the_row(house)).record.object_lock


@pytest.mark.parametrize(
    "document", [b"", b"{", b'{"object_lock_enabled":"Enabled"}', b'{"rule":{}}']
)
def test_a_document_may_say_nothing_of_new_versions(document: bytes) -> None:
    assert default_of(document) is None
