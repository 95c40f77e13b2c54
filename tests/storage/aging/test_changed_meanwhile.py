"""What changed between the keeper's look and its deed is left alone."""

import msgspec
import pytest

from storage.aging import KIND
from storage.lifecycle import (
    NoncurrentExpiration,
    Rule,
)
from storage.records import Attributes, Lock, ObjectVersion, Versioning
from storage.retention import DAY_MS
from storage.uploadids import print_id
from tests.storage.aging.house import OWNER, Change, House, expires, with_somebody_else
from tests.storage.engine import uploads_in


async def tag(house: House) -> None:
    await house.engine.objects.set_tags(house.bucket, b"k", None, {"a": "b"})


async def lock(house: House) -> None:
    def held(old: ObjectVersion) -> Attributes:
        return msgspec.structs.replace(old.attributes, lock=Lock(legal_hold="ON"))

    await house.engine.objects.change(house.bucket, b"k", None, held)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(lambda house: house.put(b"k", b"new"), b"new", id="overwritten"),
        pytest.param(tag, b"old", id="tagged"),
        pytest.param(lock, b"old", id="held"),
        pytest.param(lambda house: house.configure(expires(99)), b"old", id="the rules are others"),
        pytest.param(
            lambda house: house.configurations.remove(house.bucket, KIND),
            b"old",
            id="there are no rules any more",
        ),
        pytest.param(
            lambda house: house.version(Versioning.ENABLED), b"old", id="it is versioned now"
        ),
    ],
)
async def test_what_changes_between_look_and_deed_is_left_alone(
    change: Change, left: bytes
) -> None:
    house = await with_somebody_else(change)
    await house.put(b"k", b"old")
    await house.configure(expires(1))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.engine.get(house.bucket, b"k") == left
    await house.check_usage()


async def test_what_changed_is_looked_at_again_within_the_hour() -> None:
    house = await with_somebody_else(tag)
    await house.put(b"k")
    await house.configure(expires(1))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.age() == 0
    assert await house.pass_days(1 / 24) == 1


async def test_a_noncurrent_version_that_became_current_stays(house: House) -> None:
    async def uncover(other: House) -> None:
        newest = await other.find(b"k")
        assert newest is not None
        await other.delete(b"k", newest.version_id)

    house = await with_somebody_else(uncover)
    await house.version(Versioning.ENABLED)
    await house.put(b"k", b"old")
    await house.put(b"k", b"new")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    house.engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert (await house.keeper.age()).aged == 0
    assert await house.engine.get(house.bucket, b"k") == b"old"


async def test_an_upload_that_ended_meanwhile_is_no_matter() -> None:
    async def end(other: House) -> None:
        page = await uploads_in(other.engine.listings, other.bucket)
        upload_id = print_id(page.entries[0].item.upload_id)
        await other.engine.uploads.abort(other.bucket, b"k", upload_id)

    house = await with_somebody_else(end)
    engine = house.engine
    await engine.uploads.create(house.bucket, b"k", attributes=Attributes(), owner=OWNER)
    await house.configure(Rule("r", abort_days=1))
    engine.clock.ms += 3 * DAY_MS
    house.interrupted()
    assert await house.age() == 0
    await house.check_usage()
