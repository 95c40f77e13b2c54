"""The file system of a simulated disk, as blobs need it."""

import linecache
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from storage.files import Buffer, RealFiles

if TYPE_CHECKING:
    from tests.crash.disk import Inode, SimulatedDisk

ROOT: Final = Path(__file__).parents[2]


def _site() -> str:
    """Where the program asks for a sync: ``storage/blob/file.py: sync_directory(directory)``.

    The line itself is part of the name, so that two syncs of one function are two.
    """
    asking = sys._getframe(2)
    line = linecache.getline(asking.f_code.co_filename, asking.f_lineno)
    return site_in(Path(asking.f_code.co_filename), line)


def site_in(path: Path, line: str) -> str:
    """The name of the sync that a line of our source asks for."""
    return f"{path.relative_to(ROOT)}: {line[line.index('sync') :].strip()}"


class SimulatedFiles(RealFiles):
    """Does what it is asked on the real files, and tells the disk."""

    def __init__(self, disk: "SimulatedDisk") -> None:
        self._disk = disk
        self._mount = disk.path
        self._open: dict[int, Inode] = {}

    def create(self, path: Path) -> int:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            fd = super().create(path)
            self._open[fd] = self._disk.make(path)
            return fd

    def allocate(self, fd: int, size: int) -> None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            self._disk.need_room(size)
            self._open[fd].reserved = size

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        from tests.crash.disk import Written

        with self._disk.lock:
            inode = self._open[fd]
            for piece in pieces:
                self._disk.about_to_change(self._mount)
                more = inode.size + len(piece) - max(inode.size, inode.reserved)
                self._disk.need_room(max(0, more))
                super().write(fd, [piece])
                inode.pending.append(Written(inode.size, bytes(piece)))
                inode.size += len(piece)

    def sync(self, fd: int) -> None:
        with self._disk.lock:
            site = _site()
            self._disk.about_to_sync(site, self._mount)
            self._disk.sync(self._open[fd], site)

    def sync_content(self, path: Path) -> None:
        with self._disk.lock:
            site = _site()
            self._disk.about_to_sync(site, self._mount)
            if path.exists():
                self._disk.sync(self._disk.inode(path), site)

    def close(self, fd: int) -> None:
        with self._disk.lock:
            inode = self._open.pop(fd, None)
            # The reserve keeps what it was given; a blob's surplus goes back with it.
            super().close(fd)
            if inode is not None and inode.size:
                inode.reserved = 0

    def move(self, source: Path, target: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            super().move(source, target)
            self._disk.rename(source, target)

    def link(self, source: Path, target: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            super().link(source, target)
            self._disk.link(source, target)

    def sync_directory(self, path: Path) -> None:
        with self._disk.lock:
            site = _site()
            self._disk.about_to_sync(site, self._mount)
            if path.is_relative_to(self._disk.path):  # else above the simulation
                self._disk.sync_directory(path, site)

    def make_directory(self, path: Path) -> bool:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            made = super().make_directory(path)
            if made:
                self._disk.make_directory(path)
            return made

    def remove(self, path: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            super().remove(path)
            self._disk.forget(path)

    def remove_directory(self, path: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            super().remove_directory(path)
            self._disk.forget_directory(path)

    def lock(self, path: Path, *, wait: bool) -> int | None:
        with self._disk.lock:
            self._disk.about_to_change(self._mount)
            fresh = not path.exists()
            fd = super().lock(path, wait=wait)
            if fresh:
                self._disk.make(path)
            return fd

    def clone(self, source: int, target: int) -> bool:
        return False

    def names(self, path: Path) -> Iterator[str]:
        return iter(sorted(super().names(path)))
