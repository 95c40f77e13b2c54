"""The data directory's format number: newer is refused, foreign is not touched, halves neither."""

import re
from pathlib import Path
from typing import Final

from storage import presence
from storage.durable import is_unfinished, make_directories, sweep, sync_parents, write_file
from storage.errors import FormatError
from storage.files import FileSystem, RealFiles

FORMAT: Final = 1
_FILE: Final = "format"
_WORD: Final = "signet"
_OURS_SAID: Final = re.compile(rb"\s*signet\s+([0-9]{1,9})\s*")
# Whole text that begins otherwise: zeros or half a word are what a failing disk leaves.
_FOREIGN: Final = re.compile(rb"(?!\s*sig)[\x20-\x7e\s]*[\x21-\x7e][\x20-\x7e\s]*")
# What may lie in a directory that has no format yet: made by us before the number.
_OURS: Final = frozenset(("lock", "lost+found"))
# What a crash left under the names that the number and the root key were first made by.
_LEFT: Final = frozenset(("format.new", "root-key.new"))


def check(directory: Path) -> bool:
    """Whether ``directory`` has our number; writes nothing.

    Raises:
        FormatError: it is of a newer version, damaged, somebody else's, or a part of it is missing.
        OSError
    """
    path = directory / _FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        _check_empty(directory)
        return False
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}") from error
    found = _OURS_SAID.fullmatch(data)
    if found is None:
        raise _strange(directory, path, data)
    if int(found[1]) > FORMAT:
        raise FormatError(
            f"{directory} has format {int(found[1])}, this version reads up to {FORMAT}: "
            "start the newer version that wrote it"
        )
    presence.check(directory)
    return True


def _strange(directory: Path, path: Path, data: bytes) -> FormatError:
    """Another program's only if it says something else than we do, and nothing of ours is there."""
    ours = [name for name in presence.OURS if (directory / name).exists()]
    if not ours and _FOREIGN.fullmatch(data):
        return FormatError(f"{path} is not ours: {directory} belongs to another program")
    whose = f" that wrote {ours[0]}" if ours else ""
    return FormatError(
        f"{path} is damaged (it should say {_WORD} {FORMAT}, or the number of the newer "
        f"version{whose}): restore it"
    )


def claim(directory: Path, files: FileSystem | None = None) -> None:
    """Make sure that ``directory`` is ours and of this format, or make it so, durably.

    Nobody else may be at it: what an earlier start left unfinished is removed.

    Raises:
        FormatError: it is of a newer version, or somebody else's.
        OSError
    """
    files = files or RealFiles()
    make_directories(files, directory)
    is_ours = check(directory)
    sweep(files, directory, _LEFT)
    if is_ours:
        # Whoever wrote it may have been killed before its name, and a root key's, was durable.
        files.sync_directory(directory)
        return
    # The number comes last: where it is, all that leads to it is durable.
    sync_parents(files, directory)
    write_file(files, directory / _FILE, f"{_WORD} {FORMAT}\n".encode())


def _check_empty(directory: Path) -> None:
    if not directory.exists():
        return
    names = {entry.name for entry in directory.iterdir()} - _OURS - _LEFT
    foreign = sorted(name for name in names if not is_unfinished(name))
    if foreign:
        raise FormatError(
            f"{directory} is not empty ({foreign[0]}, ...) and not ours: choose another directory"
        )
