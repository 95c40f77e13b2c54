"""The metadata port on SQLite: one file, any number of processes of one machine.

Point reads run where they are asked for, on the event loop: they take a few
microseconds, a hop to a thread ten times as long.  Commits run in one thread a
process, which takes everything that is waiting into one transaction and one
fsync; between processes a file lock keeps the order.  WAL with
``synchronous=FULL``: a commit that returned survives a power cut.

Source: sqlite.org, "Write-Ahead Logging", "PRAGMA synchronous", "PRAGMA data_version".
"""

import asyncio
import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import apsw

from storage.errors import (
    Conflict,
    Exceeded,
    StorageError,
    StoreFull,
    StoreUnavailable,
    Uncertain,
)
from storage.meta import ABSENT, SCAN_ROWS_MAX, Batch, Range, Row, Stamp
from storage.meta.batches import STAMP_BYTES, appended_key, check_batch, counted

GROUP_MAX: Final = 256  # batches in one transaction
INLINE_SCAN_ROWS_MAX: Final = 100  # longer scans leave the event loop alone
BUSY_TIMEOUT_MS: Final = 10_000  # only checkpoints compete: commits queue on the file lock
PAGE_BYTES: Final = 8192
CACHE_KIB: Final = 64 * 1024
# The log is copied back in the background from here on, and by the committer when it
# outgrows what readers and writers leave time for.
CHECKPOINT_PAGES: Final = 2_000
CHECKPOINT_PAGES_MAX: Final = 32_000

assert CHECKPOINT_PAGES < CHECKPOINT_PAGES_MAX

