"""What every blob backend must pass.  Subclass it and say how to open yours."""

import asyncio
import os
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from storage.blob import BLOB_ID_BYTES, BlobId, BlobInfo, BlobReader, BlobStore
from storage.conformance._check import refuses, succeeds
from storage.errors import BlobDamaged, BlobExists, BlobMissing, StoreUnavailable

SIZES: Final = (0, 1, 511, 4096, 65_537, 1024 * 1024, 3_333_333)


def name(number: int) -> BlobId:
    """A blob's name; numbers far apart lie apart in any layout."""
    return BlobId(random.Random(number).randbytes(BLOB_ID_BYTES))


def content(number: int, size: int) -> bytes:
    """Bytes that no other number has."""
    return random.Random(number).randbytes(size)


async def store(blobs: BlobStore, blob: BlobId, data: bytes, *, piece: int = 10_000) -> None:
    """Write a blob in pieces, each in the same buffer, which the store may not keep."""
    writer = await blobs.create(blob)
    buffer = bytearray(piece)
    for start in range(0, len(data), piece):
        part = data[start : start + piece]
        buffer[: len(part)] = part
        await writer.write(memoryview(buffer)[: len(part)])
    await writer.commit()


async def drain(reader: BlobReader, limit: int = 100_000) -> bytes:
    """What remains; closes the reader, twice, which is allowed."""
    pieces, size = [], reader.size
    while piece := await reader.read(limit):
        assert len(piece) <= limit
        pieces.append(piece)
        size -= len(piece)
        assert reader.size == size
    assert reader.size == 0
    await reader.close()
    await reader.close()
    return b"".join(pieces)


async def read(blobs: BlobStore, blob: BlobId, size: int) -> bytes:
    """The first ``size`` bytes of a blob."""
    return await drain(await blobs.read(blob, 0, size))


async def listed(blobs: BlobStore, after: BlobId | None = None) -> list[BlobInfo]:
    """All of a listing."""
    return [info async for info in blobs.list(after=after)]


