"""The HTTP server of one worker: aiohttp below its framework.

Limits are written out; what aiohttp refuses by itself is answered in S3's
form too; clients that send nothing are not waited for.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, cast

from aiohttp import http_parser, web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from gateway.exchange import Exchange, Reply
from gateway.forwarding import Forwarding
from gateway.pipeline import HEADER_BYTES_MAX
from gateway.protocol.errors import ERRORS, ProtocolError, error_document, not_http
from gateway.server.answering import Answering
from gateway.server.begun import RawRequest, begin
from gateway.server.exchange import AiohttpExchange
from gateway.server.proxy_protocol import Origin
from gateway.server.trailers import TrailerWatch
from gateway.server.writing import Written

LINE_BYTES_MAX: Final = 16 * 1024  # a key of 1,024 bytes, escaped, and a presigned query
FIELD_BYTES_MAX: Final = HEADER_BYTES_MAX
HEADERS_MAX: Final = 1024  # more than metadata of 2 KiB with names of two characters has
# A head that is not complete yet: what the parser holds of it is bounded by nothing else.
HEAD_BYTES_MAX: Final = 64 * 1024
READ_BUFFER_BYTES: Final = 64 * 1024
LINGER_S: Final = 2.0  # to read what a client still sends after its answer
SWEEP_S: Final = 1.0
DRAIN_PAUSE_S: Final = 0.02
BREAK_S: Final = 0.5  # for requests to notice that they are broken off; aiohttp waits twice as long

_TOO_MANY: Final = "Too many headers received"  # aiohttp's words; a test holds it to them
# aiohttp says which limit was passed, not where.
assert LINE_BYTES_MAX > FIELD_BYTES_MAX
assert HEAD_BYTES_MAX > LINE_BYTES_MAX + HEADER_BYTES_MAX

Serve = Callable[[Exchange], Awaitable[Reply]]
Refuse = Callable[[Exchange, ProtocolError], Reply]
Beginning = asyncio.Task[None]  # what waits for a PROXY header or a TLS handshake


def _one_too_many() -> bytes:
    """The whole answer to a connection that is one too many, before its request is read."""
    spec = ERRORS["SlowDown"]
    body = error_document("SlowDown", spec.message, (), resource=None, request_id="", host_id="")
    head = (
        f"HTTP/1.1 {spec.status} {HTTPStatus(spec.status).phrase}\r\n"
        "content-type: application/xml\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


_ONE_TOO_MANY: Final = _one_too_many()


def check_parser() -> None:
    """Refuse to run on aiohttp's parser in Python: it takes what the one in C refuses.

    Raises:
        RuntimeError
    """
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise RuntimeError("aiohttp's C parser is missing: reinstall aiohttp from a wheel")


class Connection(RequestHandler):
    """A connection, and since when and by how much a request's head is incomplete."""

    __slots__ = (
        "_answering",
        "_beginning",
        "_has_ended",
        "_head_bytes",
        "_last_payload",
        "_server",
        "below",
        "cut_off",
        "head_since",
        "origin",
        "trailers",
    )

    def __init__(
        self,
        server: "S3Server",
        origin: Origin | None,
        beginning: Beginning | None,
        **options: Any,
    ) -> None:
        super().__init__(server, **options)
        self._answering: Answering | None = None  # begun, and for aiohttp's task to go on with
        self._beginning = beginning
        self._server = server
        self.head_since: float | None = None
        self._head_bytes = 0
        self._has_ended = False  # nothing more will be read; the client may still listen
        self._last_payload: StreamReader | None = None
        self.cut_off: StreamReader | None = None  # a body that ended before its end
        self.below: asyncio.Transport | None = None  # under TLS, what carries the encrypted bytes
        self.origin = origin
        self.trailers = TrailerWatch()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client that connects is expected to speak."""
        super().connection_made(transport)
        self.head_since = self._loop.time()
        if self._beginning is not None:
            self._server.beginnings.discard(self._beginning)
            self._beginning = None
        if self._server.has_too_many:
            cast("asyncio.Transport", transport).write(_ONE_TOO_MANY)
            self.force_close()

    def data_received(self, data: bytes) -> None:
        """Bytes that complete no request begin or continue one."""
        if self.trailers.may_have_come():  # of a body that was read on without new bytes
            self.close()
            return
        waiter = self._waiter
        if (
            waiter is not None
            and not self._messages
            and not waiter.done()
            and asyncio.current_task(self._loop) is None  # else it is not the loop that calls
        ):
            before = self._request_count
            self._waiter = None  # nobody is woken before it is known whether he is needed
            try:
                super().data_received(data)
                request = self._small()
                if request is None:
                    self._look(before)
            finally:
                self._waiter = waiter
            if request is not None:
                self.head_since = None
                self._head_bytes = 0
                self._answer_at_once(request, waiter)
                return
            if self._messages and not waiter.done():
                waiter.set_result(None)
        else:
            self._parse(data)
        if self.trailers.is_at_an_end:
            # With as many requests as aiohttp queues, what follows is not parsed yet.
            self._parse(b"")
        self.trailers.saw(data)
        if self.trailers.may_have_come():
            self.close()  # after the request under way
        if self._is_busy():
            self.head_since = None
            self._head_bytes = 0
        elif self.head_since is None:
            self.head_since = self._loop.time()  # these bytes may be the last ones of a body
        else:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse_head(LineTooLong("", FIELD_BYTES_MAX))

    def _small(self) -> RawRequest | None:
        """The request that has come, if nothing else has and it has no body."""
        if len(self._messages) != 1 or self._close or self._force_close or self._upgraded:
            return None
        message, payload = self._messages[0]
        if payload is not EMPTY_PAYLOAD or isinstance(message, _ErrInfo):
            return None
        self._last_payload = payload
        return RawRequest(message, payload, self)

    def _answer_at_once(self, request: RawRequest, waiter: "asyncio.Future[None]") -> None:
        """Begin with the request that has come; ``waiter`` is what aiohttp's task waits for."""
        task = self._task_handler
        assert task is not None, "who waits has not ended"
        answering = Answering(self._server, self, request)
        # Whoever looks finds this connection busy, as if that task had begun with it.
        self._waiter, self._request_in_progress = None, True
        try:
            begun = begin(self._loop, task, answering.run())
        except ConnectionError:
            begun = None
        except Exception as error:  # noqa: BLE001 - as aiohttp does: it ends the connection
            self.log_exception("Unhandled exception", exc_info=error)
            begun = None
        finally:
            self._waiter, self._request_in_progress = waiter, False
        if begun is not None:
            answering.begun = begun
            self._answering = answering
            waiter.set_result(None)
            return
        self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        self._keepalive = answering.keep_alive
        if answering.keep_alive and not self._close and not self._force_close:
            self._next_keepalive_close_time = close_time = (
                self._loop.time() + self._keepalive_timeout
            )
            if self._keepalive_handle is None:
                self._keepalive_handle = self._loop.call_at(close_time, self._process_keepalive)
        else:
            self.force_close()

    def take_begun(self) -> Answering | None:
        """The request under way, if it was begun before aiohttp's task took it."""
        found, self._answering = self._answering, None
        return found

    def connection_lost(self, exc: BaseException | None) -> None:
        """What was begun goes on to its end all the same, as aiohttp's handlers do."""
        super().connection_lost(exc)
        answering = self.take_begun()
        if answering is not None:
            self._server.finish(answering)

    def _parse(self, data: bytes) -> None:
        """Have it parsed, and look at what it was."""
        before = self._request_count
        super().data_received(data)
        self._look(before)

    def _look(self, before: int) -> None:
        """Look at what has been parsed, when there had been so many requests ``before``."""
        if self._upgraded:
            # aiohttp holds back what follows, and parses it past this method.
            self._has_ended = True
            self.begin_last()
        if self._messages:
            self._look_at_new(self._request_count - before)

    def _look_at_new(self, count: int) -> None:
        """What the parser has just made of what came: so many requests."""
        if isinstance(self._messages[-1][0], _ErrInfo) and self._is_inside_a_body():
            # aiohttp tells the next request, and lets the one under way wait for its body.
            self._messages.pop()
            self._cut_off_last()
            return
        self._last_payload = self._messages[-1][1]
        for message, payload in islice(self._messages, len(self._messages) - count, None):
            is_chunked = not isinstance(message, _ErrInfo) and message.chunked
            self.trailers.begin(payload if is_chunked else None)

    def eof_received(self) -> bool | None:  # type: ignore[override]  # aiohttp's says None
        """A client that says no more is answered: to a whole request, or that it is not whole.

        TLS has no half of a connection that could stay open.
        """
        transport = self.transport
        if transport is None or transport.get_extra_info("sslcontext") or not self._is_busy():
            return None
        self._cut_off_last()
        return True

    def _is_inside_a_body(self) -> bool:
        """A request is under way, or waits to be, and its body has not ended."""
        payload = self._last_payload
        is_expected = len(self._messages) > 1 or self._waiter is None
        return payload is not None and not payload.is_eof() and is_expected

    def _cut_off_last(self) -> None:
        """Nothing more will be read: the request under way is the last, and its body not whole."""
        self._has_ended = True
        self.begin_last()
        payload = self._last_payload
        if payload is not None and not payload.is_eof():
            # Not by an exception: aiohttp reads on after the answer, and would report it.
            self.cut_off = payload
            payload.feed_eof()

    def begin_last(self) -> None:
        """End the connection after the request under way if no more can come."""
        if self._has_ended and not self._messages:
            self.close()

    def time_out(self) -> None:
        """End the connection of a client that takes too long, with an answer if it has begun."""
        if self._head_bytes and not self._is_busy():
            self._refuse_head(TimeoutError())
        else:
            self.force_close()

    def _is_busy(self) -> bool:
        """A request waits or is under way, also between aiohttp's taking it and its handling."""
        return bool(
            self._messages
            or self._request_in_progress
            or (self._waiter is None and self._request_count)
        )

    def _refuse_head(self, error: Exception) -> None:
        """Answer as if the parser had refused it; what follows is not read."""
        self.head_since, self._head_bytes = None, 0
        self._messages.append((_ErrInfo(400, error, str(error)), EMPTY_PAYLOAD))
        self._close = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def has_ended(self) -> bool:
        """Nothing more will be read, though the client may still listen."""
        return self._has_ended

    @property
    def is_ending(self) -> bool:
        """It ends with the answer to the request under way, as far as is known."""
        return self._close or self.trailers.may_have_come()

    @property
    def is_idle(self) -> bool:
        """It waits for a request; an answer that is being written is not waiting."""
        return self._waiter is not None and not self._messages

    def handle_error(  # type: ignore[override]  # for aiohttp a response is what writes itself
        self,
        request: web.BaseRequest | RawRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature
    ) -> Written:
        """What aiohttp refused, or a bug of ours, in S3's form; it ends the connection."""
        if status >= 500:
            self.log_exception("Error handling request", exc_info=exc)
        return self._server.refuse(request, _refusal(status, exc))


