"""Users and the groups they are in.  Source: IAM API Reference, CreateUser and its neighbours."""

import msgspec

from storage.identity import layout
from storage.identity.attachments import Attachments
from storage.identity.entities import Entities
from storage.identity.errors import DeleteConflict, LimitExceeded
from storage.identity.inlines import Inlines
from storage.identity.ledger import Draft, Ledger
from storage.identity.quotas import (
    GROUPS_PER_ACCOUNT_MAX,
    GROUPS_PER_USER_MAX,
    PAGE_MAX,
    USERS_PER_ACCOUNT_MAX,
)
from storage.identity.records import Group, User, decode_access_key
from storage.identity.tags import check_tags
from storage.meta import Range


class Users:
    """Creates, changes and deletes users; ``entities.users`` finds and lists them."""

    def __init__(
        self, ledger: Ledger, entities: Entities, attachments: Attachments, inlines: Inlines
    ) -> None:
        self._ledger = ledger
        self._entities = entities
        self._attachments = attachments
        self._inlines = inlines

    async def create(
        self,
        account: str,
        name: str,
        *,
        path: str = "/",
        tags: dict[str, str] | None = None,
        boundary: str = "",
    ) -> User:
        """Make a user, who may do nothing yet.

        Raises:
            ValidationError, EntityAlreadyExists, LimitExceeded, InvalidInput, NoSuchEntity
            (the boundary), and what ``Ledger.change`` raises
        """
        users = self._entities.users

        async def decide(draft: Draft) -> User:
            user_id = await users.begin(draft, name, path, USERS_PER_ACCOUNT_MAX)
            user = User(account, name, path, user_id, draft.now_ms, check_tags(tags or {}))
            if boundary:
                await self._attachments.bound(draft, user_id, "", boundary)
                user = msgspec.structs.replace(user, boundary=boundary)
            users.put(draft, user)
            return user

        return await self._ledger.change(account, decide)

    async def update(
        self, account: str, name: str, *, new_name: str | None = None, new_path: str | None = None
    ) -> User:
        """Rename a user, or give it another path.  What hangs on it stays.

        Raises:
            NoSuchEntity, ValidationError, EntityAlreadyExists, and what ``Ledger.change`` raises
        """
        users = self._entities.users

        async def decide(draft: Draft) -> User:
            found = await users.get(account, name)
            called, path = await users.rename(draft, found, new_name, new_path)
            user = msgspec.structs.replace(found, name=called, path=path)
            users.put(draft, user)
            users.index(draft, user.id, called)
            for key_id in user.access_keys:
                key = await self._ledger.read(layout.access_key(key_id), decode_access_key)
                if key is not None:
                    key = msgspec.structs.replace(key, user_name=called)
                    draft.put(layout.access_key(key_id), key)
            return user

        return await self._ledger.change(account, decide)

    async def delete(self, account: str, name: str) -> User:
        """Delete a user on whom nothing hangs any more.

        Raises:
            NoSuchEntity, DeleteConflict, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> User:
            user = await self._entities.users.get(account, name)
            if user.access_keys:
                raise DeleteConflict("Cannot delete entity, must delete access keys first.")
            await self._attachments.check_free(user)
            await self._inlines.check_free(user)
            if user.groups:
                raise DeleteConflict("Cannot delete entity, must remove users from group first.")
            if user.boundary:
                await self._attachments.bound(draft, user.id, user.boundary, "")
            await self._entities.users.end(draft, user)
            return user

        return await self._ledger.change(account, decide)


class Groups:
    """Creates, changes and deletes groups, and says who is in them."""

    def __init__(
        self, ledger: Ledger, entities: Entities, attachments: Attachments, inlines: Inlines
    ) -> None:
        self._ledger = ledger
        self._entities = entities
        self._attachments = attachments
        self._inlines = inlines

    async def create(self, account: str, name: str, *, path: str = "/") -> Group:
        """Make a group, which nobody is in.

        Raises:
            ValidationError, EntityAlreadyExists, LimitExceeded, and what ``Ledger.change`` raises
        """
        groups = self._entities.groups

        async def decide(draft: Draft) -> Group:
            group_id = await groups.begin(draft, name, path, GROUPS_PER_ACCOUNT_MAX)
            group = Group(account, name, path, group_id, draft.now_ms)
            groups.put(draft, group)
            return group

        return await self._ledger.change(account, decide)

    async def update(
        self, account: str, name: str, *, new_name: str | None = None, new_path: str | None = None
    ) -> Group:
        """Rename a group, or give it another path.

        Raises:
            NoSuchEntity, ValidationError, EntityAlreadyExists, and what ``Ledger.change`` raises
        """
        groups = self._entities.groups

        async def decide(draft: Draft) -> Group:
            found = await groups.get(account, name)
            called, path = await groups.rename(draft, found, new_name, new_path)
            group = msgspec.structs.replace(found, name=called, path=path)
            groups.put(draft, group)
            groups.index(draft, group.id, called)
            return group

        return await self._ledger.change(account, decide)

    async def delete(self, account: str, name: str) -> Group:
        """Delete a group that is empty and has no policies.

        Raises:
            NoSuchEntity, DeleteConflict, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> Group:
            group = await self._entities.groups.get(account, name)
            if await self._ledger.scan(layout.members(account, group.id), 1):
                raise DeleteConflict("Cannot delete entity, must remove users from group first.")
            await self._attachments.check_free(group)
            await self._inlines.check_free(group)
            await self._entities.groups.end(draft, group)
            return group

        return await self._ledger.change(account, decide)

    async def add(self, account: str, name: str, user_name: str) -> None:
        """Let a user be in a group; nothing changes if he is in it.

        Raises:
            NoSuchEntity, LimitExceeded, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            group = await self._entities.groups.get(account, name)
            user = await self._entities.users.get(account, user_name)
            if group.id in user.groups:
                return
            if len(user.groups) >= GROUPS_PER_USER_MAX:
                raise LimitExceeded.of("GroupsPerUser", GROUPS_PER_USER_MAX)
            groups = (*user.groups, group.id)
            self._entities.users.put(draft, msgspec.structs.replace(user, groups=groups))
            draft.batch.put[layout.member(account, group.id, user.id)] = b""

        await self._ledger.change(account, decide)

    async def remove(self, account: str, name: str, user_name: str) -> None:
        """Take a user out of a group; nothing changes if he is not in it.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            group = await self._entities.groups.get(account, name)
            user = await self._entities.users.get(account, user_name)
            if group.id not in user.groups:
                return
            groups = tuple(one for one in user.groups if one != group.id)
            self._entities.users.put(draft, msgspec.structs.replace(user, groups=groups))
            draft.delete(layout.member(account, group.id, user.id))

        await self._ledger.change(account, decide)

    async def members(
        self, group: Group, *, after: str = "", limit: int = PAGE_MAX
    ) -> tuple[list[User], str | None]:
        """Some of a group's users in order of their ids, and after which id there are more."""
        everything = layout.members(group.account, group.id)
        start = everything.start + after.encode() + b"\x00" if after else everything.start
        rows = await self._ledger.scan(Range(start, everything.end), limit + 1)
        ids = [layout.last_part(row.key) for row in rows[:limit]]
        found = [await self._entities.users.by_id(group.account, one) for one in ids]
        users = [user for user in found if user is not None]
        return users, ids[-1] if len(rows) > limit else None

    async def of(self, user: User) -> list[Group]:
        """The groups that a user is in."""
        found = [await self._entities.groups.by_id(user.account, one) for one in user.groups]
        return [group for group in found if group is not None]
