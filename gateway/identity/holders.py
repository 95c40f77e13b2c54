"""What has policies: users, groups and roles.  What is done to each alike is written once.

Requests name them by the member ``UserName``, ``GroupName`` or ``RoleName``.
"""

from typing import Any, Final

from gateway.call import Call
from gateway.identity.permission import About, arn_in, check
from storage.identity.entities import Holder
from storage.identity.errors import NoSuchEntity
from storage.identity.records import Group

KINDS: Final = ("user", "group", "role")
WITH_BOUNDARY: Final = ("user", "role")


def name_of(kind: str, ask: Any) -> str:
    """The name in a request."""
    name: str | None = getattr(ask, f"{kind}_name")
    assert name is not None, "the model requires it"
    return name


async def find(call: Call, kind: str, name: str) -> Holder | None:
    """The one of a name, None if there is none."""
    entities = call.services.directory.entities
    if kind == "user":
        return await entities.users.find(call.account.id, name)
    if kind == "group":
        return await entities.groups.find(call.account.id, name)
    return await entities.roles.find(call.account.id, name)


async def permitted(
    call: Call,
    action: str,
    kind: str,
    ask: Any,
    *,
    policy_arn: str | None = None,
    boundary: str | None = None,
) -> Holder:
    """The one that is meant, if whoever asks may do something to its policies.

    ``policy_arn`` is of the policy that is attached or detached, ``boundary`` what the
    boundary is to be.  Else iam:PermissionsBoundary is about the boundary that there is,
    so that somebody may be allowed to give permissions within it alone.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    name = name_of(kind, ask)
    found = await find(call, kind, name)
    given = {} if policy_arn is None else {"iam:policyarn": (policy_arn,)}
    tags = None
    if found is not None and not isinstance(found, Group):
        tags, boundary = found.tags, boundary or found.boundary
    if boundary:
        given["iam:permissionsboundary"] = (boundary,)
    resource = found.arn if found else arn_in(call, f"{kind}/", name)
    check(call, action, resource, About(resource_tags=tags, given=given))
    if found is None:
        raise NoSuchEntity.of(kind, name)
    return found
