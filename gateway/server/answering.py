"""A request that was begun at once, and who goes on with it."""

from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.server.begun import Begun, RawRequest

if TYPE_CHECKING:
    from gateway.server.http import Connection, S3Server


class Answering:
    """One request, from its head to the last byte of its answer.

    For aiohttp it is a response, if what was begun at once has to be waited for.
    """

    __slots__ = ("_connection", "_request", "_server", "begun", "keep_alive", "status")

    def __init__(self, server: "S3Server", connection: "Connection", request: RawRequest) -> None:
        self._server = server
        self._connection = connection
        self._request = request
        self.begun: Begun | None = None
        self.keep_alive = False
        self.status = 0

    async def run(self) -> None:
        """Answer it.

        Raises:
            ConnectionError: the client is gone
        """
        request = self._request
        try:
            written = await self._server.answer(request)
        except Exception as error:  # noqa: BLE001 - a bug of ours; aiohttp answers likewise
            written = self._connection.handle_error(request, 500, error)
        self.status = written.status
        await written.prepare(request)
        self.keep_alive = written.keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:  # noqa: ARG002 - it has its own
        """Go on with what was begun."""
        assert self.begun is not None, "else it is not handed to aiohttp"
        await self.begun

    async def end_apart(self) -> None:
        """Go on with it though the client is gone."""
        assert self.begun is not None, "it has begun"
        with suppress(ConnectionError):
            await self.begun

    async def write_eof(self) -> None:
        """Everything is written."""
