"""What is lost or damaged is found, taken out and kept; what was mended is not found again."""

import errno
import json
import os
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import cast

import msgspec
import pytest

from storage import assembly, keys
from storage.assembly import Wanted
from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.errors import (
    BlobMissing,
    BucketAlreadyOwnedByYou,
    InvalidPart,
    StorageError,
    StoreUnavailable,
)
from storage.files import RealFiles
from storage.fsck import Kind
from storage.meta import Batch, Delta, Stamp, prefix_range
from storage.preconditions import UNCONDITIONAL
from storage.quarantine import QuarantineFolder
from storage.records import (
    Garbage,
    NameRecord,
    Reference,
    decode_garbage,
    encode,
)
from tests.storage.engine import Engine
from tests.storage.house import PARTS, WHOLE, House


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)
    house = House(tmp_path)
    await house.furnish()
    return house


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


async def nothing(_: House) -> None:
    pass


async def lose_the_current(house: House) -> None:
    house.file_of(house.whole).unlink()


async def lose_an_older(house: House) -> None:
    house.file_of(house.older).unlink()


async def cut_the_current(house: House) -> None:
    os.truncate(house.file_of(house.whole), 999)


async def flip_a_bit(house: House) -> None:
    flip(house.file_of(house.whole))


async def flip_a_bit_of_all_copies(house: House) -> None:
    await house.copy(house.whole, b"copy")
    flip(house.file_of(house.whole))


async def flip_a_bit_in_a_part_of_an_object(house: House) -> None:
    flip(house.file_of(house.parts, 2))


async def lose_a_small_one(house: House) -> None:
    row_key = keys.inline(house.bucket.id, house.small.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def change_a_small_one(house: House) -> None:
    row_key = keys.inline(house.bucket.id, house.small.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"t"}))


async def lose_a_part(house: House) -> None:
    (await house.part_file(1)).unlink()


async def flip_a_bit_in_a_part_under_way(house: House) -> None:
    flip(await house.part_file(3))


async def lose_everything(house: House) -> None:
    async for info in house.blobs.list():
        house.blobs.path_of(info.blob).unlink()


async def leave_files_about(house: House) -> None:
    (house.directory / "blobs" / "stray").write_bytes(b"x")
    (house.directory / "blobs" / "00" / "stray").write_bytes(b"y")
    blob = house.file_of(house.whole)
    fan = "00" if blob.parent.name != "00" else "01"
    (house.directory / "blobs" / fan / blob.name).write_bytes(WHOLE)


async def leave_a_blob(house: House) -> None:
    writer = await house.blobs.create(BlobId(house.bucket.id + os.urandom(16)))
    await writer.write(b"x")
    await writer.commit()


async def leave_a_blob_of_another_database(house: House) -> None:
    writer = await house.blobs.create(BlobId(os.urandom(24)))
    await writer.write(b"x")
    await writer.commit()


async def forget_a_reference(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.whole.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def forget_the_reference_of_a_piece(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.parts.segments[0].content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))


async def condemn_what_is_named(house: House) -> None:
    row_key = keys.reference(house.bucket.id, house.whole.content)
    value = encode(Reference(-1))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def count_too_few(house: House) -> None:
    await house.copy(house.whole, b"copy")
    row_key = keys.reference(house.bucket.id, house.whole.content)
    value = encode(Reference(1))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def count_what_is_not(house: House) -> None:
    row_key = keys.reference(house.bucket.id, b"\1" * 24)
    value = encode(Reference(0))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))


async def _leave(house: House, left: Garbage) -> None:
    batch = Batch(keys.bucket(house.bucket.id))
    batch.append.append((keys.garbage(house.bucket.id), encode(left)))
    await house.data.commit(batch)


async def give_back_what_is_named(house: House) -> None:
    content = house.whole.content
    row_key = keys.reference(house.bucket.id, content)
    value = encode(Reference(0))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: value}))
    await _leave(house, Garbage(blobs=(content,), content=content))


