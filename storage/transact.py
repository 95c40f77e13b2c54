"""Read, decide, commit, and again if somebody was faster: any number of processes, no locks held.

Writers of one key in one process queue on a lock of that key before they
read, so that they lose no rounds to each other; between processes the commit
decides.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from storage.changes import Trace
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
    trace: Trace | None = None,
) -> Result:
    """Commit what ``decide`` says, deciding anew after each Conflict.

    ``decide`` reads and returns a batch that expects what it read, or None if
    there is nothing to write; it raises Conflict to be asked again later.
    ``happened`` reads back whether what a commit of unknown outcome would have
    made is there.  ``trace`` is what the batch tells its change log by: it hears
    of what was committed.

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
        if trace is not None:
            trace.commits += 1
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
        self._locks: dict[bytes, _KeyLock] = {}

    def hold(self, key: bytes) -> "_Held":
        """A context: waits for the lock of ``key`` and holds it; to be entered once."""
        return _Held(self._locks, key)


class _KeyLock:
    __slots__ = ("lock", "wanted")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0  # by how many, the holder among them


class _Held:
    """Written out: as a generator it would cost a small write several times as much."""

    __slots__ = ("_key", "_locks")

    def __init__(self, locks: dict[bytes, _KeyLock], key: bytes) -> None:
        self._locks = locks
        self._key = key

    async def __aenter__(self) -> None:
        own = self._locks.get(self._key)
        if own is None:
            own = self._locks[self._key] = _KeyLock()
        own.wanted += 1
        try:
            await own.lock.acquire()
        except BaseException:
            self._leave(own)
            raise

    async def __aexit__(self, *_: object) -> None:
        own = self._locks[self._key]
        own.lock.release()
        self._leave(own)

    def _leave(self, own: _KeyLock) -> None:
        own.wanted -= 1
        if not own.wanted:
            del self._locks[self._key]
