"""The file system as blobs need it: a seam, so that a test can fail any call or cut the power.

Every call blocks; callers run them in threads.
"""

import ctypes
import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

Buffer = bytes | bytearray | memoryview

_libc: Final = ctypes.CDLL(None, use_errno=True)
_FICLONE: Final = 0x40049409  # linux/fs.h; _IOW(0x94, 9, int)
_KEEP_SIZE: Final = 1  # linux/falloc.h, FALLOC_FL_KEEP_SIZE
_AT_FDCWD: Final = -100  # linux/fcntl.h
_NOREPLACE: Final = 1  # linux/fs.h, RENAME_NOREPLACE
_IOV_MAX: Final = 1024  # linux/uio.h, UIO_MAXIOV
_UNKNOWN: Final = (errno.ENOSYS, errno.EINVAL)  # a kernel or a file system without it
# ioctl_ficlone(2); ENOTTY, ENOSYS of what knows no such call; EPERM, EACCES of a sandbox that
# forbids it.  None of them tells of a bad or full disk: copying finds that out if it is one.
_CANNOT_CLONE: Final = (
    *(*_UNKNOWN, errno.EOPNOTSUPP, errno.EXDEV, errno.ENOTTY),
    *(errno.EPERM, errno.EACCES),
)


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

    def sync_content(self, path: Path) -> None:
        """Make the content of a file that is there durable; nothing to do if none is."""
        ...

    def close(self, fd: int) -> None:
        """Close."""
        ...

    def move(self, source: Path, target: Path) -> None:
        """Give a file another name; FileExistsError if that is taken."""
        ...

    def link(self, source: Path, target: Path) -> None:
        """Give a file one more name; FileExistsError if that is taken."""
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

    def is_taken(self, path: Path) -> bool:
        """Whether anything has that name, a link to nothing too."""
        ...

    def open(self, path: Path) -> int:
        """Open for reading; FileNotFoundError if there is no file, but a directory, say."""
        ...

    def size(self, fd: int) -> int:
        """Bytes in the file."""
        ...

    def size_of(self, path: Path) -> int:
        """Bytes in the file of that name; FileNotFoundError if there is no file."""
        ...

    def is_file(self, path: Path) -> bool:
        """Whether a file has that name, not a directory, a link, or nothing."""
        ...

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to ``length`` bytes at ``offset``."""
        ...

    def clone(self, source: int, target: int) -> bool:
        """Share the bytes of one file with another; False if the file system cannot.

        Raises:
            OSError: it can, and failed, as for want of room.
        """
        ...

    def names(self, path: Path) -> Iterator[str]:
        """The names in a directory; none if it is not there."""
        ...

    def remove_directory(self, path: Path) -> None:
        """Remove an empty directory; none is there afterwards."""
        ...

    def lock(self, path: Path, *, wait: bool) -> int | None:
        """Lock a file, made if need be, until its descriptor is closed.

        None if another process has it locked and ``wait`` is False.
        """
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
        number = errno.EINTR
        while number == errno.EINTR:
            failed = _libc.fallocate(fd, _KEEP_SIZE, ctypes.c_int64(0), ctypes.c_int64(size))
            number = ctypes.get_errno() if failed else 0
        if number in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(number, os.strerror(number))

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        """Append all of the pieces."""
        left = [memoryview(piece) for piece in pieces if len(piece)]
        done = 0  # pieces; nothing is taken off the list, or many would cost their square
        while done < len(left):
            written = os.writev(fd, left[done : done + _IOV_MAX])
            while done < len(left) and written >= len(left[done]):
                written -= len(left[done])
                done += 1
            if written:
                left[done] = left[done][written:]

    def sync(self, fd: int) -> None:
        """Make the file's content and size durable."""
        os.fdatasync(fd)

    def sync_content(self, path: Path) -> None:
        """Make the content of a file that is there durable."""
        with suppress(FileNotFoundError):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fdatasync(fd)
            finally:
                os.close(fd)

    def close(self, fd: int) -> None:
        """Close."""
        os.close(fd)

    def move(self, source: Path, target: Path) -> None:
        """Give a file another name, never over another."""
        if hasattr(_libc, "renameat2"):
            names = os.fsencode(source), os.fsencode(target)
            failed = _libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _NOREPLACE)
            number = ctypes.get_errno() if failed else 0
            if number == 0:
                return
            if number not in _UNKNOWN:
                raise OSError(number, os.strerror(number), str(target))
        os.link(source, target)
        os.unlink(source)

    def link(self, source: Path, target: Path) -> None:
        """Give a file one more name."""
        os.link(source, target)

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

    def is_taken(self, path: Path) -> bool:
        """Whether anything has that name."""
        return os.path.lexists(path)

    def open(self, path: Path) -> int:
        """Open a file for reading, never what a link points to; a pipe does not make it wait."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            fd = os.open(path, flags)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
                raise FileNotFoundError(errno.ENOENT, "no file", str(path)) from error
            raise
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise FileNotFoundError(errno.ENOENT, "no file", str(path))
        return fd

    def size(self, fd: int) -> int:
        """Bytes in the file."""
        return os.fstat(fd).st_size

    def size_of(self, path: Path) -> int:
        """Bytes in the file of that name."""
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file", str(path))
        return found.st_size

    def is_file(self, path: Path) -> bool:
        """Whether a file has that name."""
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except FileNotFoundError:
            return False

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """Up to ``length`` bytes at ``offset``."""
        return os.pread(fd, length, offset)

    def clone(self, source: int, target: int) -> bool:
        """Share the bytes, where the file system has reflinks."""
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError as error:
            if error.errno not in _CANNOT_CLONE:
                raise
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

    def remove_directory(self, path: Path) -> None:
        """Remove an empty directory."""
        with suppress(FileNotFoundError):
            path.rmdir()

    def lock(self, path: Path, *, wait: bool) -> int | None:
        """Lock a file until its descriptor is closed."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except OSError:
            os.close(fd)
            raise
        return fd
