"""Accounts as a TOML file declares them: tables in, accounts out.  What is wrong is named."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.iam.accounts import ROOT_ACCOUNT, AccessKey, Account, Accounts, derived_canonical_id

_ID: Final = re.compile(r"[0-9]{12}\Z", re.ASCII)
_TEXTS: Final = ("canonical_id", "display_name", "email")
_KEYS: Final = frozenset(("id", "access_keys", *_TEXTS))
_KEYS_OF_A_KEY: Final = frozenset(("id", "secret"))


def read(tables: Any) -> tuple[Account, ...]:
    """The accounts of ``[[accounts]]``.

    Raises:
        ValueError: the text names the account and what is wrong with it.
    """
    if not isinstance(tables, list):
        raise ValueError("not a list of tables: write [[accounts]]")
    accounts = tuple(_account(_table(one, "an account", _KEYS)) for one in tables)
    root = Account(ROOT_ACCOUNT, derived_canonical_id(ROOT_ACCOUNT))
    Accounts((root, *accounts))  # refuses what is declared twice
    return accounts


def _account(table: Mapping[str, Any]) -> Account:
    account_id = table.get("id", "")
    if not isinstance(account_id, str) or not _ID.match(account_id):
        raise ValueError(f"id {account_id!r} is not 12 digits between quotation marks")
    if account_id == ROOT_ACCOUNT:
        raise ValueError(f"id {account_id} is the root key's account: choose another")
    for name in _TEXTS:
        if not isinstance(table.get(name, ""), str):
            raise ValueError(f"{account_id}: {name} is no text")
    keys = table.get("access_keys", [])
    if not isinstance(keys, list):
        raise ValueError(f"{account_id}: access_keys is not a list")
    return Account(
        account_id,
        table.get("canonical_id") or derived_canonical_id(account_id),
        table.get("display_name", ""),
        table.get("email", ""),
        tuple(_access_key(account_id, one) for one in keys),
    )


def _access_key(account_id: str, given: Any) -> AccessKey:
    table = _table(given, f"{account_id}: an access key", _KEYS_OF_A_KEY)
    for name in sorted(_KEYS_OF_A_KEY):
        if not isinstance(table.get(name), str) or not table[name]:
            raise ValueError(f"{account_id}: an access key needs {name}, a text")
    return AccessKey(table["id"], table["secret"])


def _table(given: Any, what: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{what} is not a table")
    if unknown := given.keys() - known:
        raise ValueError(f"{what} has an unknown key {min(unknown)!r}")
    return given