async def give_back_what_is_named_and_counted(house: House) -> None:
    blobs = tuple(segment.content for segment in house.parts.segments if not segment.inline)
    inlines = tuple(segment.content for segment in house.parts.segments if segment.inline)
    await _leave(house, Garbage(blobs=blobs, inlines=inlines, content=house.parts.content))


async def give_back_parts_that_are_named(house: House) -> None:
    blobs = tuple(segment.content for segment in house.parts.segments if not segment.inline)
    await _leave(house, Garbage(blobs=(*blobs, b"\2" * 24)))


async def give_back_small_ones_that_are_named(house: House) -> None:
    part = house.parts.segments[1].content
    await _leave(house, Garbage(inlines=(house.small.content, part, b"\2" * 24)))


async def give_back_a_small_object(house: House) -> None:
    await _leave(house, Garbage(inlines=(house.small.content,), content=house.small.content))


async def use_more(house: House) -> None:
    row_key = keys.usage_bytes(house.bucket.id)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), add={row_key: Delta(5)}))


async def forget_the_bucket(house: House) -> None:
    await house.data.commit(Batch(keys.CONTROL, delete={keys.name("bucket")}))


async def lose_the_bucket(house: House) -> None:
    row_key = keys.bucket(house.bucket.id)
    await house.data.commit(Batch(row_key, delete={row_key}))


async def put_a_folder_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.unlink()
    path.mkdir()
    (path / "inside").write_bytes(b"x")


async def put_a_link_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.rename(house.directory / "elsewhere")
    path.symlink_to(house.directory / "elsewhere")


async def put_a_pipe_in_its_place(house: House) -> None:
    path = house.file_of(house.whole)
    path.unlink()
    os.mkfifo(path)


async def forget_the_listing(house: House) -> None:
    await house.data.commit(Batch(keys.CONTROL, delete={keys.account_bucket("1", "bucket")}))


async def name_what_is_not(house: House) -> None:
    value = encode(NameRecord(b"\0" * 8, "1", 0, "r"))
    put = {keys.name("none"): value, keys.account_bucket("1", "none"): value}
    await house.data.commit(Batch(keys.CONTROL, put=put))


Harm = Callable[[House], Awaitable[None]]

HARMS = [
    pytest.param(nothing, [], id="nothing"),
    pytest.param(lose_the_current, [Kind.MISSING], id="the current version's content lost"),
    pytest.param(lose_an_older, [Kind.MISSING], id="an older version's content lost"),
    pytest.param(cut_the_current, [Kind.DAMAGED], id="a content cut short"),
    pytest.param(flip_a_bit, [Kind.DAMAGED], id="a bit flipped"),
    pytest.param(
        flip_a_bit_of_all_copies, [Kind.DAMAGED] * 2, id="a bit flipped that two objects share"
    ),
    pytest.param(
        flip_a_bit_in_a_part_of_an_object, [Kind.DAMAGED], id="a bit flipped in one of three parts"
    ),
    pytest.param(lose_a_small_one, [Kind.MISSING], id="a small content lost"),
    pytest.param(change_a_small_one, [Kind.DAMAGED], id="a small content changed"),
    pytest.param(lose_a_part, [Kind.MISSING], id="a part under way lost"),
    pytest.param(flip_a_bit_in_a_part_under_way, [Kind.DAMAGED], id="a bit flipped in a part"),
    pytest.param(lose_everything, [Kind.MISSING] * 5, id="all blobs lost"),
    pytest.param(leave_files_about, [Kind.STRAY] * 3, id="files that are no blobs"),
    pytest.param(leave_a_blob, [Kind.ORPHAN], id="a blob without a name"),
    pytest.param(leave_a_blob_of_another_database, [Kind.FOREIGN], id="a blob of no bucket"),
    pytest.param(forget_a_reference, [Kind.MISCOUNTED], id="a count lost"),
    pytest.param(forget_the_reference_of_a_piece, [Kind.MISCOUNTED], id="a part's count lost"),
    pytest.param(condemn_what_is_named, [Kind.MISCOUNTED], id="a content condemned and named"),
    pytest.param(count_too_few, [Kind.MISCOUNTED], id="two names counted as one"),
    pytest.param(count_what_is_not, [Kind.LEAKED], id="a count of nothing"),
    pytest.param(give_back_what_is_named, [Kind.MISCOUNTED], id="a content given back and named"),
    pytest.param(
        give_back_what_is_named_and_counted,
        [Kind.MISCOUNTED],
        id="a content given back, named and counted",
    ),
    pytest.param(
        give_back_parts_that_are_named, [Kind.MISCOUNTED] * 2, id="parts given back and named"
    ),
    pytest.param(
        give_back_small_ones_that_are_named,
        [Kind.MISCOUNTED] * 2,
        id="small contents given back and named",
    ),
    pytest.param(
        give_back_a_small_object, [Kind.MISCOUNTED], id="a small object given back and named"
    ),
    pytest.param(use_more, [Kind.USAGE], id="wrong usage"),
    pytest.param(forget_the_bucket, [Kind.UNLISTED, Kind.NAMELESS], id="a bucket's name lost"),
    pytest.param(lose_the_bucket, [Kind.LOST], id="a bucket's row lost"),
    pytest.param(
        put_a_folder_in_its_place, [Kind.MISSING, Kind.STRAY], id="a folder for a content"
    ),
    pytest.param(put_a_link_in_its_place, [Kind.MISSING, Kind.STRAY], id="a link for a content"),
    pytest.param(put_a_pipe_in_its_place, [Kind.MISSING, Kind.STRAY], id="a pipe for a content"),
    pytest.param(forget_the_listing, [Kind.UNLISTED], id="a bucket its owner does not see"),
    pytest.param(name_what_is_not, [Kind.NAME], id="a name of no bucket"),
]


