"""Access keys with a scope: for a partner who gets a part of what somebody may, for a while.

The parent is an account itself, or one of its users.  What the parent may not
do, none of them may; when the parent goes, they are valid no more.  They do not
count among a user's two keys, and IAM's operations neither list nor change them.
"""

from typing import Final, NamedTuple

import msgspec

from storage import keys
from storage.identity import layout
from storage.identity.access_keys import AccessKeys, NewKey
from storage.identity.entities import Entities
from storage.identity.errors import NoSuchEntity, ValidationError
from storage.identity.ledger import Draft, Ledger
from storage.identity.names import is_account
from storage.identity.quotas import SCOPED_KEYS_PER_ACCOUNT_MAX
from storage.identity.records import AccessKey, Scope
from storage.limits import NO_LIMIT, OF_KEY, Limit
from storage.limits import check as check_limit
from storage.meta import SCAN_ROWS_MAX, Delta, Range
from storage.naming import KEY_BYTES_MAX, check_bucket_name

BUCKETS_MAX: Final = 100  # of one scope: it is a part of every decision
NOTE_LENGTH_MAX: Final = 256


class Parent(NamedTuple):
    """Whose part a key is: an account, or one of its users."""

    account: str
    user: str = ""  # his name; "": the account itself


class ScopedKeys:
    """Issues, lists and revokes them."""

    def __init__(self, ledger: Ledger, entities: Entities, access_keys: AccessKeys) -> None:
        self._ledger = ledger
        self._entities = entities
        self._access_keys = access_keys

    async def issue(
        self, parent: Parent, scope: Scope, *, expires_ms: int = 0, limit: Limit = NO_LIMIT
    ) -> NewKey:
        """Make a key that may do so much, until then, so often.

        Raises:
            ValidationError, NoSuchEntity, LimitExceeded, InvalidBucketName,
            InvalidArgument (the limit), MasterKeyMissing, and what ``Ledger.change`` raises
        """
        _check(parent, scope)
        key_id, secret, sealed = await self._access_keys.make()
        check_limit(OF_KEY, key_id, limit)

        async def decide(draft: Draft) -> AccessKey:
            if 0 < expires_ms <= draft.now_ms:
                raise ValidationError("The key would have expired already.")
            user_id = parent.account
            if parent.user:
                user_id = (await self._entities.users.get(parent.account, parent.user)).id
            await draft.count("scoped", 1, SCOPED_KEYS_PER_ACCOUNT_MAX)
            key = AccessKey(
                key_id,
                parent.account,
                user_id,
                parent.user,
                draft.now_ms,
                sealed,
                scope=scope,
                expires_ms=expires_ms,
            )
            self._access_keys.add(draft, key)
            draft.batch.put[layout.scoped_key(parent.account, key_id)] = b""
            if not limit.is_none:
                draft.put(keys.limit(OF_KEY, key_id), limit)
                draft.batch.add[keys.LIMITS_REVISION] = Delta(1)
            return key

        return NewKey(await self._ledger.change(parent.account, decide), secret)

    async def list(self, account: str) -> list[AccessKey]:
        """An account's, its users' among them, in order of their ids."""
        found: list[AccessKey] = []
        start, end = layout.scoped_keys(account)
        while rows := await self._ledger.scan(Range(start, end), SCAN_ROWS_MAX):
            for row in rows:
                key = await self._access_keys.find(layout.key_of_scoped(row.key))
                if key is not None:
                    found.append(await self._named(key))
            start = rows[-1].key + b"\x00"
        return found

    async def _named(self, key: AccessKey) -> AccessKey:
        """With the name that its user has now: nobody writes these keys when he is renamed."""
        user = await self._entities.users.by_id(key.account, key.user_id)
        return key if user is None else msgspec.structs.replace(key, user_name=user.name)

    async def revoke(self, key_id: str) -> AccessKey:
        """Take a key away, with the limit that it had; the key that it was.

        Raises:
            NoSuchEntity: there is no such key, or it has no scope
            and what ``Ledger.change`` raises
        """
        account = (await self._scoped(key_id)).account

        async def decide(draft: Draft) -> AccessKey:
            key = await self._scoped(key_id)
            await draft.count("scoped", -1)
            self._access_keys.remove(draft, key_id)
            draft.delete(layout.scoped_key(account, key_id))
            draft.delete(keys.limit(OF_KEY, key_id))
            draft.batch.add[keys.LIMITS_REVISION] = Delta(1)
            return key

        return await self._ledger.change(account, decide)

    async def _scoped(self, key_id: str) -> AccessKey:
        key = await self._access_keys.find(key_id)
        if key is None or key.scope is None:
            raise NoSuchEntity.of("access key", key_id)
        return key


def _check(parent: Parent, scope: Scope) -> None:
    """Raises ValidationError, InvalidBucketName."""
    if not is_account(parent.account):
        raise ValidationError(f"{parent.account!r} is not 12 digits")
    if not 1 <= len(scope.buckets) <= BUCKETS_MAX:
        raise ValidationError(f"A scope has 1 to {BUCKETS_MAX} buckets.")
    for bucket in scope.buckets:
        check_bucket_name(bucket)
    if "\0" in scope.prefix or len(scope.prefix.encode()) > KEY_BYTES_MAX:
        raise ValidationError(f"{scope.prefix!r} begins no key.")
    if len(scope.note) > NOTE_LENGTH_MAX:
        raise ValidationError(f"A note has up to {NOTE_LENGTH_MAX} characters.")
