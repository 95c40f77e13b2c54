"""``signet`` on a disk that a test breaks: ``python -m ...faulty DIRECTORY serve ...``.

What lies in DIRECTORY is the trouble:

``full``    nothing may grow; the room that the reserve gave back may be used
``blob``    the next sync of a blob fails, once, in the process whose number the file holds
``log``     the next sync of SQLite's log, the same

The product knows nothing of it: blobs get another file system, SQLite another
file layer as its default, before anything is opened.
"""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from unittest import mock

import apsw

from gateway.cli import main
from storage.files import Buffer, RealFiles

_BASE: Final = "unix"  # the operating system's


class Trouble:
    """The directory that says what is wrong."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def is_full(self) -> bool:
        """Whether no file may grow."""
        return (self._directory / "full").exists()

    def strikes(self, name: str) -> bool:
        """Whether this is the call that fails: true once, in one process."""
        file = self._directory / name
        if not file.exists() or file.read_text() != str(os.getpid()):
            return False
        file.unlink()
        return True


class FaultyFiles(RealFiles):
    """The operating system's files, on such a disk."""

    trouble: Trouble

    def allocate(self, fd: int, size: int) -> None:
        """Reserve room, if there is any."""
        if self.trouble.is_full():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().allocate(fd, size)

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        """Append, if there is room."""
        if self.trouble.is_full():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(fd, pieces)

    def make_directory(self, path: Path) -> bool:
        """A directory takes a block."""
        if self.trouble.is_full() and not path.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().make_directory(path)

    def sync(self, fd: int) -> None:
        """Fail, or not."""
        if self.trouble.strikes("blob"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(fd)


class FaultyVfs(apsw.VFS):
    """SQLite's file layer on such a disk."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        super().__init__("faulty", _BASE, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "FaultyFile":  # noqa: N802 - SQLite's
        assert name is not None, "the store makes no temporary files"
        return FaultyFile(self._trouble, name, flags)


class FaultyFile(apsw.VFSFile):
    """A database or its log."""

    def __init__(self, trouble: Trouble, name: str | apsw.URIFilename, flags: list[int]) -> None:
        filename = name if isinstance(name, str) else name.filename()
        self._trouble = trouble
        self._is_log = filename.endswith("-wal")
        self._reserve = Path(filename.removesuffix("-wal") + "-reserve")
        super().__init__(_BASE, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """In place, or where there is room."""
        grows = offset + len(data) > self.xFileSize()
        if grows and self._trouble.is_full() and self._reserve.exists():
            raise apsw.FullError("the disk is full")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Fail, or not."""
        if self._is_log and self._trouble.strikes("log"):
            error = apsw.IOError("the disk failed")
            error.extendedresult = apsw.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
            raise error
        super().xSync(flags)


def run(directory: str, *arguments: str) -> int:
    """The status of ``signet`` with those arguments."""
    trouble = FaultyFiles.trouble = Trouble(Path(directory))
    vfs = FaultyVfs(trouble)
    with (
        mock.patch("storage.blob.file.RealFiles", FaultyFiles),
        mock.patch("storage.meta.sqlite.store.RealFiles", FaultyFiles),
    ):
        status = main(arguments)
    vfs.unregister()
    return status


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
