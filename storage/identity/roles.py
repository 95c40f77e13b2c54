"""Roles.  Source: IAM API Reference, CreateRole and its neighbours."""

import msgspec

from storage.identity import layout
from storage.identity.errors import LimitExceeded, ValidationError
from storage.identity.holders import Holders
from storage.identity.ledger import Draft
from storage.identity.quotas import (
    ROLES_PER_ACCOUNT_MAX,
    SESSION_S_MAX,
    SESSION_S_MIN,
    TRUST_POLICY_SIZE_MAX,
    characters,
)
from storage.identity.records import LastUsed, Role, decode_last_used
from storage.identity.tags import check_tags


class Roles(Holders):
    """Creates, changes and deletes roles; ``entities.roles`` finds and lists them."""

    async def create(
        self,
        account: str,
        name: str,
        trust: str,
        *,
        path: str = "/",
        description: str = "",
        session_s: int = SESSION_S_MIN,
        tags: dict[str, str] | None = None,
        boundary: str = "",
    ) -> Role:
        """Make a role that those may assume whom ``trust`` names.

        Raises:
            ValidationError, EntityAlreadyExists, LimitExceeded, InvalidInput, NoSuchEntity
            (the boundary), and what ``Ledger.change`` raises
        """
        _check_session(session_s)
        _check_trust(trust)
        roles = self._entities.roles

        async def decide(draft: Draft) -> Role:
            role_id = await roles.begin(draft, name, path, ROLES_PER_ACCOUNT_MAX)
            await self.bind(draft, role_id, boundary)
            role = Role(
                account,
                name,
                path,
                role_id,
                draft.now_ms,
                trust,
                description,
                session_s,
                check_tags(tags or {}),
                boundary,
            )
            roles.put(draft, role)
            return role

        return await self._ledger.change(account, decide)

    async def update(
        self,
        account: str,
        name: str,
        *,
        trust: str | None = None,
        description: str | None = None,
        session_s: int | None = None,
    ) -> Role:
        """Change what is given.

        Raises:
            NoSuchEntity, ValidationError, LimitExceeded, and what ``Ledger.change`` raises
        """
        if session_s is not None:
            _check_session(session_s)
        if trust is not None:
            _check_trust(trust)

        async def decide(draft: Draft) -> Role:
            found = await self._entities.roles.get(account, name)
            role = msgspec.structs.replace(
                found,
                trust=found.trust if trust is None else trust,
                description=found.description if description is None else description,
                session_s=found.session_s if session_s is None else session_s,
            )
            self._entities.roles.put(draft, role)
            return role

        return await self._ledger.change(account, decide)

    async def delete(self, account: str, name: str) -> Role:
        """Delete a role without policies; its sessions have nobody to be from then on.

        Raises:
            NoSuchEntity, DeleteConflict, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> Role:
            role = await self._entities.roles.get(account, name)
            await self.check_free(role)
            await self.unbind(draft, role)
            await self._entities.roles.end(draft, role)
            draft.delete(layout.last_used(role.id))
            return role

        return await self._ledger.change(account, decide)

    async def last_used(self, role: Role) -> LastUsed | None:
        """When a session of it was last used, None if none was."""
        return await self._ledger.read(layout.last_used(role.id), decode_last_used)

    async def used(self, role_id: str, service: str, region: str) -> None:
        """Note that a session of it is used now.

        Raises:
            StoreFull, StoreUnavailable, Uncertain
        """
        now_ms = self._ledger.clock.now_ms()
        await self._ledger.note(layout.last_used(role_id), LastUsed(now_ms, service, region))


def _check_trust(document: str) -> None:
    if characters(document) > TRUST_POLICY_SIZE_MAX:
        raise LimitExceeded.of("ACLSizePerRole", TRUST_POLICY_SIZE_MAX)


def _check_session(session_s: int) -> None:
    if session_s < SESSION_S_MIN:
        raise ValidationError(
            f"1 validation error detected: Value '{session_s}' at 'maxSessionDuration' failed to "
            f"satisfy constraint: Member must have value greater than or equal to {SESSION_S_MIN}"
        )
    if session_s > SESSION_S_MAX:
        raise ValidationError(
            f"1 validation error detected: Value '{session_s}' at 'maxSessionDuration' failed to "
            f"satisfy constraint: Member must have value less than or equal to {SESSION_S_MAX}"
        )
