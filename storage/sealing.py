"""Encryption between the services and a blob store, which gets sealed frames and nothing else.

What is large is encrypted and decrypted in threads, as digests are computed:
the loop meanwhile receives and sends.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from storage.blob import BlobId, BlobReader, BlobStore, BlobWriter, Buffer, FileSlice
from storage.digests import THREAD_BYTES_MIN, pool
from storage.encryption import FRAME_BYTES, Cipher, Sealer, frames_of, stretch_of
from storage.errors import BlobDamaged

FRAMES_AT_ONCE: Final = 16  # that a reader opens in one go: 1 MiB

Result = TypeVar("Result")


class SealingWriter:
    """Writes a content's sealed frames into a blob."""

    def __init__(self, writer: BlobWriter, cipher: Cipher) -> None:
        self._writer = writer
        self._sealer = Sealer(cipher)

    async def write(self, data: Buffer) -> None:
        """Append; up to one frame is kept back.

        Raises:
            StoreFull, StoreUnavailable
        """
        for frame in await _beside(len(data), lambda: self._sealer.update(data)):
            await self._writer.write(frame)

    async def commit(self) -> None:
        """Write the last frame and make the blob durable.

        Raises:
            BlobExists, StoreFull, StoreUnavailable
        """
        last = self._sealer.finish()
        if last:
            await self._writer.write(last)
        await self._writer.commit()

    async def abort(self) -> None:
        """Forget what was written."""
        await self._writer.abort()


class OpeningReader:
    """A range of a sealed content, as plaintext."""

    def __init__(
        self, sealed: BlobReader, cipher: Cipher, whole: int, frame: int, skip: int, length: int
    ) -> None:
        """``whole`` is the plaintext's size; ``sealed`` begins with frame number ``frame``."""
        self.size = length
        self._sealed = sealed
        self._cipher = cipher
        self._whole = whole
        self._frame = frame
        self._skip = skip
        self._opened = memoryview(b"")

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes; empty at the end.

        Raises:
            BlobDamaged: what is stored is not what was encrypted.
        """
        if self.size <= 0 or limit <= 0:
            return b""
        if not self._opened:
            await self._open_more(limit)
        wanted = min(limit, self.size, len(self._opened))
        piece = bytes(self._opened[:wanted])
        self._opened = self._opened[wanted:]
        self.size -= wanted
        return piece

    async def _open_more(self, limit: int) -> None:
        """Frames for so many bytes, some at least."""
        needed = min(limit, self.size) + self._skip
        left = frames_of(self._whole) - self._frame
        count = min(frames_of(needed), FRAMES_AT_ONCE, left)
        wanted = min(count * self._cipher.sealed_frame_bytes, self._sealed.size)
        pieces = list[bytes]()
        while wanted > 0:
            piece = await self._sealed.read(wanted)
            if not piece:
                raise BlobDamaged(f"it ends {wanted} bytes early")
            pieces.append(piece)
            wanted -= len(piece)
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        opened = await _beside(
            len(data), lambda: self._cipher.open_frames(self._whole, self._frame, data)
        )
        self._frame += count
        self._opened = memoryview(opened)[self._skip :]
        self._skip = 0
        if not self._opened:
            raise BlobDamaged("it ends early")

    def file_slice(self) -> FileSlice | None:
        """None: what the file holds is not what was asked for."""
        return None

    async def close(self) -> None:
        """Release the stretch."""
        await self._sealed.close()


async def open_sealed(
    blobs: BlobStore, blob: BlobId, cipher: Cipher, size: int, offset: int, length: int
) -> OpeningReader:
    """A range of a blob that was sealed; ``size`` is the whole plaintext's.

    Raises:
        BlobMissing, BlobDamaged, StoreUnavailable
    """
    at = stretch_of(size, cipher.layers, offset, length)
    sealed = await blobs.read(blob, at.offset, at.length)
    return OpeningReader(sealed, cipher, size, at.frame, at.skip, length)


async def _beside(size: int, work: Callable[[], Result]) -> Result:
    """The result of ``work``, in a thread if it is on much."""
    if size < max(THREAD_BYTES_MIN, FRAME_BYTES):
        return work()
    return await asyncio.get_running_loop().run_in_executor(pool, work)
