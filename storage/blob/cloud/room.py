"""How much memory the uploads of a process may take together.

Whoever needs more than there is waits, and not for ever: those who have some may be
waiting for clients that send a byte a minute.
"""

import asyncio
from typing import Final

from storage.errors import StoreUnavailable

ROOM_BYTES: Final = 512 * 1024 * 1024
WAIT_S: Final = 10.0


class Room:
    """Bytes that are left."""

    def __init__(self, size: int = ROOM_BYTES, wait_s: float = WAIT_S) -> None:
        self._left = size
        self._wait_s = wait_s
        self._freed = asyncio.Event()

    async def take(self, size: int) -> None:
        """Wait for so many bytes.

        Raises:
            StoreUnavailable: there were none in time.
        """
        if size > self._left:
            try:
                async with asyncio.timeout(self._wait_s):
                    while size > self._left:
                        self._freed.clear()
                        await self._freed.wait()
            except TimeoutError:
                raise StoreUnavailable("too many large uploads at once for the memory") from None
        self._left -= size

    def give_back(self, size: int) -> None:
        """They are free again."""
        self._left += size
        self._freed.set()
