"""The file layer of SQLite on a simulated disk."""

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from tests.crash.disk import SimulatedDisk

_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL


def _as_sqlite(error: OSError, result: int) -> apsw.Error:
    """An error number as SQLite's own file layer reports it."""
    if error.errno == errno.ENOSPC and result == apsw.SQLITE_IOERR_WRITE:
        return apsw.FullError(str(error))
    told = apsw.IOError(str(error))
    told.extendedresult = result  # type: ignore[attr-defined]
    return told


class SimulatedVfs(apsw.VFS):
    """Passes everything on to the system's own layer, and tells the disk."""

    def __init__(self, disk: "SimulatedDisk", name: str) -> None:
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "SimulatedFile":  # noqa: N802 - SQLite's
        assert name is not None, "the store makes no temporary files"
        return SimulatedFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        path = Path(filename)
        with self._disk.lock:
            try:
                self._disk.about_to_change()
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_DELETE) from error
            super().xDelete(filename, False)
            self._disk.forget(path)
            if syncdir:
                self._disk.sync_directory(path.parent, "journal name")


class SimulatedFile(apsw.VFSFile):
    """A database, its journal or its log."""

    def __init__(
        self, disk: "SimulatedDisk", name: str | apsw.URIFilename, flags: list[int]
    ) -> None:
        filename = name if isinstance(name, str) else name.filename()
        self._disk = disk
        self._path = Path(filename)
        with disk.lock:
            fresh = not self._path.exists()
            if fresh:
                try:
                    disk.about_to_change()
                except OSError as error:
                    told = apsw.CantOpenError(str(error))
                    raise told from error
            super().__init__("", name, flags)
            if fresh and self._path.exists():
                disk.make(self._path)
        self._inode = disk.inode(self._path)
        self._names_itself = bool(fresh and flags[0] & _JOURNALS)
        self._site = {"wal": "log", "journal": "journal"}.get(
            filename.rpartition("-")[2], "database"
        )

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        from tests.crash.disk import Written

        with self._disk.lock:
            inode = self._inode
            end = offset + len(data)
            try:
                self._disk.about_to_change()
                self._disk.need_room(max(0, end - inode.size))
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_WRITE) from error
            super().xWrite(data, offset)
            inode.pending.append(Written(offset, bytes(data)))
            inode.size = max(inode.size, end)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        from tests.crash.disk import Truncated

        with self._disk.lock:
            try:
                self._disk.about_to_change()
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_TRUNCATE) from error
            super().xTruncate(size)
            self._inode.pending.append(Truncated(size))
            self._inode.size = size

    def xSync(self, flags: int) -> None:  # noqa: N802
        with self._disk.lock:
            try:
                self._disk.about_to_change()
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_FSYNC) from error
            self._disk.sync(self._inode, self._site)
            if self._names_itself:
                self._names_itself = False
                self._disk.sync_directory(self._path.parent, "journal name")
