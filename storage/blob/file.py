"""Blobs as write-once files.

A blob is written under a name of its writer's own, made durable, and then
moved to its name, so that a name always means the whole blob.  A directory's
names are made durable before a commit returns.

Deletes are not: after a power cut a deleted blob may be back, unnamed by any
metadata, and the sweeper removes it again.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from storage.blob import BLOB_ID_BYTES, BlobId, BlobInfo
from storage.blob.failures import Failures, is_full, is_of_one_file, is_passing
from storage.blob.gathering import Gathering
from storage.blob.nursery import Nursery
from storage.blob.reading import FileReader
from storage.blob.writing import FileWriter
from storage.errors import BlobDamaged, BlobExists, BlobMissing, StoreFull, StoreUnavailable
from storage.files import FileSystem, RealFiles
from storage.seam import Randomness, SystemRandomness

_log = logging.getLogger(__name__)

WRITE_THREADS: Final = 8
READ_THREADS: Final = 4  # of their own: reads shall not queue behind fsyncs
LIST_PAGE: Final = 500  # sizes asked for in one turn of a thread
LEFT_MAX: Final = 1000  # contents logged, for each cannot be removed; the others in silence
# Directories, by the last byte of a name: part of the format.
FANS: Final = [f"{byte:02x}" for byte in range(256)]
_NAME: Final = re.compile(rf"[0-9a-f]{{{2 * BLOB_ID_BYTES}}}\Z", re.ASCII)
_WRITING: Final = "writing"

Result = TypeVar("Result")


def is_blob(name: str) -> bool:
    """Whether a file of that name would be a blob."""
    return _NAME.match(name) is not None


def _fan_of(blob: bytes) -> str:
    return FANS[blob[-1] % len(FANS)]


def _is_in_place(name: str, fan: str) -> bool:
    """Whether a file of that name, in that directory, is found again as a blob."""
    return is_blob(name) and _fan_of(bytes.fromhex(name)) == fan


class FileBlobs:
    """A directory of blobs, shared by the processes of one machine."""

    def __init__(
        self,
        directory: Path,
        *,
        files: FileSystem | None = None,
        randomness: Randomness | None = None,
    ) -> None:
        """Open or make the store, and remove what dead processes were writing.

        Raises:
            StoreUnavailable: the directory cannot be used.
        """
        self._directory = directory
        self._files = files or RealFiles()
        self._failures = Failures(directory)
        self._randomness = randomness or SystemRandomness()
        self._nursery: Nursery | None = None
        self._opening = Lock()
        self._gathering = Gathering()
        self._can_clone = True
        self._closed = False
        self._left: set[BlobId] = set()  # that could not be removed, and were logged
        try:
            self._files.make_directory(directory)
            for name in FANS:
                self._files.make_directory(directory / name)
            self._open_nursery()
            # Also those that were there: whoever made them may have died before doing so.
            self._files.sync_directory(directory)
            self._files.sync_directory(directory.parent)
        except OSError as error:
            raise StoreUnavailable(f"{directory}: {error}") from error
        self._write_pool = ThreadPoolExecutor(WRITE_THREADS, thread_name_prefix="blob-write")
        self._read_pool = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="blob-read")

    def _open_nursery(self) -> None:
        """Make it; not now, if the disk is full: reads and deletes need none.  Blocks."""
        with self._opening:
            if self._nursery is not None:
                return
            try:
                self._nursery = Nursery(self._directory / _WRITING, self._files, self._randomness)
            except OSError as error:
                if not is_full(error):
                    raise

    @property
    def healthy(self) -> bool:
        """False after a failed fsync: reopen."""
        return self._failures.broken is None

    def path_of(self, blob: BlobId) -> Path:
        """Where a blob lies: fanned out by its last, random byte."""
        return self._directory / _fan_of(blob) / blob.hex()

    @property
    def trouble(self) -> str | None:
        """Never: it is of this machine."""
        return None

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> FileWriter:
        """Begin a blob; ``size_hint`` bytes are reserved.

        Raises:
            StoreFull, StoreUnavailable
        """
        self._failures.check()
        if self._nursery is None:
            await self._run(self._write_pool, self._open_nursery)
            if self._nursery is None:
                raise StoreFull(f"no room on the disk of {self._directory}")
        writer = FileWriter(
            files=self._files,
            pool=self._write_pool,
            failures=self._failures,
            gathering=self._gathering,
            path=self._nursery.place(blob),
            publish=lambda written: self._publish(written, self.path_of(blob)),
        )
        await writer.begin(size_hint)
        return writer

    def _publish(self, written: Path, target: Path) -> None:
        """Give what was written and synced its name, durably.  Blocks."""
        self._failures.check()
        try:
            self._files.move(written, target)
        except FileExistsError:
            raise BlobExists from None
        try:
            self._files.sync_directory(target.parent)
        except OSError as error:
            raise self._failures.fatal(error) from error

    async def read(self, blob: BlobId, offset: int, length: int) -> FileReader:
        """Open a stretch.  On the loop: opening a file that is there takes microseconds.

        Raises:
            BlobMissing, BlobDamaged
            StoreUnavailable: too many files are open.
        """
        try:
            fd = self._files.open(self.path_of(blob))
        except FileNotFoundError:
            raise BlobMissing from None
        except OSError as error:
            if is_passing(error):
                raise StoreUnavailable(str(error)) from error
            raise BlobDamaged(str(error)) from error
        try:
            size = self._files.size(fd)
        except OSError as error:
            self._files.close(fd)
            raise BlobDamaged(str(error)) from error
        if offset + length > size:
            self._files.close(fd)
            raise BlobDamaged(f"{size} bytes, not {offset + length}")
        return FileReader(self._files, self._read_pool, fd, offset, length)

    async def delete(self, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        """Remove; one that is already gone counts as removed.  Returns those it cannot remove.

        Raises:
            StoreFull, StoreUnavailable
        """

        def remove() -> Collection[BlobId]:
            return [blob for blob in blobs if not self._remove(blob)]

        return await self._run(self._write_pool, remove)

    def _remove(self, blob: BlobId) -> bool:
        """False if this one cannot be removed, which is logged once.  Blocks."""
        try:
            self._files.remove(self.path_of(blob))
        except OSError as error:
            if not is_of_one_file(error):
                raise
            if blob not in self._left and len(self._left) < LEFT_MAX:
                self._left.add(blob)
                _log.warning("a content cannot be removed, it is left: %s", error)
            return False
        return True

    async def list(self, *, after: BlobId | None = None) -> AsyncIterator[BlobInfo]:
        """Every blob, directory by directory: no more than one directory is in memory.

        Raises:
            StoreUnavailable
        """
        first = after[-1] % len(FANS) if after is not None else 0
        for fan in FANS[first:]:
            names = await self._run(self._read_pool, lambda fan=fan: self._names(fan))  # type: ignore[misc]
            if after is not None and fan == FANS[first]:
                names = [name for name in names if name > after.hex()]
            for start in range(0, len(names), LIST_PAGE):
                page = names[start : start + LIST_PAGE]
                for info in await self._run(
                    self._read_pool,
                    lambda fan=fan, page=page: self._sizes(fan, page),  # type: ignore[misc]
                ):
                    yield info

    def strays(self) -> Iterator[Path]:
        """What lies here and is no blob in its place, nor being written.  Blocks."""
        known = {*FANS, _WRITING}
        for name in self._files.names(self._directory):
            if name not in known:
                yield self._directory / name
        for fan in FANS:
            for name in self._files.names(self._directory / fan):
                path = self._directory / fan / name
                if not (_is_in_place(name, fan) and self._files.is_file(path)):
                    yield path

    def _names(self, fan: str) -> Sequence[str]:
        found = self._files.names(self._directory / fan)
        return sorted(name for name in found if _is_in_place(name, fan))

    def _sizes(self, fan: str, names: Sequence[str]) -> Sequence[BlobInfo]:
        found = []
        for name in names:
            try:
                size = self._files.size_of(self._directory / fan / name)
            except FileNotFoundError:
                continue  # deleted meanwhile
            found.append(BlobInfo(BlobId(bytes.fromhex(name)), size))
        return found

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        """Share the bytes where the file system has reflinks.

        Raises:
            BlobMissing, BlobExists, StoreFull, StoreUnavailable
        """
        reader = await self.read(source, 0, 0)
        try:
            if not self._can_clone:
                return False
            writer = await self.create(target)
            try:
                self._can_clone = await writer.clone_from(reader.fd)
                if self._can_clone:
                    await writer.commit()
            finally:
                await writer.abort()
        finally:
            await reader.close()
        return self._can_clone

    async def _run(self, pool: ThreadPoolExecutor, call: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call)
        except OSError as error:
            raise self._failures.meaning(error) from error

    async def close(self) -> None:
        """Wait for what runs and release everything."""

        if self._closed:
            return
        self._closed = True

        def finish() -> None:
            self._write_pool.shutdown()
            self._read_pool.shutdown()
            if self._nursery is not None:
                self._nursery.close()

        await asyncio.get_running_loop().run_in_executor(None, finish)
