"""One decision out of what a resource gives and what whoever asks has of his own.

Source: IAM User Guide, "Policy evaluation for requests within a single
account" and "Cross-account policy evaluation logic".
"""

from typing import Final, NamedTuple

from gateway.iam.evaluate import SILENT, Effect, Request, Source, Verdict, evaluate
from gateway.iam.identity import POLICY, SCOPE, Identity, Opinion, opinion
from gateway.iam.principals import Level

DENY: Final = "explicit deny"
OWNER: Final = "owner"
NOTHING: Final = "nothing"
TRUST: Final = "trust policy"

# Members of an enumeration are slow to look up.
_NONE: Final = Level.NONE
_ROLE: Final = Level.ROLE
_DIRECT: Final = Level.DIRECT
_DENIED: Final = Effect.DENY
_ALLOW: Final = Effect.ALLOW


class Decision(NamedTuple):
    """Whether it is allowed, and by what."""

    allowed: bool
    # "owner", "policy", "bucket ACL", "object ACL", "identity policy", "trust policy"; of what is
    # refused "explicit deny", the limit that does not allow it, or "nothing".
    by: str
    verdict: Verdict = SILENT  # the statement that decided
    other: Verdict = SILENT  # across accounts: the statement that allows it in his own


class Given(NamedTuple):
    """What a resource, or its owner, gives to whoever asks."""

    level: Level = Level.NONE
    by: str = NOTHING
    verdict: Verdict = SILENT


def scoped(identity: Identity | None, request: Request) -> Decision | None:
    """The refusal of a key's scope, None if it has none or lets the request pass."""
    if identity is None or identity.scope is None:
        return None
    found = evaluate(identity.scope, request)
    if found.effect is _ALLOW:
        return None
    return Decision(False, DENY if found.effect is _DENIED else SCOPE, found)


def weigh(
    identity: Identity, request: Request, given: Given, *, is_own: bool, trusts: bool = True
) -> Decision:
    """Decide for whoever is not the account itself; the resource has denied nothing.

    ``is_own``: the resource is of his account.  ``trusts``: then the account's own policies
    are enough, without the resource saying anything (a role's trust has to).

    Within the account one of both has to allow, and what a resource gives him directly no
    boundary and no session policy limits unless it denies; what it gives to the role or the
    user behind his session they do limit.  Across accounts both have to allow.
    """
    own = opinion(identity, request)
    if own.verdict.effect is _DENIED:
        return Decision(False, DENY, own.verdict)
    if is_own:
        if given.level is _DIRECT or (given.level is _ROLE and not own.limit):
            return Decision(True, given.by, given.verdict)
        if own.allows and (trusts or given.level is not _NONE):
            return Decision(True, POLICY, own.verdict, given.verdict)
    elif own.allows and given.level is not _NONE:
        return Decision(True, given.by, given.verdict, own.verdict)
    return Decision(False, _lacking(own, given), SILENT)


def _lacking(own: Opinion, given: Given) -> str:
    """What would have had to allow it besides."""
    is_entitled = own.verdict.effect is _ALLOW or given.level is _ROLE
    return own.limit if own.limit and is_entitled else NOTHING


def authorize_account(request: Request, owner: str, identity: Identity | None) -> Decision:
    """Decide what is done to an account, or to what no policy of its own protects.

    ``owner`` is the account that the resource is of: 12 digits.  For s3:ListAllMyBuckets,
    s3:CreateBucket and all actions of IAM; of STS for those that no trust policy decides.
    """
    refusal = scoped(identity, request)
    if refusal is not None:
        return refusal
    is_own = bool(request.who.account) and request.who.account == owner
    if identity is None or request.who.is_root:
        return Decision(is_own and request.who.is_root, OWNER if is_own else NOTHING)
    return weigh(identity, request, Given(), is_own=is_own)


def authorize_trust(
    request: Request, owner: str, identity: Identity | None, trust: Source
) -> Decision:
    """Decide whether somebody may have a session of a role, whose trust policy this is.

    ``owner`` is the role's account.  The trust policy has to name whoever asks, or his account,
    whose policies have to allow it then, too; across accounts they always have to.  Whoever comes
    with a web identity is ``principals.identified_by`` its provider, and has no identity here.

    Source: IAM User Guide, "Roles terms and concepts", "Trust policy"; "Cross-account policy
    evaluation logic"; STS API Reference, AssumeRole.
    """
    refusal = scoped(identity, request)
    if refusal is not None:
        return refusal
    who = request.who
    found = evaluate((trust,), request)
    if found.effect is _DENIED:
        return Decision(False, DENY, found)
    given = Given(found.level, TRUST, found)
    if identity is None or who.is_root:
        is_given = given.level is not _NONE
        return Decision(is_given, TRUST if is_given else NOTHING, found)
    return weigh(identity, request, given, is_own=who.account == owner, trusts=False)
