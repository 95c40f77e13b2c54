"""The thread that writes: what is waiting goes into one transaction and one fsync.

Each batch of a group is judged for itself, in order, seeing those before it.
What becomes of a group:

=============================  ================================================
all is well                    each batch its stamp, Conflict or Exceeded
no room                        each again on its own; StoreFull, unless it gives room back
the disk fails before COMMIT   StoreUnavailable: nothing was written
the disk fails inside COMMIT   Uncertain, and nothing more is written
=============================  ================================================

A failed write is never tried again and believed: after a failed fsync the
kernel may have dropped the pages and call the next one a success.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from storage.errors import (
    Conflict,
    Exceeded,
    StorageError,
    StoreFull,
    StoreUnavailable,
    Uncertain,
)
from storage.meta import BATCH_BYTES_MAX, Batch, Stamp
from storage.meta.epoch import SharedEpoch
from storage.meta.sqlite.group import SqliteGroup, gives_back
from storage.meta.sqlite.layout import COUNT, SET_COUNT, IsLarge
from storage.meta.sqlite.log import Log
from storage.meta.sqlite.reserve import Reserve
from storage.meta.sqlite.turn import Turn

GROUP_BATCHES_MAX: Final = 512  # in one transaction
GROUP_BYTES_MAX: Final = 32 * 1024 * 1024

assert GROUP_BYTES_MAX >= BATCH_BYTES_MAX


class Submitted:
    """A batch on its way, and who waits for it."""

    __slots__ = ("batch", "error", "future", "size", "stamp")

    def __init__(self, batch: Batch, size: int, future: asyncio.Future[Stamp]) -> None:
        self.batch = batch
        self.size = size  # bytes
        self.future = future
        self.stamp: Stamp | None = None
        self.error: StorageError | None = None

    def settle(self) -> None:
        """Tell the waiter, if it still waits; the batch ran to its end in any case."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            assert self.stamp is not None
            self.future.set_result(self.stamp)


class Committer:
    """Writes for one process, with a connection of its own."""

    def __init__(
        self,
        connection: apsw.Connection,
        *,
        loop: asyncio.AbstractEventLoop,
        is_large: IsLarge,
        turn: Turn,
        reserve: Reserve,
        path: Path,
        epoch: SharedEpoch | None = None,
    ) -> None:
        self.broken: str | None = None  # why nothing is written any more
        self._connection = connection
        self._loop = loop
        self._is_large = is_large
        self._turn = turn
        self._reserve = reserve
        self._path = path  # tells the log which disk it is
        self._full = f"no room on the disk of {path}"
        self._epoch = epoch
        self._log: Log
        self._queue: deque[Submitted] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="meta-commit", daemon=True)

    def start(self, log: Log) -> None:
        """Begin to write."""
        self._log = log
        self._thread.start()

    def submit(self, submitted: Submitted) -> None:
        """Queue a batch.

        Raises:
            StoreUnavailable
        """
        with self._wake:
            if self.broken is not None or self._closing:
                raise StoreUnavailable(self.broken or "closed")
            self._queue.append(submitted)
            self._wake.notify()

    def fail(self, why: str) -> None:
        """Write nothing from now on."""
        if self.broken is None:
            self.broken = why

    def close(self) -> None:
        """Write what was submitted, then end.  Blocks."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # The thread

    def _run(self) -> None:
        group: list[Submitted] = []
        try:
            while self._wait():
                with self._turn:
                    # What arrived while others had their turn joins the group.
                    group = self._take()
                    if self._epoch is not None:
                        self._epoch.begin(routine=all(one.batch.routine for one in group))
                    short = not self._commit(group)
                    if self._epoch is not None:
                        self._epoch.end()
                    self._tell(group)
                    self._log.bound(now=short)
        except BaseException as error:
            # A bug, or a lock file that cannot be locked.  Nobody shall wait for ever.
            self._give_up(group, f"{type(error).__name__}: {error}")
            raise

    def _wait(self) -> bool:
        with self._wake:
            while not self._queue:
                if self._closing:
                    return False
                self._wake.wait()
        return True

    def _take(self) -> list[Submitted]:
        with self._wake:
            group = [self._queue.popleft()]
            size = group[0].size
            while self._queue and len(group) < GROUP_BATCHES_MAX:
                size += self._queue[0].size
                if size > GROUP_BYTES_MAX:
                    break
                group.append(self._queue.popleft())
        return group

    def _tell(self, group: Sequence[Submitted]) -> None:
        # A loop that is closed has nobody left who waits.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_settle, tuple(group))

    def _give_up(self, group: list[Submitted], why: str) -> None:
        self.fail(why)
        for submitted in group:
            submitted.error = Uncertain(why)
        with self._wake:
            waiting, self._queue = list(self._queue), deque()
        for submitted in waiting:
            submitted.error = StoreUnavailable(why)
        self._tell(group + waiting)

    # A group

    def _commit(self, group: Sequence[Submitted]) -> bool:
        """Give every batch its outcome; False if the disk is short of room."""
        if self._reserve.hold():
            try:
                self._write(group)
            except apsw.Error:  # no room: see _write
                self._reserve.release()
            else:
                return True
        # One that takes room must not refuse others that give it back.
        for submitted in group:
            submitted.stamp, submitted.error = None, StoreFull(self._full)
            if gives_back(submitted.batch):
                submitted.error = None
                try:
                    self._write([submitted])
                except apsw.Error as error:
                    submitted.error = StoreFull(f"{self._full}: {error}")
        return False

    def _write(self, group: Sequence[Submitted]) -> None:
        """One transaction.

        Raises:
            apsw.Error: there is no room; nothing was written.  Every other
                failure is the outcome of the group.
        """
        if self.broken is not None:
            _refuse(group, StoreUnavailable, self.broken)
            return
        committing = False
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            if not self._apply_each(group):
                self._connection.execute("ROLLBACK")
                return
            committing = True
            self._connection.execute("COMMIT")
        except apsw.BusyError as error:
            # A stranger holds the database (a copy being made): later, not never.
            self._roll_back()
            _refuse(group, StoreUnavailable, str(error))
        except apsw.Error as error:
            self._roll_back()
            if _is_no_room(error):
                raise
            self.fail(f"the disk of {self._path}: {type(error).__name__}: {error}")
            _refuse(group, Uncertain if committing else StoreUnavailable, self.broken)

    def _apply_each(self, group: Sequence[Submitted]) -> bool:
        """Whether any batch was written and not refused."""
        rows: Any = self._connection.execute(COUNT).fetchall()
        count = before = rows[0][0]
        together = SqliteGroup(self._connection, self._is_large, [one.batch for one in group])
        for submitted in group:
            try:
                submitted.stamp = together.add(submitted.batch, count + 1)
            except (Conflict, Exceeded) as error:
                submitted.error = error
            else:
                count += 1
        if count > before:
            together.write()
            self._connection.execute(SET_COUNT, (count,))
        return bool(count > before)

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except apsw.Error as error:
            self.fail(f"{type(error).__name__}: {error}")


def _settle(group: Sequence[Submitted]) -> None:
    for submitted in group:
        submitted.settle()


def _refuse(group: Sequence[Submitted], kind: type[StorageError], why: str | None) -> None:
    for submitted in group:
        submitted.stamp, submitted.error = None, kind(why)


def _is_no_room(error: apsw.Error) -> bool:
    # The index of the log is a file too, and tells of its troubles in other words.
    index = getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_SHMSIZE
    return index or isinstance(error, apsw.FullError)
