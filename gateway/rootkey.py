"""The root access key: given, or made at the first start and kept beside the data.

There is no default password.  A key that is kept is not valid while another is
given; a start then notes so, for those who would sign with the kept one.

Another is put in its place by command; the one before stays valid for as long
as that says, and workers that run see both within a second.
"""

import fcntl
import json
import os
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.config import ConfigError
from gateway.iam.accounts import ROOT_ACCOUNT, AccessKey, Account, derived_canonical_id
from storage.durable import write_file
from storage.files import FileSystem, RealFiles

FILE: Final = "root-key.json"
_NEXT: Final = "root-key.next"
_IDLE: Final = "root-key.idle"  # beside it: the last start was given another key
_ID_LETTERS: Final = string.ascii_uppercase + "234567"
_SECRET_LETTERS: Final = string.ascii_letters + string.digits


class Kept(NamedTuple):
    """What a data directory keeps: the key, and the one before while it is valid."""

    key: AccessKey
    before: AccessKey | None = None
    until_ms: int = 0  # from when on the one before is not valid


class RootKey(NamedTuple):
    """The key, and whether it was made just now."""

    key: AccessKey
    is_new: bool


def kept(data_dir: Path) -> AccessKey | None:
    """The key that a data directory keeps, None if it keeps none.

    Raises:
        ConfigError: the file is not what we wrote.
    """
    found = kept_with_before(data_dir)
    return None if found is None else found.key


def kept_with_before(data_dir: Path) -> Kept | None:
    """The same, with the key that was rotated away.

    Raises:
        ConfigError: the file is not what we wrote.
    """
    path = data_dir / FILE
    try:
        found = json.loads(path.read_bytes())
        before, until_ms = None, 0
        if "before" in found:
            before, until_ms = _pair(found["before"]), int(found["before"]["until_ms"])
        return Kept(_pair(found), before, until_ms)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"root key: {error}") from None
    except (ValueError, TypeError, KeyError):
        raise _spoilt(path) from None


def _pair(found: Any) -> AccessKey:
    """Raises ValueError, TypeError, KeyError."""
    pair = found["id"], found["secret"]
    if not all(isinstance(one, str) and one for one in pair):
        raise ValueError("no text")
    return AccessKey(*pair)


def in_use(data_dir: Path) -> AccessKey | None:
    """The same, for somebody who signs with it: it has to be the one that the server takes.

    Raises:
        ConfigError: it is not, or the file is not what we wrote.
    """
    key = kept(data_dir)
    if key is not None and is_idle(data_dir):
        raise ConfigError(
            f"root key: {data_dir / FILE} is not valid, for the server was started with another "
            "root_access_key_id: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return key


def is_idle(data_dir: Path) -> bool:
    """Whether the last start was given another key than the one that is kept."""
    return os.path.lexists(data_dir / _IDLE)


def note_idle(data_dir: Path, key: AccessKey) -> str | None:
    """Note whether the kept key is another than ``key``, which the server takes.

    Not durably: it is noted anew at each start.

    Returns:
        What to tell the operator if it is another, else None.
    """
    note = data_dir / _IDLE
    try:
        known = kept(data_dir)
        if known in (None, key):
            note.unlink(missing_ok=True)
            return None
        note.touch(mode=0o600)
    except (ConfigError, OSError) as error:
        # A key that nobody needs is no reason not to start.
        return f"root key: whether {data_dir / FILE} is valid cannot be noted: {error}"
    return (
        f"root key: the one kept in {data_dir / FILE} is not valid while root_access_key_id names "
        "another: what is signed with it gets 403"
    )


def _spoilt(path: Path) -> ConfigError:
    return ConfigError(
        f"root key: {path} is damaged: restore it, or move it away to have a new key made"
    )


def find(
    data_dir: Path | None, given_id: str, given_secret: str, files: FileSystem | None = None
) -> RootKey:
    """The given key, else the kept one, else a new one; kept with mode 0600, durably.

    Raises:
        ConfigError: what is kept cannot be used.
        OSError: nothing can be kept.
    """
    if given_id:
        return RootKey(AccessKey(given_id, given_secret), is_new=False)
    made = new()
    if data_dir is None:
        return RootKey(made, is_new=True)
    files = files or RealFiles()
    known = kept(data_dir)
    if known is not None:
        # Who made it may have been killed before its name was there for good.
        _settle(files, data_dir)
        return RootKey(known, is_new=False)
    text = json.dumps({"id": made.id, "secret": made.secret})
    write_file(files, data_dir / FILE, text.encode())
    return RootKey(made, is_new=True)


def rotate(data_dir: Path, made: AccessKey, *, now_ms: int, overlap_ms: int) -> Kept:
    """Put a key that is ``new`` in the place of the one that is kept, which ends after the overlap.

    One that was rotated away before, and would still be valid, ends now.

    Raises:
        ConfigError: none is kept, or it is not the one that the server takes.
        OSError: nothing can be kept.
    """
    if in_use(data_dir) is None:
        raise ConfigError(
            f"root key: {data_dir} keeps none: rotate it where root_access_key_id is set"
        )
    with _alone(data_dir):
        before = kept(data_dir)
        assert before is not None, "nobody takes it away"
        found = Kept(made, before, now_ms + overlap_ms)
        told: dict[str, Any] = {"id": found.key.id, "secret": found.key.secret}
        if overlap_ms:
            old = {"id": before.id, "secret": before.secret, "until_ms": found.until_ms}
            told["before"] = old
        files = RealFiles()
        next_to_it = data_dir / _NEXT
        next_to_it.unlink(missing_ok=True)  # of a rotation that was cut short
        write_file(files, next_to_it, json.dumps(told).encode())
        next_to_it.replace(data_dir / FILE)
        _settle(files, data_dir)
    return found


def _settle(files: FileSystem, data_dir: Path) -> None:
    """Make the key's name durable, before anybody signs with it."""
    files.sync_directory(data_dir)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Two rotations at once would lose a key that somebody was shown."""
    fd = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def new() -> AccessKey:
    """A key pair by chance."""
    return AccessKey(
        "AKIA" + "".join(secrets.choice(_ID_LETTERS) for _ in range(16)),
        "".join(secrets.choice(_SECRET_LETTERS) for _ in range(40)),
    )


def root_account(key: AccessKey) -> Account:
    """The account that the root key speaks for."""
    return Account(
        ROOT_ACCOUNT, derived_canonical_id(ROOT_ACCOUNT), display_name="root", access_keys=(key,)
    )
