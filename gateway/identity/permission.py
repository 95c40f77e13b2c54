"""Whether whoever asks may do something to an identity: each operation asks, once it knows what.

Source: Service Authorization Reference, "Actions, resources, and condition keys
for AWS Identity and Access Management".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.call import Call
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


def check(call: Call, action: str, resource: str, about: About = NOTHING) -> None:
    """Refuse what whoever asks has no permission for; ``resource`` is an ARN.

    Raises:
        QueryError: AccessDenied
    """
    del about  # only policies look at it, and an account itself has none
    who = call.who
    if not who.is_root:
        why = f"because no identity-based policy allows the {action} action"
        raise access_denied(who.arn, action, resource, why)


def arn_in(call: Call, kind: str, rest: str) -> str:
    """The ARN of what an account has or is to have: ``rest`` is path and name."""
    return f"arn:aws:iam::{call.account.id}:{kind}{rest}"
