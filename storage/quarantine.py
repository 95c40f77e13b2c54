"""Where what is left of a damaged content is kept, so that mending loses nothing.

A folder for each version, part, row or content that was taken out:
``what.json`` tells what it was, beside it lie the pieces that are still there,
under the names that the record gives them.  The pieces are links to the blobs'
own files, so that they need no room; the keeper may remove the blobs, the
links stay.  Where the disk has no links, or is another one, they are copies.

``strays`` and ``unnamed`` hold what had the place of a blob and was none, and
blobs that no row names: moved there whole, under names of their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.durable import copy_file, is_unfinished, sweep, write_file
from storage.errors import StoreUnavailable
from storage.files import FileSystem, RealFiles
from storage.records import Segment

_NAME_BYTES: Final = 12
_STRAYS: Final = "strays"
_UNNAMED: Final = "unnamed"


@dataclass(frozen=True, slots=True)
class Remains:
    """Something that was taken out, and what is left of it."""

    bucket: str
    place: bytes  # that no other one has
    what: Mapping[str, Any]  # as JSON: what it was
    blobs: Sequence[BlobId] = ()
    inline: Mapping[bytes, bytes] = field(default_factory=dict)  # small contents by their names


def pieces(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """How they are told, in order: joined, they were the content."""
    return [
        {"file": one.content.hex(), "size": one.size, "part": one.number or None}
        for one in segments
    ]


class Quarantine(Protocol):
    """Keeps what is left of things."""

    def keep(self, remains: Remains) -> str:
        """Keep them, durably, and say where; the same ones again change nothing.

        Raises:
            StoreUnavailable
        """
        ...

    def take(self, stray: Path) -> str:
        """Move a file or directory that does not belong where it is here, and say where.

        Raises:
            StoreUnavailable
        """
        ...

    def unnamed(self, blob: BlobId) -> str:
        """Move a blob that nothing names here, and say where.

        Raises:
            StoreUnavailable
        """
        ...


class QuarantineFolder:
    """A folder on the disk, beside the blobs.  Everything blocks."""

    def __init__(self, directory: Path, blobs: FileBlobs, files: FileSystem | None = None) -> None:
        self._directory = directory
        self._blobs = blobs
        self._files = files or RealFiles()
        self._swept: set[Path] = set()

    def keep(self, remains: Remains) -> str:
        """Keep them, durably, and say where.

        Raises:
            StoreUnavailable
        """
        name = sha256(remains.place).digest()[:_NAME_BYTES].hex()
        folder = self._directory / f"{remains.bucket}.{name}"
        try:
            self._make(folder)
            missing = [blob.hex() for blob in remains.blobs if not self._share(blob, folder)]
            for content, data in remains.inline.items():
                self._write(folder / content.hex(), data)
            told = {**remains.what, "missing": missing}
            # The last: with its name those of all the others become durable.
            self._write(folder / "what.json", json.dumps(told, indent=2).encode() + b"\n")
        except OSError as error:
            raise StoreUnavailable(f"{folder}: {error}") from error
        return str(folder)

    def take(self, stray: Path) -> str:
        """Move a file or directory that does not belong where it is here, and say where.

        Raises:
            StoreUnavailable
        """
        return self._move(stray, self._directory / _STRAYS)

    def unnamed(self, blob: BlobId) -> str:
        """Move a blob that nothing names here, and say where.

        Raises:
            StoreUnavailable
        """
        return self._move(self._blobs.path_of(blob), self._directory / _UNNAMED)

    def _move(self, stray: Path, folder: Path) -> str:
        target, number = folder / stray.name, 0
        try:
            self._make(folder)
            is_file = self._files.is_file(stray)
            while self._files.is_taken(target) or is_unfinished(target.name):
                number += 1
                target = folder / f"{stray.name}.{number}"
            if is_file:
                self._link(stray, target)
            else:
                self._files.move(stray, target)
            self._files.sync_directory(target.parent)
            if is_file:
                self._files.remove(stray)
        except OSError as error:
            raise StoreUnavailable(f"{stray}: {error}") from error
        return str(target)

    def _make(self, folder: Path) -> None:
        for one in (self._directory, folder):
            self._files.make_directory(one)
            self._files.sync_directory(one.parent)
        if folder not in self._swept:  # an interrupted run comes back to where it was
            sweep(self._files, folder)
            self._swept.add(folder)

    def _share(self, blob: BlobId, folder: Path) -> bool:
        """False if there is no such blob, or what has its name is no file."""
        if not self._files.is_file(self._blobs.path_of(blob)):
            return False
        try:
            self._link(self._blobs.path_of(blob), folder / blob.hex())
        except FileNotFoundError:
            return False
        except FileExistsError:
            pass  # from an earlier time
        return True

    def _link(self, source: Path, target: Path) -> None:
        try:
            self._files.link(source, target)
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError:  # another disk, or no links there
            copy_file(self._files, source, target)

    def _write(self, path: Path, data: bytes) -> None:
        # From an earlier time, which may have ended before its name was synced.
        if self._files.exists(path):
            self._files.sync_directory(path.parent)
        else:
            write_file(self._files, path, data)
