"""What the check takes out is kept aside, with an account of what it was."""

import errno
import json
import os
from pathlib import Path
from typing import cast

import pytest

from storage.blob.file import FileBlobs
from storage.errors import BlobMissing
from storage.files import RealFiles
from storage.fsck import Kind
from storage.quarantine import QuarantineFolder
from tests.storage.harms import (
    Harm,
    flip_a_bit_in_a_part_of_an_object,
    leave_a_blob,
    leave_a_blob_of_another_database,
    put_a_folder_in_its_place,
)
from tests.storage.house import PARTS, House


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
