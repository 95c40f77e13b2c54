"""What has a name in an account: one that is meant, one that is to be made, and pages of all.

Users, groups, roles and policies are alike in that: who may do it is decided here.

Source: Service Authorization Reference, "Actions, resources, and condition keys
for AWS Identity and Access Management"; IAM User Guide, "Tags for IAM
resources", on tags of what is created.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from gateway.call import Call
from gateway.identity import managed
from gateway.identity.common import given_tags, limit_of, marker_of, position_of
from gateway.identity.permission import NOTHING, About, arn_in, check
from storage.identity.entities import Named
from storage.identity.errors import NoSuchEntity
from storage.identity.records import Group, Role, User

Entity = TypeVar("Entity", User, Group, Role)


class New(NamedTuple):
    """What a request says of one that is to be made."""

    path: str
    tags: dict[str, str]
    boundary: str  # a policy's ARN; "" is none


async def permitted(
    call: Call, action: str, all_of: Named[Entity], name: str, asked: About = NOTHING
) -> Entity:
    """The one of a name, if whoever asks may do something to it.

    Somebody without a permission is not told whether it exists.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    found = await all_of.find(call.account.id, name)
    tags: Mapping[str, str] | None = None
    if found is not None and not isinstance(found, Group):
        tags = found.tags
    resource = found.arn if found else arn_in(call, f"{all_of.kind}/", name)
    check(call, action, resource, replace(asked, resource_tags=tags))
    if found is None:
        raise NoSuchEntity.of(all_of.kind, name)
    return found


async def page(
    call: Call, action: str, all_of: Named[Entity], ask: Any
) -> tuple[list[Entity], str | None]:
    """Some in order of their names, whose path begins so, and the Marker of those that follow.

    Raises:
        QueryError: AccessDenied, ValidationError
    """
    prefix = ask.path_prefix or "/"
    check(call, action, arn_in(call, all_of.kind, prefix))
    found = await all_of.list(
        call.account.id,
        path_prefix=prefix,
        after=position_of(ask.marker),
        limit=limit_of(ask.max_items),
    )
    return found.items, None if found.after is None else marker_of(found.after)


async def to_be_made(call: Call, kind: str, name: str | None, ask: Any) -> New:
    """What a request says of a user, a group, a role or a policy, if it may be made so.

    To make something with tags needs the permission to tag it, too.

    Raises:
        QueryError: AccessDenied; InvalidInput, two tags of one key
    """
    assert name is not None, "the model requires it"
    path, tags = ask.path or "/", given_tags(getattr(ask, "tags", None))
    boundary = await managed.written(call, getattr(ask, "permissions_boundary", None) or "")
    given = {"iam:permissionsboundary": (boundary,)} if boundary else {}
    about = About(request_tags=tags or None, given=given)
    arn = arn_in(call, kind, path + name)
    check(call, f"iam:Create{kind.capitalize()}", arn, about)
    if tags:
        check(call, f"iam:Tag{kind.capitalize()}", arn, about)
    return New(path, tags, boundary)


def check_renamed(
    call: Call, found: User | Group, new_name: str | None, new_path: str | None
) -> None:
    """Refuse a name or a path that whoever asks may not give: that of before is not enough.

    Raises:
        QueryError: AccessDenied
    """
    kind = "user" if isinstance(found, User) else "group"
    name, path = new_name or found.name, new_path or found.path
    if (name, path) != (found.name, found.path):
        about = About(resource_tags=found.tags) if isinstance(found, User) else NOTHING
        check(call, f"iam:Update{kind.capitalize()}", arn_in(call, kind, path + name), about)
