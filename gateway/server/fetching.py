"""Small documents of elsewhere, over HTTPS: bounded in size and time, without redirects.

Implements ``gateway.webidentity.providers.Fetch``.
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from gateway.webidentity.providers import FetchFailed

DOCUMENT_WITHIN_S: Final = 5.0
DOCUMENT_BYTES_MAX: Final = 256 * 1024
REQUESTS_AT_ONCE: Final = 16


class HttpsFetch:
    """A client; plain HTTP is spoken to this machine itself, where a test says so."""

    def __init__(self, *, http_to_loopback: bool = False) -> None:
        self._http_to_loopback = http_to_loopback
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str) -> bytes:
        """The whole document.

        Raises:
            FetchFailed
        """
        self._check(url)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=REQUESTS_AT_ONCE),
                timeout=aiohttp.ClientTimeout(total=DOCUMENT_WITHIN_S),
                auto_decompress=False,  # nobody asked for it, and what is small may become large
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.get(
                url,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise FetchFailed(f"{url}: answered {answer.status}")
                return await _body_of(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise FetchFailed(f"{url}: {type(error).__name__} {error}") from error

    async def close(self) -> None:
        """Close connections."""
        if self._session is not None:
            await self._session.close()

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            is_own = ip_address(host).is_loopback if host and host[0] in "0123456789:" else False
        except ValueError:
            raise FetchFailed(f"{url}: is no URL") from None
        if parts.scheme == "https" and host:
            return
        if not (parts.scheme == "http" and is_own and self._http_to_loopback):
            raise FetchFailed(f"{url}: is not HTTPS")


async def _body_of(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    while len(body) <= DOCUMENT_BYTES_MAX:
        piece = await answer.content.read(DOCUMENT_BYTES_MAX)
        if not piece:
            return body
        body += piece
    raise FetchFailed(f"a document of more than {DOCUMENT_BYTES_MAX} bytes")
