"""Whose turn it is, among the processes that share a file.

One file lock alone is not fair: whoever lets go of it may take it again before
the process it woke has begun to run.  So there are two, and one has to hold
the first to ask for the second.  A process that waits for the second lock
holds the first, and whoever just finished finds that one taken and stands
behind.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType


class Turn:
    """A lock across processes, for one thread of each; the kernel frees it if its holder dies."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._door = os.open(f"{path}-door", flags, 0o600)
        try:
            self._room = os.open(f"{path}-lock", flags, 0o600)
        except OSError:
            os.close(self._door)
            raise

    def __enter__(self) -> None:
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the files."""
        os.close(self._door)
        os.close(self._room)
