"""The data directory's format: made, recognised, refused."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.blob.file import FANS
from storage.errors import FormatError
from storage.files import Buffer, RealFiles
from storage.format import FORMAT, check, claim


def test_an_empty_directory_and_one_that_is_not_there_become_ours(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "deep" / "er"):
        claim(path)
        assert (path / "format").read_text() == f"signet {FORMAT}\n"
        claim(path)
        (tmp_path / "format").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(f"signet {FORMAT + 1}\n", "newer version", id="newer"),
        pytest.param("another 1\n", "not ours", id="of another program"),
        pytest.param("another 1\nof two lines\n", "not ours", id="longer, of another program"),
        pytest.param("signet\n", "damaged", id="without a number"),
        pytest.param("signet -1\n", "damaged", id="with a strange number"),
        pytest.param("signet " + "9" * 5000, "damaged", id="with too long a number"),
        pytest.param("sig", "damaged", id="half of it"),
        pytest.param("", "damaged", id="empty"),
        pytest.param("\n", "damaged", id="blank"),
        pytest.param("\0" * 9, "damaged", id="zeros"),
        pytest.param("\x89PNG\x01", "damaged", id="no text"),
    ],
)
def test_what_this_version_cannot_use_is_refused_with_the_reason(
    text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "format").write_text(text)
    with pytest.raises(FormatError, match=told):
        claim(tmp_path)
    assert (tmp_path / "format").read_text() == text


def test_a_directory_with_something_foreign_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(FormatError, match="not empty"):
        claim(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


class Dying(RealFiles):
    """Ends with its power before it gives a file its name."""

    def move(self, source: Path, target: Path) -> None:
        raise KeyboardInterrupt


def test_a_number_that_cannot_be_read_is_not_called_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "format").mkdir()
    with pytest.raises(FormatError, match=r"format cannot be read: .*directory") as refused:
        claim(tmp_path)
    assert "another program" not in str(refused.value)


def test_a_beginning_that_a_crash_cut_short_is_begun_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        claim(tmp_path, Dying())
    assert len(list(tmp_path.iterdir())) == 1
    claim(tmp_path)
    assert (tmp_path / "format").read_text() == f"signet {FORMAT}\n"


OLDER = ("format.new", "root-key.new")  # what the first versions made the two by


@pytest.mark.parametrize("is_ours", [False, True])
@pytest.mark.parametrize("left", [*OLDER, ".0123456789abcdef.new"])
def test_what_a_start_left_unfinished_is_removed_by_the_next(
    left: str, is_ours: bool, tmp_path: Path
) -> None:
    if is_ours:
        claim(tmp_path)
    (tmp_path / left).write_text("sig")
    check(tmp_path)
    assert (tmp_path / left).exists()  # who only looks has no lock
    claim(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["format"]


@pytest.mark.parametrize("name", ["notes.new", ".0123456789abcdef.new.1", ".0123456789ABCDEF.new"])
def test_what_only_looks_unfinished_is_somebody_elses(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with pytest.raises(FormatError, match="not empty"):
        claim(tmp_path)
    (tmp_path / "format").write_text(f"signet {FORMAT}\n")
    claim(tmp_path)
    assert (tmp_path / name).exists()


class Full(RealFiles):
    """Has room for a name and for nothing in it."""

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        claim(tmp_path, Full())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "signet\n", "\0\0\0", "another 1\n"])
@pytest.mark.parametrize("beside", ["meta.db", "root-key.json", "blobs"])
def test_an_unreadable_number_beside_our_files_is_damaged(
    text: str, beside: str, tmp_path: Path
) -> None:
    (tmp_path / "format").write_text(text)
    (tmp_path / beside).mkdir()
    with pytest.raises(FormatError, match=f"is damaged .*{beside}"):
        claim(tmp_path)


def whole(directory: Path) -> Path:
    """A data directory with one content; where that lies."""
    claim(directory)
    (directory / "meta.db").write_bytes(b"rows")
    for fan in FANS:
        (directory / "blobs" / fan).mkdir(parents=True)
    blob: Path = directory / "blobs" / "07" / ("00" * 23 + "07")
    blob.write_bytes(b"content")
    claim(directory)
    return blob


@pytest.mark.parametrize("left", ["the content", "the log"])
@pytest.mark.parametrize("size", [None, 0], ids=["missing", "empty"])
def test_a_database_that_is_lost_is_not_made_anew(
    left: str, size: int | None, tmp_path: Path
) -> None:
    blob = whole(tmp_path)
    (tmp_path / "meta.db").unlink()
    if size is not None:
        (tmp_path / "meta.db").touch()
    if left == "the log":
        blob.unlink()
        (tmp_path / "meta.db-wal").write_bytes(b"rows")
    with pytest.raises(FormatError, match=r"meta\.db is (missing|empty).*: restore"):
        claim(tmp_path)


@pytest.mark.parametrize("folder", ["blobs", "blobs/00", "blobs/ff"])
def test_folders_of_contents_that_are_lost_are_not_made_anew(folder: str, tmp_path: Path) -> None:
    whole(tmp_path)
    (tmp_path / folder).rename(tmp_path / "elsewhere")
    with pytest.raises(FormatError, match=f"{folder} is missing"):
        claim(tmp_path)
    assert not (tmp_path / folder).exists()


def test_a_first_start_that_was_cut_anywhere_goes_on(tmp_path: Path) -> None:
    claim(tmp_path)
    for fan in FANS:
        (tmp_path / "blobs" / fan).mkdir(parents=True)
        claim(tmp_path)
    (tmp_path / "meta.db").touch()
    claim(tmp_path)
    (tmp_path / "meta.db").write_bytes(b"rows")
    claim(tmp_path)