_COLUMNS: Final = "(key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL)"
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS small {_COLUMNS} WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS large {_COLUMNS};
CREATE TABLE IF NOT EXISTS commits (one INTEGER PRIMARY KEY, count INTEGER NOT NULL);
INSERT OR IGNORE INTO commits VALUES (1, 0);
"""

# Which of the two tables holds a range of keys: large values fill the pages of a
# WITHOUT ROWID tree badly.  None: both may.
IsLarge = Callable[[bytes, bytes], bool | None]


def all_small(start: bytes, end: bytes) -> bool | None:  # noqa: ARG001 - an IsLarge
    """Keep every row in the table of small values."""
    return False


class _Submitted:
    """A batch on its way, and who waits for it."""

    __slots__ = ("batch", "error", "future", "stamp")

    def __init__(self, batch: Batch, future: asyncio.Future[Stamp]) -> None:
        self.batch = batch
        self.future = future
        self.stamp: Stamp | None = None
        self.error: Exception | None = None

    def settle(self) -> None:
        if self.future.done():
            return  # the waiter was cancelled; the batch ran to its end all the same
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            assert self.stamp is not None
            self.future.set_result(self.stamp)


class SqliteMeta:
    """A handle; open it after forking, on the loop that will use it."""

    def __init__(
        self, path: Path, *, is_large: IsLarge = all_small, vfs: str | None = None
    ) -> None:
        """Open or make the database at ``path``.

        Raises:
            StoreUnavailable: it cannot be opened.
        """
        self._path = path
        self._vfs = vfs
        self._is_large = is_large
        self._loop = asyncio.get_running_loop()
        self._lock_fd = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._reader = self._connect()
            self._scanner = self._connect()
        except apsw.Error as error:
            os.close(self._lock_fd)
            raise StoreUnavailable(str(error)) from error
        self._read = self._reader.cursor().execute
        self._scan_pool = ThreadPoolExecutor(1, thread_name_prefix="meta-scan")
        self._checkpoint_pool = ThreadPoolExecutor(1, thread_name_prefix="meta-checkpoint")
        self._checkpointing = False
        self._queue: deque[_Submitted] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._broken: str | None = None
        self._log_pages = 0
        self._committer = threading.Thread(target=self._run, name="meta-commit", daemon=True)
        self._committer.start()

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), vfs=self._vfs)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("page_size", PAGE_BYTES)
        if connection.pragma("journal_mode", "wal") != "wal":
            raise apsw.CantOpenError("the file system does not support a write-ahead log")
        connection.pragma("synchronous", "full")
        connection.pragma("cache_size", -CACHE_KIB)
        connection.pragma("wal_autocheckpoint", 0)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_SCHEMA)
        connection.execute("COMMIT")
        return connection

    @property
    def healthy(self) -> bool:
        """False after a failed write to the disk: reopen, which recovers."""
        return self._broken is None

    # Reading

    async def get(self, key: bytes) -> Row | None:
        """The row as of the last commit, or None."""
        large = self._is_large(key, key)
        for value, revision in self._read(_GET[bool(large)], (key,)):
            return Row(key, value, revision)
        return None

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows, range after range, all from one snapshot."""
        if limit > SCAN_ROWS_MAX:
            raise ValueError(f"a scan of {limit} rows, more than {SCAN_ROWS_MAX}")
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
        if several:
            connection.execute("BEGIN")
        try:
            for start, end in ranges:
                left = limit - len(found)
                if left <= 0 or start >= end:
                    continue
                large = self._is_large(start, end)
                query = _SCAN_BOTH if large is None else _SCAN[large]
                rows = connection.execute(query, {"start": start, "end": end, "limit": left})
                found += [Row(*row) for row in rows]
        finally:
            if several:
                connection.execute("COMMIT")
        return found

    def epoch(self) -> int:
        """Moves with every commit of the committer's connection or another process."""
        for (version,) in self._read("PRAGMA data_version"):
            return int(version)
        raise AssertionError("a pragma always answers")

    # Writing

    async def commit(self, batch: Batch) -> Stamp:
        """Make the batch durable, together with others that wait.

        Raises:
            Conflict, Exceeded, StoreFull, StoreUnavailable: nothing was written.
            Uncertain: the disk failed inside the commit.
            ValueError: a limit of the port is passed.
        """
        check_batch(batch)
        if self._broken is not None or self._closing:
            raise StoreUnavailable(self._broken or "closed")
        future: asyncio.Future[Stamp] = self._loop.create_future()
        with self._wake:
            self._queue.append(_Submitted(batch, future))
            self._wake.notify()
        return await future

    def _run(self) -> None:
        """The committer's thread: one transaction for everything that waits."""
        connection = self._connect()
        connection.set_wal_hook(self._on_wal)
        while True:
            with self._wake:
                while not self._queue:
                    if self._closing:
                        connection.close()
                        return
                    self._wake.wait()
            # Taken in turn by the processes; what arrives while this one waits joins its group.
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
            try:
                with self._wake:
                    group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
                self._commit_group(connection, group)
            finally:
                fcntl.flock(self._lock_fd, fcntl.LOCK_UN)
            self._loop.call_soon_threadsafe(_settle, group)
            self._bound_log(connection)

    def _commit_group(self, connection: apsw.Connection, group: list[_Submitted]) -> None:
        if self._broken is not None:
            _fail(group, StoreUnavailable, self._broken)
            return
        try:
            self._write_group(connection, group)
        except apsw.FullError as error:
            _roll_back(connection)
            if len(group) == 1:
                _fail(group, StoreFull, str(error))
                return
            # One that takes room must not refuse others that give it back.
            for submitted in group:
                submitted.error = submitted.stamp = None
                self._commit_group(connection, [submitted])

    def _write_group(self, connection: apsw.Connection, group: list[_Submitted]) -> None:
        """Raises FullError; every other failure of the disk ends writing."""
        try:
            connection.execute("BEGIN IMMEDIATE")
            count = next(connection.execute("SELECT count FROM commits"))[0]
            for submitted in group:
                try:
                    submitted.stamp = self._apply(connection, submitted.batch, count + 1)
                    count += 1
                except StorageError as error:
                    submitted.error = error
            connection.execute("UPDATE commits SET count = ?", (count,))
        except apsw.FullError:
            raise
        except apsw.Error as error:
            self._broken = f"{type(error).__name__}: {error}"
            _roll_back(connection)
            _fail(group, StoreUnavailable, self._broken)
            return
        try:
            connection.execute("COMMIT")
        except apsw.FullError:
            raise
        except apsw.Error as error:
            # Never tried again and believed: after a failed fsync the kernel may have
            # dropped the pages and call the next one a success.
            self._broken = f"{type(error).__name__}: {error}"
            _roll_back(connection)
            _fail(group, Uncertain, self._broken)

    def _apply(self, connection: apsw.Connection, batch: Batch, stamp: int) -> Stamp:
        """Check, then write; a refused batch has written nothing.

        Raises:
            Conflict, Exceeded
        """
        is_large = self._is_large
        for key, revision in batch.expect.items():
            row = connection.execute(_GET[bool(is_large(key, key))], (key,)).fetchone()
            if (row[1] if row else ABSENT) != revision:
                raise Conflict
        puts = dict(batch.put)
        for key, delta in batch.add.items():
            row = connection.execute(_GET[bool(is_large(key, key))], (key,)).fetchone()
            value = counted(row[0] if row else None, delta)
            if value is None:
                raise Exceeded
            puts[key] = value
        for key in batch.delete:
            connection.execute(_DELETE[bool(is_large(key, key))], (key,))
        for index, (prefix, value) in enumerate(batch.append):
            puts[appended_key(prefix, stamp, index)] = value
        for key, value in puts.items():
            connection.execute(_PUT[bool(is_large(key, key))], (key, value, stamp))
        return Stamp(stamp.to_bytes(STAMP_BYTES, "big"), dict.fromkeys(batch.put, stamp))

    # The log

    def _on_wal(self, connection: apsw.Connection, name: str, pages: int) -> int:  # noqa: ARG002 - apsw's
        self._log_pages = pages
        return int(apsw.SQLITE_OK)

    def _bound_log(self, connection: apsw.Connection) -> None:
        if self._log_pages > CHECKPOINT_PAGES_MAX:
            self._checkpoint(connection, apsw.SQLITE_CHECKPOINT_RESTART)
        elif self._log_pages > CHECKPOINT_PAGES and not self._checkpointing:
            self._checkpointing = True
            self._checkpoint_pool.submit(self._checkpoint_beside)

    def _checkpoint_beside(self) -> None:
        connection = apsw.Connection(str(self._path), vfs=self._vfs)
        try:
            connection.pragma("synchronous", "full")
            self._checkpoint(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
        finally:
            connection.close()
            self._checkpointing = False

    def _checkpoint(self, connection: apsw.Connection, mode: int) -> None:
        try:
            connection.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.LockedError):
            return  # somebody else does it, or a reader is in the way: next time
        except apsw.FullError:
            return  # the log keeps what the file has no room for
        except apsw.Error as error:
            self._broken = f"{type(error).__name__}: {error}"

    async def close(self) -> None:
        """Finish what was submitted, copy the log back, release everything."""
        with self._wake:
            if self._closing:
                return
            self._closing = True
            self._wake.notify()
        await self._loop.run_in_executor(None, self._committer.join)
        await asyncio.sleep(0)  # lets the last group's waiters hear
        self._scan_pool.shutdown()
        self._checkpoint_pool.shutdown()
        self._reader.close()
        self._scanner.close()
        os.close(self._lock_fd)


_TABLES: Final = ("small", "large")
_GET: Final = tuple(f"SELECT value, revision FROM {table} WHERE key = ?" for table in _TABLES)
_DELETE: Final = tuple(f"DELETE FROM {table} WHERE key = ?" for table in _TABLES)
_PUT: Final = tuple(
    f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT (key) "
    "DO UPDATE SET value = excluded.value, revision = excluded.revision"
    for table in _TABLES
)
_SELECT: Final = tuple(
    f"SELECT key, value, revision FROM {table} WHERE key >= :start AND key < :end"
    for table in _TABLES
)
_SCAN: Final = tuple(f"{select} ORDER BY key LIMIT :limit" for select in _SELECT)
_SCAN_BOTH: Final = " UNION ALL ".join(_SELECT) + " ORDER BY key LIMIT :limit"


def _settle(group: list[_Submitted]) -> None:
    for submitted in group:
        submitted.settle()


def _fail(group: list[_Submitted], kind: type[StorageError], why: str | None) -> None:
    for submitted in group:
        submitted.error = kind(why)


def _roll_back(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
