"""How the tests of a metadata backend get their handles, and what all of them do."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from storage.meta import SCAN_ROWS_MAX, Batch, MetaStore, Range, Row

P: Final = b"p"  # the partition of most tests
ALL: Final = Range(b"", b"\xff" * 8)

POLLS: Final = 20  # within the time that a store may take to notice


async def put(meta: MetaStore, key: bytes, value: bytes = b"") -> int:
    """Write one row; its revision."""
    return (await meta.commit(Batch(P, put={key: value}))).revisions[key]


async def keys_in(meta: MetaStore, wanted: Range = ALL, limit: int = 50) -> list[bytes]:
    """The keys a scan finds."""
    return [row.key for row in await meta.scan([wanted], limit)]


async def everything(meta: MetaStore, wanted: Range = ALL) -> list[Row]:
    """All rows of a range, scan by scan."""
    found: list[Row] = []
    while more := await meta.scan([wanted], SCAN_ROWS_MAX):
        found += more
        wanted = Range(more[-1].key + b"\0", wanted.end)
    return found


async def noticed(meta: MetaStore, before: int, *, settings: bool = False) -> int:
    """An epoch that is no longer ``before``; it has to come within the store's own time."""
    limit = time.monotonic() + meta.staleness_s
    while (now := meta.epoch(settings=settings)) == before:
        assert time.monotonic() < limit, "a commit went unnoticed"
        await asyncio.sleep(meta.staleness_s / POLLS)
    return now


class MetaOpener(ABC):
    """Gives handles and closes them."""

    @abstractmethod
    async def open(self) -> MetaStore:
        """Open the test's store; called again, another handle of it."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[MetaStore]:
        """A handle, closed at the end."""
        meta = await self.open()
        try:
            yield meta
        finally:
            await meta.close()
