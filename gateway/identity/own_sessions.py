"""Temporary credentials of whoever asks: his own, or for a federated user.

Source: STS API Reference, GetSessionToken and GetFederationToken.
"""

from typing import Final

from gateway.call import Call
from gateway.iam.principals import federated_of
from gateway.identity.grants import give
from gateway.identity.mfa import check_no_device
from gateway.identity.passed import passed, tagged
from gateway.identity.permission import About, check
from gateway.query import types_sts as t
from gateway.query.registry import operation
from gateway.sessions.tokens import Kind

SECONDS: Final = 12 * 3600  # if none are asked for, and whoever asks is a user
SECONDS_OF_ROOT: Final = 3600  # of an account itself, by itself and at most


@operation("sts", "GetSessionToken", refused=("MinimumSessionTokenSize",))
async def get_session_token(call: Call, ask: t.GetSessionTokenRequest) -> t.GetSessionTokenResponse:
    """Credentials that may do what whoever asks may; no permission is needed."""
    parent = _own_key(call)
    check_no_device(ask.serial_number, ask.token_code)
    given = await give(
        call,
        Kind.USER,
        account=call.account.id,
        issuer=call.who.user_id,
        seconds=_seconds(call, ask.duration_seconds),
        parent=parent,
    )
    return t.GetSessionTokenResponse(credentials=given.credentials)


@operation("sts", "GetFederationToken", refused=("MinimumSessionTokenSize",))
async def get_federation_token(
    call: Call, ask: t.GetFederationTokenRequest
) -> t.GetFederationTokenResponse:
    """Credentials for somebody else, who may do what both his policies and those of the user let.

    Without policies he may do what those of a resource give him.
    """
    assert ask.name is not None, "the model requires it"
    parent = _own_key(call)
    account = call.account
    who = federated_of(account.id, account.canonical_id, name=ask.name, issuer=call.who.arn)
    tags = tagged(call, ask.tags)
    about = About(request_tags=tags.own or None, given=_asked(ask))
    check(call, "sts:GetFederationToken", who.arn, about)
    if tags.own:
        check(call, "sts:TagSession", who.arn, about)
    given = await give(
        call,
        Kind.FEDERATED,
        account=account.id,
        issuer=call.who.user_id,
        name=ask.name,
        seconds=_seconds(call, ask.duration_seconds),
        parent=parent,
        passed=await passed(call, account.id, ask.policy, ask.policy_arns, tags.own),
        tags=tags,
    )
    return t.GetFederationTokenResponse(
        credentials=given.credentials,
        federated_user=t.FederatedUser(federated_user_id=who.user_id, arn=who.arn),
        packed_policy_size=given.packed_policy_size,
    )


def _asked(ask: t.GetFederationTokenRequest) -> dict[str, tuple[str, ...]]:
    seconds = ask.duration_seconds
    return {} if seconds is None else {"sts:durationseconds": (str(seconds),)}


def _own_key(call: Call) -> str:
    assert call.principal is not None, "nobody else comes so far"
    assert call.principal.session is None, "sessions are refused before (callers)"
    return call.principal.access_key


def _seconds(call: Call, asked: int | None) -> int:
    if call.who.is_root:
        return min(asked or SECONDS_OF_ROOT, SECONDS_OF_ROOT)
    return asked or SECONDS
