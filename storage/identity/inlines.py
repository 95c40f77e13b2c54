"""Inline policies: documents that belong to one user, group or role.

What a document means is not known here; that it is a policy, its caller has seen to.
"""

from typing import Final

from storage.identity import layout
from storage.identity.entities import Entities, Holder
from storage.identity.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from storage.identity.ledger import Draft, Ledger, decoded
from storage.identity.quotas import INLINE_POLICIES_SIZE_MAX, characters
from storage.meta import SCAN_ROWS_MAX

# The least policy that there is; of what is smaller there could be more than a scan gives.
_LEAST: Final = len('{"Statement":[]}')

assert max(INLINE_POLICIES_SIZE_MAX.values()) // _LEAST < SCAN_ROWS_MAX


class Inlines:
    """Reads and changes inline policies; ``kind`` is user, group or role."""

    def __init__(self, ledger: Ledger, entities: Entities) -> None:
        self._ledger = ledger
        self._entities = entities

    async def all(self, holder: Holder) -> dict[str, str]:
        """Documents by name, in order."""
        rows = await self._ledger.scan(layout.inlines(holder.account, holder.id), SCAN_ROWS_MAX)
        return {layout.last_part(row.key): decoded(row, bytes.decode) for row in rows}

    async def get(self, account: str, kind: str, name: str, policy: str) -> str:
        """One document.

        Raises:
            NoSuchEntity
        """
        holder = await self._entities.holder(account, kind, name)
        found = await self._ledger.text(layout.inline(account, holder.id, policy))
        if found is None:
            raise _missing(kind, policy)
        return found

    async def put(self, account: str, kind: str, name: str, policy: str, document: str) -> None:
        """Add a policy, or replace the one of that name.

        Raises:
            NoSuchEntity, LimitExceeded, and what ``Ledger.change`` raises
        """
        limit = INLINE_POLICIES_SIZE_MAX[kind]

        async def decide(draft: Draft) -> None:
            holder = await self._entities.holder(account, kind, name)
            others = {**await self.all(holder), policy: document}
            if sum(map(characters, others.values())) > limit:
                raise LimitExceeded(
                    f"Maximum policy size of {limit} bytes exceeded for {kind} {holder.name}"
                )
            draft.batch.put[layout.inline(account, holder.id, policy)] = document.encode()

        await self._ledger.change(account, decide)

    async def delete(self, account: str, kind: str, name: str, policy: str) -> None:
        """Take a policy away.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            holder = await self._entities.holder(account, kind, name)
            key = layout.inline(account, holder.id, policy)
            if await self._ledger.text(key) is None:
                raise _missing(kind, policy)
            draft.delete(key)

        await self._ledger.change(account, decide)

    async def check_free(self, holder: Holder) -> None:
        """Raises DeleteConflict."""
        if await self._ledger.scan(layout.inlines(holder.account, holder.id), 1):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")


def _missing(kind: str, policy: str) -> NoSuchEntity:
    return NoSuchEntity(f"The {kind} policy with name {policy} cannot be found.")
