"""Temporary credentials are given out: a token is made, and told with its keys.

Source: STS API Reference, the type Credentials; AssumeRole, "PackedPolicySize".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.call import Call
from gateway.identity.passed import Tagged
from gateway.query import types_sts as t
from gateway.query.errors import QueryError
from gateway.sessions.tokens import (
    TOKEN_MAX,
    Kind,
    Passed,
    Token,
    TooLong,
    pack,
    percent,
)

_SECOND_MS: Final = 1000
_FULL: Final = 100  # percent


class Given(NamedTuple):
    """What is answered of credentials that were given out."""

    credentials: t.Credentials
    packed_policy_size: int | None  # percent; None where nothing was passed


async def give(
    call: Call,
    kind: Kind,
    *,
    account: str,
    issuer: str,
    name: str = "",
    seconds: int,
    parent: str = "",
    passed: Passed | None = None,
    tags: Tagged | None = None,
    source_identity: str = "",
    provider: str = "",
    claims: Mapping[str, tuple[str, ...]] | None = None,
) -> Given:
    """Give credentials out, for so many seconds from now.

    Raises:
        QueryError: PackedPolicyTooLarge
        MasterKeyMissing, StoreUnavailable
    """
    tokens = call.services.tokens
    access_key, secret = tokens.new_key(account)
    now_ms = call.services.clock.now_ms()
    passed = passed or Passed()
    inherited = Passed(tags=dict(tags.inherited)) if tags is not None else Passed()
    token = Token(
        kind,
        access_key,
        secret,
        account,
        issuer,
        name,
        now_ms,
        # Answers show whole seconds.
        (now_ms // _SECOND_MS + seconds) * _SECOND_MS,
        parent,
        pack(passed),
        pack(inherited),
        tags.transitive if tags is not None else (),
        source_identity,
        provider,
        dict(claims or {}),
    )
    size = percent(token)
    if size > _FULL:
        raise _too_large(size)
    try:
        text = await tokens.seal(token)
    except TooLong as error:
        raise _too_large(-(-_FULL * error.length // TOKEN_MAX)) from None
    call.issued = access_key
    credentials = t.Credentials(
        access_key_id=access_key,
        secret_access_key=secret,
        session_token=text,
        expiration=token.expires_ms,
    )
    return Given(credentials, None if passed.is_empty and inherited.is_empty else size)


def _too_large(size: int) -> QueryError:
    text = f"Packed policy consumes {size}% of allotted space, please use smaller policy."
    return QueryError("PackedPolicyTooLarge", text)
