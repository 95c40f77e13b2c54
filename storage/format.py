"""The data directory's format number: newer is refused, foreign is not touched."""

import os
from pathlib import Path
from typing import Final

from storage.errors import FormatError

FORMAT: Final = 1
_FILE: Final = "format"
_WORD: Final = "signet"
# What may lie in a directory that has no format yet: made by us before the number.
_OURS: Final = frozenset(("lock", "format.new", "lost+found"))


def claim(directory: Path) -> None:
    """Make sure that ``directory`` is ours and of this format, or make it so.

    Raises:
        FormatError: it is of a newer version, or somebody else's.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / _FILE
    try:
        word, _, number = path.read_text().strip().partition(" ")
    except FileNotFoundError:
        _begin(directory, path)
        return
    if word != _WORD or not number.isdecimal():
        raise FormatError(f"{path} is not ours: {directory} belongs to another program")
    if int(number) > FORMAT:
        raise FormatError(
            f"{directory} has format {number}, this version reads up to {FORMAT}: "
            "start the newer version that wrote it"
        )


def _begin(directory: Path, path: Path) -> None:
    foreign = sorted(entry.name for entry in directory.iterdir() if entry.name not in _OURS)
    if foreign:
        raise FormatError(
            f"{directory} is not empty ({foreign[0]}, ...) and not ours: choose another directory"
        )
    writing = path.with_suffix(".new")
    with writing.open("w") as file:
        file.write(f"{_WORD} {FORMAT}\n")
        file.flush()
        os.fsync(file.fileno())
    writing.rename(path)
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
