"""Writers that count, whatever happens to the store, and can be held to what they were told."""

import asyncio
import time
from typing import Final, Self

from storage.conformance.handles import everything
from storage.errors import StoreUnavailable, Uncertain
from storage.meta import Batch, Delta, MetaStore, counter_value, prefix_range
from tests.serving import PATIENCE_S

WRITERS: Final = 8
POLL_S: Final = 0.02


class Writers:
    """They count, and note what they were told."""

    def __init__(self, meta: MetaStore) -> None:
        self.told: set[bytes] = set()
        self.unknown: set[bytes] = set()
        self._meta = meta
        self._stopping = False

    async def write(self, number: int) -> None:
        turn = 0
        while not self._stopping:
            key = b"p%d/%d" % (number, turn)
            batch = Batch(b"p", put={key: b""}, add={b"p#": Delta(1)}, append=[(b"plog", key)])
            turn += 1
            try:
                await self._meta.commit(batch)
            except StoreUnavailable:
                await asyncio.sleep(POLL_S)
            except Uncertain:
                self.unknown.add(key)
            else:
                self.told.add(key)

    async def run_until_told(self, more: int) -> None:
        """Go on until so many more were told that it is done."""
        goal, limit = len(self.told) + more, time.monotonic() + PATIENCE_S
        while len(self.told) < goal:
            assert time.monotonic() < limit, "it does not go on"
            await asyncio.sleep(POLL_S)

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self.write(number)) for number in range(WRITERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def check(self) -> None:
        """What is there is what was told, and of the unknown some."""
        log = await everything(self._meta, prefix_range(b"plog"))
        written = [row.value for row in log]
        assert len(set(written)) == len(written), "written twice"
        assert self.told <= set(written), "acknowledged and lost"
        assert set(written) <= self.told | self.unknown, "refused and written"
        assert counter_value(await self._meta.get(b"p#")) == len(written)
        for key in written:
            assert await self._meta.get(key) is not None, "torn"
