"""What a call for temporary credentials passes on: session policies and session tags, checked.

Source: STS API Reference, AssumeRole, the members Policy, PolicyArns, Tags and
TransitiveTagKeys; IAM User Guide, "Session policies", "Pass session tags in AWS
STS".
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gateway.call import Call
from gateway.iam.builtin import POLICIES
from gateway.identity.common import given_tags
from gateway.identity.documents import check_identity_document
from gateway.query import types_sts as t
from gateway.query.constraints import Problems
from gateway.query.errors import QueryError
from gateway.sessions.tokens import Passed
from storage.identity.errors import IdentityError, NoSuchEntity
from storage.identity.names import split_arn
from storage.identity.tags import check_tags

# STS API Reference, AssumeRole, "Policy" and "PolicyArns".
POLICY_SIZE_MAX: Final = 2048
POLICY_ARNS_MAX: Final = 10


class Tagged(NamedTuple):
    """The tags of a session to be."""

    own: Mapping[str, str]  # that the call says
    transitive: tuple[str, ...]  # keys that further sessions get
    inherited: Mapping[str, str]  # that the session which asks hands on


def tagged(
    call: Call, tags: Sequence[t.Tag] | None, transitive: Sequence[str] | None = None
) -> Tagged:
    """The tags that a call says, and those that whoever asks hands on.

    Raises:
        QueryError: InvalidParameterValue
    """
    given = given_tags(tags, "InvalidParameterValue")
    session = call.principal.session if call.principal is not None else None
    inherited = {} if session is None else session.handed_on
    return checked_tags(given, transitive or (), inherited)


def checked_tags(
    given: Mapping[str, str], transitive: Sequence[str], inherited: Mapping[str, str]
) -> Tagged:
    """Tags, if they may be a session's.

    Raises:
        QueryError: InvalidParameterValue
    """
    try:
        check_tags({**given, **inherited})
    except IdentityError as error:
        raise QueryError("InvalidParameterValue", error.message) from None
    taken = {key.lower() for key in inherited}
    lower = {key.lower() for key in given}
    both = sorted(key for key in given if key.lower() in taken)
    if both:
        text = f"The tag {both[0]} was handed on by the session that asks, and cannot be set."
        raise QueryError("InvalidParameterValue", text)
    if not {key.lower() for key in transitive} <= lower | taken:
        text = "The specified transitive tag key must be included in the requested tags."
        raise QueryError("InvalidParameterValue", text)
    return Tagged(given, tuple(dict.fromkeys((*transitive, *inherited))), inherited)


async def passed(
    call: Call,
    account: str,
    policy: str | None,
    policy_arns: Sequence[t.PolicyDescriptorType] | None,
    tags: Mapping[str, str],
) -> Passed:
    """What a call passes on, for a session of an account.

    Raises:
        QueryError: ValidationError, MalformedPolicyDocument
    """
    if policy is not None:
        _check_size("policy", len(policy), POLICY_SIZE_MAX)
        await check_identity_document(policy)
    arns = tuple(dict.fromkeys(one.arn or "" for one in policy_arns or ()))
    _check_size("policyArns", len(arns), POLICY_ARNS_MAX)
    for arn in arns:
        await _check_policy(call, account, arn)
    return Passed(policy or "", arns, dict(tags))


async def _check_policy(call: Call, account: str, arn: str) -> None:
    """Refuse what is no managed policy of the session's account."""
    if arn in POLICIES:
        return
    named = split_arn(arn, "policy")
    try:
        if named is not None and named[0] == account:
            await call.services.directory.policies.get(arn)
            return
    except NoSuchEntity:
        pass
    text = f"ARN {arn} is not a managed policy of the account {account}."
    raise QueryError("MalformedPolicyDocument", text)


def _check_size(name: str, size: int, most: int) -> None:
    if size > most:
        problems = Problems()
        problems.add(None, name, f"Member must have length less than or equal to {most}")
        problems.check()
