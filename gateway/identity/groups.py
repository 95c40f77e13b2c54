"""Groups and who is in them.

Source: IAM API Reference, CreateGroup, GetGroup, ListGroups, UpdateGroup,
DeleteGroup, AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.
"""

from gateway.call import Call
from gateway.identity import named, users
from gateway.identity.common import limit_of, marker_of, page_of, position_of
from gateway.query import types_iam as t
from gateway.query.registry import operation
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


async def _permitted(call: Call, action: str, name: str | None) -> Group:
    assert name is not None, "the model requires it"
    return await named.permitted(call, action, call.services.directory.entities.groups, name)


@operation("iam", "CreateGroup")
async def create_group(call: Call, ask: t.CreateGroupRequest) -> t.CreateGroupResponse:
    """Make a group, which nobody is in."""
    assert ask.group_name is not None, "the model requires it"
    new = await named.to_be_made(call, "group", ask.group_name, ask)
    group = await call.services.directory.groups.create(
        call.account.id, ask.group_name, path=new.path
    )
    return t.CreateGroupResponse(group=shown(group))


@operation("iam", "GetGroup")
async def get_group(call: Call, ask: t.GetGroupRequest) -> t.GetGroupResponse:
    """A group and who is in it."""
    group = await _permitted(call, "iam:GetGroup", ask.group_name)
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
    entities = call.services.directory.entities
    groups, marker = await named.page(call, "iam:ListGroups", entities.groups, ask)
    return t.ListGroupsResponse(
        groups=[shown(group) for group in groups], is_truncated=marker is not None, marker=marker
    )


@operation("iam", "UpdateGroup")
async def update_group(call: Call, ask: t.UpdateGroupRequest) -> None:
    """Rename a group, or give it another path."""
    found = await _permitted(call, "iam:UpdateGroup", ask.group_name)
    named.check_renamed(call, found, ask.new_group_name, ask.new_path)
    await call.services.directory.groups.update(
        call.account.id, found.name, new_name=ask.new_group_name, new_path=ask.new_path
    )


@operation("iam", "DeleteGroup")
async def delete_group(call: Call, ask: t.DeleteGroupRequest) -> None:
    """Delete a group that is empty and has no policies."""
    group = await _permitted(call, "iam:DeleteGroup", ask.group_name)
    await call.services.directory.groups.delete(call.account.id, group.name)


@operation("iam", "AddUserToGroup")
async def add_user_to_group(call: Call, ask: t.AddUserToGroupRequest) -> None:
    """Let a user be in a group."""
    assert ask.user_name is not None, "the model requires it"
    group = await _permitted(call, "iam:AddUserToGroup", ask.group_name)
    await call.services.directory.groups.add(call.account.id, group.name, ask.user_name)


@operation("iam", "RemoveUserFromGroup")
async def remove_user_from_group(call: Call, ask: t.RemoveUserFromGroupRequest) -> None:
    """Take a user out of a group."""
    assert ask.user_name is not None, "the model requires it"
    group = await _permitted(call, "iam:RemoveUserFromGroup", ask.group_name)
    await call.services.directory.groups.remove(call.account.id, group.name, ask.user_name)


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
