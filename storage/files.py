"""The file system as blobs need it: a seam, so that a test can fail any call or cut the power.

Every call blocks; callers run them in threads.
"""

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

Buffer = bytes | bytearray | memoryview

_libc: Final = ctypes.CDLL(None, use_errno=True)
_FICLONE: Final = 0x40049409  # linux/fs.h; _IOW(0x94, 9, int)


class FileSystem(Protocol):
    """What a blob store does to files and directories."""

    def create(self, path: Path) -> int:
        """Open a new file for writing; OSError if it exists."""
        ...

    def allocate(self, fd: int, size: int) -> None:
        """Reserve room, if the file system can."""
        ...

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        """Append all of the pieces."""
        ...

    def sync(self, fd: int) -> None:
        """Make the file's content and size durable."""
        ...

    def close(self, fd: int) -> None:
        """Close."""
        ...

    def link(self, source: Path, target: Path) -> None:
        """Give a file its name; FileExistsError if it is taken."""
        ...

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""
        ...

    def make_directory(self, path: Path) -> bool:
        """Make it if it is not there; True if it was made."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a name; none is there afterwards."""
        ...

    def exists(self, path: Path) -> bool:
        """Whether there is a file of that name."""
        ...

    def open(self, path: Path) -> int:
        """Open for reading; FileNotFoundError if there is none."""
        ...

    def size(self, fd: int) -> int:
        """Bytes in the file."""
        ...

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to ``length`` bytes at ``offset``."""
        ...

    def clone(self, source: int, target: int) -> bool:
        """Share the bytes of one file with another, if the file system can."""
        ...

    def names(self, path: Path) -> Iterator[str]:
        """The names in a directory; none if it is not there."""
        ...


class RealFiles:
    """The operating system's."""

    def create(self, path: Path) -> int:
        """Open a new file for writing."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def allocate(self, fd: int, size: int) -> None:
        """Reserve room; a file system that cannot is not an error, a full one is.

        FALLOC_FL_KEEP_SIZE: what was reserved and not written never counts as content.
        """
        if size <= 0 or not hasattr(_libc, "fallocate"):
            return
        if _libc.fallocate(fd, 1, ctypes.c_int64(0), ctypes.c_int64(size)) != 0:
            number = ctypes.get_errno()
            if number in (errno.ENOSPC, errno.EDQUOT):
                raise OSError(number, os.strerror(number))

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        """Append all of the pieces."""
        left = [memoryview(piece) for piece in pieces if len(piece)]
        while left:
            written = os.writev(fd, left[:1024])
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if written:
                left[0] = left[0][written:]

    def sync(self, fd: int) -> None:
        """Make the file's content and size durable."""
        os.fdatasync(fd)

    def close(self, fd: int) -> None:
        """Close."""
        os.close(fd)

    def link(self, source: Path, target: Path) -> None:
        """Give a file its name, never over another."""
        os.link(source, target)
        os.unlink(source)

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def make_directory(self, path: Path) -> bool:
        """Make it if it is not there."""
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            return False
        return True

    def remove(self, path: Path) -> None:
        """Remove a name."""
        path.unlink(missing_ok=True)

    def exists(self, path: Path) -> bool:
        """Whether there is a file of that name."""
        return path.exists()

    def open(self, path: Path) -> int:
        """Open for reading."""
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def size(self, fd: int) -> int:
        """Bytes in the file."""
        return os.fstat(fd).st_size

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to ``length`` bytes at ``offset``."""
        return os.pread(fd, length, offset)

    def clone(self, source: int, target: int) -> bool:
        """Share the bytes, where the file system has reflinks."""
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError:
            return False
        return True

    def names(self, path: Path) -> Iterator[str]:
        """The names in a directory."""
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    yield entry.name
        except FileNotFoundError:
            return
