"""Groups, and who is in them.  Source: IAM API Reference, CreateGroup and its neighbours."""

import msgspec

from storage.identity import layout
from storage.identity.errors import DeleteConflict, LimitExceeded
from storage.identity.holders import Holders
from storage.identity.ledger import Draft
from storage.identity.quotas import GROUPS_PER_ACCOUNT_MAX, GROUPS_PER_USER_MAX, PAGE_MAX
from storage.identity.records import Group, User
from storage.meta import Range


class Groups(Holders):
    """Creates, changes and deletes groups, and says who is in them."""

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
            await self.check_free(group)
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
