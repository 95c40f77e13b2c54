"""When the keeper passes through a bucket, where it goes on, and what breaks off no pass."""

import pytest

from storage import aging, keys
from storage.lifecycle import (
    NoncurrentExpiration,
    Rule,
)
from storage.meta import Batch
from storage.records import Versioning
from storage.retention import DAY_MS
from tests.storage.aging.house import OWNER, Full, House, expires
from tests.storage.engine import Engine


async def test_a_new_document_takes_effect_at_the_next_midnight_or_noon(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(99))
    assert await house.pass_days(10) == 0
    await house.configure(expires(5))
    assert await house.age() == 0
    assert await house.pass_days(0.49) == 0
    assert await house.pass_days(0.02) == 1


async def test_a_keeper_begins_with_a_pass(house: House) -> None:
    await house.put(b"k")
    await house.configure(expires(5))
    await house.age()
    house.engine.clock.ms += 10 * DAY_MS + 1
    house.start()
    assert await house.age() == 1


async def test_another_configuration_breaks_off_no_pass(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "PAGE_ROWS", 1)
    monkeypatch.setattr(aging, "ROWS_PER_TURN", 1)
    for key in (b"a", b"b", b"c"):
        await house.put(key)
    await house.configure(expires(1))
    house.engine.clock.ms += 2 * DAY_MS
    for number in range(4):
        assert (await house.keeper.age()).aged == (number < 3)
        await house.configurations.put(house.bucket, "cors", b"%d" % number)
    assert await house.keys() == []


async def test_a_pass_goes_on_within_a_key_where_its_page_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "PAGE_ROWS", 3)
    monkeypatch.setattr(aging, "ROWS_PER_TURN", 3)
    await house.version(Versioning.ENABLED)
    for key in (b"a", b"b", b"c\x00", b"c"):
        for _ in range(8):
            await house.put(key)
    await house.configure(Rule("r", noncurrent_expiration=NoncurrentExpiration(1, 2)))
    house.engine.clock.ms += 3 * DAY_MS
    turns, done = 0, 0
    while True:
        turn = await house.keeper.age()
        turns, done = turns + 1, done + turn.aged
        if not turn.more:
            break
    assert turns > 9  # 28 rows, 3 in a turn: other buckets have theirs between
    assert done == 4 * 5
    assert await house.rows() == (4, 8)
    await house.check_usage()


async def test_a_keeper_that_died_begins_again_and_harms_nothing(house: House) -> None:
    await house.version(Versioning.ENABLED)
    for number in range(20):
        await house.put(b"k%d" % number)
    await house.configure(expires(1))
    house.engine.clock.ms += 2 * DAY_MS
    assert (await house.keeper.age()).aged == 20
    for _ in range(3):
        house.start()
        assert await house.age() == 0
    assert await house.rows() == (20, 20)
    await house.check_usage()


async def test_a_full_disk_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    meta = Full()
    engine = Engine(meta=meta)
    house = House(engine, await engine.buckets.create("bucket", account=OWNER, region="r"))
    await house.version(Versioning.ENABLED)
    await house.put(b"k")
    await house.configure(expires(1))
    engine.clock.ms += 2 * DAY_MS
    meta.is_full = True
    assert (await house.keeper.age()).failed == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    meta.is_full = False
    assert await house.age() == 1


async def test_a_full_disk_does_not_keep_what_frees_it(house: House) -> None:
    meta = Full()
    engine = Engine(meta=meta)
    house = House(engine, await engine.buckets.create("bucket", account=OWNER, region="r"))
    await house.put(b"k")
    await house.configure(expires(1))
    engine.clock.ms += 2 * DAY_MS
    meta.is_full = True
    assert await house.age() == 1


async def test_a_row_that_does_not_decode_is_passed_over(house: House) -> None:
    await house.put(b"a")
    await house.put(b"b")
    row_key = keys.current(house.bucket.id, b"a")
    await house.engine.meta.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"\xc1"}))
    await house.configure(expires(1))
    assert await house.pass_days(2) == 1
    assert await house.engine.meta.get(row_key) is not None
