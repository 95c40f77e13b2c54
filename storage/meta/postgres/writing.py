"""Writes: what is waiting goes into one transaction, each batch judged for itself.

A transaction first counts up its writer's row and its partitions' rows, by
which it has the turn in each of them; then it reads what the batches expect
and count, writes what they change, and commits.  What becomes of a group:

===============================  ==============================================
all is well                      each batch its stamp, Conflict or Exceeded
it came to nothing               again, after a pause, as long as there is time
no time is left                  StoreUnavailable: nothing was written
the answer to COMMIT is lost     found out (``outcome``), else Uncertain
===============================  ==============================================
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from secrets import randbits
from typing import Final

from storage.errors import (
    Conflict,
    StorageError,
    StoreFull,
    StoreUnavailable,
    Uncertain,
)
from storage.meta import BATCH_BYTES_MAX, Batch, Stamp
from storage.meta.postgres.failures import COMPLETION_UNKNOWN, Failed, Fate
from storage.meta.postgres.link import Link
from storage.meta.postgres.outcome import happened
from storage.meta.postgres.session import STATEMENT_S
from storage.meta.postgres.transaction import Transaction
from storage.meta.slots import Slots

_log = logging.getLogger(__name__)

GROUP_BATCHES_MAX: Final = 256  # in one transaction
GROUP_BYTES_MAX: Final = 16 * 1024 * 1024
COMMIT_S: Final = 4.0  # from the moment that a batch was submitted: then nothing more is tried
BYTES_PER_S: Final = 8 * 1024 * 1024  # a group this large gets one second more
_PAUSE_FIRST_S: Final = 0.01
_PAUSE_MAX_S: Final = 0.5
_WRITER_BITS: Final = 63

assert GROUP_BYTES_MAX >= BATCH_BYTES_MAX
assert COMMIT_S > STATEMENT_S


class Submitted:
    """A batch on its way, and who waits for it."""

    __slots__ = ("batch", "future", "since", "size")

    def __init__(
        self, batch: Batch, size: int, future: asyncio.Future[Stamp], since: float
    ) -> None:
        self.batch = batch
        self.size = size  # bytes
        self.future = future
        self.since = since  # the loop's seconds

    def settle(self, outcome: Stamp | StorageError) -> None:
        """Tell the waiter, if it still waits; the batch ran to its end in any case."""
        if self.future.done():
            return
        if isinstance(outcome, Stamp):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)


class Writer:
    """Writes for one process, on a connection of its own."""

    def __init__(self, link: Link, slots: Slots, slot: int) -> None:
        self.id = randbits(_WRITER_BITS)  # of its row; a new one when that may be locked for long
        self._link = link
        self._slots = slots
        self._slot = slot
        self._loop = asyncio.get_running_loop()
        self._groups = 0  # that were given a number under this id
        self._queue: deque[Submitted] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closing = False

    def submit(self, batch: Batch, size: int) -> asyncio.Future[Stamp]:
        """Queue a batch of so many bytes; the outcome.

        Raises:
            StoreUnavailable
        """
        if self._closing:
            raise StoreUnavailable("closed")
        future: asyncio.Future[Stamp] = self._loop.create_future()
        self._queue.append(Submitted(batch, size, future, self._loop.time()))
        if self._writing is None:
            self._writing = self._loop.create_task(self._write())
        return future

    async def close(self) -> None:
        """Finish what was submitted."""
        self._closing = True
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write(self) -> None:
        group: list[Submitted] = []
        try:
            while self._queue:
                group = self._take()
                await self._commit(group)
        except BaseException as error:
            # A bug: nobody shall wait for ever.
            for submitted in (*group, *self._queue):
                submitted.settle(Uncertain(f"{type(error).__name__}: {error}"))
            self._queue.clear()
            raise
        finally:
            self._writing = None

    def _take(self) -> list[Submitted]:
        group = [self._queue.popleft()]
        size = group[0].size
        while self._queue and len(group) < GROUP_BATCHES_MAX:
            size += self._queue[0].size
            if size > GROUP_BYTES_MAX:
                break
            group.append(self._queue.popleft())
        return group

    async def _commit(self, group: Sequence[Submitted]) -> None:
        """Give every batch its outcome."""
        is_routine = all(one.batch.routine for one in group)
        self._slots.begin(self._slot, routine=is_routine)
        try:
            outcomes = await self._outcomes(group, is_routine=is_routine)
        except StorageError as error:
            outcomes = [type(error)(str(error)) for _ in group]
        finally:
            self._slots.end(self._slot)
        if any(isinstance(one, Conflict) for one in outcomes):
            # Somebody else was there: what is kept of the settings may be old.
            self._slots.begin(self._slot)
            self._slots.end(self._slot)
        for submitted, outcome in zip(group, outcomes, strict=True):
            submitted.settle(outcome)

    async def _outcomes(
        self, group: Sequence[Submitted], *, is_routine: bool
    ) -> list[Stamp | StorageError]:
        """
        Raises:
            StoreUnavailable, StoreFull, Uncertain: of them all.
        """
        limit = group[0].since + COMMIT_S
        within_s = STATEMENT_S + sum(one.size for one in group) / BYTES_PER_S
        pause_s = _PAUSE_FIRST_S
        while True:
            session = await self._link.session()
            self._groups += 1
            transaction = Transaction(
                session, [one.batch for one in group], self.id, self._groups, is_routine=is_routine
            )
            try:
                return await transaction.run(within_s)
            except Failed as error:
                outcomes = await self._after(error, transaction)
                if outcomes is not None:
                    return outcomes
                if self._loop.time() > limit:
                    raise StoreUnavailable(f"PostgreSQL: {error.why}") from error
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)

    async def _after(
        self, error: Failed, transaction: Transaction
    ) -> list[Stamp | StorageError] | None:
        """The outcomes, if it was committed all the same; None: it came to nothing.

        Raises:
            StoreUnavailable, StoreFull, Uncertain: of them all.
        """
        if error.fate is Fate.LOST:
            self._link.lost(transaction.session, error)
        else:
            await self._roll_back(transaction)
        if transaction.is_committing and not _is_refusal(error):
            return await self._find_out(error, transaction)
        if error.fate is Fate.FULL:
            raise StoreFull(f"PostgreSQL: {error.why}") from error
        if error.fate is Fate.NEVER:
            _log.error("PostgreSQL refuses a commit: %s (%s)", error.why, error.state)
            raise StoreUnavailable(f"PostgreSQL: {error.why}") from error
        return None

    async def _roll_back(self, transaction: Transaction) -> None:
        try:
            await transaction.roll_back()
        except Failed as error:
            self._link.lost(transaction.session, error)

    async def _find_out(
        self, error: Failed, transaction: Transaction
    ) -> list[Stamp | StorageError] | None:
        found = await happened(self._link, self.id, self._groups)
        if found is None:
            # The row of this writer may be locked for long by what nobody knows the end of.
            self.id, self._groups = randbits(_WRITER_BITS), 0
            raise Uncertain(f"PostgreSQL: {error.why}; whether it was committed is not known")
        return transaction.outcomes if found else None


def _is_refusal(error: Failed) -> bool:
    """Whether the answer to COMMIT says that nothing was committed."""
    return error.fate is Fate.AGAIN and error.state != COMPLETION_UNKNOWN
