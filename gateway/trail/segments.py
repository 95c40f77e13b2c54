"""Segments: files of blocks, each named by the number of its first one; the last is still growing.

Whoever writes is alone: the keeper.  A block is durable when ``append`` returns.
What a crash cut off at the end of a segment was never told to be there: a new
segment goes on after the last whole block, and what was cut off is taken again.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gateway.trail.blocks import (
    BEGINNING,
    FRAME,
    MAGIC,
    Block,
    Damaged,
    Head,
    Source,
    head_of,
    lengths_of,
    make,
    read,
)
from gateway.trail.signer import Signer
from storage.files import FileSystem, RealFiles
from storage.seam import Clock

_log = logging.getLogger(__name__)

FOLDER: Final = "trail"
SEGMENT_BYTES: Final = 64 * 1024 * 1024  # closed when it has so many
SEGMENT_MS: Final = 3600 * 1000  # or is so old
_END: Final = ".segment"
_HARMED: Final = ".harmed"  # set aside, for whoever can mend it


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


def harmed(folder: Path) -> list[Path]:
    """What were segments, and cannot be read from their beginning."""
    return sorted(folder.glob(f"*{_HARMED}"))


def first_head(path: Path) -> Head:
    """The head of a segment's first block, which is not checked.

    Raises:
        Damaged, OSError
    """
    with path.open("rb") as file:
        size, _ = lengths_of(file.read(FRAME))
        return head_of(file.read(size))


class Reading:
    """The blocks of a segment, as far as they are blocks; ``end`` says what follows, if anything.

    What a crash cut off was never told to be there, and is not believed to be.  That can only be
    a segment's last block, for each is durable before the next is written: of what blocks follow
    ``is_harmed`` says that it was no crash.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.end: Damaged | None = None
        self.is_harmed = False

    def __iter__(self) -> Iterator[Block]:
        """Raises OSError."""
        content, at = self._path.read_bytes(), 0
        try:
            for after, block in read(content):
                if not block.is_whole:
                    number = block.head.number
                    raise Damaged(f"block {number} has other records than were signed")
                yield block
                at = after
        except Damaged as error:
            self.is_harmed = content.find(MAGIC, at + 1) >= 0
            self.end = error


class Segments:
    """What the keeper writes.  Blocks."""

    def __init__(self, folder: Path, clock: Clock, files: FileSystem | None = None) -> None:
        """Read how far it came.

        Raises:
            OSError
        """
        self._folder = folder
        self._clock = clock
        self._files = files or RealFiles()
        self._files.make_directory(folder)
        self._files.sync_directory(folder.parent)
        self._fd: int | None = None
        self._size = 0
        self._began_ms = 0
        self.last = NONE
        self._recover()

    def _recover(self) -> None:
        for path in reversed(paths(self._folder)):
            last, blocks = None, Reading(path)
            for block in blocks:
                last = block
            if last is not None:
                # Whoever wrote it may have been killed before it was there for good.
                self._files.sync_content(path)
                self._files.sync_directory(path.parent)
                self.last = _last(last.head, last.digest)
                return
            if blocks.is_harmed:
                _log.error("the trail goes on before %s, which is set aside: %s", path, blocks.end)
                aside = f"{path.name}-{self._clock.now_ms()}{_HARMED}"
                self._files.move(path, path.with_name(aside))
            else:
                self._files.remove(path)  # its beginning was cut off: nothing was promised

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
        """Forget a segment; should it come back after a power cut, it is forgotten again."""
        self._files.remove(path)

    def close(self) -> None:
        """Give the file back."""
        if self._fd is not None:
            self._files.close(self._fd)
            self._fd = None


def _last(head: Head, digest: bytes) -> Last:
    return Last(head.number, digest, head.made_ms, head.sources, head.public)
