"""OIDC providers.  Source: IAM API Reference, CreateOpenIDConnectProvider."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from storage.identity import layout
from storage.identity.entities import Entities
from storage.identity.errors import (
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
)
from storage.identity.ledger import Draft, Ledger
from storage.identity.names import provider_arn
from storage.identity.quotas import (
    CLIENTS_PER_PROVIDER_MAX,
    PROVIDERS_PER_ACCOUNT_MAX,
    THUMBPRINTS_PER_PROVIDER_MAX,
)
from storage.identity.records import OidcProvider
from storage.identity.tags import check_tags

URL_LENGTH_MAX: Final = 255
_SCHEME: Final = re.compile(r"https?://", re.ASCII)
# A host, perhaps with a port, and a path: OpenID Connect Core 1.0, section 2, "iss"; no query, no
# fragment, nobody's name, and the characters of RFC 3986, section 3.3.
_URL: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?\Z", re.ASCII
)
# Hexadecimal, says the reference, whose own examples end with the word EXAMPLE: IAM takes them.
_THUMBPRINT: Final = re.compile(r"[0-9A-Za-z]{40}\Z", re.ASCII)


class Providers:
    """Creates, changes and deletes OIDC providers; ``arn`` names one, of its account."""

    def __init__(self, ledger: Ledger, entities: Entities) -> None:
        self._ledger = ledger
        self._entities = entities

    async def get(self, account: str, arn: str) -> OidcProvider:
        """The provider of an ARN.

        Raises:
            NoSuchEntity
        """
        prefix = provider_arn(account, "")
        found = None
        if arn.startswith(prefix):
            found = await self._entities.providers.find(account, arn.removeprefix(prefix))
        if found is None:
            raise NoSuchEntity.of("provider", arn)
        return found

    async def create(
        self,
        account: str,
        url: str,
        *,
        clients: Sequence[str] = (),
        thumbprints: Sequence[str] = (),
        tags: dict[str, str] | None = None,
    ) -> OidcProvider:
        """Believe a provider, of which ``url`` is the issuer with its scheme.

        Raises:
            InvalidInput, EntityAlreadyExists, LimitExceeded, and what ``Ledger.change`` raises
        """
        if not _URL.match(url) or len(url) > URL_LENGTH_MAX:
            raise InvalidInput("Invalid Open ID Connect Provider URL")
        name = _SCHEME.sub("", url).rstrip("/")

        async def decide(draft: Draft) -> OidcProvider:
            providers = self._entities.providers
            if await providers.find(account, name) is not None:
                raise EntityAlreadyExists(f"Provider with url {url} already exists.")
            await draft.count("providers", +1, PROVIDERS_PER_ACCOUNT_MAX)
            provider = _checked(
                OidcProvider(
                    account,
                    name,
                    draft.now_ms,
                    tuple(dict.fromkeys(clients)),
                    tuple(thumbprints),
                    check_tags(tags or {}),
                )
            )
            providers.put(draft, provider)
            return provider

        return await self._ledger.change(account, decide)

    async def update(
        self,
        account: str,
        arn: str,
        *,
        thumbprints: Sequence[str] | None = None,
        add_client: str = "",
        remove_client: str = "",
    ) -> OidcProvider:
        """Change what is given; a client that is there already, or is not, changes nothing.

        Raises:
            NoSuchEntity, InvalidInput, LimitExceeded, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> OidcProvider:
            found = await self.get(account, arn)
            clients = [one for one in found.clients if one != remove_client]
            if add_client and add_client not in clients:
                clients.append(add_client)
            provider = msgspec.structs.replace(
                found,
                clients=tuple(clients),
                thumbprints=found.thumbprints if thumbprints is None else tuple(thumbprints),
            )
            self._entities.providers.put(draft, _checked(provider))
            return provider

        return await self._ledger.change(account, decide)

    async def delete(self, account: str, arn: str) -> None:
        """Believe a provider no longer.

        Raises:
            NoSuchEntity, and what ``Ledger.change`` raises
        """

        async def decide(draft: Draft) -> None:
            found = await self.get(account, arn)
            draft.delete(layout.named(account, "provider", found.url))
            await draft.count("providers", -1)

        await self._ledger.change(account, decide)


def _checked(provider: OidcProvider) -> OidcProvider:
    if len(provider.clients) > CLIENTS_PER_PROVIDER_MAX:
        raise LimitExceeded.of("ClientIdsPerOpenIdConnectProvider", CLIENTS_PER_PROVIDER_MAX)
    if len(provider.thumbprints) > THUMBPRINTS_PER_PROVIDER_MAX:
        raise InvalidInput(f"Thumbprint list must contain at most {THUMBPRINTS_PER_PROVIDER_MAX}.")
    if not all(map(_THUMBPRINT.match, provider.thumbprints)):
        raise InvalidInput("Thumbprint must have 40 digits.")
    return provider
