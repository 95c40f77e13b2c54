"""Accounts that were made by command, and the aliases of all."""

import re
from typing import Final

import msgspec

from storage.identity import layout
from storage.identity.access_keys import AccessKeys, NewKey
from storage.identity.errors import (
    EntityAlreadyExists,
    NoSuchEntity,
    ValidationError,
)
from storage.identity.ledger import Draft, Ledger, decoded
from storage.identity.names import is_account
from storage.identity.records import AccessKey, Account, decode_account
from storage.meta import SCAN_ROWS_MAX, Range

# IAM User Guide, "Your AWS account ID and its alias"; CreateAccountAlias, "AccountAlias".
_ALIAS: Final = re.compile(r"(?!\d{12}\Z)[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?\Z", re.ASCII)
_ALIAS_LENGTHS: Final = range(3, 64)
_ID_DIGITS: Final = 12


class Accounts:
    """Makes and finds accounts."""

    def __init__(self, ledger: Ledger, access_keys: AccessKeys) -> None:
        self._ledger = ledger
        self._access_keys = access_keys

    async def find(self, account: str) -> Account | None:
        """The account of an id, None if none was made by command."""
        return await self._ledger.read(layout.account(account), decode_account)

    async def by_canonical_id(self, canonical_id: str) -> Account | None:
        """The same by its canonical id."""
        account = await self._ledger.text(layout.canonical(canonical_id))
        return None if account is None else await self.find(account)

    async def list(self) -> list[Account]:
        """All of them."""
        found: list[Account] = []
        start, end = layout.accounts()
        while True:
            rows = await self._ledger.scan(Range(start, end), SCAN_ROWS_MAX)
            found += [decoded(row, decode_account) for row in rows]
            if len(rows) < SCAN_ROWS_MAX:
                return found
            start = rows[-1].key + b"\x00"

    async def create(
        self, name: str, canonical_id: str, *, account: str, email: str = ""
    ) -> NewKey:
        """Make an account with a first access key, which speaks for the account itself.

        Raises:
            ValidationError, EntityAlreadyExists, MasterKeyMissing, and what
            ``Ledger.change`` raises
        """
        if not is_account(account):
            raise ValidationError(f"{account!r} is not 12 digits")
        key_id, secret, sealed = await self._access_keys.make()

        async def decide(draft: Draft) -> AccessKey:
            if await self.find(account) is not None:
                raise EntityAlreadyExists(f"Account {account} already exists.")
            if await self._ledger.text(layout.canonical(canonical_id)) is not None:
                raise EntityAlreadyExists(f"The canonical id {canonical_id} is taken.")
            made = Account(account, canonical_id, name, email, draft.now_ms, (key_id,))
            draft.put(layout.account(account), made)
            draft.take(layout.canonical(canonical_id))
            draft.batch.put[layout.canonical(canonical_id)] = account.encode()
            key = AccessKey(key_id, account, account, "", draft.now_ms, sealed)
            self._access_keys.add(draft, key)
            return key

        return NewKey(await self._ledger.change(account, decide), secret)

    def new_id(self) -> str:
        """Twelve digits by chance, of which the first is not 0."""
        number = int.from_bytes(self._ledger.randomness.bytes(8), "big")
        return str(10 ** (_ID_DIGITS - 1) + number % (9 * 10 ** (_ID_DIGITS - 1)))

    async def alias(self, account: str) -> str:
        """An account's alias, "" if it has none."""
        return (await self._ledger.summary(account)).alias

    async def set_alias(self, account: str, alias: str) -> None:
        """Give an account an alias, in place of the one it has.

        Raises:
            ValidationError, EntityAlreadyExists, and what ``Ledger.change`` raises
        """
        if not _ALIAS.match(alias) or len(alias) not in _ALIAS_LENGTHS:
            raise ValidationError(
                f"1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy "
                r"constraint: Member must satisfy regular expression pattern: "
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"
            )

        async def decide(draft: Draft) -> None:
            summary = await self._ledger.summary(account)
            if summary.alias == alias:
                return
            if await self._ledger.text(layout.alias(alias)) is not None:
                raise EntityAlreadyExists(f"The account alias {alias} already exists.")
            if summary.alias:
                draft.delete(layout.alias(summary.alias))
            draft.take(layout.alias(alias))
            draft.batch.put[layout.alias(alias)] = account.encode()
            draft.put(layout.summary(account), msgspec.structs.replace(summary, alias=alias))

        await self._ledger.change(account, decide)

    async def delete_alias(self, account: str, alias: str) -> None:
        """Take an account's alias away.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            summary = await self._ledger.summary(account)
            if summary.alias != alias:
                raise NoSuchEntity.of("alias", alias)
            draft.delete(layout.alias(alias))
            draft.put(layout.summary(account), msgspec.structs.replace(summary, alias=""))

        await self._ledger.change(account, decide)
