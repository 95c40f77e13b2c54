"""Inline policies of users, groups and roles.

Source: IAM API Reference, PutUserPolicy, GetUserPolicy, ListUserPolicies,
DeleteUserPolicy, and the same of groups and roles.
"""

from functools import partial
from typing import Any

from gateway.call import Call
from gateway.identity.common import page_of, shown_document
from gateway.identity.documents import check_identity_document
from gateway.identity.holders import KINDS, permitted
from gateway.query import types_iam as t
from gateway.query.registry import operation


async def _put(kind: str, call: Call, ask: Any) -> None:
    """Add a policy, or replace the one of that name."""
    holder = await permitted(call, f"iam:Put{kind.capitalize()}Policy", kind, ask)
    await check_identity_document(ask.policy_document)
    await call.services.directory.inlines.put(
        call.account.id, kind, holder.name, ask.policy_name, ask.policy_document
    )


async def _get(kind: str, call: Call, ask: Any) -> Any:
    """A policy's document."""
    holder = await permitted(call, f"iam:Get{kind.capitalize()}Policy", kind, ask)
    document = await call.services.directory.inlines.get(
        call.account.id, kind, holder.name, ask.policy_name
    )
    make = getattr(t, f"Get{kind.capitalize()}PolicyResponse")
    return make(
        policy_name=ask.policy_name,
        policy_document=shown_document(document),
        **{f"{kind}_name": holder.name},
    )


async def _list(kind: str, call: Call, ask: Any) -> Any:
    """The names of all of somebody's policies."""
    holder = await permitted(call, f"iam:List{kind.capitalize()}Policies", kind, ask)
    names = await call.services.directory.inlines.all(holder)
    page, marker = page_of(names, str, ask.marker, ask.max_items)
    make = getattr(t, f"List{kind.capitalize()}PoliciesResponse")
    return make(policy_names=page, is_truncated=marker is not None, marker=marker)


async def _delete(kind: str, call: Call, ask: Any) -> None:
    """Take a policy away."""
    holder = await permitted(call, f"iam:Delete{kind.capitalize()}Policy", kind, ask)
    await call.services.directory.inlines.delete(
        call.account.id, kind, holder.name, ask.policy_name
    )


for _kind in KINDS:
    _title = _kind.capitalize()
    operation("iam", f"Put{_title}Policy")(partial(_put, _kind))
    operation("iam", f"Get{_title}Policy")(partial(_get, _kind))
    operation("iam", f"List{_title}Policies")(partial(_list, _kind))
    operation("iam", f"Delete{_title}Policy")(partial(_delete, _kind))
