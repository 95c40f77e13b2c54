"""What must lie beside each other in a data directory, before anything opens it.

At a first start the directories of the blobs are made, durably, and then the
database; contents come after both.  So a database says that its directories
were there, and a content that a database was.  Where one of them is not, a
disk is not mounted or a folder was lost: to make it anew would hide what is on
the other, or give it up.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

from storage.blob.file import FANS, is_blob
from storage.errors import FormatError

DATABASE: Final = "meta.db"
BLOBS: Final = "blobs"
ELSEWHERE: Final = "metadata"
CONTENTS: Final = "contents"
# Made by a server beside its number, before any content.
OURS: Final = (DATABASE, BLOBS, ELSEWHERE, CONTENTS, "root-key.json")
_STORE: Final = re.compile(rb"cloud ([0-9a-f]{32})\n")
_HOME: Final = re.compile(rb"postgresql ([0-9a-f]{32}) ([0-9a-f]{32})\n")


class Home(NamedTuple):
    """Whose metadata is elsewhere: the ids of the store and of the data directory."""

    store: str
    own: str

    def text(self) -> bytes:
        """What the file says."""
        return f"postgresql {self.store} {self.own}\n".encode()


def home(directory: Path) -> Home | None:
    """In which store elsewhere the metadata is, if it is.  Blocks.

    Raises:
        FormatError: the file that says so is damaged.
        OSError
    """
    found = _read(directory / ELSEWHERE, _HOME)
    return None if found is None else Home(*found)


def contents(directory: Path) -> str | None:
    """The name under which its contents are in a store elsewhere, if they are.  Blocks.

    Raises:
        FormatError: the file that says so is damaged.
        OSError
    """
    found = _read(directory / CONTENTS, _STORE)
    return None if found is None else found[0]


def contents_text(own: str) -> bytes:
    """What that file says."""
    return f"cloud {own}\n".encode()


def has_metadata(directory: Path) -> bool:
    """Whether it was served: there is a database, or it is said where one is.  Blocks.

    Raises:
        FormatError, OSError
    """
    return _has_bytes(directory / DATABASE) or home(directory) is not None


def has_contents(directory: Path) -> bool:
    """Whether a content lies in the directory.  Blocks."""
    return _any_blob(directory / BLOBS) is not None


def check(directory: Path) -> None:
    """Refuse a data directory of which a part is not there; a new one has neither.  Blocks.

    Raises:
        FormatError: the text says what is missing.
        OSError
    """
    database, blobs = directory / DATABASE, directory / BLOBS
    if home(directory) is not None:
        database = directory / ELSEWHERE
    if contents(directory) is not None:
        return  # they are where no disk has to be mounted; see ``storage.blob.cloud.settling``
    if _has_bytes(database):
        for one in (blobs, *(blobs / fan for fan in FANS)):
            if not one.is_dir():
                raise FormatError(
                    f"{one} is missing, where {database} has its contents: mount its disk or "
                    "restore it (a folder that was empty is enough as an empty one)"
                )
        return
    left = _any_blob(blobs)
    if left is None and _has_bytes(log := database.with_name(f"{DATABASE}-wal")):
        left = log
    # Looked at once more: another process may have made it, and then a content.
    if left is not None and not _has_bytes(database):
        raise FormatError(
            f"{database} is {'empty' if database.exists() else 'missing'}, and {left} belongs to "
            "it: restore the database; a new one would not know the objects"
        )


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _any_blob(blobs: Path) -> Path | None:
    for fan in FANS:
        folder = blobs / fan
        if folder.is_dir():
            for entry in folder.iterdir():
                if is_blob(entry.name):
                    return entry
    return None


def _read(path: Path, form: re.Pattern[bytes]) -> list[str] | None:
    """What a file of that form says; None if it is not there.

    Raises:
        FormatError, OSError
    """
    try:
        found = form.fullmatch(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    if found is None:
        raise FormatError(f"{path} is damaged: restore it")
    return [one.decode() for one in found.groups()]
