"""Segments: files of blocks, each named by the number of its first one; the last is still growing.

Whoever writes is alone: the keeper.  A block is durable when ``append`` returns.
What a crash cut off at the end of the last segment was never told to be there:
it is moved aside, and what it was made of is taken again.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gateway.trail.blocks import BEGINNING, Block, CutOff, Damaged, Head, Source, make, read
from gateway.trail.signer import Signer
from storage.files import FileSystem, RealFiles
from storage.seam import Clock

_log = logging.getLogger(__name__)

FOLDER: Final = "trail"
SEGMENT_BYTES: Final = 64 * 1024 * 1024  # closed when it has so many
SEGMENT_MS: Final = 3600 * 1000  # or is so old
_END: Final = ".segment"
_TORN: Final = ".torn"


class Last(NamedTuple):
    """The last block."""

    number: int
    digest: bytes
    made_ms: int
    sources: tuple[Source, ...]
    public: bytes  # key of its signature


NONE: Final = Last(0, BEGINNING, 0, (), b"")


def folder_of(data_dir: Path) -> Path:
    """Where a data directory keeps its trail."""
    return data_dir / FOLDER


def paths(folder: Path) -> list[Path]:
    """The segments in order."""
    return sorted(folder.glob(f"*{_END}"))


def first_of(path: Path) -> int:
    """The number of a segment's first block."""
    return int(path.name.removesuffix(_END))


def blocks_of(path: Path) -> Iterator[Block]:
    """A segment's blocks.

    Raises:
        Damaged, OSError
    """
    for _, block in read(path.read_bytes()):
        yield block


def settled_blocks_of(path: Path, *, is_last: bool) -> Iterator[Block]:
    """The same, for who comes by: one that is just being written is left out.

    Raises:
        Damaged, OSError
    """
    try:
        yield from blocks_of(path)
    except CutOff:
        if not is_last:
            raise


class Segments:
    """What the keeper writes.  Blocks."""

    def __init__(self, folder: Path, clock: Clock, files: FileSystem | None = None) -> None:
        """Read how far it came.

        Raises:
            OSError
            Damaged: what follows could not be chained to it.
        """
        self._folder = folder
        self._clock = clock
        self._files = files or RealFiles()
        self._files.make_directory(folder)
        self._fd: int | None = None
        self._size = 0
        self._began_ms = 0
        self.last = NONE
        self._recover()

    def _recover(self) -> None:
        for path in reversed(paths(self._folder)):
            content, end, first, last = path.read_bytes(), 0, None, None
            if not content:
                self._files.remove(path)
                continue
            try:
                for after, block in read(content):
                    if not block.is_whole:
                        raise Damaged(f"block {block.head.number}: other records than it says")
                    end, last = after, block
                    first = first or block
            except Damaged as error:
                self._cut(path, content, end, error)
            if first is not None and last is not None:
                self.last = _last(last.head, last.digest)
                self._fd, self._size = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC), end
                self._began_ms = first.head.made_ms
                return

    def _cut(self, path: Path, content: bytes, end: int, why: Damaged) -> None:
        torn = path.with_name(f"{path.name}.{self._clock.now_ms()}{_TORN}")
        _log.error("%s: %s; what follows byte %d is moved to %s", path, why, end, torn)
        fd = self._files.create(torn)
        try:
            self._files.write(fd, [content[end:]])
            self._files.sync(fd)
        finally:
            self._files.close(fd)
        self._files.sync_directory(self._folder)
        if not end:
            self._files.remove(path)
            return
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(fd, end)
            self._files.sync(fd)
        finally:
            os.close(fd)

    def append(self, signer: Signer, sources: tuple[Source, ...], pieces: bytes) -> Last:
        """Add a block; when this returns it is there for good.

        Raises:
            OSError: it is not, or not for certain: open the segments anew.
        """
        now_ms, number = self._clock.now_ms(), self.last.number + 1
        block = make(signer, number, self.last.digest, now_ms, sources, pieces)
        if self._fd is not None and (
            self._size >= SEGMENT_BYTES or now_ms - self._began_ms >= SEGMENT_MS
        ):
            self.close()
        if self._fd is None:
            self._fd = self._files.create(self._folder / f"{number:012}{_END}")
            self._files.sync_directory(self._folder)
            self._size, self._began_ms = 0, now_ms
        self._files.write(self._fd, [block])
        self._files.sync(self._fd)
        self._size += len(block)
        ((_, made),) = read(block)
        self.last = _last(made.head, made.digest)
        return self.last

    def closed(self) -> list[Path]:
        """The segments that do not grow any more, in order."""
        return paths(self._folder)[:-1]

    def remove(self, path: Path) -> None:
        """Forget a segment."""
        self._files.remove(path)
        self._files.sync_directory(self._folder)

    def close(self) -> None:
        """Give the file back."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _last(head: Head, digest: bytes) -> Last:
    return Last(head.number, digest, head.made_ms, head.sources, head.public)
