"""One connection to the server, made again when it is lost.

While it is away, whoever wants it waits for a moment, as for the restart of a
server; when that has passed, everybody is told at once, until it is back.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from storage.errors import StoreUnavailable
from storage.meta.postgres.failures import Failed, Fate
from storage.meta.postgres.session import Session

_log = logging.getLogger(__name__)

GRACE_S: Final = 2.0  # from the loss on, for all that want the connection
PAUSE_FIRST_S: Final = 0.05
PAUSE_MAX_S: Final = 1.0

Connect = Callable[[], Awaitable[Session]]


class Link:
    """For one user at a time: ``turn`` says whose time it is."""

    def __init__(self, connect: Connect, session: Session, name: str) -> None:
        """``session`` is the first; ``name`` tells the log where it leads."""
        self.turn = asyncio.Lock()  # whose it is, where several use it
        self.others: Sequence[Link] = ()  # that lead to the same server, and go with this one
        self._connect = connect
        self._session = session
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._down_since: float | None = None  # the loop's seconds
        self._why = ""
        self._up = asyncio.Event()
        self._reconnecting: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def trouble(self) -> str | None:
        """Why it is away, and for how long; None while it is not known to be."""
        if self._down_since is None:
            return None
        away_s = self._loop.time() - self._down_since
        return f"{self._name} is away for {away_s:.1f} s: {self._why}"

    async def session(self) -> Session:
        """A connection that is up, as far as anybody knows.

        Raises:
            StoreUnavailable
        """
        if self._session.is_up:
            return self._session
        if self._closed:
            raise StoreUnavailable("closed")
        if self._down_since is None:
            self.renew(Failed(Fate.LOST, "", "the connection was closed"))
        assert self._down_since is not None
        left_s = self._down_since + GRACE_S - self._loop.time()
        try:
            async with asyncio.timeout(max(left_s, 0)):
                await self._up.wait()
        except TimeoutError:
            raise StoreUnavailable(self.trouble or self._name) from None
        return self._session

    def lost(self, session: Session, error: Failed) -> None:
        """A connection of this link is of no more use.

        Where this one leads to silence, its others are not waited for: they lead there, too.
        """
        session.abandon(error.why)
        if session is not self._session or self._down_since is not None:
            return  # it is being made again, or was
        self.renew(error)
        if error.is_silent:
            for other in self.others:
                other.renew(error)

    def renew(self, error: Failed) -> None:
        """Give the connection up; a new one is being made from now on."""
        self._session.abandon(error.why)
        if self._down_since is not None or self._closed:
            return
        self._down_since, self._why = self._loop.time(), error.why
        self._up.clear()
        _log.warning("%s: %s; connecting again", self._name, error.why)
        self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                self._session = await self._connect()
                break
            except Failed as error:
                if error.why != self._why:
                    _log.warning("%s: %s; trying again", self._name, error.why)
                self._why = error.why
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        _log.warning("%s", f"{self.trouble}; back again")
        self._down_since = None
        self._up.set()

    async def close(self) -> None:
        """Connect no more."""
        self._closed = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        await self._session.close()
