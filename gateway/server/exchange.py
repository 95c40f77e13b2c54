"""One aiohttp request as the pipeline knows it: raw."""

import asyncio
from itertools import chain
from typing import Final

from aiohttp import ClientPayloadError, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EmptyStreamReader, StreamReader
from multidict import istr

from gateway.exchange import BodyInterrupted, HeaderList
from gateway.server.begun import RawRequest
from gateway.server.pace import allowed_s
from sigv4.canonical import authority, origin_form

# Of a peer whose connection has ended: neither of this machine nor listed anywhere.
_GONE: Final = "::"
_LENGTH: Final = istr("Content-Length")
_EXPECT: Final = istr("Expect")
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class AiohttpExchange:
    """Implements gateway.exchange.Exchange."""

    __slots__ = (
        "_idle_s",
        "_remote",
        "_request",
        "_secure",
        "_waited_s",
        "_waits",
        "content_length",
        "has_body",
        "header_bytes",
        "headers",
        "hosts",
        "method",
        "target",
        "was_read",
    )

    def __init__(self, request: web.BaseRequest | RawRequest, idle_s: float) -> None:
        message = request._message  # noqa: SLF001 - the raw request, which aiohttp keeps to itself
        self._request = request
        self._idle_s = idle_s
        self.method: str = message.method
        self.target: bytes = message.path.encode("utf-8", "surrogateescape")
        self.headers: HeaderList = message.raw_headers
        if not self.target.startswith(b"/"):
            self._use_authority()
        self.has_body: bool = type(request.content) is not EmptyStreamReader
        self.content_length: int | None = None
        self._waits = False
        self._waited_s = 0.0  # for the client to send
        # A colon, a space and the line's end.
        self.header_bytes = 4 * len(self.headers) + sum(map(len, chain.from_iterable(self.headers)))
        fields = message.headers
        if _LENGTH in fields or _EXPECT in fields:
            self._read_framing(message)
        self.was_read = False
        self.hosts: tuple[bytes, ...] = ()
        # Few requests ask for these, so they are looked up then; a proxy may know better.
        self._secure: bool | None = None
        self._remote: str | None = None

    def _read_framing(self, message: RawRequestMessage) -> None:
        for name, value in self.headers:
            if len(name) == 14 and name.lower() == b"content-length":
                self.content_length = int(value)
            elif len(name) == 6 and name.lower() == b"expect":
                self._waits = value.lower() == b"100-continue" and message.version >= (1, 1)

    def _use_authority(self) -> None:
        """A target that names a host is about that one, whatever Host says.

        Source: RFC 9112, section 3.2.2.
        """
        found = authority(self.target)
        if found is not None:
            others = [pair for pair in self.headers if pair[0].lower() != b"host"]
            self.headers = [(b"host", found), *others]
            self.target = origin_form(self.target)

    @property
    def secure(self) -> bool:
        """Whether it came over TLS."""
        return self._request.secure if self._secure is None else self._secure

    @secure.setter
    def secure(self, value: bool) -> None:
        self._secure = value

    @property
    def tls(self) -> tuple[str, str] | None:
        """Cipher suite and version of a connection whose TLS ends here."""
        if not self._request.secure:  # of this connection, whatever a proxy says of the client's
            return None
        transport = self._request.transport
        cipher = transport.get_extra_info("cipher") if transport is not None else None
        return (cipher[0], cipher[1]) if cipher else None

    @property
    def tls_version(self) -> str | None:
        """The version of TLS by which the client came to us, "1.3"; None without it."""
        transport = self._request.transport
        found = None if transport is None else transport.get_extra_info("ssl_object")
        version = None if found is None else found.version()
        return None if version is None else str(version).removeprefix("TLSv")

    @property
    def remote(self) -> str:
        """The peer's address; "" on a unix socket."""
        if self._remote is not None:
            return self._remote
        transport = self._request.transport
        if transport is None:
            return _GONE
        peer = transport.get_extra_info("peername")
        self._remote = found = peer[0] if isinstance(peer, tuple) else ""
        return found

    @remote.setter
    def remote(self, value: str) -> None:
        self._remote = value

    @property
    def received(self) -> int:
        """Bytes of the body that have come, read by anybody or not."""
        return self._request.content.total_bytes

    @property
    def waits_for_continue(self) -> bool:
        """The client holds its body back and nobody asked for it."""
        return self._waits

    async def read(self) -> bytes:
        """The next piece of the body; empty at its end.

        Raises:
            BodyInterrupted
        """
        self.was_read = True
        request = self._request
        if self._waits:
            self._waits = False
            if request.transport is None:
                raise BodyInterrupted(timed_out=False)
            request.transport.write(_CONTINUE)
        content = request.content
        try:
            if content.is_eof() or (content.total_bytes and content._size):  # noqa: SLF001
                piece = await content.readany()
            else:
                piece = await self._wait(content)
        except TimeoutError:
            raise BodyInterrupted(timed_out=True) from None
        except (ClientPayloadError, ConnectionError, web.RequestPayloadError):
            raise BodyInterrupted(timed_out=False) from None
        if not piece and getattr(request.protocol, "cut_off", None) is content:
            raise BodyInterrupted(timed_out=False)
        return piece

    async def _wait(self, content: StreamReader) -> bytes:
        """The next piece, from a client that is not too slow.

        Raises:
            TimeoutError
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(allowed_s(self._idle_s, content.total_bytes, self._waited_s)):
            piece = await content.readany()
        self._waited_s += loop.time() - began
        return piece
