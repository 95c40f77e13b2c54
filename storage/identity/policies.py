"""Managed policies and their versions.  Source: IAM API Reference, CreatePolicyVersion."""

import msgspec

from storage.identity import layout
from storage.identity.entities import Entities
from storage.identity.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from storage.identity.ledger import Draft, Ledger
from storage.identity.names import folded, split_arn
from storage.identity.quotas import (
    MANAGED_POLICY_SIZE_MAX,
    POLICIES_PER_ACCOUNT_MAX,
    VERSIONS_PER_POLICY_MAX,
    characters,
)
from storage.identity.records import ManagedPolicy, PolicyVersion
from storage.identity.tags import check_tags


class Policies:
    """Creates, changes and deletes the managed policies of accounts; builtin ones are none."""

    def __init__(self, ledger: Ledger, entities: Entities) -> None:
        self._ledger = ledger
        self._entities = entities

    async def get(self, arn: str) -> ManagedPolicy:
        """The policy of an ARN.

        Raises:
            NoSuchEntity
        """
        parts = split_arn(arn, "policy")
        if parts is not None:
            found = await self._entities.policies.find(parts[0], parts[2])
            if found is not None and folded(found.arn) == folded(arn):
                return found
        raise NoSuchEntity.of("policy", arn)

    async def document(self, policy: ManagedPolicy, number: int | None = None) -> str:
        """The document of a version, else of the default one.

        Raises:
            NoSuchEntity
        """
        number = policy.default if number is None else number
        found = await self._ledger.text(layout.document(policy.account, policy.id, number))
        if found is None:
            raise _no_version(policy, number)
        return found

    async def create(
        self,
        account: str,
        name: str,
        document: str,
        *,
        path: str = "/",
        description: str = "",
        tags: dict[str, str] | None = None,
    ) -> ManagedPolicy:
        """Make a policy, which is attached to nothing.

        Raises:
            ValidationError, EntityAlreadyExists, LimitExceeded, InvalidInput, and what
            ``Ledger.change`` raises
        """
        _check_size(document)
        policies = self._entities.policies

        async def decide(draft: Draft) -> ManagedPolicy:
            policy_id = await policies.begin(draft, name, path, POLICIES_PER_ACCOUNT_MAX)
            now = draft.now_ms
            policy = ManagedPolicy(
                account,
                name,
                path,
                policy_id,
                now,
                now,
                1,
                (PolicyVersion(1, now),),
                1,
                description,
                check_tags(tags or {}),
            )
            policies.put(draft, policy)
            draft.batch.put[layout.document(account, policy_id, 1)] = document.encode()
            return policy

        return await self._ledger.change(account, decide)

    async def delete(self, arn: str) -> ManagedPolicy:
        """Delete a policy that nothing uses and that has no version but its default.

        Raises:
            NoSuchEntity, DeleteConflict, and what ``Ledger.change`` raises
        """
        account = (await self.get(arn)).account

        async def decide(draft: Draft) -> ManagedPolicy:
            policy = await self.get(arn)
            if policy.attachments or policy.boundaries:
                raise DeleteConflict("Cannot delete a policy attached to entities.")
            if len(policy.versions) > 1:
                raise DeleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must "
                    "delete the policy's versions. The default version is deleted with the policy."
                )
            draft.delete(layout.document(account, policy.id, policy.default))
            await self._entities.policies.end(draft, policy)
            return policy

        return await self._ledger.change(account, decide)

    async def add_version(self, arn: str, document: str, *, default: bool) -> PolicyVersion:
        """Add a version, which counts from now on if it is the ``default``.

        Raises:
            NoSuchEntity, LimitExceeded, and what ``Ledger.change`` raises
        """
        _check_size(document)
        account = (await self.get(arn)).account

        async def decide(draft: Draft) -> PolicyVersion:
            policy = await self.get(arn)
            if len(policy.versions) >= VERSIONS_PER_POLICY_MAX:
                raise LimitExceeded(
                    f"A managed policy can have up to {VERSIONS_PER_POLICY_MAX} versions. Before "
                    "you create a new version, you must delete an existing version."
                )
            made = PolicyVersion(policy.last + 1, draft.now_ms)
            changed = msgspec.structs.replace(
                policy,
                versions=(*policy.versions, made),
                last=made.number,
                updated_ms=draft.now_ms,
                default=made.number if default else policy.default,
            )
            self._entities.policies.put(draft, changed)
            key = layout.document(account, policy.id, made.number)
            draft.batch.put[key] = document.encode()
            return made

        return await self._ledger.change(account, decide)

    async def set_default(self, arn: str, number: int) -> None:
        """Let a version count.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """
        account = (await self.get(arn)).account

        async def decide(draft: Draft) -> None:
            policy = await self.get(arn)
            find_version(policy, number)
            changed = msgspec.structs.replace(policy, default=number, updated_ms=draft.now_ms)
            self._entities.policies.put(draft, changed)

        await self._ledger.change(account, decide)

    async def delete_version(self, arn: str, number: int) -> None:
        """Delete a version that is not the default.

        Raises:
            NoSuchEntity, DeleteConflict, and what ``Ledger.change`` raises
        """
        account = (await self.get(arn)).account

        async def decide(draft: Draft) -> None:
            policy = await self.get(arn)
            gone = find_version(policy, number)
            if number == policy.default:
                raise DeleteConflict("Cannot delete the default version of a policy.")
            kept = tuple(one for one in policy.versions if one != gone)
            changed = msgspec.structs.replace(policy, versions=kept, updated_ms=draft.now_ms)
            self._entities.policies.put(draft, changed)
            draft.delete(layout.document(account, policy.id, number))

        await self._ledger.change(account, decide)


def _check_size(document: str) -> None:
    if characters(document) > MANAGED_POLICY_SIZE_MAX:
        raise LimitExceeded.of("PolicySize", MANAGED_POLICY_SIZE_MAX)


def find_version(policy: ManagedPolicy, number: int) -> PolicyVersion:
    """A version of a policy.

    Raises:
        NoSuchEntity
    """
    for version in policy.versions:
        if version.number == number:
            return version
    raise _no_version(policy, number)


def _no_version(policy: ManagedPolicy, number: int) -> NoSuchEntity:
    return NoSuchEntity(
        f"Policy {policy.arn} version v{number} does not exist or is not attachable."
    )
