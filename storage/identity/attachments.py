"""Managed policies attached to users, groups and roles, or set as their boundaries.

What is attached stands in the row of the user, group or role; a row of its own
lets it be found from the policy, which counts them.  A policy of AWS's, which
has no row, is one of ``builtin``.
"""

import asyncio
from collections.abc import AsyncIterator, Container
from typing import Final, NamedTuple

import msgspec

from storage.identity import layout
from storage.identity.entities import Entities, Holder
from storage.identity.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from storage.identity.ledger import Draft, Ledger
from storage.identity.names import folded, split_arn
from storage.identity.quotas import ATTACHED_MAX
from storage.identity.records import Group, ManagedPolicy
from storage.meta import Range

_ROWS_AT_ONCE: Final = 100


class Uses(NamedTuple):
    """To what a policy is attached, and of what it is the boundary."""

    attached: list[Holder]
    bounded: list[Holder]


class Attachments:
    """Attaches and detaches managed policies."""

    def __init__(self, ledger: Ledger, entities: Entities, builtin: Container[str]) -> None:
        self._ledger = ledger
        self._entities = entities
        self._builtin = builtin

    async def policy(self, account: str, arn: str) -> ManagedPolicy | None:
        """The policy of an account that an ARN names; None if it is a builtin one.

        Raises:
            NoSuchEntity: there is none, or it is another account's.
        """
        if arn in self._builtin:
            return None
        parts = split_arn(arn, "policy")
        if parts is not None and parts[0] == account:
            found = await self._entities.policies.find(account, parts[2])
            if found is not None and folded(found.arn) == folded(arn):
                return found
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")

    async def attach(self, account: str, kind: str, name: str, arn: str) -> None:
        """Attach a policy; nothing changes if it is attached.

        Raises:
            NoSuchEntity, LimitExceeded, and what ``Ledger.change`` raises
        """
        limit = ATTACHED_MAX[kind]

        async def decide(draft: Draft) -> None:
            holder = await self._entities.holder(account, kind, name)
            policy = await self.policy(account, arn)
            known = policy.arn if policy else arn
            if known in holder.attached:
                return
            if len(holder.attached) >= limit:
                raise LimitExceeded.of(f"PoliciesPer{kind.capitalize()}", limit)
            attached = (*holder.attached, known)
            self._entities.put_holder(draft, msgspec.structs.replace(holder, attached=attached))
            draft.batch.put[layout.attachment(account, known, holder.id)] = b""
            if policy is not None:
                self._count(draft, policy, attachments=+1)

        await self._ledger.change(account, decide)

    async def detach(self, account: str, kind: str, name: str, arn: str) -> None:
        """Detach a policy, by its ARN as it is attached.

        Raises:
            NoSuchEntity: it is not attached; and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            holder = await self._entities.holder(account, kind, name)
            if arn not in holder.attached:
                raise NoSuchEntity(f"Policy {arn} was not found.")
            attached = tuple(one for one in holder.attached if one != arn)
            self._entities.put_holder(draft, msgspec.structs.replace(holder, attached=attached))
            draft.delete(layout.attachment(account, arn, holder.id))
            if arn not in self._builtin:
                policy = await self.policy(account, arn)
                assert policy is not None, "it is not builtin"
                self._count(draft, policy, attachments=-1)

        await self._ledger.change(account, decide)

    async def set_boundary(self, account: str, kind: str, name: str, arn: str) -> None:
        """Give a user or role a boundary; "" takes it away.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            holder = await self._entities.holder(account, kind, name)
            assert not isinstance(holder, Group), "groups have no boundaries"
            if not arn and not holder.boundary:
                raise NoSuchEntity(f"{kind.capitalize()} {name} does not have a boundary.")
            if arn == holder.boundary:
                return
            await self.bound(draft, holder.id, holder.boundary, arn)
            self._entities.put_holder(draft, msgspec.structs.replace(holder, boundary=arn))

        await self._ledger.change(account, decide)

    async def bound(self, draft: Draft, entity_id: str, before: str, after: str) -> None:
        """Note that something has another boundary than before; "" is none.

        Raises:
            NoSuchEntity: there is no such policy.
        """
        if before:
            draft.delete(layout.boundary(draft.account, before, entity_id))
            if (policy := await self.policy(draft.account, before)) is not None:
                self._count(draft, policy, boundaries=-1)
        if after:
            draft.batch.put[layout.boundary(draft.account, after, entity_id)] = b""
            try:
                policy = await self.policy(draft.account, after)
            except NoSuchEntity:
                text = f"Scope ARN: {after} does not exist or is not attachable."
                raise NoSuchEntity(text) from None
            if policy is not None:
                self._count(draft, policy, boundaries=+1)

    async def uses(self, account: str, arn: str) -> Uses:
        """What a policy is used for, in order of unique ids.

        Raises:
            NoSuchEntity
        """
        await self.policy(account, arn)
        found = Uses([], [])
        for rows, holders in zip(_ranges(account, arn), found, strict=True):
            async for name in self._names(rows):
                holder = await self._entities.holder_by_id(account, name)
                if holder is not None:
                    holders.append(holder)
        return found

    async def counts(self, account: str, arn: str) -> tuple[int, int]:
        """How many uses a policy has of either kind."""
        attached, bounded = [
            sum([1 async for _ in self._names(rows)]) for rows in _ranges(account, arn)
        ]
        return attached, bounded

    async def _names(self, rows: Range) -> AsyncIterator[str]:
        """The unique ids in some rows, of which an account may have thousands."""
        start = rows.start
        while some := await self._ledger.scan(rows._replace(start=start), _ROWS_AT_ONCE):
            for row in some:
                yield layout.last_part(row.key)
            start = some[-1].key + b"\x00"
            await asyncio.sleep(0)  # others on the loop want their turn

    async def check_free(self, holder: Holder) -> None:
        """Raises DeleteConflict."""
        if holder.attached:
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")

    def _count(
        self, draft: Draft, policy: ManagedPolicy, *, attachments: int = 0, boundaries: int = 0
    ) -> None:
        self._entities.policies.put(
            draft,
            msgspec.structs.replace(
                policy,
                attachments=policy.attachments + attachments,
                boundaries=policy.boundaries + boundaries,
            ),
        )


def _ranges(account: str, arn: str) -> tuple[Range, Range]:
    return layout.attachments(account, arn), layout.boundaries(account, arn)
