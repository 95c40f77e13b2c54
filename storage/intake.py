"""Taking a body in: digests beside writing, small ones kept, large ones into a blob.

Nothing here makes an object.  What is taken in has no name until a commit
gives it one; ``discard`` forgets it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from storage.blob import BLOB_ID_BYTES, BUCKET_ID_BYTES, BlobId, BlobStore, BlobWriter, Buffer
from storage.digests import Digests
from storage.encryption import sealed_size
from storage.errors import EntityTooLarge, StorageError, Uncertain
from storage.protection import Sealing
from storage.records import Segment
from storage.sealing import SealingWriter
from storage.seam import Clock, Randomness

_TIME_BYTES: Final = 6  # milliseconds until the year 10889
_RANDOM_BYTES: Final = BLOB_ID_BYTES - BUCKET_ID_BYTES - _TIME_BYTES


class Source(Protocol):
    """A body: decoded, and checked against what the request promised of it."""

    size: int | None  # bytes, if known beforehand

    async def read(self) -> Buffer:
        """The next piece; empty at the end, and only if the body is what was promised."""
        ...

    def trailers(self) -> Mapping[str, str]:
        """What followed the body, by lower-case name; to be asked after the end."""
        ...


@dataclass(slots=True)
class Taken:
    """A body that was taken in and has no name yet."""

    content: bytes  # its id
    size: int
    digests: Mapping[str, bytes]
    inline: bytes | None  # the content itself, as it is stored, if small
    blob_store: BlobStore
    written: bool = False  # a blob of that id exists

    @property
    def segment(self) -> Segment | None:
        """The content as an object or a part names it; None if it is empty."""
        if self.size == 0:
            return None
        return Segment(self.content, self.size, inline=self.inline is not None)

    async def discard(self) -> None:
        """Forget it.  Never to be called once a commit that names it was submitted."""
        if self.written:
            # What cannot be deleted now is swept; the caller has an error to tell already.
            with suppress(StorageError):
                await self.blob_store.delete([BlobId(self.content)])

    def naming(self) -> "_Naming":
        """A context for the transaction that names it: discarded if that certainly wrote nothing.

        A transaction that ends in a StorageError other than Uncertain wrote
        nothing.  After Uncertain, a cancellation or a bug the content may have
        its name: only the sweeper may judge.
        """
        return _Naming(self)


class _Naming:
    """Written out: as a generator it would cost a small write several times as much."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Taken) -> None:
        self._taken = taken

    async def __aenter__(self) -> None:
        """Nothing has its name yet."""

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, StorageError) and not isinstance(error, Uncertain):
            await self._taken.discard()


class Names:
    """Makes names for contents: bucket, time, chance.

    Time leads, so that what is written together lies together in the store.
    """

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness

    def content(self, bucket_id: bytes) -> BlobId:
        """A name nobody has."""
        time = self._clock.now_ms().to_bytes(_TIME_BYTES, "big")
        return BlobId(bucket_id + time + self._randomness.bytes(_RANDOM_BYTES))


def written_ms(blob: BlobId) -> int:
    """When the name of a blob was made."""
    return int.from_bytes(blob[BUCKET_ID_BYTES : BUCKET_ID_BYTES + _TIME_BYTES], "big")


async def take_in(
    source: Source,
    content: BlobId,
    blobs: BlobStore,
    *,
    algorithms: frozenset[str],
    inline_max: int,
    size_max: int,
    sealing: Sealing | None = None,
) -> Taken:
    """Read ``source`` to its end, into memory up to ``inline_max`` bytes, else into a blob.

    A blob that was written is durable when this returns.  With a ``sealing`` only
    encrypted bytes are kept; sizes and digests are the plaintext's.

    Raises:
        EntityTooLarge: the body is larger than ``size_max``.
        Whatever the source raises; nothing is left behind.
    """
    if source.size is not None and source.size > size_max:
        raise EntityTooLarge(source.size, size_max)
    digests = Digests(algorithms)
    small = bytearray()
    while True:
        piece = await source.read()
        if not piece:
            await digests.update(small)
            kept = bytes(small) if sealing is None else sealing.cipher(content).seal_whole(small)
            return Taken(content, len(small), digests.finish(), kept, blobs)
        if len(small) + len(piece) > inline_max:
            break
        small += piece
    first = [small, piece]
    # While a slow client is waited for, nothing that was written stays in memory.
    del small, piece
    writer: BlobWriter
    if sealing is None:
        writer = await blobs.create(content, size_hint=source.size)
    else:
        cipher, hint = sealing.cipher(content), source.size
        hint = None if hint is None else sealed_size(hint, cipher.layers)
        writer = SealingWriter(await blobs.create(content, size_hint=hint), cipher)
    try:
        size = await _pour(source, first, writer, digests, size_max)
        finished = digests.finish()
        await writer.commit()
    except BaseException:
        await writer.abort()
        raise
    return Taken(content, size, finished, None, blobs, written=True)


async def _pour(
    source: Source, pieces: list[Buffer], writer: BlobWriter, digests: Digests, size_max: int
) -> int:
    """Write these pieces, which are taken away, and then the rest; bytes in all."""
    size = 0
    while pieces:
        piece = pieces.pop(0)
        size += len(piece)
        if size > size_max:
            raise EntityTooLarge(size, size_max)
        # The digest of a piece and its writing go on side by side.
        digesting = asyncio.ensure_future(digests.update(piece))
        try:
            await writer.write(piece)
        finally:
            await digesting
        del piece
        if not pieces and (more := await source.read()):
            pieces.append(more)
            del more
    return size
