"""Copies of the trail in buckets: whole, once, and not of themselves."""

import json
from pathlib import Path

import pytest

from gateway.trail.segments import SEGMENT_MS
from gateway.trail.shipping import PREFIX, Shipping
from gateway.trail.verifying import HeadOf, verify
from storage.configurations import Configurations
from storage.garbage import never
from storage.rows import BucketRef
from tests.gateway.trail.house import DAY_MS, House, filled


def _shipping(house: House, segments_to: str = "", heads_to: str = "") -> Shipping:
    engine = house.engine
    return Shipping(
        house.collector,
        engine.buckets,
        Configurations(engine.buckets, engine.meta),
        engine.objects,
        segments_to=segments_to,
        heads_to=heads_to,
        encrypts=False,
    )


async def _keys(house: House, bucket: BucketRef) -> list[str]:
    page = await house.engine.listings.objects(
        bucket, prefix=b"", delimiter=b"", after=b"", max_keys=1000
    )
    return [one.key.decode() for one in page.entries]


async def test_closed_segments_are_copied_once_and_verified_there(tmp_path: Path) -> None:
    house = await filled(tmp_path / "data", 3)
    bucket = await house.bucket("copies")
    shipping = _shipping(house, segments_to="copies")
    for _ in range(2):
        assert (await shipping.round(never)).failed == 0

    names = [path.name for path in house.paths]
    assert await _keys(house, bucket) == [f"{PREFIX}segments/{name}" for name in names[:2]]
    copies = tmp_path / "copies"
    copies.mkdir()
    for name in names[:2]:
        key = f"{PREFIX}segments/{name}".encode()
        (copies / name).write_bytes(await house.engine.get(bucket, key))
    found = verify(copies, house.public_of())
    assert (found.faults, found.blocks) == ([], 2)
    await house.round()
    assert len(house.known()) == 6  # the copies are not in the trail


async def test_the_newest_head_is_stored_where_there_is_a_new_one(tmp_path: Path) -> None:
    house = await filled(tmp_path, 1)
    bucket = await house.bucket("locked")
    shipping = _shipping(house, heads_to="locked")
    await shipping.round(never)
    await house.round()
    await shipping.round(never)

    (key,) = await _keys(house, bucket)
    told = json.loads(await house.engine.get(bucket, key.encode()))
    last = house.verify().last
    assert key == f"{PREFIX}heads/000000000001.json"
    assert HeadOf.parse(told["head"])[:2] == last[:2]
    public = bytes.fromhex(told["public_key"])
    assert verify(house.folder, lambda _: public, HeadOf.parse(told["head"])).faults == []

    await house.change(bucket)
    await house.round()
    await shipping.round(never)
    assert len(await _keys(house, bucket)) == 3  # with what was just changed


async def test_what_is_not_copied_goes_for_want_of_room_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await filled(tmp_path, 3)
    house.has_room_for(1)
    _shipping(house, segments_to="copies")

    await house.round()

    assert house.verify().faults == []
    assert house.verify().removed == 3, "all but the last, which tells of it"
    assert "no room: 000000000001.segment is removed, which is not copied yet" in caplog.text


async def test_what_is_not_copied_is_not_removed(tmp_path: Path) -> None:
    house = await filled(tmp_path, 3, kept_days=1)
    shipping = _shipping(house, segments_to="copies")
    house.clock.ms += DAY_MS + SEGMENT_MS
    assert (await shipping.round(never)).failed == 1  # there is no such bucket
    await house.round()
    assert len(house.paths) == 3

    await house.bucket("copies")
    assert (await shipping.round(never)).failed == 0
    await house.round()

    assert house.verify().removed == 2


async def test_another_account_s_bucket_of_that_name_gets_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await filled(tmp_path, 3)
    taken = await house.bucket("copies", account="000000000002")
    shipping = _shipping(house, segments_to="copies", heads_to="copies")
    assert (await shipping.round(never)).failed == 2
    assert await _keys(house, taken) == []
    assert "the bucket copies is not the root account's" in caplog.text


async def test_what_somebody_else_put_in_a_copy_s_place_is_no_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await filled(tmp_path, 3)
    bucket = await house.bucket("copies")
    segment = f"{PREFIX}segments/{house.paths[0].name}".encode()
    head = f"{PREFIX}heads/000000000003.json".encode()
    for key in (segment, head):
        await house.engine.put(bucket, key, b"forged")
    for _ in range(2):  # a keeper that begins anew does not store them again
        shipping = _shipping(house, segments_to="copies", heads_to="copies")
        assert (await shipping.round(never)).failed == 0
        assert await house.engine.get(bucket, segment) == house.paths[0].read_bytes()
        assert HeadOf.parse(json.loads(await house.engine.get(bucket, head))["head"]).number == 3
    assert caplog.text.count("was not the trail's") == 2
