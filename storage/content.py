"""From a version to its bytes: which segments a range touches, opened one after another.

A read fails before its first byte or not at all, as far as the store can
promise: the first stretch is opened before anything is answered.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Final

from storage import keys
from storage.blob import BlobReader, BlobStore, FileSlice
from storage.encryption import Cipher, sealed_size
from storage.errors import BlobDamaged, BlobMissing
from storage.kept import SmallContents
from storage.meta import MetaStore
from storage.protection import Protection, Sealing, layers_of
from storage.reads import ReadToken, ReadTracker
from storage.records import (
    SEGMENTS_PER_ROW,
    Encryption,
    ObjectVersion,
    Segment,
    decode_segments,
)
from storage.sealing import open_sealed

CHECKED_IN_A_ROW: Final = 64  # segments, some 20 µs each, before others get their turn

_NOTHING: Final = b""


class InlineReader:
    """A stretch of a content that is in memory already."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes; empty at the end."""
        piece = bytes(self._data[:limit])
        self._data = self._data[limit:]
        self.size = len(self._data)
        return piece

    def file_slice(self) -> FileSlice | None:
        """None: there is no file."""
        return None

    async def close(self) -> None:
        """Nothing to release."""


class Stretches:
    """A body made of opened stretches, to be read and closed one after another.

    Whoever takes a reader closes it; ``aclose`` closes what was not taken and
    must be called in any case.
    """

    def __init__(
        self,
        size: int,
        first: BlobReader,
        rest: AsyncGenerator[BlobReader, None],
        done: Callable[[], None],
    ) -> None:
        self.size = size  # bytes in all
        self._first: BlobReader | None = first
        self._rest = rest
        self._done: Callable[[], None] | None = done

    def __aiter__(self) -> "Stretches":
        return self

    async def __anext__(self) -> BlobReader:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return await self._rest.__anext__()

    async def aclose(self) -> None:
        """Close what was not taken.  Safe to call twice."""
        try:
            if self._first is not None:
                first, self._first = self._first, None
                await first.close()
            await self._rest.aclose()
        finally:
            if self._done is not None:
                done, self._done = self._done, None
                done()


