"""Blobs as write-once files.

A blob is written under a name of its writer's own, made durable, and then
linked to its name, so that a name always means the whole blob.  A directory's
names are made durable before a commit returns.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from storage.blob import BLOB_ID_BYTES, BlobId, BlobInfo, Buffer, FileSlice
from storage.errors import BlobDamaged, BlobExists, BlobMissing, StoreFull, StoreUnavailable
from storage.files import FileSystem, RealFiles

GATHER_BYTES: Final = 1024 * 1024  # collected before a thread is asked to write
THREADS: Final = 8
_WRITING: Final = "writing"  # the directory of blobs without a name
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)

Result = TypeVar("Result")


class FileBlobs:
    """A directory of blobs, shared by the processes of one machine."""

    def __init__(self, directory: Path, *, files: FileSystem | None = None) -> None:
        self._directory = directory
        self._files = files or RealFiles()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="blob")
        self._writing = directory / _WRITING
        self._broken: str | None = None
        self._made: set[Path] = set()
        self._serial = 0
        for path in (directory, self._writing):
            self._make(path)
        self._forget_the_dead()

    def _make(self, path: Path) -> None:
        if path not in self._made:
            # Synced also when it was there: whoever made it may have died before doing so.
            self._files.make_directory(path)
            self._files.sync_directory(path.parent)
            self._made.add(path)

    def _forget_the_dead(self) -> None:
        """Remove what processes that are gone were writing."""
        for name in self._files.names(self._writing):
            pid = name.partition(".")[0]
            if not pid.isdecimal() or not _is_alive(int(pid)):
                self._files.remove(self._writing / name)

    @property
    def healthy(self) -> bool:
        """False after a failed fsync: reopen."""
        return self._broken is None

    def path_of(self, blob: BlobId) -> Path:
        """Where a blob lies: fanned out by its last, random byte."""
        return self._directory / f"{blob[-1]:02x}" / blob.hex()

    async def run(self, call: Callable[[], Result]) -> Result:
        """Run a blocking call of the file system in a thread; its errors as the port's."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull(str(error)) from error
            self._broken = str(error)
            raise StoreUnavailable(str(error)) from error

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> "FileWriter":
        """Begin a blob; ``size_hint`` bytes are reserved.

        Raises:
            StoreFull, StoreUnavailable
        """
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        self._serial += 1
        path = self._writing / f"{os.getpid()}.{self._serial}.{blob.hex()}"

        def begin() -> int:
            fd = self._files.create(path)
            if size_hint:
                try:
                    self._files.allocate(fd, size_hint)
                except OSError:
                    self._files.close(fd)
                    self._files.remove(path)
                    raise
            return fd

        return FileWriter(self, self._files, path, await self.run(begin), blob)

    def publish(self, written: Path, blob: BlobId) -> None:
        """Give what was written and synced its name, durably.  Blocks."""
        target = self.path_of(blob)
        self._make(target.parent)
        try:
            self._files.link(written, target)
        except FileExistsError:
            raise BlobExists from None
        self._files.sync_directory(target.parent)

    async def read(self, blob: BlobId, offset: int, length: int) -> "FileReader":
        """Open a stretch.  On the loop: opening a file that is there takes microseconds.

        Raises:
            BlobMissing, BlobDamaged
        """
        try:
            fd = self._files.open(self.path_of(blob))
        except FileNotFoundError:
            raise BlobMissing from None
        except OSError as error:
            raise BlobDamaged(str(error)) from error
        if offset + length > self._files.size(fd):
            self._files.close(fd)
            raise BlobDamaged
        return FileReader(self._files, self._pool, fd, offset, length)

    async def delete(self, blobs: Sequence[BlobId]) -> None:
        """Remove; one that is already gone counts as removed.

        Raises:
            StoreUnavailable
        """

        def remove() -> None:
            for blob in blobs:
                self._files.remove(self.path_of(blob))

        await self.run(remove)

    async def list(self, *, after: BlobId | None = None) -> AsyncIterator[BlobInfo]:
        """Every blob in the order of names: all directories are read, then sorted."""
        for blob in await self.run(self._all):
            if after is not None and blob <= after:
                continue
            with suppress(BlobMissing, BlobDamaged):
                reader = await self.read(blob, 0, 0)
                size = self._files.size(reader.fd)
                await reader.close()
                yield BlobInfo(blob, size)

    def _all(self) -> Sequence[BlobId]:
        found: list[BlobId] = []
        for first in range(256):
            names = self._files.names(self._directory / f"{first:02x}")
            found += [BlobId(bytes.fromhex(n)) for n in names if len(n) == 2 * BLOB_ID_BYTES]
        return sorted(found)

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        """Share the bytes where the file system has reflinks.

        Raises:
            BlobMissing, BlobExists, StoreFull, StoreUnavailable
        """
        reader = await self.read(source, 0, 0)
        writer = await self.create(target)
        try:
            if not await self.run(lambda: self._files.clone(reader.fd, writer.fd)):
                await writer.abort()
                return False
            await writer.commit()
        except BaseException:
            await writer.abort()
            raise
        finally:
            await reader.close()
        return True

    async def close(self) -> None:
        """Wait for what runs and release the threads."""
        self._pool.shutdown()


