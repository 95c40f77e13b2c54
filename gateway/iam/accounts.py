"""Accounts and their access keys, as configuration declares them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.iam.identity import Identity
from gateway.iam.principals import ANONYMOUS, ANONYMOUS_ACCOUNT, ANONYMOUS_ID, Who, root_of
from gateway.iam.session import Session

ROOT_ACCOUNT: Final = "000000000001"  # the root key's; nobody else may declare it


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair; the secret stays out of reprs."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns buckets."""

    id: str  # 12 digits
    canonical_id: str
    display_name: str = ""
    email: str = ""
    access_keys: tuple[AccessKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a verified request comes from."""

    account: Account
    access_key: str
    identity: Identity | None = None  # None: the account itself, and nothing limits it
    named: Who | None = None  # a user or a session; None: the account itself
    session: Session | None = None  # of temporary credentials
    tags: Mapping[str, str] = field(default_factory=dict)  # aws:PrincipalTag; a session's win

    @property
    def who(self) -> Who:
        """As policies and ACLs name him: a declared key is the account itself."""
        return self.named or root_of(self.account.id, self.account.canonical_id)


_NOBODY: Final = Account(ANONYMOUS_ACCOUNT, ANONYMOUS_ID)


def who_is(principal: Principal | None) -> Who:
    """Who a request comes from, perhaps nobody in particular."""
    return ANONYMOUS if principal is None else principal.who


def derived_canonical_id(account_id: str) -> str:
    """The canonical id of an account that was given none: 64 digits, always the same."""
    return hashlib.sha256(f"signet canonical id {account_id}".encode()).hexdigest()


class Accounts:
    """Finds accounts: those that are declared, and of the stored ones those that were met."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        """Raises ValueError if two accounts share an id, of whichever kind, or two keys a name."""
        self._accounts: Final[dict[str, Account]] = {}
        self._by_canonical_id: Final[dict[str, Account]] = {ANONYMOUS_ID: _NOBODY}
        owners: dict[str, str] = {}  # canonical id -> account id
        keys: dict[str, str] = {}  # access key -> account id
        for account in accounts:
            if account.id in self._accounts:
                raise ValueError(f"account {account.id} is declared twice")
            owner = owners.setdefault(account.canonical_id, account.id)
            if owner != account.id:
                raise ValueError(
                    f"accounts {owner} and {account.id} have the same canonical_id "
                    f"{account.canonical_id}"
                )
            self._accounts[account.id] = account
            self._by_canonical_id[account.canonical_id] = account
            for key in account.access_keys:
                if key.id in keys:
                    other = keys[key.id]
                    by = f"accounts {other} and {account.id}"
                    if other == account.id:
                        by = f"account {other}"
                    raise ValueError(f"access key {key.id} is declared twice, by {by}")
                keys[key.id] = account.id

    def learn(self, account: Account) -> None:
        """Know a stored account; what is declared stays."""
        self._accounts.setdefault(account.id, account)
        self._by_canonical_id.setdefault(account.canonical_id, account)

    def account(self, account_id: str) -> Account:
        """The account of an id; one that is no longer declared still owns what it owned."""
        if account_id == ANONYMOUS_ACCOUNT:
            return _NOBODY
        found = self._accounts.get(account_id)
        return found or Account(account_id, derived_canonical_id(account_id))

    def by_canonical_id(self, canonical_id: str) -> Account | None:
        """The account of a canonical id, None if there is none."""
        return self._by_canonical_id.get(canonical_id)

    def is_known(self, name: str) -> bool:
        """Whether an account has this id, or this canonical id."""
        return name in self._accounts or name in self._by_canonical_id