class Contents:
    """Reads what versions name."""

    def __init__(
        self,
        data: MetaStore,
        blobs: BlobStore,
        reads: ReadTracker,
        protection: Protection | None = None,
    ) -> None:
        """Without ``protection`` nothing that is encrypted can be read or written."""
        self._data = data
        self._blobs = blobs
        self._reads = reads
        self._protection = protection
        self._small = SmallContents()

    def begin(self) -> ReadToken:
        """Say that a read begins; call it before reading the row."""
        return self._reads.begin()

    def end(self, token: ReadToken | None) -> None:
        """Say that the read that ``token`` stands for is over, if there is one."""
        if token is not None:
            self._reads.end(token)

    def known(self, version: ObjectVersion) -> bytes | None:
        """All of a content, if it is in memory and was not encrypted; None: ask ``open``."""
        if version.encryption is not None or len(version.segments) != 1:
            return None
        return self._small.get(version.segments[0].content)

    async def open(
        self,
        bucket_id: bytes,
        version: ObjectVersion,
        offset: int,
        length: int,
        token: ReadToken | None,
        customer_key: bytes | None = None,
    ) -> bytes | Stretches:
        """``length`` bytes from ``offset``: as bytes if they are inline, else opened.

        ``token`` stands for the read of several segments; one segment needs none,
        for what is open stays readable.  Its ownership passes to what is returned;
        on an error it stays with the caller.

        Raises:
            BlobMissing, BlobDamaged: before the first byte.
            WrongCustomerKey, MasterKeyMissing, KmsKeyNotFound, KmsKeyDisabled,
            KmsKeyUnusable, KmsUnavailable: of what is encrypted
        """
        if length == 0:
            self.end(token)
            return _NOTHING
        sealing = None
        if version.encryption is not None:
            sealing = await self.protection.open(bucket_id, version.encryption, customer_key)
        if len(version.segments) == 1 and version.segments[0].inline:
            data = await self._small_one(bucket_id, version.segments[0], sealing)
            self.end(token)
            return data if length == version.size else data[offset : offset + length]
        stretches = self._stretches(bucket_id, version, offset, length, sealing)
        first = await anext(stretches)
        return Stretches(length, first, stretches, lambda: self.end(token))

    @property
    def protection(self) -> Protection:
        """What encrypts and decrypts."""
        assert self._protection is not None, "nothing is encrypted where there are no keys"
        return self._protection

    async def check(
        self, bucket_id: bytes, segments: Iterable[Segment], encryption: Encryption | None = None
    ) -> None:
        """See that every segment is there, without reading it.

        Raises:
            BlobMissing, BlobDamaged
        """
        layers = layers_of(encryption)
        for number, segment in enumerate(segments, 1):
            if segment.inline:
                await self._inline(bucket_id, segment)
            else:
                size = sealed_size(segment.size, layers)
                reader = await self._blobs.read(segment.blob, 0, size)
                await reader.close()
            if number % CHECKED_IN_A_ROW == 0:
                await asyncio.sleep(0)

    async def segments(
        self, bucket_id: bytes, version: ObjectVersion, start_row: int = 0
    ) -> AsyncGenerator[Segment, None]:
        """The version's segments in order; long lists are read a row at a time."""
        if version.segments:
            for segment in version.segments:
                yield segment
            return
        for row_number in range(start_row, len(version.segment_rows)):
            key = keys.segments(bucket_id, version.content, row_number * SEGMENTS_PER_ROW)
            row = await self._data.get(key)
            if row is None:
                raise BlobMissing
            for segment in decode_segments(row.value).segments:
                yield segment

    async def _stretches(
        self,
        bucket_id: bytes,
        version: ObjectVersion,
        offset: int,
        length: int,
        sealing: Sealing | None,
    ) -> AsyncGenerator[BlobReader, None]:
        start_row, position = 0, 0
        for number, row_offset in enumerate(version.segment_rows):
            if row_offset <= offset:
                start_row, position = number, row_offset
        end = offset + length
        async for segment in self.segments(bucket_id, version, start_row):
            first = max(offset - position, 0)
            last = min(end - position, segment.size)
            position += segment.size
            if first < last:
                yield await self._open(bucket_id, segment, first, last - first, sealing)
            if position >= end:
                return
        raise BlobDamaged

    async def _open(
        self,
        bucket_id: bytes,
        segment: Segment,
        offset: int,
        length: int,
        sealing: Sealing | None,
    ) -> BlobReader:
        if segment.inline:
            data = await self._small_one(bucket_id, segment, sealing)
            return InlineReader(data[offset : offset + length])
        if sealing is None:
            return await self._blobs.read(segment.blob, offset, length)
        cipher = sealing.cipher(segment.content)
        return await open_sealed(self._blobs, segment.blob, cipher, segment.size, offset, length)

    async def _small_one(
        self, bucket_id: bytes, segment: Segment, sealing: Sealing | None
    ) -> bytes:
        stored = await self._inline(bucket_id, segment)
        if sealing is None:
            return stored
        return open_whole(sealing.cipher(segment.content), segment.size, stored)

    async def _inline(self, bucket_id: bytes, segment: Segment) -> bytes:
        known = self._small.get(segment.content)
        if known is not None:
            return known
        row = await self._data.get(keys.inline(bucket_id, segment.content))
        if row is None:
            raise BlobMissing
        self._small.keep(segment.content, row.value)
        return row.value


def open_whole(cipher: Cipher, size: int, sealed: bytes) -> bytes:
    """The plaintext of a content that is in memory.

    Raises:
        BlobDamaged
    """
    if len(sealed) != sealed_size(size, cipher.layers):
        raise BlobDamaged(f"{len(sealed)} encrypted bytes of a content of {size}")
    return cipher.open_frames(size, 0, sealed)
