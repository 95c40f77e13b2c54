"""The root access key: given, or made at the first start and kept beside the data.

There is no default password.
"""

import json
import secrets
import string
from pathlib import Path
from typing import Final, NamedTuple

from gateway.iam.accounts import AccessKey, Account, derived_canonical_id
from storage.durable import write_file
from storage.files import FileSystem, RealFiles

ROOT_ACCOUNT: Final = "000000000001"
_FILE: Final = "root-key.json"
_ID_LETTERS: Final = string.ascii_uppercase + "234567"
_SECRET_LETTERS: Final = string.ascii_letters + string.digits


class RootKey(NamedTuple):
    """The key, and whether it was made just now."""

    key: AccessKey
    is_new: bool


def kept(data_dir: Path) -> AccessKey | None:
    """The key that a data directory keeps, None if it keeps none."""
    try:
        found = json.loads((data_dir / _FILE).read_text())
    except FileNotFoundError:
        return None
    return AccessKey(found["id"], found["secret"])


def find(
    data_dir: Path | None, given_id: str, given_secret: str, files: FileSystem | None = None
) -> RootKey:
    """The given key, else the kept one, else a new one; kept with mode 0600, durably.

    Raises:
        OSError
    """
    if given_id:
        return RootKey(AccessKey(given_id, given_secret), is_new=False)
    made = AccessKey(
        "AKIA" + "".join(secrets.choice(_ID_LETTERS) for _ in range(16)),
        "".join(secrets.choice(_SECRET_LETTERS) for _ in range(40)),
    )
    if data_dir is None:
        return RootKey(made, is_new=True)
    known = kept(data_dir)
    if known is not None:
        return RootKey(known, is_new=False)
    text = json.dumps({"id": made.id, "secret": made.secret})
    write_file(files or RealFiles(), data_dir / _FILE, text.encode())
    return RootKey(made, is_new=True)


def root_account(key: AccessKey) -> Account:
    """The account that the root key speaks for."""
    return Account(
        ROOT_ACCOUNT, derived_canonical_id(ROOT_ACCOUNT), display_name="root", access_keys=(key,)
    )
