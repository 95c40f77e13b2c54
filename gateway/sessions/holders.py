"""Who comes with a session token, and what he may do: from a token to a Principal.

A token says whose it is; what a role or a user may do is read when it is used,
so that every change of policies takes effect on sessions, too.  A role or a
user that is deleted has none any more, and neither has an access key that is
deleted or deactivated those of GetSessionToken and GetFederationToken.

Source: IAM User Guide, "Permissions for temporary security credentials";
"Session policies"; "Pass session tags in AWS STS".
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from gateway.entitlements import Entitlements
from gateway.iam.accounts import Principal
from gateway.iam.builtin import POLICIES
from gateway.iam.evaluate import Source
from gateway.iam.identity import POLICY, SESSION, Identity
from gateway.iam.identity_policy import compile_identity_policy
from gateway.iam.principals import federated_of, session_of
from gateway.iam.session import Session
from gateway.sessions.tokens import Kind, Token
from storage.identity import Directory

EVERYTHING: Final = "arn:aws:iam::aws:policy/AdministratorAccess"  # what an account itself may do
_EVERYTHING: Final = Source(
    EVERYTHING, compile_identity_policy(POLICIES[EVERYTHING].document.encode()), POLICY
)

# Whose a long-term access key is, None if it is not valid.
Parent = Callable[[str], Awaitable[Principal | None]]


class Holders:
    """Puts together what a token and the rows of identities say of one."""

    def __init__(self, directory: Directory, entitlements: Entitlements) -> None:
        self._directory = directory
        self._entitlements = entitlements

    async def of(self, token: Token, parent: Parent) -> Principal | None:
        """Who holds a token; None if whom it was given out for is no more.

        Raises:
            StoreUnavailable, UnreadableIdentities
        """
        if token.kind is Kind.ROLE:
            return await self._of_role(token)
        issuer = await parent(token.parent)
        if issuer is None or _id_of(issuer) != token.issuer:
            return None
        if token.kind is Kind.USER:
            return replace(issuer, access_key=token.access_key, session=_session(token))
        return await self._federated(token, issuer)

    async def _of_role(self, token: Token) -> Principal | None:
        role = await self._directory.entities.roles.by_id(token.account, token.issuer)
        if role is None:
            return None
        account = await self._entitlements.account(role.account)
        identity = await self._entitlements.of_role(role)
        who = session_of(
            account.id,
            account.canonical_id,
            role_id=role.id,
            role_arn=role.arn,
            session=token.name,
        )
        passed = await self._policies(token)
        limited = replace(identity, session=passed or None)
        tags = merged(role.tags, token.tags)
        return Principal(account, token.access_key, limited, who, _session(token), tags)

    async def _federated(self, token: Token, issuer: Principal) -> Principal:
        """Without a policy he may do nothing but what resources give him.

        Source: STS API Reference, GetFederationToken, "Permissions".
        """
        account = issuer.account
        arn = "" if issuer.named is None else issuer.named.arn
        who = federated_of(account.id, account.canonical_id, name=token.name, issuer=arn)
        identity = issuer.identity or Identity()
        if issuer.named is None:
            identity = replace(identity, policies=(_EVERYTHING,))
        limited = replace(identity, session=await self._policies(token))
        session = _session(token)
        tags = merged(issuer.tags, token.tags)
        return Principal(account, token.access_key, limited, who, session, tags)

    async def _policies(self, token: Token) -> tuple[Source, ...]:
        """The policies that came with the call for credentials."""
        passed = token.passed
        found = []
        if passed.policy:
            compiled = self._entitlements.compiled(passed.policy)
            found.append(Source("session", compiled, SESSION))
        found += [await self._entitlements.managed(arn, SESSION) for arn in passed.policy_arns]
        return tuple(found)


def _id_of(principal: Principal) -> str:
    return principal.account.id if principal.named is None else principal.named.user_id


def _session(token: Token) -> Session:
    transitive = {key.lower() for key in token.transitive}
    return Session(
        token.issued_ms,
        token.expires_ms,
        provider=token.provider,
        source_identity=token.source_identity,
        parent=token.parent,
        claims=token.claims,
        handed_on={key: value for key, value in token.tags.items() if key.lower() in transitive},
    )


def merged(own: Mapping[str, str], session: Mapping[str, str]) -> dict[str, str]:
    """The tags of whoever has a session: the session's win, whatever their capitals."""
    given = {key.lower() for key in session}
    return {key: value for key, value in own.items() if key.lower() not in given} | dict(session)
