"""Whether whoever asks may do something to an identity: each operation asks, once it knows what.

Identities have no policies that say who may change them: what decides is who
asks, and his own policies.

Source: Service Authorization Reference, "Actions, resources, and condition keys
for AWS Identity and Access Management"; IAM User Guide, "Troubleshoot access
denied error messages".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway import facts
from gateway.call import Call
from gateway.iam.decision import Decision, authorize_account
from gateway.iam.evaluate import Effect, Request
from gateway.iam.identity import BOUNDARY, SESSION
from gateway.iam.keys import Facts, Lazy
from gateway.identity.denials import details
from gateway.query.errors import access_denied
from storage.identity.names import is_account

_HEADERS: Final = (b"referer", b"user-agent")  # that condition keys are named after
_KINDS: Final = {BOUNDARY: "permissions boundary", SESSION: "session policy"}
_OWN: Final = "identity-based policy"


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


def check(call: Call, action: str, resource: str, about: About = NOTHING) -> None:
    """Refuse what whoever asks has no permission for; ``resource`` is an ARN.

    Raises:
        QueryError: AccessDenied
    """
    request = _request(call, action, resource, about)
    decision = _decided(call, request)
    call.decided, call.about = decision, call.about or resource
    if not decision.allowed:
        why = _why(decision, action)
        if _owner_of(call, resource) != call.account.id:
            why = f"because no resource-based policy allows the {action} action"
        raise access_denied(call.who.arn, action, resource, why, details(request, decision))


def decide(call: Call, action: str, resource: str, about: About = NOTHING) -> Decision:
    """What whoever asks may do; to what is of another account's, nothing.

    Raises:
        ProtocolError: AccessDenied, nobody asks
    """
    return _decided(call, _request(call, action, resource, about))


def _request(call: Call, action: str, resource: str, about: About) -> Request:
    known = Lazy(lambda: facts_of(call, call.account.id, about), lambda: facts.of_caller(call))
    return Request(call.who, action, resource, known.value)


def _decided(call: Call, request: Request) -> Decision:
    identity = call.principal.identity if call.principal is not None else None
    return authorize_account(request, _owner_of(call, request.resource), identity)


def _owner_of(call: Call, resource: str) -> str:
    """The account in an ARN; what names none, or is of AWS, is there for each."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and is_account(parts[4]) else call.account.id


def facts_of(call: Call, owner: str, about: About) -> Facts:
    """What condition keys are filled with; ``owner`` is the account of what it is about."""
    return replace(
        facts.of(call),
        headers={name: call.headers[name] for name in _HEADERS if name in call.headers},
        owner=owner,
        given_tags=about.request_tags,
        tag_keys=about.tag_keys,
        resource_tags=about.resource_tags,
        given=about.given,
    )


def _why(decision: Decision, action: str) -> str:
    """What did not allow it, or denied it, as IAM says so."""
    if decision.verdict.effect is Effect.DENY:
        kind = _KINDS.get(decision.verdict.kind, _OWN)
        return f"with an explicit deny in {'a' if kind != _OWN else 'an'} {kind}"
    kind = _KINDS.get(decision.by, _OWN)
    return f"because no {kind} allows the {action} action"


def arn_in(call: Call, kind: str, rest: str) -> str:
    """The ARN of what an account has or is to have: ``rest`` is path and name."""
    return f"arn:aws:iam::{call.account.id}:{kind}{rest}"
