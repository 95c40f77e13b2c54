"""What the pipeline knows of one HTTP exchange: raw bytes in, a Reply out.  No web server here.

``gateway.server`` implements Exchange over aiohttp; a test may implement it
over two lists.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

from gateway.headers import Pair, Prepared
from sigv4.canonical import origin_form
from storage.content import Stretches

__all__ = ["BodyInterrupted", "Exchange", "HeaderList", "Reply", "Stretches"]

HeaderList = Sequence[tuple[bytes, bytes]]


class BodyInterrupted(Exception):
    """The connection ended, or the client said nothing for too long, inside the body."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("timed out" if timed_out else "connection lost")
        self.timed_out = timed_out


class Exchange(Protocol):
    """One request as it came over the wire, nothing decoded.

    ``headers`` keeps order, case and repetitions.  ``content_length`` is what
    the header says (already checked to be a number), None under chunked
    transfer coding or when there is no body.  Where a trusted proxy stands
    before us, ``headers``' Host, ``secure`` and ``remote`` are what it saw.
    """

    method: str
    target: bytes
    headers: HeaderList
    header_bytes: int  # of the header section as it came over the wire
    content_length: int | None
    has_body: bool
    secure: bool  # over TLS
    remote: str  # the peer's address, "" on a unix socket
    hosts: tuple[bytes, ...]  # other spellings of Host that the client may have signed

    @property
    def received(self) -> int:
        """Bytes of the body that have come, read by anybody or not."""
        ...

    @property
    def tls(self) -> tuple[str, str] | None:
        """Cipher suite and version, where TLS ends here."""
        ...

    @property
    def tls_version(self) -> str | None:
        """By which version of TLS it came to us, "1.3"; None without, and from a proxy."""
        ...

    async def read(self) -> bytes:
        """The next piece of the body as it arrived; empty at its end.

        The first call sends ``100 Continue`` if the client waits for it, so a
        request refused before costs no bandwidth.

        Raises:
            BodyInterrupted: the rest will not come.
        """
        ...


def target_of(exchange: Exchange) -> bytes:
    """Path and query of a request, whatever form its target has."""
    target = exchange.target
    return target if target.startswith(b"/") else origin_form(target)


class Reply:
    """An answer: everything the server needs to write it.

    ``body`` is bytes; or stretches of blobs; or a stream of unknown length
    that is sent with chunked transfer coding.  Whoever writes it closes it.  A
    reply to HEAD has no body but its headers may carry a Content-Length.
    ``close`` ends the connection after the answer (a body was left unread,
    say).  ``on_end`` is told, once, how many bytes of content were sent, and
    whether that was all.  ``prepared`` are headers beside ``headers``, as long as
    nobody has asked for these: then they are among them.
    """

    __slots__ = ("_headers", "body", "close", "on_end", "prepared", "status")

    def __init__(
        self,
        status: int,
        headers: list[Pair] | None = None,
        body: "bytes | Stretches | AsyncGenerator[bytes, None]" = b"",
        close: bool = False,
        on_end: Callable[[int, bool], None] | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        self.status = status
        self._headers = [] if headers is None else headers
        self.body = body
        self.close = close
        self.on_end = on_end
        self.prepared = prepared

    @property
    def headers(self) -> list[Pair]:
        """All of them, to be looked at and changed."""
        if self.prepared is not None:
            self._headers[:0] = self.prepared.pairs
            self.prepared = None
        return self._headers

    @headers.setter
    def headers(self, pairs: list[Pair]) -> None:
        self._headers, self.prepared = pairs, None

    def add(self, *pairs: Pair) -> None:
        """Put some behind those that there are."""
        self._headers += pairs

    @property
    def added(self) -> list[Pair]:
        """Those that are not prepared."""
        return self._headers
