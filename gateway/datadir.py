"""A data directory for one server at a time: checked, then locked, then claimed."""

import fcntl
import os
import stat
from pathlib import Path

from gateway.config import ConfigError
from storage import format as data_format
from storage.durable import make_directories
from storage.errors import FormatError
from storage.files import RealFiles


def take(directory: Path, *, in_use: str) -> int:
    """Lock the directory, making it if need be; the lock ends with the descriptor or the process.

    Nothing is written into a directory that is not ours.

    Raises:
        ConfigError: it is not ours, or served by another (``in_use`` says so).
    """
    try:
        data_format.check(directory)
        make_directories(RealFiles(), directory)
        fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        data_format.claim(directory)
    except BlockingIOError:
        raise ConfigError(f"data_dir: {directory} {in_use}") from None
    except (FormatError, OSError) as error:
        raise ConfigError(f"data_dir: {error}") from None
    return fd


def open_to_others(directory: Path) -> str | None:
    """What to tell the operator of a directory into which others may look; it stays as it is.

    What we make in it is for its owner alone; names, sizes and the directory
    itself are not protected by that.
    """
    mode = stat.S_IMODE(directory.stat().st_mode)
    if not mode & (stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH):
        return None
    return f"data_dir: others may look into {directory} (mode {mode:04o}): chmod 700 {directory}"
