"""A listener some of whose peers send a PROXY header first.

The specification forbids to guess: from a listed peer the header must come,
from anyone else it is never read.  It is taken from the socket before the
connection becomes a transport, for a TLS handshake may follow it.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Final

from gateway.peers import Peers, is_among
from gateway.server.http import S3Server
from gateway.server.proxy_protocol import Origin, ProxyError, parse, wanted

_log = logging.getLogger(__name__)

PAUSE_S: Final = 1.0  # when no connection can be accepted: as asyncio does


class ProxiedListener:
    """Accepts on one socket until it is closed."""

    def __init__(
        self,
        server: S3Server,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        peers: Sequence[Peers],
        *,
        header_s: float,
    ) -> None:
        self._server = server
        self._socket = sock
        self._context = context
        self._peers = tuple(peers)
        self._header_s = header_s
        self._connecting: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.ensure_future(self._accept())

    def close(self) -> None:
        """Accept no more; what is still saying who it is, is let go."""
        self._accepting.add_done_callback(lambda _: self._socket.close())
        for task in (self._accepting, *self._connecting):
            task.cancel()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(self._socket)
            except OSError as error:
                _log.error("no connection can be accepted: %s", error)
                await asyncio.sleep(PAUSE_S)
                continue
            connection.setblocking(False)
            remote = address[0] if isinstance(address, tuple) else ""
            task = asyncio.ensure_future(self._connect(connection, remote))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self, connection: socket.socket, remote: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            origin = None
            if is_among(remote, self._peers):
                async with asyncio.timeout(self._header_s):
                    origin = await _read_origin(connection)
            await loop.connect_accepted_socket(
                partial(self._server, origin), connection, ssl=self._context
            )
        except (ProxyError, TimeoutError) as error:
            _log.info("connection from %s refused: %r", remote or "a unix socket", error)
            connection.close()
        except (OSError, asyncio.CancelledError):
            connection.close()


async def _read_origin(connection: socket.socket) -> Origin:
    """Raises ProxyError, OSError."""
    loop = asyncio.get_running_loop()
    head = b""
    while size := wanted(head):
        piece = await loop.sock_recv(connection, size)
        if not piece:
            raise ProxyError("the connection ended inside the PROXY header")
        head += piece
    return parse(head)
