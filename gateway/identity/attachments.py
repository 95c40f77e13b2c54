"""Managed policies attached to users, groups and roles, and set as their boundaries.

Source: IAM API Reference, AttachUserPolicy, DetachUserPolicy,
ListAttachedUserPolicies, PutUserPermissionsBoundary,
DeleteUserPermissionsBoundary, and the same of groups and roles;
ListEntitiesForPolicy; IAM User Guide, "Permissions boundaries".
"""

from functools import partial
from typing import Any

from gateway.call import Call
from gateway.identity import managed, policies
from gateway.identity.common import page_of
from gateway.identity.holders import KINDS, WITH_BOUNDARY, permitted
from gateway.query import types_iam as t
from gateway.query.registry import operation
from storage.identity.entities import Holder, kind_of
from storage.identity.names import split_arn


async def _change(verb: str, kind: str, call: Call, ask: Any) -> None:
    """Attach a policy, or detach one; to attach what is attached changes nothing."""
    action = f"iam:{verb}{kind.capitalize()}Policy"
    arn = await managed.written(call, ask.policy_arn)
    holder = await permitted(call, action, kind, ask, policy_arn=arn)
    managed.check_arn(arn)
    attachments = call.services.directory.attachments
    change = attachments.attach if verb == "Attach" else attachments.detach
    await change(call.account.id, kind, holder.name, arn)


def shown_attached(holder: Holder) -> list[t.AttachedPolicy]:
    """What is attached to somebody."""
    return [
        t.AttachedPolicy(policy_name=arn.rpartition("/")[2], policy_arn=arn)
        for arn in holder.attached
    ]


async def _list(kind: str, call: Call, ask: Any) -> Any:
    """What is attached to somebody, in order of names, whose path begins so."""
    holder = await permitted(call, f"iam:ListAttached{kind.capitalize()}Policies", kind, ask)
    prefix = ask.path_prefix or "/"
    found = [one for one in shown_attached(holder) if _path(one).startswith(prefix)]
    page, marker = page_of(
        found, lambda one: f"{one.policy_name} {one.policy_arn}", ask.marker, ask.max_items
    )
    make = getattr(t, f"ListAttached{kind.capitalize()}PoliciesResponse")
    return make(attached_policies=page, is_truncated=marker is not None, marker=marker)


def _path(policy: t.AttachedPolicy) -> str:
    parts = split_arn(policy.policy_arn or "", "policy")
    assert parts is not None, "what is attached has an ARN"
    return parts[1]


async def _set_boundary(kind: str, call: Call, ask: Any) -> None:
    """Let nothing be allowed that a policy does not allow."""
    action = f"iam:Put{kind.capitalize()}PermissionsBoundary"
    arn = await managed.written(call, ask.permissions_boundary)
    holder = await permitted(call, action, kind, ask, boundary=arn)
    managed.check_arn(arn)
    await call.services.directory.attachments.set_boundary(call.account.id, kind, holder.name, arn)


async def _take_boundary(kind: str, call: Call, ask: Any) -> None:
    """Take somebody's boundary away, which widens what he may do."""
    action = f"iam:Delete{kind.capitalize()}PermissionsBoundary"
    holder = await permitted(call, action, kind, ask)
    await call.services.directory.attachments.set_boundary(call.account.id, kind, holder.name, "")


@operation("iam", "ListEntitiesForPolicy")
async def list_entities_for_policy(
    call: Call, ask: t.ListEntitiesForPolicyRequest
) -> t.ListEntitiesForPolicyResponse:
    """To what a policy is attached, or of what it is the boundary."""
    found = await policies.permitted(call, "iam:ListEntitiesForPolicy", ask.policy_arn)
    uses = await call.services.directory.attachments.uses(call.account.id, found.arn)
    holders: list[Holder] = []
    if ask.policy_usage_filter != policies.BOUNDARIES:
        holders += uses.attached
    if ask.policy_usage_filter != policies.PERMISSIONS:
        holders += [one for one in uses.bounded if one not in holders]
    kinds = {"User": "user", "Role": "role", "Group": "group"}
    wanted = [
        one
        for one in holders
        if one.path.startswith(ask.path_prefix or "/")
        and (ask.entity_filter is None or kinds.get(ask.entity_filter) == kind_of(one))
    ]
    page, marker = page_of(
        wanted, lambda one: f"{kind_of(one)} {one.name}", ask.marker, ask.max_items
    )
    return t.ListEntitiesForPolicyResponse(
        policy_groups=[
            t.PolicyGroup(group_name=one.name, group_id=one.id)
            for one in page
            if kind_of(one) == "group"
        ],
        policy_users=[
            t.PolicyUser(user_name=one.name, user_id=one.id)
            for one in page
            if kind_of(one) == "user"
        ],
        policy_roles=[
            t.PolicyRole(role_name=one.name, role_id=one.id)
            for one in page
            if kind_of(one) == "role"
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


for _kind in KINDS:
    _title = _kind.capitalize()
    for _verb in ("Attach", "Detach"):
        operation("iam", f"{_verb}{_title}Policy")(partial(_change, _verb, _kind))
    operation("iam", f"ListAttached{_title}Policies")(partial(_list, _kind))
for _kind in WITH_BOUNDARY:
    _title = _kind.capitalize()
    operation("iam", f"Put{_title}PermissionsBoundary")(partial(_set_boundary, _kind))
    operation("iam", f"Delete{_title}PermissionsBoundary")(partial(_take_boundary, _kind))
