"""One blob being written, in threads, step by step.

A waiter may be cancelled at any time; the step its thread is in goes on.  So
every step holds the writer's lock, the file is closed by a step alone, and
what comes after the last step finds it closed.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from storage.blob import Buffer
from storage.blob.failures import Failures
from storage.blob.gathering import Gathering
from storage.errors import StorageError, StoreUnavailable
from storage.files import FileSystem

# Below, a piece of its own costs more than copying it; what is gathered has few pieces then.
JOIN_BYTES_MAX: Final = 16 * 1024

Result = TypeVar("Result")


class FileWriter:
    """A blob on its way.  ``publish`` gives the written and synced file its name, durably."""

    def __init__(
        self,
        *,
        files: FileSystem,
        pool: Executor,
        failures: Failures,
        gathering: Gathering,
        path: Path,
        publish: Callable[[Path], None],
    ) -> None:
        self._files = files
        self._pool = pool
        self._failures = failures
        self._path = path
        self._publish = publish
        self._lock = Lock()
        self._fd: int | None = None  # None before the first step and after the last
        self._failed: StorageError | None = None
        self._pieces: list[Buffer] = []
        self._gathered = 0  # bytes
        self._gathering = gathering

    async def begin(self, size_hint: int | None) -> None:
        """Make the file and reserve its room.

        Raises:
            StoreFull, StoreUnavailable
        """

        def begin() -> None:
            self._fd = self._files.create(self._path)
            if size_hint:
                self._files.allocate(self._fd, size_hint)

        try:
            await self._step(begin)
        except BaseException:
            await self.abort()
            raise

    async def write(self, data: Buffer) -> None:
        """Append; small pieces are gathered.

        Raises:
            StoreFull, StoreUnavailable
        """
        # The caller may reuse its buffer: what is kept is copied, unless it cannot change.
        last = self._pieces[-1] if self._pieces else None
        if len(data) >= JOIN_BYTES_MAX:
            self._pieces.append(data if isinstance(data, bytes) else bytes(data))
        elif isinstance(last, bytearray):
            last += data
        else:
            self._pieces.append(bytearray(data))
        self._gathered += len(data)
        self._gathering.add(len(data))
        if self._gathering.is_enough(self._gathered):
            pieces = self._take()
            await self._step(lambda: self._files.write(self._open_file(), pieces))

    async def clone_from(self, source: int) -> bool:
        """Share the bytes of an open file, if the file system can.

        Raises:
            StoreFull, StoreUnavailable
        """
        return await self._step(lambda: self._files.clone(source, self._open_file()))

    async def commit(self) -> None:
        """Write the rest, make it durable, give it its name.

        Raises:
            BlobExists, StoreFull, StoreUnavailable
        """
        pieces = self._take()

        def finish() -> None:
            fd = self._open_file()
            self._files.write(fd, pieces)
            try:
                self._files.sync(fd)
            except OSError as error:
                raise self._failures.fatal(error) from error
            self._publish(self._path)
            self._fd = None
            self._files.close(fd)

        await self._step(finish)

    async def abort(self) -> None:
        """Forget what was written; nothing to do after the commit or another abort."""

        def discard() -> None:
            with self._lock:
                self._failed = self._failed or StoreUnavailable("the writer was aborted")
                if self._fd is None:
                    return
                fd, self._fd = self._fd, None
                with suppress(OSError):  # what stays is removed when the store is opened
                    self._files.close(fd)
                    self._files.remove(self._path)

        self._take()
        loop = asyncio.get_running_loop()
        # Runs to its end even if this waiter is cancelled too.
        await asyncio.shield(loop.run_in_executor(self._pool, discard))

    def _take(self) -> Sequence[Buffer]:
        self._gathering.remove(self._gathered)
        pieces, self._pieces, self._gathered = self._pieces, [], 0
        return pieces

    def _open_file(self) -> int:
        if self._fd is None:
            raise StoreUnavailable("the writer is closed")
        return self._fd

    async def _step(self, call: Callable[[], Result]) -> Result:
        def step() -> Result:
            with self._lock:
                # A hole must not become a blob because a caller went on regardless.
                if self._failed is not None:
                    raise self._failed
                try:
                    return call()
                except OSError as error:
                    self._failed = self._failures.meaning(error)
                    raise self._failed from error
                except StorageError as error:
                    self._failed = error
                    raise

        return await asyncio.get_running_loop().run_in_executor(self._pool, step)
