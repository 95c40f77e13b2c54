"""When the store is away: nobody waits for it, and one looks whether it is back.

After some failures one after another every call is refused at once.  Meanwhile
a harmless call is made again and again, in pauses that grow; when it succeeds,
all go on.  Nothing has to come from outside for that: a gateway that is not
ready gets no requests.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from storage.errors import StorageError, StoreUnavailable

_log = logging.getLogger(__name__)

FAILURES: Final = 4  # one after another
PAUSE_FIRST_S: Final = 0.2
PAUSE_MAX_S: Final = 2.0

Look = Callable[[], Awaitable[object]]


class Breaker:
    """Of one store, in one process."""

    def __init__(self, name: str, look: Look) -> None:
        """``look`` fails as long as the store is away; ``name`` tells the log which it is."""
        self._name = name
        self._look = look
        self._failures = 0
        self._since: float | None = None  # the loop's seconds; None while calls are made
        self._why = ""
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def trouble(self) -> str | None:
        """Why it is away, and for how long; None while it is not known to be."""
        if self._since is None:
            return None
        away_s = asyncio.get_running_loop().time() - self._since
        return f"{self._name} is away for {away_s:.1f} s: {self._why}; looking whether it is back"

    def check(self) -> None:
        """Refuse while the store is away.

        Raises:
            StoreUnavailable
        """
        if self._since is not None:
            raise StoreUnavailable(self.trouble)

    def succeeded(self) -> None:
        """The store has answered."""
        self._failures = 0

    def failed(self, why: str) -> None:
        """The store has not answered, or not what it should."""
        self._failures += 1
        if self._failures < FAILURES or self._since is not None or self._closed:
            return
        loop = asyncio.get_running_loop()
        self._since, self._why = loop.time(), why
        _log.warning("%s: %s; no requests are sent until it is back", self._name, why)
        self._looking = loop.create_task(self._wait())

    async def _wait(self) -> None:
        pause_s = PAUSE_FIRST_S
        while True:
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))
            try:
                await self._look()
                break
            except StorageError as error:
                self._why = str(error)
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        _log.warning("%s", f"{self.trouble}: it is")
        self._failures, self._since, self._looking = 0, None, None

    async def close(self) -> None:
        """Look no more."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
