"""Tags of users, roles, managed policies and OIDC providers.

Source: IAM API Reference, TagUser, UntagUser, ListUserTags, and the same of the
others; IAM User Guide, "Tags for IAM resources".
"""

from functools import partial
from typing import Any, Final, NamedTuple

from gateway.call import Call
from gateway.identity import named, policies, providers
from gateway.identity.common import given_tags, page_of, shown_tags
from gateway.identity.holders import name_of
from gateway.identity.permission import About
from gateway.query import types_iam as t
from gateway.query.registry import operation


class _Tagged(NamedTuple):
    """What has tags, as the directory finds it."""

    name: str
    tags: dict[str, str]


TITLES: Final = {
    "user": "User",
    "role": "Role",
    "policy": "Policy",
    "provider": "OpenIDConnectProvider",
}


async def _permitted(
    call: Call,
    action: str,
    kind: str,
    ask: Any,
    *,
    tags: dict[str, str] | None = None,
    keys: list[str] | None = None,
) -> _Tagged:
    """What is meant, if whoever asks may do something to its tags.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    asked, entities = About(request_tags=tags, tag_keys=keys), call.services.directory.entities
    if kind == "policy":
        policy = await policies.own_policy(call, action, ask.policy_arn, asked)
        return _Tagged(policy.name, policy.tags)
    if kind == "provider":
        arn = ask.open_id_connect_provider_arn
        provider = await providers.permitted(call, action, arn, asked)
        return _Tagged(provider.url, provider.tags)
    name = name_of(kind, ask)
    if kind == "user":
        user = await named.permitted(call, action, entities.users, name, asked)
        return _Tagged(user.name, user.tags)
    role = await named.permitted(call, action, entities.roles, name, asked)
    return _Tagged(role.name, role.tags)


async def _tag(kind: str, call: Call, ask: Any) -> None:
    """Add tags, or change their values."""
    tags = given_tags(ask.tags)
    found = await _permitted(call, f"iam:Tag{TITLES[kind]}", kind, ask, tags=tags)
    await call.services.directory.tags.put(call.account.id, kind, found.name, tags)


async def _untag(kind: str, call: Call, ask: Any) -> None:
    """Take tags away; those that are not there are none the less gone."""
    found = await _permitted(call, f"iam:Untag{TITLES[kind]}", kind, ask, keys=ask.tag_keys)
    await call.services.directory.tags.remove(call.account.id, kind, found.name, ask.tag_keys)


async def _list(kind: str, call: Call, ask: Any) -> Any:
    """All tags, in order of their keys."""
    found = await _permitted(call, f"iam:List{TITLES[kind]}Tags", kind, ask)
    page, marker = page_of(found.tags, str, ask.marker, ask.max_items)
    make = getattr(t, f"List{TITLES[kind]}TagsResponse")
    tags = shown_tags({key: found.tags[key] for key in page}) or []
    return make(tags=tags, is_truncated=marker is not None, marker=marker)


for _kind, _title in TITLES.items():
    operation("iam", f"Tag{_title}")(partial(_tag, _kind))
    operation("iam", f"Untag{_title}")(partial(_untag, _kind))
    operation("iam", f"List{_title}Tags")(partial(_list, _kind))
