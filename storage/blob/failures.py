"""What a failed call of the file system means for a store of blobs.

==========================  ===================================================
no room                     StoreFull: this blob only
no descriptors, no memory   StoreUnavailable: this call only
any other, and any fsync    StoreUnavailable, and nothing more is written
==========================  ===================================================

A failed fsync is never tried again and believed: the kernel may have dropped
the pages and call the next one a success.
"""

import errno
from pathlib import Path
from typing import Final

from storage.errors import StorageError, StoreFull, StoreUnavailable

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))
# EISDIR and EPERM: a directory, as Linux and POSIX have it.  EPERM also: marked immutable.
_OF_ONE_FILE: Final = frozenset(
    (errno.EISDIR, errno.EPERM, errno.EACCES, errno.EIO, errno.EBUSY, errno.ENOTDIR)
)
_PASSING: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN))


class Failures:
    """Remembers the failure after which nothing is written."""

    def __init__(self, directory: Path) -> None:
        """``directory`` tells the log which disk it is."""
        self.broken: str | None = None
        self._directory = directory

    def check(self) -> None:
        """Refuse to write after such a failure.

        Raises:
            StoreUnavailable
        """
        if self.broken is not None:
            raise StoreUnavailable(self.broken)

    def meaning(self, error: OSError) -> StorageError:
        """A failed call in the port's words."""
        if error.errno in _FULL:
            return StoreFull(f"no room on the disk of {self._directory}: {error}")
        if error.errno not in _PASSING:
            return self.fatal(error)
        return StoreUnavailable(str(error))

    def fatal(self, error: OSError) -> StoreUnavailable:
        """A failed fsync, whatever its number."""
        self.broken = f"the disk of {self._directory}: {error}"
        return StoreUnavailable(self.broken)


def is_full(error: OSError) -> bool:
    """Whether there is no room on the disk."""
    return error.errno in _FULL


def is_of_one_file(error: OSError) -> bool:
    """Whether a refused removal says nothing of the other files."""
    return error.errno in _OF_ONE_FILE


def is_passing(error: OSError) -> bool:
    """Whether the call could succeed later and says nothing of the disk."""
    return error.errno in _PASSING
