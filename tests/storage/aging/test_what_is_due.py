"""The keeper does what lifecycles ask for, once it is due."""

from dataclasses import replace

import msgspec

from storage.aging import KIND
from storage.integrity import NOTHING_PROMISED
from storage.lifecycle import (
    Filter,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
    When,
)
from storage.records import Attributes, Lock, Versioning
from storage.retention import DAY_MS
from tests.storage.aging.house import OWNER, House, expires
from tests.storage.engine import Body, uploads_in


async def test_what_is_due_goes_and_the_rest_stays(house: House) -> None:
    for key in (b"logs/a", b"logs/b", b"kept"):
        await house.put(key, b"x" * 100)
    await house.configure(expires(1, b"logs/"))
    assert await house.age() == 0
    assert await house.pass_days(1.4) == 0  # not midnight yet
    assert await house.pass_days(0.11) == 2
    assert await house.keys() == [b"kept"]
    assert await house.usage() == (1, 100)
    await house.check_usage()
    assert await house.engine.blob_count() == 1


async def test_nothing_happens_without_rules(house: House) -> None:
    await house.put(b"k")
    assert await house.pass_days(999) == 0
    await house.configure(expires(1))
    await house.configurations.remove(house.bucket, KIND)
    assert await house.pass_days(999) == 0
    assert await house.keys() == [b"k"]


async def test_a_version_is_hidden_by_a_marker_of_the_buckets_owner(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    marker = await house.find(b"k")
    assert marker is not None
    assert (marker.delete_marker, marker.owner) == (True, house.bucket.record.account)
    assert await house.rows() == (1, 1)
    assert await house.pass_days(9) == 0  # a marker above versions stays
    await house.check_usage()


async def test_a_null_version_of_a_suspended_bucket_goes_for_good(house: House) -> None:
    await house.put(b"k")
    await house.version(Versioning.SUSPENDED)
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    assert await house.usage() == (0, 0)
    assert await house.rows() == (
        1,
        0,
    )  # its marker, which is then alone, and as old as the rule says
    assert await house.pass_days(2) == 1
    assert await house.rows() == (0, 0)
    await house.check_usage()


async def test_a_marker_that_is_left_alone_goes(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.delete(b"k")
    await house.configure(
        Rule("r", removes_markers=True, noncurrent_expiration=NoncurrentExpiration(1))
    )
    assert await house.age() == 0
    assert await house.pass_days(2) == 2
    assert await house.rows() == (0, 0)
    await house.check_usage()


async def test_noncurrent_versions_go_but_for_the_newest(house: House) -> None:
    await house.version(Versioning.ENABLED)
    for number in range(10):
        await house.put(b"k", b"%d" % number * 100)
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1, 5)))
    assert await house.pass_days(2) == 4
    assert await house.rows() == (1, 5)
    assert await house.pass_days(9) == 0
    assert await house.engine.get(house.bucket, b"k") == b"9" * 100
    assert await house.usage() == (6, 600)
    await house.check_usage()


async def test_the_days_of_a_version_begin_when_it_is_replaced(house: House) -> None:
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(3)))
    assert await house.pass_days(100) == 0
    await house.put(b"k")
    assert await house.pass_days(3) == 0
    assert await house.pass_days(1) == 1


async def test_a_noncurrent_null_version_goes_and_so_do_the_others(house: House) -> None:
    await house.put(b"k")
    await house.version(Versioning.ENABLED)
    for _ in range(3):
        await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    done = await house.pass_days(2)
    # The null version's end changes the current row: the others may be left for the next look.
    done += await house.pass_days(1 / 24)
    assert done == 3
    assert await house.rows() == (1, 0)
    await house.check_usage()


async def test_uploads_are_aborted(house: House) -> None:
    engine, bucket = house.engine, house.bucket
    for key in (b"logs/a", b"kept"):
        upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner=OWNER)
        await engine.uploads.put_part(bucket, key, upload, 1, Body(b"p" * 99), NOTHING_PROMISED)
    await house.configure(Rule("r", Filter(b"logs/"), abort_days=2))
    assert await house.pass_days(2) == 0
    assert await house.pass_days(1) == 1
    assert [one.item.key for one in (await uploads_in(engine.listings, bucket)).entries] == [
        b"kept"
    ]
    await house.check_usage()
    assert await engine.blob_count() == 1


async def test_a_transition_changes_the_class_and_nothing_else(house: House) -> None:
    before = await house.put(b"k", b"x" * 200, tags={"a": "b"})
    await house.configure(
        Rule(
            "r",
            Filter(larger_than=1),
            transitions=(Transition("GLACIER", When(5)), Transition("STANDARD_IA", When(1))),
        )
    )
    assert await house.pass_days(2) == 1
    after = await house.find(b"k")
    attributes = msgspec.structs.replace(before.attributes, storage_class="STANDARD_IA")
    assert after == msgspec.structs.replace(before, attributes=attributes)
    assert await house.pass_days(4) == 1
    after = await house.find(b"k")
    assert after is not None
    assert after.attributes.storage_class == "GLACIER"
    await house.check_usage()


async def test_a_noncurrent_version_changes_its_class(house: House) -> None:
    await house.version(Versioning.ENABLED)
    old = await house.put(b"k", b"x" * 200)
    await house.put(b"k")
    transition = NoncurrentTransition("GLACIER", 1)
    await house.configure(Rule("r", Filter(larger_than=1), noncurrent_transitions=(transition,)))
    assert await house.pass_days(2) == 1
    found = await house.engine.objects.stat(house.bucket, b"k", old.version_id)
    assert found.attributes.storage_class == "GLACIER"
    await house.check_usage()


async def test_what_is_locked_stays_until_it_is_not(house: House) -> None:
    await house.version(Versioning.ENABLED)
    now = house.engine.clock.ms
    old = await house.put(b"k", lock=Lock("COMPLIANCE", now + 10 * DAY_MS))
    await house.put(b"k")
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1)))
    assert await house.pass_days(5) == 0
    assert await house.engine.objects.find(house.bucket, b"k", old.version_id) is not None
    assert await house.pass_days(6) == 1
    await house.check_usage()


async def test_days_may_be_short(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(1))
    house.rules = replace(house.rules, day_ms=1000)
    house.start()
    house.engine.clock.ms += 2000
    assert await house.age() == 1
