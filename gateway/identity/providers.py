"""OIDC providers: whose web identities roles may trust.

Their certificates are not looked at: keys are fetched over TLS that the
machine trusts.  So thumbprints are kept and given back, and one that is not
given is not fetched.

Source: IAM API Reference, CreateOpenIDConnectProvider, and its neighbours.
"""

from dataclasses import replace
from typing import Any

from gateway.call import Call
from gateway.identity.common import given_tags, shown_tags
from gateway.identity.permission import NOTHING, About, arn_in, check
from gateway.query import types_iam as t
from gateway.query.registry import operation
from storage.identity.errors import NoSuchEntity
from storage.identity.names import provider_arn
from storage.identity.quotas import PAGE_MAX
from storage.identity.records import OidcProvider


async def find(call: Call, arn: str | None) -> OidcProvider | None:
    """The provider of an ARN, None if there is none."""
    assert arn is not None, "the model requires it"
    try:
        return await call.services.directory.providers.get(call.account.id, arn)
    except NoSuchEntity:
        return None


async def permitted(
    call: Call, action: str, arn: str | None, asked: About = NOTHING
) -> OidcProvider:
    """The provider of an ARN, if whoever asks may do something to it.

    Raises:
        QueryError: AccessDenied
        NoSuchEntity
    """
    found = await find(call, arn)
    assert arn is not None, "the model requires it"
    tags = found.tags if found else None
    # With its own capitals: policies tell those apart, and who finds it does not.
    check(call, action, found.arn if found else arn, replace(asked, resource_tags=tags))
    if found is None:
        raise NoSuchEntity.of("provider", arn)
    return found


@operation("iam", "CreateOpenIDConnectProvider")
async def create_provider(
    call: Call, ask: t.CreateOpenIDConnectProviderRequest
) -> t.CreateOpenIDConnectProviderResponse:
    """Let roles trust a provider."""
    assert ask.url is not None, "the model requires it"
    tags = given_tags(ask.tags)
    name = ask.url.partition("://")[2] or ask.url
    about = About(request_tags=tags or None)
    check(
        call,
        "iam:CreateOpenIDConnectProvider",
        provider_arn(call.account.id, name.rstrip("/")),
        about,
    )
    made = await call.services.directory.providers.create(
        call.account.id,
        ask.url,
        clients=ask.client_id_list or (),
        thumbprints=ask.thumbprint_list or (),
        tags=tags,
    )
    return t.CreateOpenIDConnectProviderResponse(
        open_id_connect_provider_arn=made.arn, tags=shown_tags(made.tags)
    )


@operation("iam", "GetOpenIDConnectProvider")
async def get_provider(
    call: Call, ask: t.GetOpenIDConnectProviderRequest
) -> t.GetOpenIDConnectProviderResponse:
    """What there is to say of a provider."""
    found = await permitted(call, "iam:GetOpenIDConnectProvider", ask.open_id_connect_provider_arn)
    return t.GetOpenIDConnectProviderResponse(
        url=found.url,
        client_id_list=list(found.clients),
        thumbprint_list=list(found.thumbprints),
        create_date=found.created_ms,
        tags=shown_tags(found.tags),
    )


@operation("iam", "ListOpenIDConnectProviders")
async def list_providers(
    call: Call, _ask: t.ListOpenIDConnectProvidersRequest
) -> t.ListOpenIDConnectProvidersResponse:
    """All providers of the account."""
    check(call, "iam:ListOpenIDConnectProviders", arn_in(call, "oidc-provider/", "*"))
    page = await call.services.directory.entities.providers.list(call.account.id, limit=PAGE_MAX)
    entries = [t.OpenIDConnectProviderListEntry(arn=one.arn) for one in page.items]
    return t.ListOpenIDConnectProvidersResponse(open_id_connect_provider_list=entries)


@operation("iam", "DeleteOpenIDConnectProvider")
async def delete_provider(call: Call, ask: t.DeleteOpenIDConnectProviderRequest) -> None:
    """Trust a provider no longer."""
    arn = ask.open_id_connect_provider_arn
    found = await permitted(call, "iam:DeleteOpenIDConnectProvider", arn)
    await call.services.directory.providers.delete(call.account.id, found.arn)


@operation("iam", "AddClientIDToOpenIDConnectProvider")
async def add_client(call: Call, ask: t.AddClientIDToOpenIDConnectProviderRequest) -> None:
    """Trust tokens for one client more."""
    await _update(call, "iam:AddClientIDToOpenIDConnectProvider", ask, add_client=ask.client_id)


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
async def remove_client(call: Call, ask: t.RemoveClientIDFromOpenIDConnectProviderRequest) -> None:
    """Trust tokens for a client no longer."""
    action = "iam:RemoveClientIDFromOpenIDConnectProvider"
    await _update(call, action, ask, remove_client=ask.client_id)


@operation("iam", "UpdateOpenIDConnectProviderThumbprint")
async def update_thumbprints(
    call: Call, ask: t.UpdateOpenIDConnectProviderThumbprintRequest
) -> None:
    """Keep other thumbprints."""
    action = "iam:UpdateOpenIDConnectProviderThumbprint"
    await _update(call, action, ask, thumbprints=ask.thumbprint_list or ())


async def _update(call: Call, action: str, ask: Any, **change: Any) -> None:
    found = await permitted(call, action, ask.open_id_connect_provider_arn)
    await call.services.directory.providers.update(call.account.id, found.arn, **change)