@pytest.mark.parametrize(("harm", "kinds"), HARMS)
async def test_it_is_found_mended_and_not_found_again(
    house: House, harm: Harm, kinds: list[Kind]
) -> None:
    await harm(house)
    assert [one.kind for one in (await house.check(repair=True)).findings] == kinds
    assert (await house.check()).findings == []
    for _ in range(2):
        await house.engine.keeper.round()
    assert (await house.check()).findings == []


@pytest.mark.parametrize(("harm", "kinds"), HARMS)
async def test_without_repair_nothing_changes(house: House, harm: Harm, kinds: list[Kind]) -> None:
    await harm(house)
    before = house.data.epoch(), sorted(house.directory.rglob("*"))
    first = await house.check()
    assert {one.kind for one in first.findings} >= set(kinds)
    assert not any(one.repaired or one.kept for one in first.findings)
    assert (await house.check()).findings == first.findings
    assert (house.data.epoch(), sorted(house.directory.rglob("*"))) == before


async def test_what_is_counted_wrong_keeps_its_content(house: House) -> None:
    for harm in (
        forget_a_reference,
        forget_the_reference_of_a_piece,
        give_back_what_is_named,
        give_back_what_is_named_and_counted,
        give_back_parts_that_are_named,
        give_back_small_ones_that_are_named,
        give_back_a_small_object,
    ):
        await harm(house)
    await house.check(repair=True)
    for _ in range(2):
        await house.engine.keeper.round()
    assert await house.engine.get(house.bucket, b"whole") == WHOLE
    assert await house.engine.get(house.bucket, b"parts") == b"".join(PARTS)
    fresh = Engine(meta=house.data, blobs=house.blobs)  # that remembers no small content
    assert await fresh.get(house.bucket, b"small") == b"s"