def _refusal(status: int, exc: BaseException | None) -> ProtocolError:
    """What S3 calls it."""
    if status >= 500:
        return ProtocolError("InternalError")
    if isinstance(exc, TimeoutError):
        return ProtocolError("RequestTimeout")
    if isinstance(exc, LineTooLong) and exc.args[1] == LINE_BYTES_MAX:
        return ProtocolError("URITooLong")
    if isinstance(exc, LineTooLong) or str(exc).endswith(_TOO_MANY):
        return ProtocolError("RequestHeaderSectionTooLarge", MaxSizeAllowed=str(HEADER_BYTES_MAX))
    return not_http()


class S3Server(web.Server):
    """Makes a Connection for each client and closes those that keep us waiting."""

    def __init__(
        self,
        serve: Serve,
        refuse: Refuse,
        *,
        body_idle_s: float,
        header_s: float,
        keepalive_s: float,
        connections_max: int,
        forwarding: Forwarding,
    ) -> None:
        super().__init__(
            self._handle,  # type: ignore[arg-type]  # as above
            access_log=None,
            handler_cancellation=False,
        )
        self._serve = serve
        self._refuse = refuse
        self._forwarding = forwarding
        self._draining = False
        self._finishing: set[asyncio.Task[None]] = set()  # requests without a client
        self._connections_max = connections_max
        self.beginnings: set[Beginning] = set()  # accepted, waited for, and no connections yet
        self._body_idle_s = body_idle_s
        self._header_s = header_s
        self._options: dict[str, Any] = {
            "access_log": None,
            "auto_decompress": False,
            "keepalive_timeout": keepalive_s,
            "lingering_time": LINGER_S,
            "max_field_size": FIELD_BYTES_MAX,
            "max_headers": HEADERS_MAX,
            "max_line_size": LINE_BYTES_MAX,
            "read_bufsize": READ_BUFFER_BYTES,
        }

    @property
    def has_too_many(self) -> bool:
        """More connections than one process is to hold."""
        return len(self._connections) > self._connections_max

    @property
    def has_too_many_beginnings(self) -> bool:
        """As many connections and beginnings as it is to hold, and the one that is told so."""
        return len(self._connections) + len(self.beginnings) > self._connections_max

    def __call__(
        self, origin: Origin | None = None, beginning: Beginning | None = None
    ) -> Connection:
        """A handler for a new connection, and who is said to have made it.

        ``beginning`` ends when the connection is made.
        """
        return Connection(self, origin, beginning, loop=self._loop, **self._options)

    async def _handle(self, request: web.BaseRequest) -> Written | Answering:
        connection = request.protocol
        assert isinstance(connection, Connection), "made by this server"
        return connection.take_begun() or await self.answer(request)

    def finish(self, answering: Answering) -> None:
        """Go on with a request whose client is gone, apart from its connection."""
        task = self._loop.create_task(answering.end_apart())
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def answer(self, request: web.BaseRequest | RawRequest) -> Written:
        """The answer to a request, to be written."""
        connection = request.protocol
        assert isinstance(connection, Connection), "made by this server"
        if connection.has_ended:
            connection.begin_last()
        if request.version[0] != 1:
            return self.refuse(request, ProtocolError("HTTPVersionNotSupported"))
        exchange = AiohttpExchange(request, self._body_idle_s)
        origin = connection.origin
        if origin is not None and origin.address is not None:
            exchange.remote = origin.address
            exchange.secure = exchange.secure or origin.secure
        # More than that is refused.
        if self._forwarding.trusts_any and exchange.header_bytes <= HEADER_BYTES_MAX:
            self._forwarding.apply(exchange)
        reply = await self._serve(exchange)
        if self._draining or connection.is_ending:
            reply.close = True
        if exchange.waits_for_continue:
            reply.close = True  # the body that was held back will not come
        if request._message.upgrade:  # noqa: SLF001 - what aiohttp's parser made of it
            reply.close = True  # it reads nothing more as HTTP; we speak nothing else
        return self._written(connection, reply)

    def refuse(self, request: web.BaseRequest | RawRequest, error: ProtocolError) -> Written:
        """Answer what is no request; to be written as any other answer."""
        exchange = AiohttpExchange(request, self._body_idle_s)
        return self._written(request.protocol, self._refuse(exchange, error))

    def _written(self, connection: RequestHandler, reply: Reply) -> Written:
        assert isinstance(connection, Connection), "made by this server"
        return Written(reply, idle_s=self._body_idle_s, below=connection.below)

    async def drain(self, timeout_s: float) -> None:
        """End idle connections, let requests under way finish, break what then remains.

        aiohttp's own shutdown stops reading at once, and so starves a request
        whose body is still arriving.  It takes ``timeout_s`` and then at most some
        three times BREAK_S: a client that goes on sending cannot prolong it.
        """
        self._draining = True
        loop = asyncio.get_running_loop()
        limit = loop.time() + timeout_s
        while self.connections and loop.time() < limit:
            for connection in list(self.connections):
                if isinstance(connection, Connection) and connection.is_idle:
                    connection.force_close()
            await asyncio.sleep(DRAIN_PAUSE_S)
        # Taken now: a connection that aiohttp closes no longer knows its own, and
        # that may still have much to send.
        remaining = [one.transport for one in self.connections if one.transport is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3 * BREAK_S):
                await self.shutdown(BREAK_S)
        for transport in remaining:
            transport.abort()

    async def sweep(self) -> None:
        """Close connections that take too long over a request's headers.  Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            limit = loop.time() - self._header_s
            for connection in list(self.connections):
                if (
                    isinstance(connection, Connection)
                    and connection.head_since is not None
                    and connection.head_since < limit
                ):
                    connection.time_out()
