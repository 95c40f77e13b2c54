"""Access keys: two a user at most, so that one can be put in another's place with both valid.

A secret is shown once, to whoever made it, and lies sealed under a master key,
bound to its key's id.
"""

from typing import Final, NamedTuple

import msgspec

from storage.identity import layout, names
from storage.identity.entities import Entities
from storage.identity.errors import LimitExceeded, NoSuchEntity
from storage.identity.ledger import Draft, Ledger
from storage.identity.quotas import ACCESS_KEYS_PER_USER_MAX
from storage.identity.records import (
    AccessKey,
    Account,
    LastUsed,
    User,
    decode_access_key,
    decode_account,
    decode_last_used,
)
from storage.keyring import Keyring

MASTER_KEY: Final = "identity"  # of the keyring: what seals secrets


class NewKey(NamedTuple):
    """A key pair that was just made."""

    key: AccessKey
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.key!r})"


class AccessKeys:
    """Makes, finds, changes and deletes access keys."""

    def __init__(self, ledger: Ledger, entities: Entities, keyring: Keyring) -> None:
        self._ledger = ledger
        self._entities = entities
        self._keyring = keyring

    async def find(self, key_id: str) -> AccessKey | None:
        """The key of an id, None if there is none."""
        return await self._ledger.read(layout.access_key(key_id), decode_access_key)

    async def get(self, key_id: str) -> AccessKey:
        """The key of an id.

        Raises:
            NoSuchEntity
        """
        found = await self.find(key_id)
        if found is None:
            raise NoSuchEntity.of("access key", key_id)
        return found

    async def secret(self, key: AccessKey) -> str:
        """What its holder signs with.

        Raises:
            MasterKeyMissing, StoreUnavailable
        """
        plain = await self._keyring.unseal(MASTER_KEY, key.sealed, key.id.encode())
        return plain.decode()

    async def of(self, user: User) -> list[AccessKey]:
        """A user's, the oldest first."""
        found = [await self.find(key_id) for key_id in user.access_keys]
        return [key for key in found if key is not None]

    async def create(self, account: str, user_name: str) -> NewKey:
        """Make a key for a user.

        Raises:
            NoSuchEntity, LimitExceeded, MasterKeyMissing, and what ``Ledger.change`` raises
        """
        key_id, secret, sealed = await self.make()

        async def decide(draft: Draft) -> AccessKey:
            user = await self._entities.users.get(account, user_name)
            if len(user.access_keys) >= ACCESS_KEYS_PER_USER_MAX:
                raise LimitExceeded.of("AccessKeysPerUser", ACCESS_KEYS_PER_USER_MAX)
            key = AccessKey(key_id, account, user.id, user.name, draft.now_ms, sealed)
            keys = (*user.access_keys, key_id)
            self._entities.users.put(draft, msgspec.structs.replace(user, access_keys=keys))
            self.add(draft, key)
            return key

        return NewKey(await self._ledger.change(account, decide), secret)

    async def create_for_root(self, account: str, *, canonical_id: str = "") -> NewKey:
        """Make a key that speaks for an account itself.

        ``canonical_id`` is that of one that settings declare, which gets a row with its
        first stored key.

        Raises:
            NoSuchEntity, LimitExceeded, MasterKeyMissing, and what ``Ledger.change`` raises
        """
        key_id, secret, sealed = await self.make()

        async def decide(draft: Draft) -> AccessKey:
            found = await self._ledger.read(layout.account(account), decode_account)
            if found is None and canonical_id:
                found = Account(account, canonical_id, "", "", draft.now_ms)
                draft.take(layout.canonical(canonical_id))
                draft.batch.put[layout.canonical(canonical_id)] = account.encode()
            if found is None:
                raise NoSuchEntity.of("account", account)
            if len(found.access_keys) >= ACCESS_KEYS_PER_USER_MAX:
                raise LimitExceeded.of("AccessKeysPerUser", ACCESS_KEYS_PER_USER_MAX)
            key = AccessKey(key_id, account, account, "", draft.now_ms, sealed)
            keys = (*found.access_keys, key_id)
            draft.put(layout.account(account), msgspec.structs.replace(found, access_keys=keys))
            self.add(draft, key)
            return key

        return NewKey(await self._ledger.change(account, decide), secret)

    async def set_active(self, account: str, user_name: str, key_id: str, *, active: bool) -> None:
        """Let a user's key be valid, or not.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            _, key = await self._owned(account, user_name, key_id)
            draft.access_key = key_id
            if key.active != active:
                draft.put(layout.access_key(key_id), msgspec.structs.replace(key, active=active))

        await self._ledger.change(account, decide)

    async def set_active_for_root(self, account: str, key_id: str, *, active: bool) -> None:
        """The same of a key that speaks for an account itself.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            found = await self._ledger.read(layout.account(account), decode_account)
            key = await self.find(key_id)
            if key is None or found is None or key_id not in found.access_keys:
                raise NoSuchEntity.of("access key", key_id)
            draft.access_key = key_id
            draft.put(layout.access_key(key_id), msgspec.structs.replace(key, active=active))

        await self._ledger.change(account, decide)

    async def delete(self, account: str, user_name: str, key_id: str) -> None:
        """Delete a user's key.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            user, _ = await self._owned(account, user_name, key_id)
            keys = tuple(one for one in user.access_keys if one != key_id)
            self._entities.users.put(draft, msgspec.structs.replace(user, access_keys=keys))
            self.remove(draft, key_id)

        await self._ledger.change(account, decide)

    async def delete_for_root(self, account: str, key_id: str) -> None:
        """Delete a key that speaks for an account itself.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            found = await self._ledger.read(layout.account(account), decode_account)
            if found is None or key_id not in found.access_keys:
                raise NoSuchEntity.of("access key", key_id)
            keys = tuple(one for one in found.access_keys if one != key_id)
            draft.put(layout.account(account), msgspec.structs.replace(found, access_keys=keys))
            self.remove(draft, key_id)

        await self._ledger.change(account, decide)

    async def last_used(self, key_id: str) -> LastUsed | None:
        """When a key was last used, None if it never was."""
        return await self._ledger.read(layout.last_used(key_id), decode_last_used)

    async def used(self, key_id: str, service: str, region: str) -> None:
        """Note that a key is used now.

        Raises:
            StoreFull, StoreUnavailable, Uncertain
        """
        now_ms = self._ledger.clock.now_ms()
        await self._ledger.note(layout.last_used(key_id), LastUsed(now_ms, service, region))

    async def make(self) -> tuple[str, str, bytes]:
        """An id, a secret, and the same sealed.

        Raises:
            MasterKeyMissing, StoreUnavailable
        """
        key_id = names.access_key_id(self._ledger.randomness)
        secret = names.secret(self._ledger.randomness)
        sealed = await self._keyring.wrap(MASTER_KEY, secret.encode(), key_id.encode())
        return key_id, secret, sealed

    def add(self, draft: Draft, key: AccessKey) -> None:
        """Write a new key."""
        draft.access_key = key.id
        draft.take(layout.access_key(key.id))
        draft.put(layout.access_key(key.id), key)

    def remove(self, draft: Draft, key_id: str) -> None:
        """Take a key away, and when it was last used."""
        draft.access_key = key_id
        draft.delete(layout.access_key(key_id))
        draft.delete(layout.last_used(key_id))

    async def _owned(self, account: str, user_name: str, key_id: str) -> tuple[User, AccessKey]:
        user = await self._entities.users.get(account, user_name)
        key = await self.find(key_id)
        if key is None or key_id not in user.access_keys:
            raise NoSuchEntity.of("access key", key_id)
        return user, key
