"""AssumeRoleWithWebIdentity: a session of a role, for whom a provider vouches.

Whoever asks signs nothing: what he proves himself by is the provider's token.

Source: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Create an
OpenID Connect (OIDC) identity provider in IAM".
"""

from typing import Final

from gateway.call import Call
from gateway.iam.principals import identified_by
from gateway.identity.assume_role import assumed, check_arn, give_session
from gateway.identity.passed import checked_tags
from gateway.identity.trust import Wish, denied, find_role
from gateway.query import types_sts as t
from gateway.query.errors import QueryError
from gateway.query.registry import operation
from gateway.trail.records import WEB_IDENTITY, Person
from gateway.webidentity.claims import WebIdentity, issuer_of, read_claims
from gateway.webidentity.errors import invalid
from gateway.webidentity.jwt import parse
from gateway.webidentity.providers import without_slash
from storage.identity.names import split_arn
from storage.identity.records import OidcProvider

ACTION: Final = "sts:AssumeRoleWithWebIdentity"
_SCHEMES: Final = ("https", "http")  # so written; http is for tests on this machine alone


@operation("sts", "AssumeRoleWithWebIdentity", refused=("ProviderId", "MinimumSessionTokenSize"))
async def assume_role_with_web_identity(
    call: Call, ask: t.AssumeRoleWithWebIdentityRequest
) -> t.AssumeRoleWithWebIdentityResponse:
    """Credentials of a session, for the subject of a token."""
    assert ask.role_arn is not None, "the model requires it"
    assert ask.role_session_name is not None, "the model requires it"
    assert ask.web_identity_token is not None, "the model requires it"
    check_arn(ask.role_arn)
    token = parse(ask.web_identity_token)
    issuer = issuer_of(token.claims)
    provider = await _provider(call, ask.role_arn, issuer)
    token.check(await call.services.providers.keys(issuer, token.key_id))
    found = read_claims(token.claims, provider, call.services.clock.now_ms() // 1000)
    call.vouched = _person(provider, found)

    tags = checked_tags(found.tags, found.transitive, {})
    wish = Wish(
        ACTION,
        ask.role_session_name,
        tags,
        source_identity=found.source_identity,
        seconds=ask.duration_seconds,
        claims=found.keys,
    )
    role = await find_role(call, ask.role_arn)
    if role is None or denied(call, identified_by(provider.arn), role, wish) is not None:
        raise QueryError("AccessDenied", f"Not authorized to perform {ACTION}")
    given = await give_session(call, role, ask, wish, provider.arn)
    return t.AssumeRoleWithWebIdentityResponse(
        credentials=given.credentials,
        subject_from_web_identity_token=found.subject,
        assumed_role_user=assumed(role, ask.role_session_name),
        packed_policy_size=given.packed_policy_size,
        provider=issuer,
        audience=found.audience,
        source_identity=found.source_identity or None,
    )


def _person(provider: OidcProvider, found: WebIdentity) -> Person:
    """Whom the trail has, though he signs nothing.

    Source: CloudTrail User Guide, "CloudTrail userIdentity element", WebIdentityUser.
    """
    named = f"{provider.url}:{found.audience}:{found.subject}"
    return Person("", "", WEB_IDENTITY, named, found.subject, "", issuer=provider.arn)


async def _provider(call: Call, role_arn: str, issuer: str) -> OidcProvider:
    """The provider of a role's account that an issuer is.

    Raises:
        QueryError: InvalidIdentityToken
    """
    named = split_arn(role_arn, "role")
    assert named is not None, "checked before"
    scheme, _, rest = issuer.partition("://")
    url, found = without_slash(rest), None
    if url and scheme in _SCHEMES:
        found = await call.services.directory.entities.providers.find(named[0], url)
    if found is None or found.url != url:
        text = f"No OpenIDConnect provider found in your account for {issuer}"
        raise invalid(text)
    return found
