"""``/-/live``, ``/-/ready``, ``/-/metrics``: answered where the host is no bucket's."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Final

from gateway.addressing import Addressing
from gateway.exchange import Exchange, Reply
from gateway.observe.metrics import Board

_PREFIX: Final = b"/-/"
_PASSED_ON: Final = frozenset(
    (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
)
_TEXT: Final = [(b"content-type", b"text/plain; charset=utf-8")]
Serve = Callable[[Exchange], Awaitable[Reply]]


class ServicePages:
    """Stands before the pipeline."""

    def __init__(
        self, serve: Serve, addressing: Addressing, board: Board, trouble: Callable[[], str | None]
    ) -> None:
        self._serve = serve
        self._addressing = addressing
        self._board = board
        self._trouble = trouble

    def serve(self, exchange: Exchange) -> Awaitable[Reply]:
        """Ours, or the pipeline's."""
        return self._own(exchange) if exchange.target.startswith(_PREFIX) else self._serve(exchange)

    async def _own(self, exchange: Exchange) -> Reply:
        host = next((v for n, v in exchange.headers if n.lower() == b"host"), b"")
        if self._addressing.bucket_of_host(host.decode("latin-1")) is not None:
            return await self._serve(exchange)
        if exchange.method == "GET":
            reply = self._page(exchange)
        elif exchange.method == "HEAD":
            # The headers of a GET, and no content: it would be taken for the next answer.
            reply = self._page(exchange)
            assert isinstance(reply.body, bytes), "pages are short"
            reply.headers.append((b"content-length", b"%d" % len(reply.body)))
            reply.body = b""
        else:
            reply = Reply(405, [(b"allow", b"GET, HEAD"), *_TEXT], b"method not allowed\n")
        reply.close = exchange.has_body  # which nobody has read
        return reply

    def _page(self, exchange: Exchange) -> Reply:
        match exchange.target.partition(b"?")[0]:
            case b"/-/live":
                return Reply(200, list(_TEXT), b"live\n")
            case b"/-/ready":
                trouble = self._trouble()
                if trouble is None:
                    return Reply(200, list(_TEXT), b"ready\n")
                # Names and addresses of the house are for those who live in it.
                why = trouble if _is_local(exchange) else "the store takes no writes"
                return Reply(503, list(_TEXT), f"not ready: {why}\n".encode())
            case b"/-/metrics" if _is_local(exchange):
                return Reply(200, list(_TEXT), self._board.render())
        return Reply(404, list(_TEXT), b"not found\n")


def _is_local(exchange: Exchange) -> bool:
    """A unix socket's peer has no address and is of this machine.

    What a proxy on this machine passes on is not local, trusted or not.
    """
    if any(name.lower() in _PASSED_ON for name, _ in exchange.headers):
        return False
    remote = exchange.remote
    return remote == "" or ip_address(remote.partition("%")[0]).is_loopback
