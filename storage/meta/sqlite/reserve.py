"""Room kept back on the disk, so that deletes go on when it is full.

A full disk refuses deletes too, for the write-ahead log must grow before
anything can shrink.  So a file of nothing is kept; when the disk is full it is
removed, and until it fits again only batches that give room back are taken.
Its presence is the state, seen by every process; all of this happens in a turn.
"""

import errno
from pathlib import Path
from typing import Final

from storage.files import FileSystem

# A batch of the keeper deletes up to 2,000 rows (storage.garbage, ROWS_PER_COMMIT), each in
# several pages of 4 KiB at the most; neighbours share theirs.
RESERVE_BYTES: Final = 32 * 1024 * 1024
# No room for its name, or no descriptor left to make it by: in both cases later, not never.
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)


class Reserve:
    """The file of nothing."""

    def __init__(self, path: Path, files: FileSystem) -> None:
        self._path = path
        self._files = files

    def hold(self) -> bool:
        """Keep the room, or see that it is kept; False while there is none.

        Raises:
            OSError: something else is wrong with the directory.
        """
        if self._files.exists(self._path):
            return True
        try:
            fd = self._files.create(self._path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            return False
        try:
            self._files.allocate(fd, RESERVE_BYTES)
        except OSError:
            self._files.remove(self._path)
            return False
        finally:
            self._files.close(fd)
        return True

    def release(self) -> None:
        """Give the room to whoever needs it now."""
        self._files.remove(self._path)
