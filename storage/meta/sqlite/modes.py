"""The database's files are for their owner alone: they hold small contents and all names.

SQLite makes a database readable by everybody (0644, less the umask) and gives
its log, its index and its journal the mode that the database has (os_unix.c,
findCreateFileMode).  So the database is made before SQLite opens it, and what
an earlier version left open is closed.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from storage.files import FileSystem

MODE: Final = 0o600
_SUFFIXES: Final = ("", "-wal", "-shm", "-journal")


def make_private(path: Path, files: FileSystem) -> None:
    """Make the database, empty, if it is not there; take from its files what others may do.

    Whoever does not own a file cannot change its mode, and leaves it.

    Raises:
        OSError
    """
    if not files.exists(path):
        files.close(files.create(path))
    for suffix in _SUFFIXES:
        with suppress(FileNotFoundError, PermissionError):
            name = f"{path}{suffix}"
            if stat.S_IMODE(os.stat(name).st_mode) & ~MODE:
                os.chmod(name, MODE)
