"""The operating system's files behave as blobs need them to."""

import ctypes
import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from storage import files
from storage.files import RealFiles

REAL = RealFiles()


def written(path: Path, pieces: Sequence[bytes]) -> bytes:
    fd = REAL.create(path)
    REAL.write(fd, pieces)
    REAL.sync(fd)
    REAL.close(fd)
    return path.read_bytes()


PIECES = [
    pytest.param([], id="nothing"),
    pytest.param([b"", b"a", b""], id="empty ones among them"),
    pytest.param([bytes([n % 251]) * (n % 7) for n in range(5000)], id="more than one call takes"),
    pytest.param([b"x" * 3_000_000, b"y"], id="a large one"),
]


@pytest.mark.parametrize("pieces", PIECES)
def test_all_pieces_are_written_in_order(pieces: Sequence[bytes], tmp_path: Path) -> None:
    assert written(tmp_path / "file", pieces) == b"".join(pieces)


@pytest.mark.parametrize("pieces", PIECES)
def test_a_short_write_is_continued(
    pieces: Sequence[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(fd: int, buffers: Sequence[memoryview]) -> int:
        first = next(buffer for buffer in buffers if len(buffer))
        return os.write(fd, first[: max(1, len(first) * 2 // 3)])

    monkeypatch.setattr(os, "writev", short)
    assert written(tmp_path / "file", pieces) == b"".join(pieces)


def test_many_pieces_are_few_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    writev = os.writev

    def counting(fd: int, buffers: Sequence[memoryview]) -> int:
        calls.append(len(buffers))
        return writev(fd, buffers)

    monkeypatch.setattr(os, "writev", counting)
    assert len(written(tmp_path / "file", [b"x"] * 10_000)) == 10_000
    assert calls == [1024] * 9 + [10_000 - 9 * 1024]


def test_a_file_is_made_once(tmp_path: Path) -> None:
    written(tmp_path / "file", [b"first"])
    with pytest.raises(FileExistsError):
        REAL.create(tmp_path / "file")


def test_room_that_is_reserved_is_not_content(tmp_path: Path) -> None:
    fd = REAL.create(tmp_path / "file")
    REAL.allocate(fd, 1_000_000)
    assert REAL.size(fd) == 0
    REAL.write(fd, [b"abc"])
    assert REAL.size(fd) == REAL.size_of(tmp_path / "file") == 3
    REAL.close(fd)


class Libc:
    """The C library with one call that fails at first."""

    def __init__(self, name: str, errors: list[int]) -> None:
        self._name, self._errors = name, errors

    def __getattr__(self, name: str) -> Callable[..., int]:
        real: Any = getattr(ctypes.CDLL(None, use_errno=True), name)

        def call(*args: Any) -> int:
            if name == self._name and self._errors:
                ctypes.set_errno(self._errors.pop(0))
                return -1
            return int(real(*args))

        return call


def test_a_reservation_that_is_interrupted_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_libc", Libc("fallocate", [errno.EINTR, errno.EINTR, errno.ENOSPC]))
    fd = REAL.create(tmp_path / "file")
    with pytest.raises(OSError) as caught:
        REAL.allocate(fd, 100)
    assert caught.value.errno == errno.ENOSPC
    REAL.close(fd)


@pytest.mark.parametrize(
    "errors",
    [
        pytest.param([], id="in one step"),
        pytest.param([errno.EINVAL] * 2, id="in two, where the file system cannot"),
        pytest.param([errno.ENOSYS] * 2, id="in two, where the kernel cannot"),
    ],
)
def test_a_move_never_replaces(
    errors: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "source", [b"new"])
    written(tmp_path / "taken", [b"old"])
    (tmp_path / "deeper").mkdir()
    monkeypatch.setattr(files, "_libc", Libc("renameat2", errors))
    with pytest.raises(FileExistsError):
        REAL.move(tmp_path / "source", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"old"
    REAL.move(tmp_path / "source", tmp_path / "deeper" / "target")
    assert (tmp_path / "deeper" / "target").read_bytes() == b"new"
    assert not REAL.exists(tmp_path / "source")
    with pytest.raises(FileNotFoundError):
        REAL.move(tmp_path / "source", tmp_path / "other")


def test_what_is_not_there_is_no_error_to_remove_or_list(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    REAL.remove(nowhere)
    REAL.remove_directory(nowhere)
    assert list(REAL.names(nowhere)) == []
    assert not REAL.exists(nowhere)
    assert REAL.make_directory(nowhere)
    assert not REAL.make_directory(nowhere)
    REAL.sync_directory(nowhere)
    REAL.remove_directory(nowhere)
    with pytest.raises(FileNotFoundError):
        REAL.size_of(nowhere)
    with pytest.raises(FileNotFoundError):
        REAL.open(nowhere)


def test_a_lock_is_one_holder_s_until_it_is_closed(tmp_path: Path) -> None:
    held = REAL.lock(tmp_path / "lock", wait=False)
    assert held is not None
    assert REAL.lock(tmp_path / "lock", wait=False) is None
    REAL.close(held)
    again = REAL.lock(tmp_path / "lock", wait=True)
    assert again is not None
    REAL.close(again)


def test_reading_is_at_any_offset_and_ends_at_the_end(tmp_path: Path) -> None:
    written(tmp_path / "file", [b"0123456789"])
    fd = REAL.open(tmp_path / "file")
    assert REAL.read(fd, 3, 4) == b"456"
    assert REAL.read(fd, 100, 8) == b"89"
    assert REAL.read(fd, 1, 10) == b""
    REAL.close(fd)
