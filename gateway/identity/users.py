"""Users.  Source: IAM API Reference, CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from gateway.call import Call
from gateway.identity import named
from gateway.identity.common import shown_boundary, shown_tags, user_name_of
from gateway.identity.permission import check
from gateway.query import types_iam as t
from gateway.query.registry import operation
from storage.identity.records import User


def shown(user: User, *, whole: bool = True) -> t.User:
    """As answers have a user; lists leave out boundary and tags."""
    return t.User(
        path=user.path,
        user_name=user.name,
        user_id=user.id,
        arn=user.arn,
        create_date=user.created_ms,
        permissions_boundary=shown_boundary(user.boundary) if whole else None,
        tags=shown_tags(user.tags) if whole else None,
    )


async def permitted(call: Call, action: str, name: str) -> User:
    """The user of a name, if whoever asks may do something to him.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    return await named.permitted(call, action, call.services.directory.entities.users, name)


@operation("iam", "CreateUser")
async def create_user(call: Call, ask: t.CreateUserRequest) -> t.CreateUserResponse:
    """Make a user, who may do nothing yet."""
    assert ask.user_name is not None, "the model requires it"
    new = await named.to_be_made(call, "user", ask.user_name, ask)
    user = await call.services.directory.users.create(
        call.account.id, ask.user_name, path=new.path, tags=new.tags, boundary=new.boundary
    )
    return t.CreateUserResponse(user=shown(user))


@operation("iam", "GetUser")
async def get_user(call: Call, ask: t.GetUserRequest) -> t.GetUserResponse:
    """A user; without a name whoever asks, who may be the account itself."""
    who = call.who
    if ask.user_name is None and who.is_root:
        check(call, "iam:GetUser", who.arn)
        found = await call.services.directory.accounts.find(who.account)
        created = found.created_ms if found else 0  # one that settings declare has always been
        root = t.User(path="/", user_id=who.account, arn=who.arn, create_date=created)
        return t.GetUserResponse(user=root)
    name = user_name_of(call, ask.user_name)
    return t.GetUserResponse(user=shown(await permitted(call, "iam:GetUser", name)))


@operation("iam", "ListUsers")
async def list_users(call: Call, ask: t.ListUsersRequest) -> t.ListUsersResponse:
    """Users in order of their names, whose path begins so."""
    entities = call.services.directory.entities
    users, marker = await named.page(call, "iam:ListUsers", entities.users, ask)
    return t.ListUsersResponse(
        users=[shown(user, whole=False) for user in users],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateUser")
async def update_user(call: Call, ask: t.UpdateUserRequest) -> None:
    """Rename a user, or give it another path; both the old name and the new need permission."""
    assert ask.user_name is not None, "the model requires it"
    found = await permitted(call, "iam:UpdateUser", ask.user_name)
    named.check_renamed(call, found, ask.new_user_name, ask.new_path)
    await call.services.directory.users.update(
        call.account.id, ask.user_name, new_name=ask.new_user_name, new_path=ask.new_path
    )


@operation("iam", "DeleteUser")
async def delete_user(call: Call, ask: t.DeleteUserRequest) -> None:
    """Delete a user on whom nothing hangs any more."""
    assert ask.user_name is not None, "the model requires it"
    await permitted(call, "iam:DeleteUser", ask.user_name)
    await call.services.directory.users.delete(call.account.id, ask.user_name)