@pytest.mark.parametrize(
    "harm", [give_back_parts_that_are_named, give_back_small_ones_that_are_named]
)
async def test_a_failed_commit_leaves_the_rest_of_a_log_row_to_be_taken_back(
    house: House, harm: Harm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is reported mended is: the keeper does not delete it any more."""
    await harm(house)
    real = house.data.commit

    async def once(batch: Batch) -> Stamp:
        monkeypatch.undo()
        raise StoreUnavailable("not now")

    monkeypatch.setattr(house.data, "commit", once)
    findings = (await house.check(repair=True)).findings
    assert [one.repaired for one in findings] == [False, True]
    assert house.data.commit == real
    (row,) = await house.data.scan([prefix_range(keys.garbage(house.bucket.id))], 2)
    left = decode_garbage(row.value)
    assert {*left.blobs, *left.inlines} == {b"\2" * 24}
    assert (await house.check()).findings == []


async def test_the_remains_of_a_damaged_object_are_kept(house: House) -> None:
    await flip_a_bit_in_a_part_of_an_object(house)
    (finding,) = (await house.check(repair=True)).findings
    assert finding.kept is not None
    folder = Path(finding.kept)
    assert folder.parent == house.quarantine
    for _ in range(2):
        await house.engine.keeper.round()
    assert not house.file_of(house.parts).exists()
    what = json.loads((folder / "what.json").read_text())
    assert (what["bucket"], what["key"], what["etag"]) == ("bucket", "parts", house.parts.etag)
    assert what["missing"] == []
    left = b"".join((folder / piece["file"]).read_bytes() for piece in what["pieces"])
    assert [a == b for a, b in zip(left, b"".join(PARTS), strict=True)].count(False) == 1


@pytest.mark.parametrize("harm", [leave_a_blob, leave_a_blob_of_another_database])
async def test_a_blob_without_a_name_is_kept_aside(house: House, harm: Harm) -> None:
    await harm(house)
    (finding,) = (await house.check(repair=True)).findings
    assert finding.kept == str(house.quarantine / "unnamed" / finding.what)
    assert Path(finding.kept).read_bytes() == b"x"


async def test_a_bucket_whose_row_was_lost_is_made_anew_of_its_name(house: House) -> None:
    await lose_the_bucket(house)
    await house.engine.keeper.sweep()  # the keeper does not forget its name
    with pytest.raises(BucketAlreadyOwnedByYou):
        await house.engine.buckets.create("bucket", account="1", region="r")
    await house.check(repair=True)
    engine = Engine(meta=house.data, blobs=house.blobs)
    bucket = await engine.buckets.find("bucket")
    assert bucket.id == house.bucket.id
    assert msgspec.structs.replace(house.bucket.record, state_changed_ms=0) == bucket.record
    assert await engine.get(bucket, b"whole") == WHOLE
    assert await engine.get(bucket, b"whole", house.older.version_id) == b"o" * 1000
    await engine.put(bucket, b"whole", b"and it goes on")


async def test_what_has_the_place_of_a_content_is_kept_aside(house: House) -> None:
    await put_a_folder_in_its_place(house)
    with pytest.raises(BlobMissing):
        await house.engine.get(house.bucket, b"whole")
    findings = (await house.check(repair=True)).findings
    (kept,) = [Path(one.kept or "") for one in findings if one.kind is Kind.STRAY]
    assert (kept / "inside").read_bytes() == b"x"
    assert await house.engine.get(house.bucket, b"whole") == b"o" * 1000


async def test_what_is_missing_is_told(house: House) -> None:
    house.file_of(house.parts).unlink()
    (finding,) = (await house.check(repair=True)).findings
    what = json.loads((Path(finding.kept or "") / "what.json").read_text())
    assert what["missing"] == [house.parts.segments[0].content.hex()]
    there = [piece["part"] for piece in what["pieces"] if piece["file"] not in what["missing"]]
    assert there == [2, 3]


async def test_the_version_before_a_damaged_one_becomes_current(house: House) -> None:
    await flip_a_bit(house)
    await house.check(repair=True)
    assert await house.engine.get(house.bucket, b"whole") == b"o" * 1000


async def test_a_deep_check_alone_reads(house: House) -> None:
    await flip_a_bit(house)
    assert (await house.check(deep=False)).findings == []
    assert len((await house.check(deep=True)).findings) == 1


async def test_an_upload_whose_part_was_lost_does_not_complete(house: House) -> None:
    await lose_a_part(house)
    await house.check(repair=True)
    with pytest.raises(InvalidPart):
        await house.engine.uploads.complete(
            house.bucket, b"under way", house.upload_id, house.claimed, Wanted(), UNCONDITIONAL
        )


async def test_a_name_that_another_bucket_took_stays_with_it(house: House) -> None:
    await forget_the_bucket(house)
    other = Engine(meta=house.data, blobs=house.blobs)
    taken = await other.buckets.create("bucket", account="2", region="r")
    findings = (await house.check(repair=True)).findings
    assert (Kind.NAMELESS, False) in [(one.kind, one.repaired) for one in findings]
    assert (await Engine(meta=house.data).buckets.find("bucket")).id == taken.id


async def test_it_may_be_interrupted_between_keeping_and_taking_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flip_a_bit(house)
    take = QuarantineFolder.keep

    def and_die(*args: object) -> str:
        take(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(QuarantineFolder, "keep", and_die)
        with pytest.raises(KeyboardInterrupt):
            await house.check(repair=True)
    assert [one.kind for one in (await house.check(repair=True)).findings] == [Kind.DAMAGED]
    assert (await house.check()).findings == []


@pytest.mark.parametrize("refusal", [StoreUnavailable("read-only"), None])
async def test_an_empty_blob_that_the_disk_does_not_remove_is_told_and_the_run_goes_on(
    house: House, refusal: StorageError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = BlobId(b"\1" * 24)
    await (await house.blobs.create(blob)).commit()
    (house.directory / "blobs" / "stray").write_bytes(b"x")  # looked at last

    async def delete(_: FileBlobs, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        if refusal is not None:
            raise refusal
        return blobs

    with monkeypatch.context() as patched:
        patched.setattr(FileBlobs, "delete", delete)
        findings = (await house.check(repair=True)).findings
    assert [(one.kind, one.repaired) for one in findings] == [
        (Kind.FOREIGN, False),
        (Kind.STRAY, True),
    ]
    assert "left as it is" in findings[0].what
    assert house.blobs.path_of(blob).exists()
    assert [one.repaired for one in (await house.check(repair=True)).findings] == [True]
    assert (await house.check()).findings == []


async def test_rows_whose_bucket_is_lost_are_told_and_left(house: House) -> None:
    await lose_the_bucket(house)
    await forget_the_bucket(house)
    await forget_the_listing(house)
    for _ in range(2):
        findings = (await house.check(repair=True)).findings
        assert (Kind.ROWLESS, False) in [(one.kind, one.repaired) for one in findings]
    assert house.file_of(house.whole).exists()


class Elsewhere(RealFiles):
    """The quarantine lies on another disk than the blobs."""

    def link(self, source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


@pytest.mark.parametrize("names", [("x.new", "x.dat"), (".x.new", "x"), ("x" * 255,)])
def test_strays_on_another_disk_are_each_kept_under_their_name(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    folder = QuarantineFolder(tmp_path / "quarantine", cast("FileBlobs", None), Elsewhere())
    for name in names:
        (tmp_path / name).write_text(name)
        folder.take(tmp_path / name)
    kept = {one.name: one.read_text() for one in (tmp_path / "quarantine").glob("*/*")}
    assert kept == {name: name for name in names}


def test_what_an_interrupted_run_left_unfinished_goes_and_a_stray_of_such_a_name_stays(
    tmp_path: Path,
) -> None:
    (tmp_path / "quarantine" / "strays").mkdir(parents=True)
    (tmp_path / "quarantine" / "strays" / ".0123456789abcdef.new").write_text("half a cop")
    for text in ("one", "another"):
        folder = QuarantineFolder(tmp_path / "quarantine", cast("FileBlobs", None), RealFiles())
        (tmp_path / ".0123456789abcdef.new").write_text(text)
        folder.take(tmp_path / ".0123456789abcdef.new")
    kept = sorted(one.read_text() for one in (tmp_path / "quarantine" / "strays").iterdir())
    assert kept == ["another", "one"]


async def test_a_blob_in_the_wrong_folder_is_a_stray_file_and_nothing_else(house: House) -> None:
    """It is no blob there: nothing would find it under its name."""
    name = (house.bucket.id + bytes(16)).hex()
    misplaced = house.directory / "blobs" / "01" / name
    misplaced.write_bytes(b"x")
    assert name not in [info.blob.hex() async for info in house.blobs.list()]
    report = await house.check()
    assert [(one.kind, one.what) for one in report.findings] == [(Kind.STRAY, str(misplaced))]
