"""A stretch of one blob's open file."""

import asyncio
from concurrent.futures import Executor

from storage.blob import FileSlice
from storage.errors import BlobDamaged
from storage.files import FileSystem


class FileReader:
    """Reads in threads; stays readable when the file's name is gone."""

    def __init__(
        self, files: FileSystem, pool: Executor, fd: int, offset: int, length: int
    ) -> None:
        self.fd = fd
        self.size = length
        self._files = files
        self._pool = pool
        self._offset = offset
        self._open = True

    async def read(self, limit: int) -> bytes:
        """The next at most ``limit`` bytes; empty at the end.

        Raises:
            BlobDamaged
        """
        wanted = min(limit, self.size)
        if wanted <= 0:
            return b""
        assert self._open
        try:
            piece = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._files.read, self.fd, wanted, self._offset
            )
        except OSError as error:
            raise BlobDamaged(str(error)) from error
        if not piece:
            raise BlobDamaged(f"the file ends {self.size} bytes early")
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
