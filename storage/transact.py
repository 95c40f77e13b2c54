"""Read, decide, commit, and again if somebody was faster: any number of processes, no locks held.

Writers of one key in one process queue on a lock of that key before they
read, so that they lose no rounds to each other; between processes the commit
decides.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from storage.errors import Busy, Conflict, StorageError, Uncertain
from storage.meta import Batch, MetaStore

ATTEMPTS_MAX: Final = 24  # then the client hears SlowDown
_BACKOFF_FIRST_S: Final = 0.001
_BACKOFF_MAX_S: Final = 0.1

Result = TypeVar("Result")


async def transact(
    meta: MetaStore,
    decide: Callable[[], Awaitable[tuple[Batch | None, Result]]],
    *,
    happened: Callable[[Result], Awaitable[bool]] | None = None,
) -> Result:
    """Commit what ``decide`` says, deciding anew after each Conflict.

    ``decide`` reads and returns a batch that expects what it read, or None if
    there is nothing to write; it raises Conflict to be asked again later.
    ``happened`` reads back whether what a commit of unknown outcome would have
    made is there.

    Every StorageError but Uncertain means that nothing was written.  After a
    cancellation nothing is known: a batch once submitted runs to its end.

    Raises:
        Busy: others were faster ATTEMPTS_MAX times.
        Uncertain: the outcome is unknown and reading back did not find it.
    """
    for attempt in range(ATTEMPTS_MAX):
        try:
            batch, result = await decide()
            if batch is None:
                return result
            await meta.commit(batch)
        except Conflict:
            await asyncio.sleep(_pause_s(attempt))
            continue
        except Uncertain as error:
            if happened is None or not await _read_back(happened(result), error):
                raise
        return result
    raise Busy


async def _read_back(happened: Awaitable[bool], uncertain: Uncertain) -> bool:
    """Whether it is there; while that cannot be read, the outcome stays unknown.

    Raises:
        Uncertain
    """
    try:
        return await happened
    except StorageError as error:
        raise uncertain from error


def _pause_s(attempt: int) -> float:
    if attempt == 0:
        return 0.0
    return float(min(_BACKOFF_MAX_S, _BACKOFF_FIRST_S * 2 ** (attempt - 1)))


class KeyLocks:
    """A lock per key, existing only while somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[bytes, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, key: bytes) -> AsyncIterator[None]:
        """Wait for and hold the lock of ``key``."""
        lock, waiting = self._locks.get(key) or (asyncio.Lock(), 0)
        self._locks[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[key]
            if waiting == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, waiting - 1)
