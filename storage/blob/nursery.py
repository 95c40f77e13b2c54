"""Where blobs lie while they are written: a directory for each process.

It is locked for as long as the process lives, so that whoever opens the store
next can tell what the dead have left from what the living write; process ids
would not do, for they are used again and differ between containers.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from storage.blob import BlobId
from storage.files import FileSystem
from storage.seam import Randomness

_OPENING: Final = "opening.lock"
_LOCK: Final = ".lock"
_NAME_BYTES: Final = 8


class Nursery:
    """This process's directory of blobs without a name."""

    def __init__(self, directory: Path, files: FileSystem, randomness: Randomness) -> None:
        """Make it, and remove those of the dead.  Blocks.

        Raises:
            OSError
        """
        self._files = files
        self._serial = 0
        files.make_directory(directory)
        # One process at a time: between a directory and its lock nobody looks.
        opening = files.lock(directory / _OPENING, wait=True)
        assert opening is not None
        try:
            self._clear(directory)
            self._path = directory / randomness.bytes(_NAME_BYTES).hex()
            self._held = self._settle()
        finally:
            files.close(opening)

    def _settle(self) -> int:
        held = self._files.lock(self._lock_of(self._path), wait=False)
        assert held is not None, "nobody else can know this name"
        try:
            self._files.make_directory(self._path)
        except OSError:
            self._files.close(held)
            with suppress(OSError):
                self._files.remove(self._lock_of(self._path))
            raise
        return held

    @staticmethod
    def _lock_of(path: Path) -> Path:
        return path.with_name(path.name + _LOCK)

    def _clear(self, directory: Path) -> None:
        files = self._files
        for name in list(files.names(directory)):
            path = directory / name.removesuffix(_LOCK)
            if name == _OPENING or (name.endswith(_LOCK) and files.exists(path)):
                continue  # the directory itself turns up too
            held = files.lock(self._lock_of(path), wait=False)
            if held is None:
                continue
            try:
                for left in list(files.names(path)):
                    files.remove(path / left)
                files.remove_directory(path)
                files.remove(self._lock_of(path))
            finally:
                files.close(held)

    def place(self, blob: BlobId) -> Path:
        """A path nobody else writes to."""
        self._serial += 1
        return self._path / f"{self._serial}.{blob.hex()}"

    def close(self) -> None:
        """Let go; what is left in it is the next opener's to remove."""
        try:
            if not list(self._files.names(self._path)):
                self._files.remove_directory(self._path)
                self._files.remove(self._lock_of(self._path))
        except OSError:
            pass  # the disk fails: the next opener's, too
        finally:
            self._files.close(self._held)
