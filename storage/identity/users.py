"""Users.  Source: IAM API Reference, CreateUser and its neighbours."""

import msgspec

from storage.identity import layout
from storage.identity.errors import DeleteConflict
from storage.identity.holders import Holders
from storage.identity.ledger import Draft
from storage.identity.quotas import USERS_PER_ACCOUNT_MAX
from storage.identity.records import User, decode_access_key
from storage.identity.tags import check_tags


class Users(Holders):
    """Creates, changes and deletes users; ``entities.users`` finds and lists them."""

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
            await self.bind(draft, user_id, boundary)
            checked = check_tags(tags or {})
            user = User(account, name, path, user_id, draft.now_ms, checked, boundary)
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
            await self.check_free(user)
            if user.groups:
                raise DeleteConflict("Cannot delete entity, must remove users from group first.")
            await self.unbind(draft, user)
            await self._entities.users.end(draft, user)
            return user

        return await self._ledger.change(account, decide)
