"""The blob port: write-once byte strings under names we choose.

A blob exists from its writer's ``commit`` on, whole and durable; before that
nobody can read it, and after it nobody can change it.  What a backend promises
is written down as tests in ``storage.conformance.blob``.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final, NamedTuple, NewType, Protocol

BlobId = NewType("BlobId", bytes)

BUCKET_ID_BYTES: Final = 8
BLOB_ID_BYTES: Final = BUCKET_ID_BYTES + 16  # the bucket's id, then random bytes

READ_BYTES: Final = 1024 * 1024  # at once, by who reads a whole blob

Buffer = bytes | bytearray | memoryview


class BlobInfo(NamedTuple):
    """One blob as a listing shows it."""

    blob: BlobId
    size: int  # bytes


class FileSlice(NamedTuple):
    """A part of an open file that the kernel may send; owned by its reader."""

    fd: int
    offset: int
    length: int


class BlobWriter(Protocol):
    """Takes the bytes of one blob in order."""

    async def write(self, data: Buffer) -> None:
        """Append; returns when the store is ready for more (back-pressure).

        The buffer may be reused by the caller once this returns.  After an
        error or a cancellation only ``abort`` is left to do.

        Raises:
            StoreFull, StoreUnavailable
        """
        ...

    async def commit(self) -> None:
        """Make the blob durable and readable; it survives a power cut from here on.

        Raises:
            BlobExists: the name is taken.
            StoreFull, StoreUnavailable
        """
        ...

    async def abort(self) -> None:
        """Forget what was written.  Safe to call at any time, also twice; after commit a no-op."""
        ...


class BlobReader(Protocol):
    """A stretch of one blob, opened: it stays readable even if the blob is deleted now."""

    size: int  # bytes that remain to be read in this stretch

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes; empty at the end.

        Raises:
            BlobDamaged: the store can no longer give what it promised.
            StoreUnavailable: it is away, and was for as long as it waits.
        """
        ...

    def file_slice(self) -> FileSlice | None:
        """What remains, as a slice of a file, if the store has one."""
        ...

    async def close(self) -> None:
        """Release the stretch.  Safe to call twice."""
        ...


class BlobStore(Protocol):
    """Where contents live."""

    @property
    def healthy(self) -> bool:
        """False once it takes no writes for good, as after a failed fsync: reopen.

        What it refuses, or has no room for, leaves it healthy.
        """
        ...

    @property
    def trouble(self) -> str | None:
        """Why it cannot be reached now, and since when; None: as far as is known, it can."""
        ...

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> BlobWriter:
        """Begin a blob.  ``size_hint`` is the expected number of bytes, if known."""
        ...

    async def read(self, blob: BlobId, offset: int, length: int) -> BlobReader:
        """Open a stretch; it fails before the first byte or not at all.

        Raises:
            BlobMissing: there is no such blob.
            BlobDamaged: the blob is shorter than ``offset + length``.
            StoreUnavailable: it cannot be opened now; nothing is known of it.
        """
        ...

    async def delete(self, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        """Remove; one that is already gone counts as removed.  Returns those it cannot remove.

        A power cut may bring a deleted blob back; nothing names it then.

        Raises:
            StoreUnavailable: some may be left.
        """
        ...

    def list(self, *, after: BlobId | None = None) -> AsyncIterator[BlobInfo]:
        """Every committed blob, from the one after ``after``.

        The order is the store's own, and always the same.  A blob committed
        or deleted meanwhile may be listed or not.
        """
        ...

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        """Copy without moving bytes through here (reflink, server side); False if it cannot.

        True means durable, as after a writer's commit.

        Raises:
            BlobMissing, BlobExists, StoreFull, StoreUnavailable
        """
        ...

    async def close(self) -> None:
        """Release everything."""
        ...
