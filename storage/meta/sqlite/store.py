"""The port: reads run here, writes go to the committer."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw

from storage.errors import StoreUnavailable
from storage.files import FileSystem, RealFiles
from storage.meta import SCAN_ROWS_MAX, Batch, Range, Row, Stamp
from storage.meta.batches import check_batch, check_scan
from storage.meta.epoch import SharedEpoch
from storage.meta.sqlite.committer import Committer, Submitted
from storage.meta.sqlite.layout import (
    GET,
    SCAN,
    SCAN_BOTH,
    IsLarge,
    all_small,
    connect,
    make_tables,
)
from storage.meta.sqlite.log import CHECKPOINT_PAGES, CHECKPOINT_PAGES_MAX, Log
from storage.meta.sqlite.modes import make_private
from storage.meta.sqlite.reserve import Reserve
from storage.meta.sqlite.turn import Turn

# A page of a listing takes a millisecond; a thread for it would give the interpreter away and wait
# for it with every row.  Longer scans leave the event loop alone.
INLINE_SCAN_ROWS_MAX: Final = 1200

assert INLINE_SCAN_ROWS_MAX < SCAN_ROWS_MAX
_ROW: Final = partial(tuple.__new__, Row)  # in C all the way, where ``Row._make`` is not


class SqliteMeta:
    """A handle; open it after forking, on the loop that will use it."""

    def __init__(
        self,
        path: Path,
        *,
        is_large: IsLarge = all_small,
        vfs: str | None = None,
        files: FileSystem | None = None,
        checkpoint_pages: tuple[int, int] = (CHECKPOINT_PAGES, CHECKPOINT_PAGES_MAX),
        epoch: SharedEpoch | None = None,
    ) -> None:
        """Open or make the database at ``path``.

        ``epoch`` is shared by all processes that have it open, if they have one.

        Raises:
            StoreUnavailable: it cannot be opened.
        """
        self._is_large = is_large
        self._epoch = epoch
        self._loop = asyncio.get_running_loop()
        self._closed = False
        files = files or RealFiles()
        reserve = Reserve(path.with_name(path.name + "-reserve"), files)
        self._connections: list[apsw.Connection] = []
        try:
            self._turn = Turn(path)
            with self._turn:
                self._open(path, vfs, files, reserve)
        except (apsw.Error, OSError) as error:
            self._release()
            raise StoreUnavailable(f"{path}: {error}") from error
        self._reader, self._scanner, writer = self._connections
        self._read: Callable[..., Any] = self._reader.cursor().execute
        self._scan_pool = ThreadPoolExecutor(1, thread_name_prefix="meta-scan")
        self._committer = self._start(writer, path, vfs, reserve, checkpoint_pages)

    def _start(
        self,
        writer: apsw.Connection,
        path: Path,
        vfs: str | None,
        reserve: Reserve,
        checkpoint_pages: tuple[int, int],
    ) -> Committer:
        committer = Committer(
            writer,
            loop=self._loop,
            is_large=self._is_large,
            turn=self._turn,
            reserve=reserve,
            path=path,
            epoch=self._epoch,
        )
        self._log = Log(
            writer,
            path,
            vfs,
            committer.fail,
            pages=checkpoint_pages[0],
            pages_max=checkpoint_pages[1],
        )
        committer.start(self._log)
        return committer

    def _open(self, path: Path, vfs: str | None, files: FileSystem, reserve: Reserve) -> None:
        # A full disk has no room for the log's index; and a reserve that a crash cut
        # short may hold less than it should.
        reserve.release()
        make_private(path, files)
        for _ in range(3):
            self._connections.append(connect(path, vfs))
        make_tables(self._connections[-1])
        if self._epoch is not None:
            # A process that died may have committed and not said so.
            self._epoch.begin()
            self._epoch.end()
        # Commits of a killed program, read from now on, may not have reached the disk.
        # The names need nothing: SQLite syncs the directory before its journal and its
        # log count (os_unix.c, UNIXFILE_DIRSYNC).
        files.sync_content(path.with_name(path.name + "-wal"))
        reserve.hold()

    @property
    def healthy(self) -> bool:
        """False after a failed write to the disk: reopen, which recovers."""
        return self._committer.broken is None

    @property
    def trouble(self) -> str | None:
        """None: a disk that does not answer is told of by each call."""
        return None

    @property
    def staleness_s(self) -> float:
        """0: the epoch moves with every commit."""
        return 0.0

    async def get(self, key: bytes) -> Row | None:
        """The row as of the last commit, or None.

        Raises:
            StoreUnavailable: the disk does not read.
        """
        try:
            # All rows of the one: an unfinished statement would hold its snapshot.
            found = self._read(GET[bool(self._is_large(key, key))], (key,)).fetchall()
        except apsw.Error as error:
            raise StoreUnavailable(str(error)) from error
        return Row(key, *found[0]) if found else None

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows, range after range, all from one snapshot.

        Raises:
            StoreUnavailable: the disk does not read.
        """
        check_scan(limit)
        if limit <= INLINE_SCAN_ROWS_MAX:
            return self._scan(self._reader, ranges, limit)
        return await self._loop.run_in_executor(
            self._scan_pool, self._scan, self._scanner, ranges, limit
        )

    def _scan(
        self, connection: apsw.Connection, ranges: Sequence[Range], limit: int
    ) -> Sequence[Row]:
        found: list[Row] = []
        several = len(ranges) > 1
        try:
            if several:
                connection.execute("BEGIN")
            try:
                for start, end in ranges:
                    left = limit - len(found)
                    if left <= 0 or start >= end:
                        continue
                    large = self._is_large(start, end)
                    query = SCAN_BOTH if large is None else SCAN[large]
                    rows = connection.execute(query, (start, end, left))
                    found += map(_ROW, rows.fetchall())
            finally:
                if several:
                    connection.execute("COMMIT")
        except apsw.Error as error:
            raise StoreUnavailable(str(error)) from error
        return found

    def epoch(self, *, settings: bool = False) -> int:
        """Moves with every commit of this process's committer or of another process."""
        if self._epoch is not None:
            return self._epoch.value(settings=settings)
        return int(self._read("PRAGMA data_version").fetchall()[0][0])

    async def commit(self, batch: Batch) -> Stamp:
        """Make the batch durable, together with others that wait.

        Raises:
            Conflict, Exceeded, StoreFull, StoreUnavailable: nothing was written.
            Uncertain: the disk failed inside the commit.
            ValueError: a limit of the port is passed.
        """
        size = check_batch(batch)
        future: asyncio.Future[Stamp] = self._loop.create_future()
        self._committer.submit(Submitted(batch, size, future))
        return await future

    async def close(self) -> None:
        """Finish what was submitted, copy the log back, release everything."""
        if self._closed:
            return
        self._closed = True
        await self._loop.run_in_executor(None, self._finish)
        await asyncio.sleep(0)  # lets the last group's waiters hear

    def _finish(self) -> None:
        self._committer.close()
        self._log.close()
        self._scan_pool.shutdown()
        self._release()

    def _release(self) -> None:
        for connection in self._connections:
            # The last one copies the log back.  If the disk does not let it, the
            # log stays, and whoever opens the database next reads it.
            with suppress(apsw.Error):
                connection.close(True)
        if hasattr(self, "_turn"):
            self._turn.close()
