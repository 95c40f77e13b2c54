"""Roles.

Source: IAM API Reference, CreateRole, GetRole, ListRoles, UpdateRole,
UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole.
"""

from gateway.call import Call
from gateway.identity import named
from gateway.identity.common import shown_boundary, shown_document, shown_tags
from gateway.identity.documents import check_trust_document
from gateway.query import types_iam as t
from gateway.query.registry import operation
from storage.identity.quotas import SESSION_S_MIN
from storage.identity.records import LastUsed, Role


def shown(role: Role, used: LastUsed | None = None, *, whole: bool = True) -> t.Role:
    """As answers have a role; lists leave out boundary, tags and when it was last used."""
    last = t.RoleLastUsed()
    if used is not None:
        last = t.RoleLastUsed(last_used_date=used.used_ms, region=used.region)
    return t.Role(
        path=role.path,
        role_name=role.name,
        role_id=role.id,
        arn=role.arn,
        create_date=role.created_ms,
        assume_role_policy_document=shown_document(role.trust),
        description=role.description or None,
        max_session_duration=role.session_s,
        permissions_boundary=shown_boundary(role.boundary) if whole else None,
        tags=shown_tags(role.tags) if whole else None,
        role_last_used=last if whole else None,
    )


async def _permitted(call: Call, action: str, name: str | None) -> Role:
    assert name is not None, "the model requires it"
    return await named.permitted(call, action, call.services.directory.entities.roles, name)


@operation("iam", "CreateRole")
async def create_role(call: Call, ask: t.CreateRoleRequest) -> t.CreateRoleResponse:
    """Make a role that those may assume whom its trust policy names."""
    assert ask.role_name is not None, "the model requires it"
    assert ask.assume_role_policy_document is not None, "the model requires it"
    new = await named.to_be_made(call, "role", ask.role_name, ask)
    await check_trust_document(ask.assume_role_policy_document)
    role = await call.services.directory.roles.create(
        call.account.id,
        ask.role_name,
        ask.assume_role_policy_document,
        path=new.path,
        description=ask.description or "",
        session_s=ask.max_session_duration or SESSION_S_MIN,
        tags=new.tags,
        boundary=new.boundary,
    )
    made = shown(role)
    made.role_last_used = None  # nobody can have used it
    return t.CreateRoleResponse(role=made)


@operation("iam", "GetRole")
async def get_role(call: Call, ask: t.GetRoleRequest) -> t.GetRoleResponse:
    """A role, and when it was last assumed."""
    role = await _permitted(call, "iam:GetRole", ask.role_name)
    used = await call.services.directory.roles.last_used(role)
    return t.GetRoleResponse(role=shown(role, used))


@operation("iam", "ListRoles")
async def list_roles(call: Call, ask: t.ListRolesRequest) -> t.ListRolesResponse:
    """Roles in order of their names, whose path begins so."""
    entities = call.services.directory.entities
    roles, marker = await named.page(call, "iam:ListRoles", entities.roles, ask)
    return t.ListRolesResponse(
        roles=[shown(role, whole=False) for role in roles],
        is_truncated=marker is not None,
        marker=marker,
    )


@operation("iam", "UpdateRole")
async def update_role(call: Call, ask: t.UpdateRoleRequest) -> t.UpdateRoleResponse:
    """Change a role's description or its longest session; what is not given stays."""
    role = await _permitted(call, "iam:UpdateRole", ask.role_name)
    await call.services.directory.roles.update(
        call.account.id,
        role.name,
        description=ask.description,
        session_s=ask.max_session_duration,
    )
    return t.UpdateRoleResponse()


@operation("iam", "UpdateRoleDescription")
async def update_role_description(
    call: Call, ask: t.UpdateRoleDescriptionRequest
) -> t.UpdateRoleDescriptionResponse:
    """Change a role's description alone."""
    found = await _permitted(call, "iam:UpdateRoleDescription", ask.role_name)
    role = await call.services.directory.roles.update(
        call.account.id, found.name, description=ask.description
    )
    return t.UpdateRoleDescriptionResponse(role=shown(role))


@operation("iam", "UpdateAssumeRolePolicy")
async def update_assume_role_policy(call: Call, ask: t.UpdateAssumeRolePolicyRequest) -> None:
    """Say anew who may assume a role."""
    assert ask.policy_document is not None, "the model requires it"
    role = await _permitted(call, "iam:UpdateAssumeRolePolicy", ask.role_name)
    await check_trust_document(ask.policy_document)
    await call.services.directory.roles.update(
        call.account.id, role.name, trust=ask.policy_document
    )


@operation("iam", "DeleteRole")
async def delete_role(call: Call, ask: t.DeleteRoleRequest) -> None:
    """Delete a role without policies."""
    role = await _permitted(call, "iam:DeleteRole", ask.role_name)
    await call.services.directory.roles.delete(call.account.id, role.name)
