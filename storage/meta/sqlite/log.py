"""Keeping the write-ahead log bounded.

Beside the commits, a thread copies the log back as soon as it has grown by a
little; once all of it is copied and nobody reads from it, SQLite begins it
anew.  Commits that never pause would keep it from ever being all copied; past
a limit the committer, in its turn, copies the little that is left and waits
for readers, briefly.

Source: sqlite.org, "Write-Ahead Logging", 2.3 "Avoiding Excessively Large WAL Files".
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import apsw

from storage.meta.sqlite.layout import BUSY_TIMEOUT_MS

_logger = logging.getLogger(__name__)

CHECKPOINT_PAGES: Final = 4_000  # 16 MiB of log
CHECKPOINT_PAGES_MAX: Final = 32_000  # 128 MiB
READERS_TIMEOUT_MS: Final = 50  # a scan takes a few; a stopped process is not waited for

assert CHECKPOINT_PAGES < CHECKPOINT_PAGES_MAX


class Log:
    """Watches the log of the committer's connection."""

    def __init__(
        self,
        connection: apsw.Connection,
        path: Path,
        vfs: str | None,
        on_failure: Callable[[str], None],
        *,
        pages: int = CHECKPOINT_PAGES,
        pages_max: int = CHECKPOINT_PAGES_MAX,
    ) -> None:
        self._connection = connection
        self._path = path
        self._vfs = vfs
        self._on_failure = on_failure
        self._pages, self._pages_max = pages, pages_max
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="meta-checkpoint")
        self._beside = False
        self._length = 0  # pages in the log after the last commit
        self._next, self._next_max = pages, pages_max
        connection.set_wal_hook(self._on_commit)

    def _on_commit(self, connection: apsw.Connection, name: str, pages: int) -> int:  # noqa: ARG002 - apsw's
        if pages < self._length:  # begun anew
            self._next, self._next_max = self._pages, self._pages_max
        self._length = pages
        return int(apsw.SQLITE_OK)

    def bound(self, *, now: bool = False) -> None:
        """After a commit, in the committer's turn: copy back what is too much.

        ``now``: however little it is, for there is no room to grow.
        """
        if now or self._length > self._next_max:
            self._next_max = self._length + self._pages
            self._connection.set_busy_timeout(READERS_TIMEOUT_MS)
            try:
                self._copy(self._connection, apsw.SQLITE_CHECKPOINT_RESTART)
            finally:
                self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        elif self._length > self._next and not self._beside:
            self._next = self._length + self._pages
            self._beside = True
            self._pool.submit(self._copy_beside)

    def _copy_beside(self) -> None:
        try:
            connection = apsw.Connection(str(self._path), vfs=self._vfs)
            try:
                connection.pragma("synchronous", "full")
                self._copy(connection, apsw.SQLITE_CHECKPOINT_PASSIVE)
            finally:
                connection.close(True)
        except apsw.CantOpenError as error:
            self._put_off(error)
        except apsw.Error as error:
            self._on_failure(f"copying the log back: {error}")
        finally:
            self._beside = False

    def _copy(self, connection: apsw.Connection, mode: int) -> None:
        try:
            connection.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.LockedError):
            return  # somebody else does it, or a reader is in the way: next time
        except apsw.FullError:
            return  # the log keeps what the file has no room for
        except apsw.CantOpenError as error:
            self._put_off(error)
        except apsw.Error as error:
            self._on_failure(f"copying the log back: {error}")

    def _put_off(self, error: apsw.Error) -> None:
        """No descriptor is left, say.  Nothing is lost: every commit is in the log.

        Next time; past the limit the committer does it, which has its files open.
        """
        _logger.warning("copying the log of %s back is put off: %s", self._path, error)

    def close(self) -> None:
        """Wait for the copying under way."""
        self._pool.shutdown()
