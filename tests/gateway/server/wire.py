"""HTTP by hand: what well-behaved clients never send."""

import hashlib
import html
import re
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple, Self

from sigv4 import Credentials, Request, Signer
from tests.serving import KEY, PATIENCE_S, SECRET, Server

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Response(NamedTuple):
    """An answer, taken apart."""

    status: int
    head: bytes
    body: bytes

    @property
    def code(self) -> str:
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""

    def field(self, name: str) -> str | None:
        """A member of an error document."""
        found = re.search(rb"<%b>(.*?)</%b>" % (name.encode(), name.encode()), self.body, re.DOTALL)
        return html.unescape(found[1].decode()) if found else None

    def header(self, name: str) -> bytes | None:
        """The value of a header."""
        found = re.search(rb"\r\n%b: ?([^\r]*)" % name.encode(), self.head, re.IGNORECASE)
        return found[1] if found else None


class Wire:
    """One connection."""

    def __init__(self, server: Server, timeout_s: float = PATIENCE_S) -> None:
        self._take(socket.create_connection(server.address, timeout=timeout_s), server.place)

    @classmethod
    def over(cls, raw: socket.socket, host: str) -> Self:
        """Over a socket that is connected already."""
        wire = cls.__new__(cls)
        wire._take(raw, host)
        return wire

    def _take(self, raw: socket.socket, host: str) -> None:
        self.host = host
        self.socket = raw
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def signed(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        headers: Sequence[tuple[bytes, bytes]] = (),
        unsigned: Sequence[tuple[bytes, bytes]] = (),
        payload: bytes | None = None,
    ) -> bytes:
        """A request as it goes over the wire; ``unsigned`` headers are added afterwards."""
        host = (b"host", self.host.encode())
        sha256 = payload or hashlib.sha256(body).hexdigest().encode()
        request = Request(method, target.encode(), [host, *headers])
        added = Signer(Credentials(KEY, SECRET), "us-east-1").sign(
            request, now=int(time.time()), payload=sha256
        )
        everything = [host, *headers, *added, *unsigned]
        if method in ("PUT", "POST") and not any(
            name in (b"content-length", b"transfer-encoding") for name, _ in everything
        ):
            everything.append((b"content-length", b"%d" % len(body)))
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in everything)
        return b"%b %b HTTP/1.1\r\n%b\r\n" % (method.encode(), target.encode(), lines) + body

    def begin(self, target: str, body: bytes) -> None:
        """A PUT whose head the server has looked at, for it asks for the body."""
        expect = [(b"expect", b"100-continue")]
        request = self.signed("PUT", target, body, unsigned=expect)
        self.send(request[: -len(body)])
        assert self.response().status == 100

    def read_until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionResetError(self._rest)
            self._rest += piece
        found, _, self._rest = self._rest.partition(mark)
        return found + mark

    def response(self, *, head_only: bool = False) -> Response:
        """The next answer, 100 Continue too."""
        head = self.read_until(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        found = _LENGTH.search(head)
        size = int(found[1]) if found and not head_only and status >= 200 else 0
        while len(self._rest) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionResetError("in the body")
            self._rest += piece
        body, self._rest = self._rest[:size], self._rest[size:]
        return Response(status, head, body)

    def rest(self, size: int) -> bytes:
        """So many bytes of what follows."""
        pieces, got = [self._rest[:size]], len(self._rest[:size])
        self._rest = self._rest[size:]
        while got < size and (piece := self.socket.recv(65536)):
            pieces.append(piece)
            got += len(piece)
        return b"".join(pieces)

    def is_closed(self) -> bool:
        """The server has ended the connection."""
        try:
            return not self._rest and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def ask(
    server: Server,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    headers: Sequence[tuple[bytes, bytes]] = (),
    unsigned: Sequence[tuple[bytes, bytes]] = (),
) -> Response:
    """The answer to one signed request."""
    with Wire(server) as wire:
        wire.send(wire.signed(method, target, body, headers=headers, unsigned=unsigned))
        return wire.response(head_only=method == "HEAD")
