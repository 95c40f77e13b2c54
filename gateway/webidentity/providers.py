"""Keys of providers: asked for over HTTPS, kept for a while, and again when one is unknown.

Whoever sends tokens makes a provider be asked once in a while and no more,
whatever keys the tokens name.

Source: OpenID Connect Discovery 1.0, section 4; OpenID Connect Core 1.0,
section 10.1.1, on the rotation of keys.
"""

import asyncio
import json
from typing import Any, Final, Protocol

from gateway.webidentity.errors import NO_KEY, away, invalid
from gateway.webidentity.keys import Key, read_keys
from storage.seam import Clock

KEPT_MS: Final = 3600 * 1000
AGAIN_MS: Final = 30 * 1000  # between two times that a provider is asked
STALE_MS: Final = 24 * 3600 * 1000  # how long its last keys hold while it cannot be asked
KNOWN_MAX: Final = 1000  # providers
_CONFIGURATION: Final = "/.well-known/openid-configuration"


def without_slash(url: str) -> str:
    """An issuer as it is looked for: one slash at its end says nothing, more are another issuer's.

    Source: OpenID Connect Discovery 1.0, section 4.1, "any terminating / MUST be removed".
    """
    return url.removesuffix("/")


class FetchFailed(Exception):
    """Nothing that could be used came from a URL."""


class Fetch(Protocol):
    """Gets small documents."""

    async def get(self, url: str) -> bytes:
        """The whole document.

        Raises:
            FetchFailed
        """
        ...


class _Provider:
    """What is known of one."""

    def __init__(self) -> None:
        self.lock: Final = asyncio.Lock()  # of whoever asks it
        self.keys: list[Key] = []
        self.known_ms: int | None = None  # when its keys came
        self.asked_ms: int | None = None  # when it was last asked, in vain or not

    def usable(self, key_id: str | None) -> list[Key]:
        """Keys that may have signed a token: those of its key id, all if it has none."""
        return [key for key in self.keys if key_id is None or key.id == key_id]


class Providers:
    """Finds keys of providers."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, _Provider] = {}

    async def keys(self, issuer: str, key_id: str | None) -> list[Key]:
        """The keys of an issuer, a URL, that may have signed a token; at least one.

        However a token writes its issuer, it is one: what is asked for is bounded by that.

        Raises:
            QueryError: InvalidIdentityToken, it has no such key; IDPCommunicationError
        """
        issuer = without_slash(issuer)
        known = self._known.get(issuer)
        if known is None:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            known = self._known[issuer] = _Provider()
        found = known.usable(key_id)
        if found and self._is_within(known.known_ms, KEPT_MS):
            return found
        async with known.lock:
            if not self._is_within(known.asked_ms, AGAIN_MS):
                await self._ask(issuer, known)
        found = known.usable(key_id)
        if found and self._is_within(known.known_ms, STALE_MS):
            return found
        if known.known_ms != known.asked_ms:
            raise away()
        raise invalid(NO_KEY)

    def _is_within(self, moment_ms: int | None, span_ms: int) -> bool:
        # Set back, a clock must not make anything believed for longer.
        return moment_ms is not None and 0 <= self._clock.now_ms() - moment_ms < span_ms

    async def _ask(self, issuer: str, known: _Provider) -> None:
        """Learn a provider's keys; what fails leaves those of before."""
        now_ms = known.asked_ms = self._clock.now_ms()
        try:
            configuration = await self._document(issuer + _CONFIGURATION)
            # Discovery, section 4.3: it "MUST exactly match".
            if without_slash(str(configuration.get("issuer"))) != issuer:
                return
            keys = read_keys(await self._document(str(configuration.get("jwks_uri"))))
        except (FetchFailed, ValueError, RecursionError):
            return
        known.keys, known.known_ms = keys, now_ms

    async def _document(self, url: str) -> dict[str, Any]:
        found = json.loads(await self._fetch.get(url))
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found
