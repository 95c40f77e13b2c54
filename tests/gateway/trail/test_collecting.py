"""Each record is in a segment once, wherever the keeper is stopped."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.trail.blocks import Source
from gateway.trail.reading import entries
from gateway.trail.records import Person
from gateway.trail.segments import SEGMENT_MS, Last, Segments
from gateway.trail.signer import Signer
from storage.errors import StoreUnavailable
from tests.gateway.trail.house import House, asked, filled, told


async def test_what_was_done_is_in_the_segments_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    bucket, other = await house.bucket(), await house.bucket("other")
    done = [await house.change(bucket), await house.change(other), house.read()]

    assert sorted(await house.all_known()) == sorted(done[:2])  # what is read is held for a while
    await house.round()
    await house.round()

    assert sorted(house.known()) == sorted(done)
    assert sorted(await house.all_known()) == sorted(done)
    assert await house.changes.partitions() == []
    assert house.verify().faults == []


async def test_changes_of_a_bucket_stay_in_order(tmp_path: Path) -> None:
    house = House(tmp_path)
    bucket = await house.bucket()
    done = []
    for _ in range(3):
        done += [await house.change(bucket) for _ in range(4)]
        await house.round()

    assert house.known() == done


class _Crash(Exception):
    pass


@pytest.mark.parametrize("step", ["append", "append half", "remove", "spool"])
async def test_a_crash_between_two_steps_loses_nothing_and_doubles_nothing(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    bucket = await house.bucket()
    done = [await house.change(bucket), house.read()]
    await house.round()
    done += [await house.change(bucket), house.read()]

    real = Segments.append

    def append(self: Segments, signer: Signer, sources: tuple[Source, ...], pieces: bytes) -> Last:
        if step == "append half":
            real(self, signer, sources, pieces)
            path = house.paths[-1]
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size - 10)
        raise _Crash

    async def remove(partition: bytes, places: Sequence[bytes]) -> None:
        raise _Crash

    def forget(name: str) -> None:
        raise _Crash

    with monkeypatch.context() as patch:
        if step.startswith("append"):
            patch.setattr(Segments, "append", append)
        elif step == "remove":
            patch.setattr(house.changes, "remove", remove)
        else:
            patch.setattr(house.spool, "remove", forget)
        with pytest.raises(_Crash):
            await house.round()
    house.collector.close()
    house.restart()

    assert sorted(await house.all_known()) == sorted(done)
    await house.round()

    assert sorted(house.known()) == sorted(done)
    assert sorted(await house.all_known()) == sorted(done)
    assert house.verify().faults == []


async def test_where_the_disk_refuses_it_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    done = [await house.change(await house.bucket())]

    def refuse(*_: object) -> Last:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Segments, "append", refuse)
        with pytest.raises(StoreUnavailable, match="No space"):
            await house.round()
    await house.round()

    assert house.known() == done


async def test_more_than_a_page_of_a_log_is_taken_round_by_round(tmp_path: Path) -> None:
    house = House(tmp_path)
    bucket = await house.bucket()
    done = [await house.change(bucket) for _ in range(1001)]

    assert (await house.round()).more
    assert not (await house.round()).more

    assert house.known() == done


async def test_a_new_server_goes_on_after_the_last_block(tmp_path: Path) -> None:
    house = House(tmp_path)
    bucket = await house.bucket()
    await house.change(bucket)
    await house.round()
    house.collector.close()
    house.restart()
    await house.change(bucket)
    await house.round()

    assert [path.name for path in house.paths] == ["000000000001.segment", "000000000002.segment"]
    assert (house.verify().faults, house.verify().blocks) == ([], 2)


async def test_old_segments_go_and_a_block_says_so(tmp_path: Path) -> None:
    house = await filled(tmp_path, 4, kept_days=1)
    house.clock.ms += 24 * 3600 * 1000
    kept = house.verify().last

    await house.round()

    found = house.verify(kept)
    assert (found.faults, found.removed) == ([], 3)
    assert sorted(house.known()) == ["C7", "R8"]


async def test_what_is_oldest_goes_where_there_is_no_room(tmp_path: Path) -> None:
    house = House(tmp_path)
    for _ in range(6):
        for _ in range(500):
            newest = house.read()
        await house.round()
        house.clock.ms += SEGMENT_MS
    kept = house.verify().last
    house.has_room_for(4 * house.paths[0].stat().st_size)

    await house.round()

    found = house.verify(kept)
    assert found.faults == []
    assert 1 <= found.removed <= 3
    assert sum(path.stat().st_size for path in house.paths) <= house.bytes_max
    assert newest in house.known()
    before = house.paths
    await house.round()
    assert house.paths == before, "no more than has to"


async def test_what_follows_damage_is_not_vouched_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the block that tells of the removal would hide it."""
    house = await filled(tmp_path, 4)
    house.has_room_for(1)
    house.paths[1].write_bytes(b"harmed")

    await house.round()
    await house.round()

    assert len(house.paths) == 4
    assert house.verify().faults
    assert caplog.text.count("the trail stays as it is: 000000000002.segment") == 1


async def test_a_growing_segment_stays_however_large(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.has_room_for(1)
    house.read()
    await house.round()
    assert len(house.paths) == 1


async def test_what_a_killed_worker_wrote_by_half_is_left_out(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.read()
    house.worker.flush()
    (current,) = (tmp_path / "trail/spool").glob("current-*")
    with current.open("ab") as file:
        file.write(b"\0\0\1\0half")
    house.restart()  # the next worker sets it aside

    await house.round()

    assert house.known() == ["R1"]


async def test_what_nobody_takes_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.observe.spool.WAITING_FILES_MAX", 1)
    house = House(tmp_path)
    for number in range(3):  # of which the first file is kept
        house.worker.put(asked(str(number)))
        house.worker.set_aside()
    await house.round()
    await house.round()

    assert house.known() == ["0", "lost"]
    *_, last = entries(house.folder)
    assert last.lost is not None
    assert last.lost.count == 2


async def test_half_a_character_of_one_client_costs_the_others_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.read()
    why = "Unknown field \ud800"  # as JSON can spell it
    person = Person("1", "arn", "User", "id", "\udc00", "key")
    one = told("X", method="GET", person=person, referer=b"\xff")
    house.worker.put((1, one, 403, "MalformedPolicy", why, "", 0, 0, None, 1, ()))
    house.read()
    await house.round()

    first, odd, last = entries(house.folder)
    assert first.told is not None
    assert last.told is not None
    assert [first.told.request_id, last.told.request_id] == ["R1", "R2"]
    assert odd.asked is not None
    assert odd.asked.why == "Unknown field ?"
    assert odd.person is not None
    assert odd.person.user_name == "?"
    assert odd.told is not None
    assert odd.told.referer == b"\xff"


async def test_what_a_full_disk_took_by_half_spoils_nothing_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    house.read()
    house.worker.flush()
    write = os.write
    with monkeypatch.context() as full:
        full.setattr("os.write", lambda fd, data: write(fd, data[: len(data) // 2]))
        house.read()
        house.worker.flush()
    house.read()
    await house.round()

    assert house.known() == ["R1", "R3", "lost"]
    *_, last = entries(house.folder)
    assert last.lost is not None
    assert last.lost.count == 1
