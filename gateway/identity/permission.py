"""Whether whoever asks may do something to an identity: each operation asks, once it knows what.

Source: Service Authorization Reference, "Actions, resources, and condition keys
for AWS Identity and Access Management".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway import facts
from gateway.call import Call
from gateway.iam.decision import DENY, Decision, authorize_account
from gateway.iam.evaluate import Request
from gateway.iam.identity import BOUNDARY, POLICY, SCOPE, SESSION
from gateway.iam.keys import Facts, Lazy
from gateway.query.errors import access_denied


@dataclass(frozen=True, slots=True)
class About:
    """What condition keys say of a request, beside what is known of every one."""

    request_tags: Mapping[str, str] | None = None  # aws:RequestTag, aws:TagKeys
    tag_keys: Sequence[str] | None = None  # that are to be taken away: aws:TagKeys
    resource_tags: Mapping[str, str] | None = None  # aws:ResourceTag, iam:ResourceTag
    given: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # "iam:policyarn", lower case


NOTHING: Final = About()

# What AWS calls the policies that a refusal may come from.
_KINDS: Final = {
    POLICY: "identity-based policy",
    BOUNDARY: "permissions boundary",
    SESSION: "session policy",
    SCOPE: "session policy",
}


def check(call: Call, action: str, resource: str, about: About = NOTHING) -> None:
    """Refuse what whoever asks has no permission for; ``resource`` is an ARN.

    Raises:
        QueryError: AccessDenied
    """
    identity = None if call.principal is None else call.principal.identity
    known = Lazy(lambda: _facts(call, about))
    request = Request(call.who, action, resource, known.value)
    decision = authorize_account(request, call.account.id, identity)
    if not decision.allowed:
        raise access_denied(call.who.arn, action, resource, why(decision, action))


def why(decision: Decision, action: str) -> str:
    """The end of what AWS says.

    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    kind = _KINDS.get(decision.verdict.kind or decision.by, _KINDS[POLICY])
    if decision.by == DENY:
        return f"with an explicit deny in {_article(kind)} {kind}"
    return f"because no {kind} allows the {action} action"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _facts(call: Call, about: About) -> Facts:
    return replace(
        facts.of(call),
        given_tags=about.request_tags,
        tag_keys=about.tag_keys,
        resource_tags=about.resource_tags,
        given=about.given,
    )


def arn_in(call: Call, kind: str, rest: str) -> str:
    """The ARN of what an account has or is to have: ``rest`` is path and name."""
    return f"arn:aws:iam::{call.account.id}:{kind}{rest}"
