"""What users, groups and roles have in common: policies hang on them."""

from storage.identity.attachments import Attachments
from storage.identity.entities import Entities, Holder
from storage.identity.inlines import Inlines
from storage.identity.ledger import Draft, Ledger
from storage.identity.records import Role, User


class Holders:
    """The service of one kind of them stands on this."""

    def __init__(
        self, ledger: Ledger, entities: Entities, attachments: Attachments, inlines: Inlines
    ) -> None:
        self._ledger = ledger
        self._entities = entities
        self._attachments = attachments
        self._inlines = inlines

    async def check_free(self, holder: Holder) -> None:
        """Refuse that one is deleted on whom policies hang.

        Raises:
            DeleteConflict
        """
        await self._attachments.check_free(holder)
        await self._inlines.check_free(holder)

    async def bind(self, draft: Draft, entity_id: str, boundary: str) -> None:
        """Give one that is made a boundary; "" is none.

        Raises:
            NoSuchEntity: there is no such policy.
        """
        if boundary:
            await self._attachments.bound(draft, entity_id, "", boundary)

    async def unbind(self, draft: Draft, holder: User | Role) -> None:
        """Take the boundary away from one that is deleted."""
        if holder.boundary:
            await self._attachments.bound(draft, holder.id, holder.boundary, "")
