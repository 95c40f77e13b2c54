"""Taking a body in: what is held while a client is waited for."""

import asyncio
import weakref
from collections.abc import Mapping
from pathlib import Path

from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.intake import take_in

PIECE_BYTES = 70_000


class Piece(bytearray):
    """Of a body, and it is known when nobody has it any more."""


class SlowClient:
    """Sends pieces; the next only when the one before is not held in memory any more."""

    size: int | None = None

    def __init__(self, pieces: int) -> None:
        self._left = pieces
        self._sent: weakref.ref[Piece] | None = None

    async def read(self) -> bytes | Piece:
        # The thread that wrote it may be about to let go of it.
        async with asyncio.timeout(60):
            while self._sent is not None and self._sent() is not None:
                await asyncio.sleep(0)
        if not self._left:
            return b""
        self._left -= 1
        piece = Piece(PIECE_BYTES)
        self._sent = weakref.ref(piece)
        return piece

    def trailers(self) -> Mapping[str, str]:
        return {}


async def test_no_piece_is_held_twice_while_the_next_is_waited_for(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    taken = await take_in(
        SlowClient(5),
        BlobId(bytes(24)),
        blobs,
        algorithms=frozenset(),
        inline_max=1000,
        size_max=10**9,
    )
    assert (taken.size, taken.inline) == (5 * PIECE_BYTES, None)
    await blobs.close()
