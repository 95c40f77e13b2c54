"""A listener that sees its connections before they are any: PROXY headers, TLS handshakes.

Both are waited for so long only, and count among the connections that a worker
holds.  The specification forbids to guess: from a listed peer the header must come,
from anyone else it is never read.  It is taken from the socket before the
connection becomes a transport, for a TLS handshake may follow it.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from uvloop.loop import SSLProtocol  # type: ignore[attr-defined]  # its stubs leave it out

from gateway.peers import Peers, is_among
from gateway.server.http import Beginning, Connection, S3Server
from gateway.server.proxy_protocol import Origin, ProxyError, parse, wanted

_log = logging.getLogger(__name__)

# For a client's close_notify, which idle ones never send; answers have left before (``_flush``).
GOODBYE_S: Final = 1.0
PAUSE_S: Final = 1.0  # when no connection can be accepted: as asyncio does
ACCEPTS_MAX: Final = 64  # at a time; then others have their turn
# accept(2): errors of the connection that was waiting, not of the listener.
_OF_THE_CLIENT: Final = frozenset(
    (
        errno.ECONNABORTED,
        errno.EPROTO,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENONET,
    )
)


class AcceptingListener:
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
        self._loop = asyncio.get_running_loop()
        self._connecting: set[Beginning] = set()
        self._going_on: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        """Accept no more; what is still saying who it is, is let go."""
        if self._going_on is not None:
            self._going_on.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for task in self._connecting & self._server.beginnings:  # not who waits for nothing
            task.cancel()

    def _listen(self) -> None:
        self._going_on = None
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        """All that wait; not by ``sock_accept``, which loses one if it is cancelled just then."""
        for _ in range(ACCEPTS_MAX):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _OF_THE_CLIENT:
                    continue
                _log.error("no connection can be accepted: %s", error)
                self._loop.remove_reader(self._socket)
                self._going_on = self._loop.call_later(PAUSE_S, self._listen)
                return
            connection.setblocking(False)
            self._begin(connection, address[0] if isinstance(address, tuple) else "")

    def _begin(self, connection: socket.socket, remote: str) -> None:
        has_header = is_among(remote, self._peers)
        is_waited_for = has_header or self._context is not None
        if is_waited_for and self._server.has_too_many_beginnings:
            connection.close()  # it cannot be told why: it has not said how it listens
            return
        task = asyncio.ensure_future(self._connect(connection, remote, has_header=has_header))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        if is_waited_for:
            self._server.beginnings.add(task)
            task.add_done_callback(self._server.beginnings.discard)

    async def _connect(self, connection: socket.socket, remote: str, *, has_header: bool) -> None:
        beginning = asyncio.current_task()
        try:
            origin = None
            if has_header:
                async with asyncio.timeout(self._header_s):
                    origin = await _read_origin(connection)
            if self._context is None:
                await self._loop.connect_accepted_socket(
                    lambda: self._server(origin, beginning), connection
                )
            else:
                await self._connect_tls(connection, self._server(origin, beginning), self._context)
        except (ProxyError, TimeoutError) as error:
            _log.info("connection from %s refused: %r", remote or "a unix socket", error)
            connection.close()
        except (OSError, asyncio.CancelledError):
            connection.close()

    async def _connect_tls(
        self, connection: socket.socket, made: Connection, context: ssl.SSLContext
    ) -> None:
        """As the loop does it, but that we keep the transport below, which says what it holds.

        Raises:
            OSError: no handshake, or it has ended meanwhile.
        """
        shaken = self._loop.create_future()
        protocol = SSLProtocol(
            self._loop,
            made,
            context,
            shaken,
            server_side=True,
            ssl_handshake_timeout=self._header_s,
            ssl_shutdown_timeout=GOODBYE_S,
        )
        made.below, _ = await self._loop.connect_accepted_socket(lambda: protocol, connection)
        try:
            await shaken
        except BaseException:
            made.below.abort()
            raise


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
