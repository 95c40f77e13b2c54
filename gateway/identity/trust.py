"""Whether somebody may have a session of a role: its trust policy decides, and his own policies.

Source: IAM User Guide, "Roles terms and concepts"; Service Authorization
Reference, "Actions, resources, and condition keys for AWS Security Token
Service".
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from gateway.call import Call
from gateway.iam.decision import TRUST, authorize_trust
from gateway.iam.evaluate import Request, Source
from gateway.iam.keys import Facts, Lazy
from gateway.iam.policy import MalformedPolicy, Policy
from gateway.iam.principals import Who
from gateway.iam.trust_policy import compile_trust_policy
from gateway.identity.passed import Tagged
from gateway.identity.permission import About, facts_of
from storage.identity.names import split_arn
from storage.identity.records import Role

_COMPILED_MAX: Final = 256  # of at most some 8 KiB each
_NOBODY: Final = b'{"Statement":{"Effect":"Deny","Principal":"*","Action":"sts:*"}}'


class Wish(NamedTuple):
    """What is asked for with a role."""

    action: str  # "sts:AssumeRole"
    session: str
    tags: Tagged
    external_id: str | None = None
    source_identity: str = ""
    seconds: int | None = None
    claims: Mapping[str, tuple[str, ...]] | None = None  # of a web identity


async def find_role(call: Call, arn: str) -> Role | None:
    """The role of exactly this ARN, of whichever account; None if there is none."""
    named = split_arn(arn, "role")
    if named is None:
        return None
    found = await call.services.directory.entities.roles.find(named[0], named[2])
    return found if found is not None and found.arn == arn else None


def denied(call: Call, who: Who, role: Role, wish: Wish) -> str | None:
    """The action that somebody is not allowed of those that he needs, None if he is them all."""
    identity = None
    if call.principal is not None and not who.provider:
        identity = call.principal.identity
    known = Lazy(lambda: _facts(call, who, role, wish))
    trust = Source(TRUST, _compiled(role.trust))
    for action in _needed(wish):
        request = Request(who, action, role.arn, known.value)
        call.decided = authorize_trust(request, role.account, identity, trust)
        call.about = call.about or role.arn
        if not call.decided.allowed:
            return action
    return None


def _needed(wish: Wish) -> Iterator[str]:
    """What is asked for needs permissions of its own.

    Source: IAM User Guide, "Pass session tags in AWS STS"; "Monitor and control actions taken
    with assumed roles", which want them for what is handed on, too.
    """
    yield wish.action
    if wish.tags.own or wish.tags.inherited:
        yield "sts:TagSession"
    if wish.source_identity:
        yield "sts:SetSourceIdentity"


def _facts(call: Call, who: Who, role: Role, wish: Wish) -> Facts:
    given: dict[str, tuple[str, ...]] = {"sts:rolesessionname": (wish.session,)}
    if wish.external_id is not None:
        given["sts:externalid"] = (wish.external_id,)
    if wish.source_identity:
        given["sts:sourceidentity"] = (wish.source_identity,)
    if wish.seconds is not None:
        given["sts:durationseconds"] = (str(wish.seconds),)
    if wish.tags.transitive:
        given["sts:transitivetagkeys"] = wish.tags.transitive
    tags = {**wish.tags.own, **wish.tags.inherited}
    about = About(request_tags=tags or None, resource_tags=role.tags, given=given)
    facts = replace(facts_of(call, role.account, about), who=who)
    if wish.claims is None:
        return facts
    # Whoever comes with a token is what it says, whoever signs the request beside.
    return replace(facts, claims=wish.claims, session=None, principal_tags=None)


@lru_cache(maxsize=_COMPILED_MAX)
def _compiled(document: str) -> Policy:
    """A trust policy; one that can no longer be read trusts nobody."""
    try:
        return compile_trust_policy(document.encode())
    except MalformedPolicy:
        return compile_trust_policy(_NOBODY)
