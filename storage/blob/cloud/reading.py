"""Reading a stretch: at once if it is short, else as a stream that is begun again when it breaks.

A stream holds no more than a piece here: what a slow client does not take waits in the
connection, and if the store closes that, the rest is asked for anew.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from storage.blob import FileSlice
from storage.blob.cloud.calls import Calls
from storage.blob.cloud.failures import Absent, OutOfRange
from storage.errors import BlobDamaged, StoreUnavailable

AT_ONCE_BYTES: Final = 512 * 1024  # up to so many are read when the stretch is opened
PIECE_BYTES: Final = 256 * 1024
BREAKS_MAX: Final = 3  # one after another, with no bytes between them

Begin = Callable[[int, int], Awaitable[Any]]


class Short(Exception):
    """The object ends before the stretch does."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class CloudReader:
    """A stretch of one object, opened."""

    def __init__(self, calls: Calls, begin: Begin, got: Any, offset: int, length: int) -> None:
        """``got`` is the first of what ``begin`` gives: offset and length lead to a result."""
        self._calls = calls
        self._begin = begin
        self._stream = None if got is None else got.stream(min_chunk_size=PIECE_BYTES)
        self._offset = offset
        self._piece = b""
        self._used = 0  # of the piece
        self.size = length

    @classmethod
    def of(cls, calls: Calls, data: bytes) -> "CloudReader":
        """A stretch that was read already."""
        reader = cls(calls, _never, None, 0, len(data))
        reader._piece = data
        return reader

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes; empty at the end.

        Raises:
            BlobDamaged: the object is gone, or shorter than it was.
            StoreUnavailable: the store is away, and was for as long as we wait.
        """
        if self._used == len(self._piece) and self.size:
            self._piece, self._used = (await self._next())[: self.size], 0
        data = self._piece[self._used : self._used + limit]
        self._used += len(data)
        self._offset += len(data)
        self.size -= len(data)
        return data

    async def _next(self) -> bytes:
        breaks = 0
        while True:
            try:
                if self._stream is None:
                    got = await self._begin(self._offset, self.size)
                    self._stream = got.stream(min_chunk_size=PIECE_BYTES)
                piece = await self._calls.next_piece(self._stream)
                if piece:
                    return piece
                failure: Exception = BlobDamaged("the stream ended early")
            except StoreUnavailable as error:
                failure = error
            except (Absent, OutOfRange, Short) as error:
                raise BlobDamaged(str(error)) from None
            self._stream = None
            breaks += 1
            if breaks == BREAKS_MAX:
                raise failure

    def file_slice(self) -> FileSlice | None:
        """There is no file here."""
        return None

    async def close(self) -> None:
        """Let go of the connection."""
        self._stream = None
        self._piece, self._used = b"", 0


async def _never(offset: int, length: int) -> Any:
    raise AssertionError(f"{length} bytes from {offset} on were read already")


async def opened(calls: Calls, name: str, offset: int, length: int) -> CloudReader:
    """Open a stretch of an object.

    Raises:
        Absent: there is none of that name.
        Short: it ends before the stretch does.
        StoreUnavailable
    """

    async def begin(offset: int, length: int) -> Any:
        try:
            got = await calls.get(name, offset, length)
        except OutOfRange:
            raise Short((await calls.head(name)).size) from None
        if got.meta["size"] < offset + length:
            raise Short(got.meta["size"])
        return got

    if length == 0:
        size = (await calls.head(name)).size
        if size < offset or size == 0:
            raise Short(size)
        return CloudReader.of(calls, b"")
    got = await begin(offset, length)
    if length > AT_ONCE_BYTES:
        return CloudReader(calls, begin, got, offset, length)
    data = await calls.whole(got, length)
    if len(data) != length:
        raise StoreUnavailable(f"{len(data)} bytes came, not {length}")
    return CloudReader.of(calls, data)
