"""The port."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Final

from storage.errors import StoreUnavailable
from storage.meta import Batch, Range, Row, Stamp
from storage.meta.batches import check_batch, check_scan
from storage.meta.place import shown
from storage.meta.postgres.failures import Failed
from storage.meta.postgres.link import Link
from storage.meta.postgres.reading import PointReads, Scans
from storage.meta.postgres.schema import advice, read
from storage.meta.postgres.session import Servers, Session
from storage.meta.postgres.watching import STALENESS_S, Watch
from storage.meta.postgres.writing import Writer
from storage.meta.slots import Slots

CONNECTIONS: Final = 3  # for point reads, for scans, for commits


class PostgresMeta:
    """A handle with three connections; open it after forking, on the loop that will use it."""

    def __init__(self, links: tuple[Link, Link, Link], slots: Slots, slot: int) -> None:
        self._links = links
        # The one that is asked a few times a second notices silence for all of them; a commit
        # may be waiting for its turn.
        links[0].others = links[1:]
        self._slots = slots
        self._never_again = count(-1, -1)
        self._reads = PointReads(links[0])
        self._scans = Scans(links[1])
        self._writer = Writer(links[2], slots, slot)
        self._watch = Watch(links[0], lambda: self._writer.id)
        # A process that had this slot may have committed and not said so.
        slots.begin(slot)
        slots.end(slot)

    @classmethod
    async def open(
        cls, url: str, *, slots: Slots | None = None, slot: int = 0, expected: str | None = None
    ) -> "PostgresMeta":
        """Connect to a store whose tables there are.

        ``slots`` are shared by the processes of one server, each with a slot of its own;
        ``expected`` is the id of the store that it has to be.

        Raises:
            FormatError: there are none, or they are of a newer version.
            StoreUnavailable: it cannot be opened; the text says what to do.
        """
        servers, name = Servers(url), f"PostgreSQL at {shown(url)}"
        sessions: list[Session] = []
        try:
            while len(sessions) < CONNECTIONS:
                sessions.append(await servers.connect())
            await read(sessions[0], url, expected)
            reads, scans, writes = (Link(servers.connect, one, name) for one in sessions)
            meta = cls((reads, scans, writes), slots or Slots(), slot)
            await meta._watch.start()
        except BaseException as error:
            for session in sessions:
                await session.close()
            if isinstance(error, Failed):
                raise StoreUnavailable(advice(error, url)) from None
            if isinstance(error, StoreUnavailable):
                raise StoreUnavailable(f"{shown(url)}: {error}") from None
            raise
        return meta

    @property
    def healthy(self) -> bool:
        """Always: a server that was away is the same when it is back."""
        return True

    @property
    def trouble(self) -> str | None:
        """Why it cannot be reached now, and since when; None: as far as is known, it can."""
        return next(filter(None, (link.trouble for link in self._links)), None)

    @property
    def staleness_s(self) -> float:
        """How long commits of other machines may go unnoticed by ``epoch``."""
        return STALENESS_S

    async def get(self, key: bytes) -> Row | None:
        """The row as of the last commit, or None.

        Raises:
            StoreUnavailable
        """
        return await self._reads.get(key)

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows, range after range, all from one snapshot.

        Raises:
            StoreUnavailable
        """
        check_scan(limit)
        return await self._scans.scan(ranges, limit)

    async def commit(self, batch: Batch) -> Stamp:
        """Make the batch durable, together with others that wait.

        Raises:
            Conflict, Exceeded, StoreFull, StoreUnavailable: nothing was written.
            Uncertain: nobody could find out.
            ValueError: a limit of the port is passed.
        """
        size = check_batch(batch)
        return await self._writer.submit(batch, size)

    def epoch(self, *, settings: bool = False) -> int:
        """Moves at once with commits of this server's processes, soon with those of others."""
        here = self._slots.value(settings=settings)
        elsewhere = self._watch.value(settings=settings)
        if here < 0 or elsewhere < 0:  # each counts its own answers that are never given twice
            return next(self._never_again)
        return here + elsewhere

    async def close(self) -> None:
        """Finish what was submitted, release everything."""
        await self._writer.close()
        await self._watch.close()
        await self._reads.settle()
        await asyncio.gather(*(link.close() for link in self._links))
