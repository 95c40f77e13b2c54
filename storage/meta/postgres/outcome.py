"""Whether a commit happened whose answer was lost: found out before anybody is told.

Every transaction counts up the row of its writer, and so holds its lock until
it ends.  Whoever changes that row on another connection waits until then: what
it says afterwards is final, even if the server was about to commit.
"""

import asyncio
import random
from typing import Final

from storage.errors import StoreUnavailable
from storage.meta.postgres.failures import Failed, Fate
from storage.meta.postgres.link import Link

FIND_OUT_S: Final = 4.0
_PAUSE_S: Final = 0.1

# An upsert: also where the row is not there, it waits for whoever is about to make it.
_ASK: Final = (
    "INSERT INTO signet_writers (writer, done, settings, seen) VALUES ($1, 0, 0, now()) "
    "ON CONFLICT (writer) DO UPDATE SET seen = excluded.seen RETURNING done"
)


async def happened(link: Link, writer: int, group: int) -> bool | None:
    """Whether the writer's group was committed; None: nobody could tell in time."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + FIND_OUT_S
    while loop.time() < limit:
        try:
            session = await link.session()
        except StoreUnavailable:  # not yet
            await _pause()
            continue
        try:
            left_s = max(limit - loop.time(), _PAUSE_S)
            return bool((await session.fetch(_ASK, writer, within_s=left_s))[0][0] >= group)
        except Failed as error:
            if error.fate is Fate.LOST:
                link.lost(session, error)
            elif error.fate is not Fate.AGAIN:
                return None
        await _pause()
    return None


async def _pause() -> None:
    await asyncio.sleep(_PAUSE_S * random.uniform(0.5, 1.5))
