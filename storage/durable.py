"""Small files and directories that must outlive a power cut: any cut leaves all or nothing."""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from storage.files import FileSystem

_COPY_BYTES: Final = 1024 * 1024
_NAME_BYTES: Final = 8
_UNFINISHED: Final = re.compile(rf"\.[0-9a-f]{{{2 * _NAME_BYTES}}}\.new\Z", re.ASCII)


def write_file(files: FileSystem, path: Path, data: bytes) -> None:
    """Make a file, readable by its owner alone; when this returns it is there for good.

    Raises:
        FileExistsError: there is one of that name.
        OSError
    """
    _make(files, path, [data])


def copy_file(files: FileSystem, source: Path, target: Path) -> None:
    """The same, of what another file holds.

    Raises:
        FileNotFoundError: there is no source.
        FileExistsError: there is a target.
        OSError
    """
    _make(files, target, _pieces(files, source))


def _pieces(files: FileSystem, path: Path) -> Iterator[bytes]:
    fd, offset = files.open(path), 0
    try:
        while piece := files.read(fd, _COPY_BYTES, offset):
            offset += len(piece)
            yield piece
    finally:
        files.close(fd)


def _make(files: FileSystem, path: Path, pieces: Iterable[bytes]) -> None:
    # No name that anything else could have: what lies beside it is not to be lost.
    writing = path.with_name(f".{token_hex(_NAME_BYTES)}.new")
    fd = files.create(writing)
    try:
        try:
            for piece in pieces:
                files.write(fd, [piece])
            files.sync(fd)
        finally:
            files.close(fd)
        files.move(writing, path)
    except OSError:
        with suppress(OSError):
            files.remove(writing)
        raise
    files.sync_directory(path.parent)


def is_unfinished(name: str) -> bool:
    """Whether a file of that name is what a crash left of one being made."""
    return _UNFINISHED.match(name) is not None


def sweep(files: FileSystem, directory: Path, others: Collection[str] = ()) -> None:
    """Remove the files that a crash left unfinished, and those of ``others``.

    Only for whoever holds the lock on the directory: else one may be being made.

    Raises:
        OSError
    """
    for name in list(files.names(directory)):
        if (is_unfinished(name) or name in others) and files.is_file(directory / name):
            files.remove(directory / name)


def make_directories(files: FileSystem, directory: Path) -> None:
    """Make a directory, and those above it that are not there; not yet durable.

    Raises:
        OSError
    """
    missing = [one for one in (directory, *directory.parents) if not files.exists(one)]
    for one in reversed(missing):
        files.make_directory(one)


def sync_parents(files: FileSystem, directory: Path) -> None:
    """Make the names that lead to a directory durable.

    All of them: whoever made one may have been killed before it had done so.
    One that we may not open is not one in which we made anything.

    Raises:
        OSError
    """
    for parent in directory.absolute().parents:
        try:
            files.sync_directory(parent)
        except PermissionError:
            return
