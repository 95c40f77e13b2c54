"""What others have committed: their rows of ``signet_writers``, asked for a few times a second.

A commit counts up its writer's row in its own transaction: rows that are as
they were say that nobody else committed anything that could be seen then.
LISTEN and NOTIFY would tell sooner, but only PostgreSQL has them.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Final

from storage.errors import StoreUnavailable
from storage.meta.postgres.link import Link
from storage.meta.postgres.reading import asked
from storage.meta.postgres.session import STATEMENT_S

PAUSE_S: Final = 0.25
STALENESS_S: Final = 1.0  # later than this, nobody is told that nothing has changed

assert PAUSE_S < STALENESS_S / 2

_ASK: Final = "SELECT writer, done, settings FROM signet_writers WHERE writer <> $1"
_FORGET: Final = "DELETE FROM signet_writers WHERE seen < now() - INTERVAL '1 day'"


class Watch:
    """Counts what it saw moving."""

    def __init__(self, link: Link, own: Callable[[], int]) -> None:
        """``own``: the writer whose commits are known here anyway."""
        self._link = link
        self._own = own
        self._loop = asyncio.get_running_loop()
        self._seen: dict[int, tuple[int, int]] = {}
        self._asked = float("-inf")  # when, the last time that it was answered
        self._moves = [0, 0]  # of all, of the settings
        self._never_again = count(-1, -1)
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, and from then on.

        Raises:
            StoreUnavailable
        """
        await asked(self._link, _FORGET, within_s=STATEMENT_S)
        await self._look()
        self._watching = self._loop.create_task(self._watch())

    def value(self, *, settings: bool = False) -> int:
        """The same twice: nobody else committed anything more than STALENESS_S ago."""
        if self._loop.time() - self._asked > STALENESS_S:
            return next(self._never_again)
        return self._moves[settings]

    async def close(self) -> None:
        """Look no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_S)
            try:
                await self._look()
            except StoreUnavailable:
                # The link tells the log; and as long as nobody answers, all may have changed.
                continue

    async def _look(self) -> None:
        began = self._loop.time()
        rows = await asked(self._link, _ASK, self._own(), within_s=STATEMENT_S)
        seen = {writer: (done, settings) for writer, done, settings in rows if done}
        if began - self._asked > STALENESS_S:
            # Meanwhile a writer may have come and gone.
            self._moves = [one + 1 for one in self._moves]
        elif seen != self._seen:
            self._moves[0] += 1
            self._moves[1] += _settings(seen) != _settings(self._seen)
        self._seen, self._asked = seen, began


def _settings(seen: dict[int, tuple[int, int]]) -> dict[int, int]:
    return {writer: settings for writer, (_, settings) in seen.items() if settings}
