"""The file layer of SQLite on a simulated disk."""

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from tests.crash.disk import SimulatedDisk

_JOURNALS: Final = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
LOG_HEADER_BYTES: Final = 32


class Sync:
    """SQLite's own syncs, by what they are for."""

    JOURNAL: Final = "sqlite: the journal of a new database, before its header"
    JOURNAL_HEADER: Final = "sqlite: the journal of a new database"
    JOURNAL_NAME: Final = "sqlite: the directory, with the journal"
    FIRST_PAGE: Final = "sqlite: the first page of a new database"
    LOG_NAME: Final = "sqlite: the directory, with the log"
    LOG_HEADER: Final = "sqlite: the log, begun anew"
    COMMIT: Final = "sqlite: the log, at a commit"
    BEFORE_COPY: Final = "sqlite: the log, before it is copied back"
    AFTER_COPY: Final = "sqlite: the database, before the log begins anew"


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
                self._disk.about_to_change(path.parent)
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_DELETE) from error
            super().xDelete(filename, False)
            self._disk.forget(path)
            if syncdir:
                raise AssertionError("SQLite does so for synchronous=EXTRA alone")


class SimulatedFile(apsw.VFSFile):
    """A database, its journal or its log."""

    def __init__(
        self, disk: "SimulatedDisk", name: str | apsw.URIFilename, flags: list[int]
    ) -> None:
        filename = name if isinstance(name, str) else name.filename()
        self._disk = disk
        self._path = Path(filename)
        self._mount = self._path.parent
        with disk.lock:
            fresh = not self._path.exists()
            if fresh or self._mount != disk.path:
                try:
                    disk.about_to_change(self._mount)
                except OSError as error:
                    told = apsw.CantOpenError(str(error))
                    raise told from error
            super().__init__("", name, flags)
            if fresh and self._path.exists():
                disk.make(self._path)
        self._inode = disk.inode(self._path)
        # As os_unix.c does it (UNIXFILE_DIRSYNC): whether the file was there or not.
        created = flags[0] & apsw.SQLITE_OPEN_CREATE
        self._names_itself = bool(created and flags[0] & _JOURNALS)
        self._kind = {"wal": "log", "journal": "journal"}.get(
            filename.rpartition("-")[2], "database"
        )
        self._wrote = 0  # bytes of the last write since the last sync

    def _site(self) -> str:
        """Which of SQLite's syncs this one is, by what the connection wrote before it."""
        if self._kind == "log":
            return {0: Sync.BEFORE_COPY, LOG_HEADER_BYTES: Sync.LOG_HEADER}.get(
                self._wrote, Sync.COMMIT
            )
        if self._kind == "journal":
            return Sync.JOURNAL if self._names_itself else Sync.JOURNAL_HEADER
        journal = self._path.with_name(self._path.name + "-journal")
        return Sync.FIRST_PAGE if journal.exists() else Sync.AFTER_COPY

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        from tests.crash.disk import Written

        with self._disk.lock:
            inode = self._inode
            end = offset + len(data)
            try:
                self._disk.about_to_change(self._mount)
                self._disk.need_room(max(0, end - inode.size))
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_WRITE) from error
            super().xWrite(data, offset)
            inode.pending.append(Written(offset, bytes(data)))
            inode.size = max(inode.size, end)
            self._wrote = len(data)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        from tests.crash.disk import Truncated

        with self._disk.lock:
            try:
                self._disk.about_to_change(self._mount)
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_TRUNCATE) from error
            super().xTruncate(size)
            self._inode.pending.append(Truncated(size))
            self._inode.size = size

    def xSync(self, flags: int) -> None:  # noqa: N802
        with self._disk.lock:
            site = self._site()
            try:
                self._disk.about_to_sync(site, self._mount)
            except OSError as error:
                raise _as_sqlite(error, apsw.SQLITE_IOERR_FSYNC) from error
            self._disk.sync(self._inode, site)
            self._wrote = 0
            if self._names_itself:
                self._names_itself = False
                site = Sync.LOG_NAME if self._kind == "log" else Sync.JOURNAL_NAME
                self._disk.synced.add(site)
                self._disk.sync_directory(self._path.parent, site)
