"""The blob port in memory, for tests.  One process; gone at its end."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

from storage.blob import BlobId, BlobInfo, BlobReader, BlobWriter, Buffer, FileSlice
from storage.errors import BlobDamaged, BlobExists, BlobMissing, StoreUnavailable


class _Writer:
    def __init__(self, blobs: dict[BlobId, bytes], blob: BlobId) -> None:
        self._blobs = blobs
        self._blob = blob
        self._data = bytearray()
        self._over = False

    async def write(self, data: Buffer) -> None:
        self._check()
        self._data += data
        await asyncio.sleep(0)

    async def commit(self) -> None:
        self._check()
        self._over = True
        if self._blob in self._blobs:
            raise BlobExists
        self._blobs[self._blob] = bytes(self._data)
        await asyncio.sleep(0)

    async def abort(self) -> None:
        self._over = True
        self._data.clear()

    def _check(self) -> None:
        if self._over:
            raise StoreUnavailable("the writer is closed")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    async def read(self, limit: int) -> bytes:
        piece, self._data = self._data[:limit], self._data[limit:]
        self.size = len(self._data)
        return piece

    def file_slice(self) -> FileSlice | None:
        return None

    async def close(self) -> None:
        self._data = b""


class MemoryBlobs:
    """A dictionary of byte strings."""

    def __init__(self) -> None:
        self._blobs: dict[BlobId, bytes] = {}

    @property
    def healthy(self) -> bool:
        """Always: no disk can fail."""
        return True

    @property
    def trouble(self) -> str | None:
        """Never: it is of this machine."""
        return None

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> BlobWriter:  # noqa: ARG002 - the port's
        """Begin a blob."""
        return _Writer(self._blobs, blob)

    async def read(self, blob: BlobId, offset: int, length: int) -> BlobReader:
        """Open a stretch.

        Raises:
            BlobMissing, BlobDamaged
        """
        data = self._blobs.get(blob)
        if data is None:
            raise BlobMissing
        if offset + length > len(data):
            raise BlobDamaged
        return _Reader(data[offset : offset + length])

    async def delete(self, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        """Remove; one that is already gone counts as removed."""
        for blob in blobs:
            self._blobs.pop(blob, None)
        return ()

    async def list(self, *, after: BlobId | None = None) -> AsyncIterator[BlobInfo]:
        """Every blob in the order of names."""
        for blob in sorted(self._blobs):
            if after is None or blob > after:
                yield BlobInfo(blob, len(self._blobs[blob]))

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        """Another name for the same bytes.

        Raises:
            BlobMissing, BlobExists
        """
        if source not in self._blobs:
            raise BlobMissing
        if target in self._blobs:
            raise BlobExists
        self._blobs[target] = self._blobs[source]
        return True

    async def close(self) -> None:
        """Nothing to release."""
