"""The file system of a simulated disk, as blobs need it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from storage.files import Buffer, RealFiles

if TYPE_CHECKING:
    from tests.crash.disk import Inode, SimulatedDisk


def site_of(path: Path) -> str:
    """What a sync of this file or directory is called."""
    if path.parent.parent.name == "writing":
        return "blob content"
    if path.parent.name == "blobs" and len(path.name) == 2:
        return "blob name"
    return "blob directories" if path.name == "blobs" else "data directory"


class SimulatedFiles(RealFiles):
    """Does what it is asked on the real files, and tells the disk."""

    def __init__(self, disk: "SimulatedDisk") -> None:
        self._disk = disk
        self._open: dict[int, tuple[Inode, Path]] = {}

    def create(self, path: Path) -> int:
        with self._disk.lock:
            self._disk.about_to_change()
            fd = super().create(path)
            self._open[fd] = self._disk.make(path), path
            return fd

    def allocate(self, fd: int, size: int) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            self._disk.need_room(size)
            self._open[fd][0].reserved = size

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        from tests.crash.disk import Written

        with self._disk.lock:
            inode, _ = self._open[fd]
            for piece in pieces:
                self._disk.about_to_change()
                more = inode.size + len(piece) - max(inode.size, inode.reserved)
                self._disk.need_room(max(0, more))
                super().write(fd, [piece])
                inode.pending.append(Written(inode.size, bytes(piece)))
                inode.size += len(piece)

    def sync(self, fd: int) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            inode, path = self._open[fd]
            self._disk.sync(inode, site_of(path))

    def close(self, fd: int) -> None:
        with self._disk.lock:
            inode, _ = self._open.pop(fd, (None, None))
            # The reserve keeps what it was given; a blob's surplus goes back with it.
            super().close(fd)
            if inode is not None and inode.size:
                inode.reserved = 0

    def move(self, source: Path, target: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            super().move(source, target)
            self._disk.rename(source, target)

    def sync_directory(self, path: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            self._disk.sync_directory(path, site_of(path))

    def make_directory(self, path: Path) -> bool:
        with self._disk.lock:
            self._disk.about_to_change()
            made = super().make_directory(path)
            if made:
                self._disk.make_directory(path)
            return made

    def remove(self, path: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            super().remove(path)
            self._disk.forget(path)

    def remove_directory(self, path: Path) -> None:
        with self._disk.lock:
            self._disk.about_to_change()
            super().remove_directory(path)
            self._disk.forget_directory(path)

    def lock(self, path: Path, *, wait: bool) -> int | None:
        with self._disk.lock:
            self._disk.about_to_change()
            fresh = not path.exists()
            fd = super().lock(path, wait=wait)
            if fresh:
                self._disk.make(path)
            return fd

    def clone(self, source: int, target: int) -> bool:
        return False

    def names(self, path: Path) -> Iterator[str]:
        return iter(sorted(super().names(path)))