class FileWriter:
    """A blob being written."""

    def __init__(
        self, blobs: FileBlobs, files: FileSystem, path: Path, fd: int, blob: BlobId
    ) -> None:
        self.fd = fd
        self._blobs = blobs
        self._files = files
        self._path = path
        self._blob = blob
        self._pieces: list[Buffer] = []
        self._size = 0
        self._over = False

    async def write(self, data: Buffer) -> None:
        """Append; small pieces are gathered.

        Raises:
            StoreFull, StoreUnavailable
        """
        # The caller may reuse its buffer: what is kept is copied, unless it cannot change.
        self._pieces.append(data if isinstance(data, bytes) else bytes(data))
        self._size += len(data)
        if self._size >= GATHER_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        pieces, self._pieces, self._size = self._pieces, [], 0
        await self._blobs.run(lambda: self._files.write(self.fd, pieces))

    async def commit(self) -> None:
        """Write the rest, make it durable, give it its name.

        Raises:
            BlobExists, StoreFull, StoreUnavailable
        """
        pieces, self._pieces = self._pieces, []

        def finish() -> None:
            self._files.write(self.fd, pieces)
            self._files.sync(self.fd)
            self._blobs.publish(self._path, self._blob)

        await self._blobs.run(finish)
        self._over = True
        self._files.close(self.fd)

    async def abort(self) -> None:
        """Forget what was written."""
        if self._over:
            return
        self._over = True
        self._pieces.clear()
        self._files.close(self.fd)
        with suppress(StoreFull, StoreUnavailable):
            await self._blobs.run(lambda: self._files.remove(self._path))


class FileReader:
    """A stretch of an open file."""

    def __init__(
        self, files: FileSystem, pool: ThreadPoolExecutor, fd: int, offset: int, length: int
    ) -> None:
        self.fd = fd
        self.size = length
        self._files = files
        self._pool = pool
        self._offset = offset
        self._open = True

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes.

        Raises:
            BlobDamaged
        """
        wanted = min(limit, self.size)
        if not wanted:
            return b""
        try:
            piece = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._files.read, self.fd, wanted, self._offset
            )
        except OSError as error:
            raise BlobDamaged(str(error)) from error
        if not piece:
            raise BlobDamaged
        self._offset += len(piece)
        self.size -= len(piece)
        return piece

    def file_slice(self) -> FileSlice | None:
        """What remains."""
        return FileSlice(self.fd, self._offset, self.size)

    async def close(self) -> None:
        """Release the file."""
        if self._open:
            self._open = False
            self._files.close(self.fd)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid != os.getpid()
