"""Records on their way to whoever delivers them: each worker appends to a file of its own.

A worker fills one file and sets it aside, under its final name, from time to
time; whoever delivers takes the files that were set aside, and removes each
when all of it has arrived.  Nothing is synced: a power cut may take what is not
delivered yet.  A worker that was killed leaves its file to the next one.

What is not delivered is bounded; more is dropped, and said once.
"""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Final, Protocol

from storage.seam import Clock

_log = logging.getLogger(__name__)

FOLDER: Final = "access-logs"
# Set aside when it is as large: a log's object is no larger either.
FILE_BYTES_MAX: Final = 8 * 1024 * 1024
# Of all workers, set aside: weeks of a quiet server, an hour of a busy one.
WAITING_FILES_MAX: Final = 256
_CURRENT: Final = "current-"
_READY: Final = ".ready"
_MODE: Final = 0o600


class Fate(Enum):
    """What became of a record that was put."""

    KEPT = auto()
    SET_ASIDE = auto()  # with what was put before
    LOST = auto()  # by itself
    ALL_LOST = auto()  # with what was put before


class Spool(Protocol):
    """Where records wait."""

    def put(self, record: bytes) -> Fate:
        """Add one, which has no newline; never fails, but may drop it, and what was put before."""
        ...

    def set_aside(self) -> bool:
        """Let what was put be delivered; False if it was dropped."""
        ...

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """What was set aside, each under a name that sorts by age; records end with newlines."""
        ...

    def remove(self, name: str) -> None:
        """Forget what was delivered."""
        ...


class MemorySpool:
    """Of a server that keeps nothing."""

    def __init__(self, clock: Clock, *, end: bytes = b"\n") -> None:
        self._clock = clock
        self._end = end
        self._current: list[bytes] = []
        self._size = 0
        self._waiting: dict[str, bytes] = {}
        self._count = 0

    def put(self, record: bytes) -> Fate:
        """Add one."""
        self._current.append(record + self._end)
        self._size += len(record)
        if self._size < FILE_BYTES_MAX:
            return Fate.KEPT
        return Fate.SET_ASIDE if self.set_aside() else Fate.ALL_LOST

    def set_aside(self) -> bool:
        """Let what was put be delivered."""
        is_kept = not self._current or len(self._waiting) < WAITING_FILES_MAX
        if self._current and is_kept:
            self._count += 1
            name = _name(self._clock.now_ms(), 0, self._count)
            self._waiting[name] = b"".join(self._current)
        self._current, self._size = [], 0
        return is_kept

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """What was set aside."""
        yield from sorted(self._waiting.items())

    def remove(self, name: str) -> None:
        """Forget what was delivered."""
        self._waiting.pop(name, None)


class FolderSpool:
    """Of a worker: a file in the data directory.  What delivers has one, too, and puts nothing."""

    def __init__(
        self,
        data_dir: Path,
        writer: int,
        writers: int,
        clock: Clock,
        *,
        folder: str = FOLDER,
        end: bytes = b"\n",
    ) -> None:
        """``end`` follows each record; b"" where a record says how long it is."""
        self._folder = data_dir / folder
        self._end = end
        self._writer = writer
        self._writers = writers
        self._clock = clock
        self._fd: int | None = None
        self._size = 0
        self._count = 0
        self._failed = False
        if writer < writers:
            self._set_aside_current()  # of a worker that was killed

    @property
    def _current(self) -> Path:
        return self._folder / f"{_CURRENT}{self._writer}"

    def put(self, record: bytes) -> Fate:
        """Add one."""
        whole = record + self._end
        try:
            if self._fd is None:
                self._fd = self._open()
            written = os.write(self._fd, whole)
            if written < len(whole):
                # The disk is full.  What follows must not be read as this one's end.
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self._say(f"a request is not logged: {error}")
            return Fate.LOST
        self._size += written
        if self._size < FILE_BYTES_MAX:
            return Fate.KEPT
        return Fate.SET_ASIDE if self.set_aside() else Fate.ALL_LOST

    def _open(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._current, flags, _MODE)

    def set_aside(self) -> bool:
        """Let what was put be delivered."""
        if self._fd is None:
            return True
        os.close(self._fd)
        self._fd, self._size = None, 0
        return self._set_aside_current()

    def _set_aside_current(self) -> bool:
        try:
            if not self._current.exists():
                return True
            if sum(1 for _ in self._folder.glob(f"*{_READY}")) >= WAITING_FILES_MAX:
                self._say(f"{self._folder} has {WAITING_FILES_MAX} files that nobody delivers")
                self._current.unlink()
                return False
            self._count += 1
            name = _name(self._clock.now_ms(), self._writer, self._count)
            self._current.rename(self._folder / f"{name}{_READY}")
        except OSError as error:
            self._say(f"logged requests wait: {error}")
        return True

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """What was set aside, by whomever: what workers left that are no more, too."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob(f"{_CURRENT}*")):
            number = path.name.removeprefix(_CURRENT)
            if number.isdecimal() and int(number) >= self._writers:
                name = _name(self._clock.now_ms(), int(number), 0)
                path.rename(self._folder / f"{name}{_READY}")
        for path in sorted(self._folder.glob(f"*{_READY}")):
            yield path.name.removesuffix(_READY), path.read_bytes()

    def look(self) -> Iterator[tuple[str, bytes]]:
        """What was set aside, for who comes by: nothing is moved, what goes away is left out."""
        for path in sorted(self._folder.glob(f"*{_READY}")):
            with suppress(FileNotFoundError):
                yield path.name.removesuffix(_READY), path.read_bytes()

    def remove(self, name: str) -> None:
        """Forget what was delivered."""
        (self._folder / f"{name}{_READY}").unlink(missing_ok=True)

    def _say(self, text: str) -> None:
        if not self._failed:
            self._failed = True
            _log.error("%s", text)


def _name(now_ms: int, writer: int, count: int) -> str:
    """Unique: a writer has one file at a time, and counts those of one process."""
    return f"{now_ms:015}-{writer}-{os.getpid()}-{count}"


def time_of(name: str) -> int:
    """When it was set aside."""
    return int(name.partition("-")[0])
