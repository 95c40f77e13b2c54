"""boto3 talking to the application in this process: real requests, no sockets."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config

from gateway.app import App
from gateway.exchange import HeaderList, Reply
from sigv4 import Credentials
from tests.gateway.inside import KEY, make_app

ENDPOINT: Final = "http://signet.test"
_SESSION: Final = boto3.session.Session()  # which keeps the models that it has read


class Arrived:
    """A request as it arrives; implements gateway.exchange.Exchange."""

    def __init__(self, method: str, url: str, headers: HeaderList, body: bytes) -> None:
        _, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        self.method, self.target = method, b"/" + path.encode()
        has_host = any(name.lower() == b"host" for name, _ in headers)
        self.headers: HeaderList = [*([] if has_host else [(b"host", host.encode())]), *headers]
        announced = any(name.lower() == b"content-length" for name, _ in headers)
        self.content_length: int | None = len(body) if body or announced else None
        self.has_body, self.secure, self.remote = bool(body), False, "127.0.0.1"
        self.tls_version: str | None = None
        self.hosts: tuple[bytes, ...] = ()
        self.tls: tuple[str, str] | None = None
        self.header_bytes = self.received = 0
        self._left = [body] if body else []

    async def read(self) -> bytes:
        """The next piece."""
        piece = self._left.pop(0) if self._left else b""
        self.received += len(piece)
        return piece


class Server:
    """An application, and clients of it."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self.app = app
        self._loop = loop

    def run(self, awaitable: Any) -> Any:
        """The result of something that is to be awaited."""
        return self._loop.run_until_complete(awaitable)

    def ask(self, method: str, url: str, headers: HeaderList = (), body: bytes = b"") -> Reply:
        """The answer to a request as it is."""
        reply: Reply = self.run(self.app.serve(Arrived(method, url, headers, body)))
        if reply.on_end is not None:
            reply.on_end(0, True)  # else it would be under way for ever
        return reply

    def client(
        self,
        service: str,
        key: Credentials = KEY,
        *,
        region: str = "us-east-1",
        **settings: Any,
    ) -> Any:
        """boto3's client for ``s3``, ``iam`` or ``sts``, of a key."""
        config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, **settings)
        made = _SESSION.client(
            service,
            endpoint_url=ENDPOINT,
            region_name=region,
            aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret_key,
            aws_session_token=key.session_token,
            config=config,
        )
        made.meta.events.register("before-send", self._send)
        return made

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = [
            (name.encode(), value if isinstance(value, bytes) else str(value).encode())
            for name, value in request.headers.items()
        ]
        body = request.body or b""
        if not isinstance(body, bytes):
            body = body.encode() if isinstance(body, str) else body.read()
        reply = self.ask(request.method, request.url, headers, body)
        given = HeadersDict({name.decode(): value.decode() for name, value in reply.headers})
        return AWSResponse(request.url, reply.status, given, _Raw(self.run(_whole(reply))))


class _Raw:
    """What botocore reads an answer's content from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """All of it."""
        yield self._content

    def read(self, amount: int | None = None, **_: Any) -> bytes:
        """The next bytes."""
        cut = len(self._content) if amount is None else amount
        found, self._content = self._content[:cut], self._content[cut:]
        return found


async def _whole(reply: Reply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    pieces = []
    async for piece in reply.body:
        assert isinstance(piece, bytes), "content on memory"
        pieces.append(piece)
    return b"".join(pieces)


@contextmanager
def served(**settings: Any) -> Iterator[Server]:
    """An application on memory, closed at the end."""
    loop = asyncio.new_event_loop()
    try:
        app = make_app(**settings)
        yield Server(app, loop)
        loop.run_until_complete(app.close())
    finally:
        loop.close()