class BlobConformance(ABC):
    """Every promise of the port."""

    @abstractmethod
    async def open(self) -> BlobStore:
        """Open the test's store; called again, another handle of it."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BlobStore]:
        """A handle, closed at the end."""
        blobs = await self.open()
        try:
            yield blobs
        finally:
            await blobs.close()

    async def test_what_was_written_is_read_in_any_pieces(self) -> None:
        async with self.opened() as blobs:
            for number, size in enumerate(SIZES):
                data = content(number, size)
                await store(blobs, name(number), data, piece=max(1, size // 3))
                assert await read(blobs, name(number), size) == data
            data = content(4, SIZES[4])
            for offset, length in ((0, 0), (0, 1), (65_536, 1), (65_537, 0), (100, 60_000)):
                for limit in (1, 7, 100_000) if length < 10 else (4096, 1_000_000):
                    stretch = await drain(await blobs.read(name(4), offset, length), limit)
                    assert stretch == data[offset : offset + length]

    async def test_every_kind_of_buffer_is_taken_and_may_be_used_again(self) -> None:
        async with self.opened() as blobs:
            writer = await blobs.create(name(1))
            buffer = bytearray(b"one")
            await writer.write(buffer)
            buffer[:] = b"two"
            await writer.write(memoryview(buffer)[1:])
            buffer[:] = b"xxx"
            await writer.write(b"")
            await writer.write(b"three")
            await writer.commit()
            assert await read(blobs, name(1), 10) == b"onewothree"

    async def test_a_wrong_hint_changes_nothing(self) -> None:
        async with self.opened() as blobs:
            for number, hint in enumerate((None, 0, 1, 4000, 1_000_000)):
                writer = await blobs.create(name(number), size_hint=hint)
                await writer.write(b"long" * 1000)
                await writer.commit()
                assert await read(blobs, name(number), 4000) == b"long" * 1000
                await refuses(BlobDamaged, blobs.read(name(number), 0, 4001))
            assert {info.size for info in await listed(blobs)} == {4000}

    async def test_nothing_is_there_before_the_commit(self) -> None:
        async with self.opened() as blobs, self.opened() as other:
            writer = await blobs.create(name(1))
            await writer.write(bytes(2_000_000))
            for handle in (blobs, other):
                await refuses(BlobMissing, handle.read(name(1), 0, 0))
                assert await listed(handle) == []
            await writer.commit()
            for handle in (blobs, other):
                assert await read(handle, name(1), 2_000_000) == bytes(2_000_000)

    async def test_an_aborted_blob_never_was(self) -> None:
        async with self.opened() as blobs:
            writer = await blobs.create(name(1))
            await writer.write(bytes(2_000_000))
            await writer.abort()
            await writer.abort()
            await refuses(StoreUnavailable, writer.commit())
            assert await listed(blobs) == []
            await store(blobs, name(1), b"again")
            assert await read(blobs, name(1), 5) == b"again"

    async def test_an_abort_after_the_commit_does_nothing(self) -> None:
        async with self.opened() as blobs:
            writer = await blobs.create(name(1))
            await writer.write(b"kept")
            await writer.commit()
            await writer.abort()
            assert await read(blobs, name(1), 4) == b"kept"

    async def test_a_name_is_written_once(self) -> None:
        async with self.opened() as blobs:
            await store(blobs, name(1), b"first")
            await refuses(BlobExists, store(blobs, name(1), b"second"))
            assert await read(blobs, name(1), 5) == b"first"
            await refuses(BlobDamaged, blobs.read(name(1), 0, 6))

    async def test_of_many_writers_of_one_name_exactly_one_wins(self) -> None:
        async with self.opened() as blobs, self.opened() as other:
            handles = [blobs, other] * 8
            won = await asyncio.gather(
                *[
                    succeeds(BlobExists, store(handle, name(1), b"%04d" % number))
                    for number, handle in enumerate(handles)
                ]
            )
            assert won.count(True) == 1
            assert await read(blobs, name(1), 4) == b"%04d" % won.index(True)

    async def test_a_read_fails_before_its_first_byte_or_not_at_all(self) -> None:
        async with self.opened() as blobs:
            await store(blobs, name(1), bytes(100))
            await refuses(BlobMissing, blobs.read(name(2), 0, 0))
            for offset, length in ((0, 101), (101, 0), (50, 51), (100, 1)):
                await refuses(BlobDamaged, blobs.read(name(1), offset, length))

    async def test_what_is_refused_leaves_it_healthy(self) -> None:
        async with self.opened() as blobs:
            assert blobs.healthy
            await store(blobs, name(1), b"x")
            writer = await blobs.create(name(1))
            await refuses(BlobExists, writer.commit())
            await writer.abort()
            await refuses(BlobDamaged, blobs.read(name(1), 0, 2))
            await refuses(BlobMissing, blobs.read(name(2), 0, 0))
            assert blobs.healthy

    async def test_what_is_deleted_is_gone_also_twice(self) -> None:
        async with self.opened() as blobs, self.opened() as other:
            for number in range(3):
                await store(blobs, name(number), b"x")
            await blobs.delete([name(0), name(1), name(7)])
            await other.delete([name(0)])
            await blobs.delete([])
            assert [info.blob for info in await listed(other)] == [name(2)]
            await refuses(BlobMissing, blobs.read(name(0), 0, 1))

    async def test_an_open_stretch_outlives_the_blob(self) -> None:
        async with self.opened() as blobs, self.opened() as other:
            data = content(1, 500_000)
            await store(blobs, name(1), data)
            reader = await blobs.read(name(1), 0, len(data))
            first = await reader.read(1000)
            await other.delete([name(1)])
            assert first + await drain(reader) == data

    async def test_a_listing_is_whole_and_goes_on_after_any_blob(self) -> None:
        async with self.opened() as blobs:
            for number in range(40):
                await store(blobs, name(number), bytes(number))
            whole = await listed(blobs)
            assert sorted(whole) == sorted(BlobInfo(name(n), n) for n in range(40))
            assert await listed(blobs) == whole
            for position, info in enumerate(whole):
                assert await listed(blobs, info.blob) == whole[position + 1 :]

    async def test_a_file_slice_is_what_remains(self) -> None:
        async with self.opened() as blobs:
            data = content(1, 10_000)
            await store(blobs, name(1), data)
            reader = await blobs.read(name(1), 1000, 5000)
            assert await reader.read(10) == data[1000:1010]
            left = reader.file_slice()
            if left is not None:
                assert left.length == reader.size == 4990
                assert os.pread(left.fd, left.length, left.offset) == data[1010:6000]
            await reader.close()

    async def test_a_clone_is_a_copy_or_is_refused(self) -> None:
        async with self.opened() as blobs:
            await store(blobs, name(1), b"content")
            await refuses(BlobMissing, blobs.clone(name(8), name(9)))
            for number in (2, 3):
                if await blobs.clone(name(1), name(number)):
                    assert await read(blobs, name(number), 7) == b"content"
                    await refuses(BlobExists, blobs.clone(name(1), name(number)))
                else:
                    await refuses(BlobMissing, blobs.read(name(number), 0, 0))

    async def test_a_cancelled_writer_harms_no_other(self) -> None:
        """A step under way goes on; no other blob may get its bytes."""
        async with self.opened() as blobs:

            async def write(number: int) -> None:
                writer = await blobs.create(name(number))
                try:
                    for _ in range(3):
                        await writer.write(bytes([number]) * 1_000_000)
                    await writer.commit()
                except BaseException:
                    await writer.abort()
                    raise

            tasks = [asyncio.create_task(write(number)) for number in range(30)]
            rng = random.Random(1)
            for task in tasks[::2]:
                for _ in range(rng.randrange(12)):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            found = {info.blob for info in await listed(blobs)}
            assert {name(number) for number in range(1, 30, 2)} <= found
            for number in range(30):
                if name(number) in found:
                    whole = await read(blobs, name(number), 3_000_000)
                    assert whole == bytes([number]) * 3_000_000

    async def test_what_one_handle_committed_the_next_one_has(self) -> None:
        async with self.opened(), self.opened() as blobs:
            await store(blobs, name(1), b"x")
        async with self.opened() as blobs:
            assert await listed(blobs) == [BlobInfo(name(1), 1)]
