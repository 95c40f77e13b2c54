"""What the holder of a stored access key is and may do: from rows of identities to a Principal.

A policy is compiled once, however many have it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from gateway.iam.accounts import Account, Accounts, Principal
from gateway.iam.builtin import Builtin
from gateway.iam.evaluate import Source
from gateway.iam.identity import BOUNDARY, POLICY, SCOPE, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.policy import MalformedPolicy, Policy
from gateway.iam.principals import user_of
from gateway.iam.scoped import policy_of
from storage.identity import Directory
from storage.identity.entities import Holder
from storage.identity.errors import NoSuchEntity
from storage.identity.records import AccessKey, Role, User

COMPILED_BYTES_MAX: Final = (
    16 * 1024 * 1024
)  # of documents; compiled, each takes several times that

# A policy that was stored and can no longer be read denies what it might have denied.
_UNREADABLE: Final = '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'


class Entitlements:
    """Puts together what the rows say of one."""

    def __init__(
        self, directory: Directory, accounts: Accounts, builtin: Mapping[str, Builtin]
    ) -> None:
        """``builtin``: policies that every account may attach, by ARN."""
        self._directory = directory
        self._accounts = accounts
        self._builtin = builtin
        self._compiled: dict[str, Policy] = {}
        self._bytes = 0

    async def of(self, key: AccessKey) -> Principal | None:
        """Who an access key belongs to; None if he is no more.

        Raises:
            StoreUnavailable, UnreadableIdentities
        """
        account = await self.account(key.account)
        scope = self._scope(key)
        if key.user_id == key.account:
            identity = None if scope is None else Identity(scope=scope)
            return Principal(account, key.id, identity)
        user = await self._directory.entities.users.by_id(key.account, key.user_id)
        if user is None:
            return None
        who = user_of(
            account.id, account.canonical_id, user_id=user.id, name=user.name, path=user.path
        )
        identity = replace(await self.of_user(user), scope=scope)
        return Principal(account, key.id, identity, who, None, user.tags)

    def _scope(self, key: AccessKey) -> tuple[Source, ...] | None:
        """What limits a key itself, whatever its holder may do."""
        if key.scope is None:
            return None
        return (Source(f"key/{key.id}", self.compiled(policy_of(key.scope)), SCOPE),)

    async def account(self, account_id: str) -> Account:
        """An account, declared or stored; its canonical id never changes."""
        if not self._accounts.is_known(account_id):
            found = await self._directory.accounts.find(account_id)
            if found is not None:
                self._accounts.learn(Account(found.id, found.canonical_id, found.name, found.email))
        return self._accounts.account(account_id)

    async def learn_accounts(self) -> None:
        """Know every account there is, for whoever names one that has done nothing yet."""
        for found in await self._directory.accounts.list():
            self._accounts.learn(Account(found.id, found.canonical_id, found.name, found.email))

    async def of_user(self, user: User) -> Identity:
        """What a user's own policies and those of his groups give him, and what bounds it."""
        sources = await self._sources(user)
        for group in await self._directory.groups.of(user):
            sources += await self._sources(group)
        return Identity(tuple(sources), await self._boundary(user))

    async def of_role(self, role: Role) -> Identity:
        """The same of a role."""
        return Identity(tuple(await self._sources(role)), await self._boundary(role))

    async def managed(self, arn: str, kind: str) -> Source:
        """A managed policy; one that is missing denies."""
        return Source(arn, self.compiled(await self._document(arn)), kind)

    def compiled(self, document: str) -> Policy:
        """A stored policy's meaning."""
        found = self._compiled.get(document)
        if found is None:
            try:
                found = compile_identity_policy(document.encode())
            except MalformedPolicy:
                found = compile_identity_policy(_UNREADABLE.encode())
            self._bytes += len(document)
            if self._bytes > COMPILED_BYTES_MAX:
                self._compiled.clear()
                self._bytes = len(document)
            self._compiled[document] = found
        return found

    async def _sources(self, holder: Holder) -> list[Source]:
        """The policies of one, inline and attached."""
        inline = await self._directory.inlines.all(holder)
        found = [
            Source(f"{holder.arn}/{name}", self.compiled(document), POLICY)
            for name, document in inline.items()
        ]
        attached = await self._attached(holder.attached)
        found += [Source(arn, self.compiled(text), POLICY) for arn, text in attached.items()]
        return found

    async def _boundary(self, holder: User | Role) -> Source | None:
        if not holder.boundary:
            return None
        found = await self._attached([holder.boundary])
        return Source(holder.boundary, self.compiled(found[holder.boundary]), BOUNDARY)

    async def _attached(self, arns: Iterable[str]) -> dict[str, str]:
        """Documents of managed policies by ARN; one that is missing is damage, and denies."""
        found = {}
        for arn in arns:
            found[arn] = await self._document(arn)
        return found

    async def _document(self, arn: str) -> str:
        if arn in self._builtin:
            return self._builtin[arn].document
        try:
            policy = await self._directory.policies.get(arn)
            return await self._directory.policies.document(policy)
        except NoSuchEntity:
            return _UNREADABLE
