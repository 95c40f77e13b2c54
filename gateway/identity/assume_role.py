"""AssumeRole: a session of a role, for whom its trust policy names.

Source: STS API Reference, AssumeRole; IAM User Guide, "Roles terms and
concepts", "Role chaining"; "Access to AWS accounts owned by third parties", on
the external id.
"""

from typing import Final

from gateway.call import Call
from gateway.iam.principals import ACCOUNT, ASSUMED_ROLE, session_of
from gateway.identity.grants import Given, give
from gateway.identity.mfa import check_no_device
from gateway.identity.passed import passed, tagged
from gateway.identity.trust import Wish, denied, find_role
from gateway.query import types_sts as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from gateway.sessions.tokens import Kind
from storage.identity.names import split_arn
from storage.identity.records import Role

ACTION: Final = "sts:AssumeRole"
SECONDS: Final = 3600  # if none are asked for
CHAINED_SECONDS_MAX: Final = 3600


@operation("sts", "AssumeRole", refused=("ProvidedContexts", "MinimumSessionTokenSize"))
async def assume_role(call: Call, ask: t.AssumeRoleRequest) -> t.AssumeRoleResponse:
    """Credentials of a session, within what its policies allow of what the role's do."""
    assert ask.role_arn is not None, "the model requires it"
    assert ask.role_session_name is not None, "the model requires it"
    _check_caller(call)
    check_arn(ask.role_arn)
    check_no_device(ask.serial_number, ask.token_code)
    source_identity = _source_identity(call, ask.source_identity)
    wish = Wish(
        ACTION,
        ask.role_session_name,
        tagged(call, ask.tags, ask.transitive_tag_keys),
        ask.external_id,
        source_identity,
        ask.duration_seconds,
    )
    role = await find_role(call, ask.role_arn)
    refused = ACTION if role is None else denied(call, call.who, role, wish)
    if role is None or refused is not None:
        text = f"User: {call.who.arn} is not authorized to perform: {refused} on resource: "
        raise QueryError("AccessDenied", text + ask.role_arn)
    _check_chained(call, ask.duration_seconds)
    given = await give_session(call, role, ask, wish)
    return t.AssumeRoleResponse(
        credentials=given.credentials,
        assumed_role_user=assumed(role, ask.role_session_name),
        packed_policy_size=given.packed_policy_size,
        source_identity=source_identity or None,
    )


async def give_session(
    call: Call,
    role: Role,
    ask: t.AssumeRoleRequest | t.AssumeRoleWithWebIdentityRequest,
    wish: Wish,
    provider: str = "",
) -> Given:
    """Give credentials of a role's session out, which it was decided may be had.

    Raises:
        QueryError: ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge
    """
    _check_seconds(role, wish.seconds)
    return await give(
        call,
        Kind.ROLE,
        account=role.account,
        issuer=role.id,
        name=wish.session,
        seconds=wish.seconds or SECONDS,
        passed=await passed(call, role.account, ask.policy, ask.policy_arns, wish.tags.own),
        tags=wish.tags,
        source_identity=wish.source_identity,
        provider=provider,
        claims=wish.claims,
    )


def assumed(role: Role, session: str) -> t.AssumedRoleUser:
    """A session of a role, as answers have it."""
    who = session_of(role.account, "", role_id=role.id, role_arn=role.arn, session=session)
    return t.AssumedRoleUser(assumed_role_id=who.user_id, arn=who.arn)


def check_arn(arn: str) -> None:
    """Refuse what is no role's ARN.

    Raises:
        QueryError: ValidationError
    """
    if split_arn(arn, "role") is None:
        raise QueryError("ValidationError", "Request ARN is invalid")


def _check_seconds(role: Role, asked: int | None) -> None:
    """Refuse a session that is too long.

    Raises:
        QueryError: ValidationError
    """
    if asked is not None and asked > role.session_s:
        text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise QueryError("ValidationError", text)


def _check_chained(call: Call, asked: int | None) -> None:
    """Refuse a session of more than an hour that a role's session asks for."""
    if asked is not None and asked > CHAINED_SECONDS_MAX and call.who.kind == ASSUMED_ROLE:
        text = (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
        raise QueryError("ValidationError", text)


def _check_caller(call: Call) -> None:
    """An account itself assumes no role.

    Source: IAM User Guide, "Methods to assume a role"; STS's answers.
    """
    if call.who.kind == ACCOUNT:
        raise QueryError("AccessDenied", "Roles may not be assumed by root accounts.")


def _source_identity(call: Call, asked: str | None) -> str:
    """The source identity of the session to be: what was once set stays.

    Raises:
        QueryError: AccessDenied

    Source: IAM User Guide, "Monitor and control actions taken with assumed roles".
    """
    session = call.principal.session if call.principal is not None else None
    before = session.source_identity if session is not None else ""
    if before and asked is not None and asked != before:
        text = "The source identity of a session cannot be changed by those that it begins."
        raise QueryError("AccessDenied", text)
    return before or asked or ""
