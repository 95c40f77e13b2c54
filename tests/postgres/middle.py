"""A man in the middle, who decides what becomes of a COMMIT and of its answer."""

import asyncio
import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

_COMMIT: Final = b"COMMIT\0"
_PIECE: Final = 65_536
_PORT: Final = 5432  # of the socket's name


class Fate(enum.Enum):
    """Of the next COMMIT."""

    ARRIVES = "it arrives, and so does its answer"
    CUT_BEFORE = "the connection breaks before it arrives"
    CUT_AFTER = "the connection breaks before its answer arrives"
    SWALLOWED = "nothing arrives any more, in either direction"
    LATE = "it arrives when everybody has given up"


class Middle:
    """Forwards everything, but for one COMMIT."""

    def __init__(self, target: Path) -> None:
        self.fate = Fate.ARRIVES
        self.commits = 0  # that came by
        self._target = target
        self._held: list[tuple[asyncio.StreamWriter, bytes]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def deliver_late(self) -> None:
        """Let what was held arrive after all."""
        for server, data in self._held:
            with suppress(OSError):
                server.write(data)
                await server.drain()

    async def close(self) -> None:
        """Nothing is open any more."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def handle(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One connection."""
        server, to_server = await asyncio.open_unix_connection(self._target)
        self._writers += (to_server, to_client)
        answers = asyncio.create_task(_forward(server, to_client))
        self._tasks.add(answers)
        while data := await client.read(_PIECE):
            fate = Fate.ARRIVES
            if _COMMIT in data:
                self.commits += 1
                fate, self.fate = self.fate, Fate.ARRIVES
            if fate is Fate.ARRIVES:
                to_server.write(data)
                continue
            answers.cancel()
            if fate in (Fate.SWALLOWED, Fate.LATE):
                self._held.append((to_server, data))
                await client.read()  # until the client gives up
                if fate is Fate.LATE:
                    return  # and the server does not hear of that
            if fate is Fate.CUT_AFTER:
                to_server.write(data)
                await server.read(_PIECE)
            break
        to_server.close()
        to_client.close()


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_PIECE):
            target.write(data)
        target.close()


@asynccontextmanager
async def between(directory: Path, target: Path) -> AsyncIterator[Middle]:
    """A middle that listens in ``directory`` for a server whose socket is ``target``."""
    middle = Middle(target)
    server = await asyncio.start_unix_server(middle.handle, directory / f".s.PGSQL.{_PORT}")
    try:
        yield middle
    finally:
        server.close()
        await middle.close()
