"""The port."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from storage.blob import BlobId, BlobInfo
from storage.blob.cloud import listing, naming
from storage.blob.cloud.calls import Calls
from storage.blob.cloud.failures import Absent, Taken, Unsupported
from storage.blob.cloud.reading import CloudReader, Short, opened
from storage.blob.cloud.room import Room
from storage.blob.cloud.writing import PART_BYTES, SMALL_BYTES_MAX, CloudWriter, claim
from storage.errors import BlobDamaged, BlobExists, BlobMissing, StorageError
from storage.seam import Clock, SystemClock

LARGE_KNOWN_MAX: Final = 20_000  # names of large blobs that are remembered
COPY_BYTES_MAX: Final = 5 * 1024**3  # S3, CopyObject: of one request


class CloudBlobs:
    """A handle; of the loop on which it is used first, and of a process that was not forked since.

    The library has threads of its own, which a fork leaves behind.
    """

    def __init__(
        self,
        calls: Calls,
        *,
        small_bytes: int = SMALL_BYTES_MAX,
        part_bytes: int = PART_BYTES,
        clock: Clock | None = None,
    ) -> None:
        """What is larger than ``small_bytes`` is uploaded in parts, which are not smaller."""
        self._calls = calls
        self._small_bytes = small_bytes
        self._part_bytes = part_bytes
        self._clock = clock or SystemClock()
        self._room = Room()
        self._large: OrderedDict[BlobId, None] = OrderedDict()

    @property
    def healthy(self) -> bool:
        """Always: a store that was away is the same when it is back."""
        return True

    @property
    def trouble(self) -> str | None:
        """Why it cannot be reached now, and since when; None: as far as is known, it can."""
        return self._calls.breaker.trouble

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> CloudWriter:  # noqa: ARG002 - the port's
        """Begin a blob; nothing is sent yet.

        Raises:
            StoreUnavailable
        """
        self._calls.breaker.check()
        return CloudWriter(self._calls, self._room, blob, self._small_bytes, self._part_bytes)

    async def read(self, blob: BlobId, offset: int, length: int) -> CloudReader:
        """Open a stretch.

        Raises:
            BlobMissing, BlobDamaged, StoreUnavailable
        """
        if blob in self._large or offset + length > self._small_bytes:
            try:
                return await self._read_large(blob, offset, length)
            except BlobMissing:
                pass  # perhaps it is a small one of a time when larger ones were small
        try:
            return await opened(self._calls, naming.small(blob), offset, length)
        except Absent:
            raise BlobMissing from None
        except Short as error:
            if error.size:
                raise BlobDamaged(f"{error.size} bytes, not {offset + length}") from None
        return await self._read_large(blob, offset, length)

    async def _read_large(self, blob: BlobId, offset: int, length: int) -> CloudReader:
        try:
            reader = await opened(self._calls, naming.large(blob), offset, length)
        except Absent:
            raise BlobMissing from None
        except Short as error:
            if error.size or offset + length:
                raise BlobDamaged(f"{error.size} bytes, not {offset + length}") from None
            reader = CloudReader.of(self._calls, b"")
        self._remember(blob)
        return reader

    def _remember(self, blob: BlobId) -> None:
        self._large[blob] = None
        self._large.move_to_end(blob)
        if len(self._large) > LARGE_KNOWN_MAX:
            self._large.popitem(last=False)

    async def delete(self, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        """Remove; one that is already gone counts as removed.

        Raises:
            StoreUnavailable
        """
        if blobs:
            names = [one(blob) for blob in blobs for one in (naming.large, naming.small)]
            await self._calls.delete(names)
        for blob in blobs:
            self._large.pop(blob, None)
        return ()

    async def list(self, *, after: BlobId | None = None) -> AsyncIterator[BlobInfo]:
        """Every blob in the order of names.

        Raises:
            StoreUnavailable
        """
        now_s = self._clock.now_ms() / 1000
        async for info in listing.blobs(self._calls, after, now_s):
            yield info

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        """Copy on the store's side; False where it cannot do so conditionally.

        Raises:
            BlobMissing, BlobExists, StoreFull, StoreUnavailable
        """
        try:
            found = await self._calls.head(naming.small(source))
            if not found.size:
                return await self._clone_large(source, target)
            names = naming.small(source), naming.small(target)
            await self._calls.copy(*names, found.size, overwrite=False)
        except Absent:
            raise BlobMissing from None
        except Taken:
            raise BlobExists from None
        except Unsupported:
            return False
        return True

    async def _clone_large(self, source: BlobId, target: BlobId) -> bool:
        size = (await self._calls.head(naming.large(source))).size
        if size > COPY_BYTES_MAX:
            return False
        await claim(self._calls, naming.small(target), b"", source.hex())
        try:
            names = naming.large(source), naming.large(target)
            await self._calls.copy(*names, size, overwrite=True)
        except (StorageError, Absent, Unsupported):
            await self._calls.delete([naming.large(target), naming.small(target)])
            raise
        return True

    async def close(self) -> None:
        """Look no more whether it is back; what is under way ends by itself."""
        await self._calls.breaker.close()
