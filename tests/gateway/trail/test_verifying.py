"""Whatever is removed, changed or put in is found, up to a head that was kept elsewhere."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.trail.blocks import BEGINNING, Source, make
from gateway.trail.signer import Signer, is_signed
from gateway.trail.verifying import HeadOf, verify
from storage.keyring import MasterKey
from tests.gateway.trail.house import House, filled

Harm = Callable[[House], None]


def _change_a_byte(house: House) -> None:
    path = house.paths[1]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _remove_one(house: House) -> None:
    house.paths[1].unlink()


def _remove_the_first(house: House) -> None:
    house.paths[0].unlink()


def _exchange(house: House) -> None:
    first, second = house.paths[:2]
    content = first.read_bytes()
    shutil.copy(second, first)
    second.write_bytes(content)


def _repeat(house: House) -> None:
    path = house.paths[1]
    path.write_bytes(path.read_bytes() * 2)


def _empty(house: House) -> None:
    house.paths[1].write_bytes(b"")


def _cut(house: House) -> None:
    path = house.paths[1]
    path.write_bytes(path.read_bytes()[:-1])


def _forge(house: House) -> None:
    """Another trail from the beginning, by somebody who has not got the key."""
    signer = Signer(MasterKey("trail", house.keyring.newest("trail").version, 0, b"k" * 32))
    digest = BEGINNING
    for number, path in enumerate(house.paths, 1):
        block = make(signer, number, digest, 0, (Source("spool", b"x"),), b"")
        path.write_bytes(block)
        from gateway.trail.blocks import read

        ((_, made),) = read(block)
        digest = made.digest


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(_change_a_byte, "block 2 has other records than were signed", id="changed"),
        pytest.param(_remove_one, "blocks 2 to 2 are missing", id="one removed"),
        pytest.param(_remove_the_first, "blocks 1 to 1 are missing", id="the first removed"),
        pytest.param(_exchange, "block 1 does not follow block 2", id="exchanged"),
        pytest.param(_repeat, "block 2 does not follow block 2", id="repeated"),
        pytest.param(_empty, "blocks 2 to 2 are missing", id="emptied"),
        pytest.param(_cut, "a block that was cut off", id="cut off in the middle"),
        pytest.param(_forge, "block 1 has a signature that is wrong", id="forged"),
    ],
)
async def test_harm_is_found(tmp_path: Path, harm: Harm, said: str) -> None:
    house = await filled(tmp_path, 4)
    assert house.verify().faults == []

    harm(house)

    assert any(said in fault for fault in house.verify().faults), house.verify().faults


async def test_any_byte_that_is_changed_is_found(tmp_path: Path) -> None:
    house = await filled(tmp_path, 3)
    path = house.paths[1]
    content = path.read_bytes()
    for at in range(0, len(content), 13):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :])
        assert house.verify().faults, f"byte {at}"


async def test_an_end_that_was_removed_is_found_by_the_head_that_was_kept(tmp_path: Path) -> None:
    house = await filled(tmp_path, 4)
    kept = house.verify().last

    house.paths[-1].unlink()

    assert house.verify().faults == []  # of itself the rest is whole
    assert house.verify(kept).faults == [
        "the trail ends at block 3, before the head that was kept, 4"
    ]


async def test_another_trail_by_the_same_key_is_found_by_the_head_that_was_kept(
    tmp_path: Path,
) -> None:
    house = await filled(tmp_path, 3)
    kept = house.verify().last
    house.collector.close()
    for path in house.paths:
        path.unlink()
    house.restart()
    bucket = await house.bucket("other")
    for _ in range(4):
        await house.change(bucket)
        await house.round()

    assert house.verify().faults == []
    assert house.verify(kept).faults == ["block 3 is not the one whose head was kept"]


async def test_a_head_within_the_trail_is_held(tmp_path: Path) -> None:
    house = await filled(tmp_path, 2)
    kept = house.verify().last
    await house.change(await house.bucket("other"))
    await house.round()

    assert house.verify(HeadOf.parse(str(kept))).faults == []
    assert house.verify().blocks == 3


async def test_copies_of_segments_are_verified_by_the_public_key_alone(tmp_path: Path) -> None:
    house = await filled(tmp_path / "data", 3)
    copies = tmp_path / "copies"
    copies.mkdir()
    for path in house.paths:
        shutil.copy(path, copies)
    public = Signer(house.keyring.newest("trail")).public

    assert verify(copies, lambda _: public).faults == []
    assert verify(copies, lambda _: None).faults[0].endswith("which is not there")


@pytest.mark.parametrize("text", ["", "1", "1:", "x:" + "0" * 64, "1:" + "g" * 64, "1:" + "0" * 63])
def test_what_is_no_head(text: str) -> None:
    with pytest.raises(ValueError):
        HeadOf.parse(text)


def test_a_signature_is_of_one_digest_by_one_key() -> None:
    signer = Signer(MasterKey("trail", 1, 0, b"a" * 32))
    other = Signer(MasterKey("trail", 2, 0, b"b" * 32))
    signature = signer.sign(b"d" * 32)

    assert is_signed(signer.public, b"d" * 32, signature)
    assert not is_signed(signer.public, b"e" * 32, signature)
    assert not is_signed(other.public, b"d" * 32, signature)
    assert not is_signed(b"short", b"d" * 32, signature)
