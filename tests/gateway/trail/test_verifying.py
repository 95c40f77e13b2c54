"""Whatever is removed, changed or put in is found, up to a head that was kept elsewhere."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.trail.blocks import BEGINNING, MAGIC, Damaged, Source, make, read
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
    for at in range(len(content)):
        for bit in (0x01, 0x40, 0x80):
            path.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])
            assert house.verify().faults, f"byte {at}"


@pytest.mark.parametrize("made_ms", [-1, 253_402_300_800_000, 2**62])
def test_a_block_has_a_time_that_there_is(made_ms: int) -> None:
    signer = Signer(MasterKey("trail", 1, 0, b"k" * 32))
    with pytest.raises(Damaged, match="of no time"):
        list(read(make(signer, 1, BEGINNING, made_ms, (), b"")))


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


async def _rotated(data_dir: Path) -> House:
    """A trail of two keys: of two blocks before the change, and two after."""
    house = await filled(data_dir, 2)
    house.clock.ms += 1000
    house.keyring.rotate("trail")
    for _ in range(2):
        house.read()
        await house.round()
    return house


def _publics(house: House) -> list[bytes]:
    keys = sorted(house.keyring.list(), key=lambda key: key.version)
    return [Signer(key).public for key in keys if key.name == "trail"]


async def test_a_key_that_is_rotated_leaves_what_it_signed_verifiable(tmp_path: Path) -> None:
    house = await _rotated(tmp_path)

    found = house.verify()

    assert found.faults == []
    assert found.blocks == 5, "one names the new key"
    assert house.verify(found.last).faults == []


async def test_whoever_knows_the_first_key_follows_to_the_next(tmp_path: Path) -> None:
    house = await _rotated(tmp_path)
    house.clock.ms += 1000
    house.keyring.rotate("trail")
    house.restart()
    house.read()
    await house.round()
    first, second, third = _publics(house)

    def knowing(*known: bytes) -> list[str]:
        return verify(house.folder, lambda head: head.public if head.public in known else None)[0]

    assert knowing(first) == []
    assert knowing(first, second, third) == []
    assert len(knowing(second)) == 3, "what was signed before it is not believed"
    assert len(knowing(b"another")) == 7


async def test_a_key_is_believed_only_from_who_signed_before(tmp_path: Path) -> None:
    """Somebody appends a block that names his own key, and goes on with that."""
    house = await filled(tmp_path, 2)
    last = house.collector.last
    assert last is not None
    genuine = house.keyring.newest("trail")
    forger = Signer(MasterKey("trail", genuine.version, 0, b"f" * 32))
    own = Signer(MasterKey("trail", genuine.version + 7, 0, b"g" * 32))
    named = Source("key", str(own.version).encode(), own.public)
    naming = make(forger, last.number + 1, last.digest, last.made_ms, (named,), b"")
    ((_, made),) = read(naming)
    more = make(own, last.number + 2, made.digest, last.made_ms, (), b"")
    (house.folder / f"{last.number + 1:012}.segment").write_bytes(naming + more)

    assert house.verify().faults == [
        "block 3 has a signature that is wrong",
        f"block 4 is signed by version {own.version} of the key, which is not there",
    ]


async def test_a_key_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    """Who has kept its public key verifies what it signed."""
    house = await filled(tmp_path, 2)
    first = house.keyring.newest("trail")
    house.collector.close()
    (tmp_path / "keys" / f"trail.{first.version}.json").unlink()
    house.clock.ms += 1000
    house.restart()
    house.read()
    await house.round()

    assert [fault[-18:] for fault in house.verify().faults] == ["which is not there"] * 2
    known = {Signer(first).public, *_publics(house)}
    found = verify(house.folder, lambda head: head.public if head.public in known else None)
    assert found.faults == []
    assert found.blocks == 3


async def in_one_segment(tmp_path: Path, blocks: int) -> House:
    house = House(tmp_path)
    bucket = await house.bucket()
    for _ in range(blocks):
        await house.change(bucket)
        await house.round()
    return house


async def test_harm_within_a_segment_is_told_also_after_the_server_went_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await in_one_segment(tmp_path, 3)
    (path,) = house.paths
    content = path.read_bytes()
    second = content.index(MAGIC, 1)
    path.write_bytes(content[: second - 1] + b"?" + content[second:])  # the first block's end
    house.collector.close()
    house.restart()
    bucket = await house.engine.buckets.find("bucket")
    await house.change(bucket)
    await house.round()

    assert len(house.paths) == 1
    assert "does not begin with a block" in house.verify().faults[-1]
    (aside,) = path.parent.glob("*.harmed")
    assert aside.read_bytes()[second:] == content[second:]
    assert "is set aside" in caplog.text


async def test_harm_between_blocks_is_told_also_after_the_server_went_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await in_one_segment(tmp_path, 3)
    (path,) = house.paths
    content = path.read_bytes()
    third = content.index(MAGIC, content.index(MAGIC, 1) + 1)
    path.write_bytes(content[: third - 1] + b"?" + content[third:])  # the second block's end
    assert house.verify().faults == [f"{path.name}: block 2 has other records than were signed"]
    house.collector.close()
    house.restart()
    bucket = await house.engine.buckets.find("bucket")
    await house.change(bucket)
    await house.round()

    assert house.verify().faults == [f"{path.name}: block 2 has other records than were signed"]
    assert house.known() == ["C1", "C4"]
    assert "what follows in it is left out" in caplog.text


async def test_a_block_that_a_power_cut_tore_is_followed_by_the_next(tmp_path: Path) -> None:
    house = await in_one_segment(tmp_path, 2)
    (path,) = house.paths
    content = path.read_bytes()
    path.write_bytes(content[:-20] + bytes(20))
    assert house.verify().faults != []
    house.collector.close()
    house.restart()
    bucket = await house.engine.buckets.find("bucket")
    await house.change(bucket)
    await house.round()
    assert house.verify().faults == []
