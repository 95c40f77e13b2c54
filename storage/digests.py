"""Several digests of one stream, beside the event loop where that pays.

hashlib and the CRCs release the interpreter for large buffers, so a large
piece is hashed in a thread while the loop receives and writes the next one.
"""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from storage.blob import Buffer
from storage.checksums import ALGORITHMS

# Below this, a hop to a thread (some 30 µs) costs more than MD5 of the bytes does.
THREAD_BYTES_MIN: Final = 64 * 1024

pool: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="digest")


class Digests:
    """Feeds what a body consists of to every hasher that somebody wants."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._hashers = {name: ALGORITHMS[name].make() for name in algorithms}

    async def update(self, data: Buffer) -> None:
        """Take the next bytes; one call at a time, in order."""
        if len(data) < THREAD_BYTES_MIN:
            self._feed(data)
        else:
            await asyncio.get_running_loop().run_in_executor(pool, self._feed, data)

    def _feed(self, data: Buffer) -> None:
        for hasher in self._hashers.values():
            hasher.update(data)

    def finish(self) -> Mapping[str, bytes]:
        """The digests by algorithm; to be asked once."""
        return {name: hasher.digest() for name, hasher in self._hashers.items()}
