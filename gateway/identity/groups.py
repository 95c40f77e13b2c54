"""Groups and who is in them.

Source: IAM API Reference, CreateGroup, GetGroup, ListGroups, UpdateGroup,
DeleteGroup, AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.
"""

from gateway.call import Call
from gateway.identity import users
from gateway.identity.common import limit_of, marker_of, page_of, position_of
from gateway.identity.permission import arn_in, check
from gateway.query import types_iam as t
from gateway.query.registry import operation
from storage.identity.errors import NoSuchEntity
from storage.identity.records import Group


def shown(group: Group) -> t.Group:
    """As answers have a group."""
    return t.Group(
        path=group.path,
        group_name=group.name,
        group_id=group.id,
        arn=group.arn,
        create_date=group.created_ms,
    )


async def permitted(call: Call, action: str, name: str) -> Group:
    """The group of a name, if whoever asks may do something to it.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    found = await call.services.directory.entities.groups.find(call.account.id, name)
    check(call, action, found.arn if found else arn_in(call, "group/", name))
    if found is None:
        raise NoSuchEntity.of("group", name)
    return found


@operation("iam", "CreateGroup")
async def create_group(call: Call, ask: t.CreateGroupRequest) -> t.CreateGroupResponse:
    """Make a group, which nobody is in."""
    assert ask.group_name is not None, "the model requires it"
    path = ask.path or "/"
    check(call, "iam:CreateGroup", arn_in(call, "group", path + ask.group_name))
    group = await call.services.directory.groups.create(call.account.id, ask.group_name, path=path)
    return t.CreateGroupResponse(group=shown(group))


@operation("iam", "GetGroup")
async def get_group(call: Call, ask: t.GetGroupRequest) -> t.GetGroupResponse:
    """A group and who is in it."""
    assert ask.group_name is not None, "the model requires it"
    group = await permitted(call, "iam:GetGroup", ask.group_name)
    members, after = await call.services.directory.groups.members(
        group, after=position_of(ask.marker), limit=limit_of(ask.max_items)
    )
    return t.GetGroupResponse(
        group=shown(group),
        users=[users.shown(user, whole=False) for user in members],
        is_truncated=after is not None,
        marker=marker_of(after) if after is not None else None,
    )


@operation("iam", "ListGroups")
async def list_groups(call: Call, ask: t.ListGroupsRequest) -> t.ListGroupsResponse:
    """Groups in order of their names, whose path begins so."""
    prefix = ask.path_prefix or "/"
    check(call, "iam:ListGroups", arn_in(call, "group", prefix))
    page = await call.services.directory.entities.groups.list(
        call.account.id,
        path_prefix=prefix,
        after=position_of(ask.marker),
        limit=limit_of(ask.max_items),
    )
    return t.ListGroupsResponse(
        groups=[shown(group) for group in page.items],
        is_truncated=page.after is not None,
        marker=marker_of(page.after) if page.after is not None else None,
    )


@operation("iam", "UpdateGroup")
async def update_group(call: Call, ask: t.UpdateGroupRequest) -> None:
    """Rename a group, or give it another path."""
    assert ask.group_name is not None, "the model requires it"
    found = await permitted(call, "iam:UpdateGroup", ask.group_name)
    name, path = ask.new_group_name or found.name, ask.new_path or found.path
    if (name, path) != (found.name, found.path):
        check(call, "iam:UpdateGroup", arn_in(call, "group", path + name))
    await call.services.directory.groups.update(
        call.account.id, ask.group_name, new_name=ask.new_group_name, new_path=ask.new_path
    )


@operation("iam", "DeleteGroup")
async def delete_group(call: Call, ask: t.DeleteGroupRequest) -> None:
    """Delete a group that is empty and has no policies."""
    assert ask.group_name is not None, "the model requires it"
    await permitted(call, "iam:DeleteGroup", ask.group_name)
    await call.services.directory.groups.delete(call.account.id, ask.group_name)


@operation("iam", "AddUserToGroup")
async def add_user_to_group(call: Call, ask: t.AddUserToGroupRequest) -> None:
    """Let a user be in a group."""
    assert ask.group_name is not None, "the model requires it"
    assert ask.user_name is not None, "the model requires it"
    await permitted(call, "iam:AddUserToGroup", ask.group_name)
    await call.services.directory.groups.add(call.account.id, ask.group_name, ask.user_name)


@operation("iam", "RemoveUserFromGroup")
async def remove_user_from_group(call: Call, ask: t.RemoveUserFromGroupRequest) -> None:
    """Take a user out of a group."""
    assert ask.group_name is not None, "the model requires it"
    assert ask.user_name is not None, "the model requires it"
    await permitted(call, "iam:RemoveUserFromGroup", ask.group_name)
    await call.services.directory.groups.remove(call.account.id, ask.group_name, ask.user_name)


@operation("iam", "ListGroupsForUser")
async def list_groups_for_user(
    call: Call, ask: t.ListGroupsForUserRequest
) -> t.ListGroupsForUserResponse:
    """The groups that a user is in."""
    assert ask.user_name is not None, "the model requires it"
    user = await users.permitted(call, "iam:ListGroupsForUser", ask.user_name)
    found = await call.services.directory.groups.of(user)
    page, marker = page_of(found, lambda one: one.name, ask.marker, ask.max_items)
    return t.ListGroupsForUserResponse(
        groups=[shown(group) for group in page], is_truncated=marker is not None, marker=marker
    )
