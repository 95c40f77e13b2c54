"""The application without a server: requests from lists, answers as the pipeline makes them."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

from gateway.app import App
from gateway.config import load
from gateway.exchange import Exchange, HeaderList, Reply
from gateway.iam.accounts import AccessKey, Account, derived_canonical_id
from gateway.observe.observation import Observe
from gateway.pipeline import Pipeline
from gateway.stores import Stores
from sigv4 import Credentials, Request, Signer
from storage.reads import ReadsBoard
from storage.seam import SystemClock
from tests.gateway.gates import Gate

KEY = Credentials("AKIATESTTESTTESTTEST", "test/secret+test/secret+test/secret+tes")
ACCOUNT = Account(
    "000000000001",
    derived_canonical_id("000000000001"),
    access_keys=(AccessKey(KEY.access_key, KEY.secret_key),),
)
OTHER_KEY = Credentials("AKIAOTHEROTHEROTHERO", "other/secret+other/secret+other/secret+o")
OTHER_ACCOUNT = Account(
    "000000000002",
    derived_canonical_id("000000000002"),
    access_keys=(AccessKey(OTHER_KEY.access_key, OTHER_KEY.secret_key),),
)


class Listed:
    """A request from lists, signed or nobody's; implements gateway.exchange.Exchange."""

    def __init__(
        self,
        method: str,
        target: bytes,
        pieces: list[bytes],
        payload: bytes,
        more: HeaderList = (),
        key: Credentials | None = KEY,
        host: str = "127.0.0.1",
    ) -> None:
        body = b"".join(pieces)
        headers = [(b"host", host.encode()), *more]
        if method == "POST":
            headers.append(digest_of(body))
        now = SystemClock().now_ms() // 1000
        added: HeaderList = ()
        if key is not None:
            signer = Signer(key, "us-east-1")
            added = signer.sign(Request(method, target, headers), now=now, payload=payload)
        self.method, self.target = method, target
        self.headers: HeaderList = [*headers, *added, (b"content-length", b"%d" % len(body))]
        self.content_length: int | None = len(body)
        self.has_body, self.secure, self.remote = bool(body), False, "127.0.0.1"
        self.tls_version: str | None = None
        self.hosts: tuple[bytes, ...] = ()
        self.tls: tuple[str, str] | None = None
        self.header_bytes = self.received = 0
        self._left = pieces

    async def read(self) -> bytes:
        """The next piece."""
        piece = self._left.pop(0) if self._left else b""
        self.received += len(piece)
        return piece


def make_app(observe: Observe | None = None, *, beside: App | None = None, **settings: Any) -> App:
    """An application on memory, with these settings; to be closed.

    ``beside`` another it is one more worker on the same stores, which that one closes.
    """
    flags = {"meta": ["memory:"], "blobs": ["memory:"], "workers": ["1"]}
    given = {name: [one] if isinstance(one, str) else one for name, one in settings.items()}
    config = load(flags | given, {}, None)
    stores = Stores(config) if beside is None else beside.stores
    return App(config, [ACCOUNT, OTHER_ACCOUNT], stores, ReadsBoard(), 0, observe)


def open_to_all(app: App) -> Pipeline:
    """The same where everybody may do everything."""
    return Pipeline(replace(app.services, authority=Gate()), lambda _: None)


class Serves(Protocol):
    """An application, or its pipeline."""

    async def serve(self, exchange: Exchange) -> Reply: ...


async def ask(
    app: Serves,
    method: str,
    target: str,
    pieces: list[bytes] | None = None,
    payload: bytes = b"",
    headers: HeaderList = (),
    key: Credentials | None = KEY,
    host: str = "127.0.0.1",
) -> Reply:
    """The answer to a request.

    ``payload`` is its x-amz-content-sha256, if not the right one; ``key`` None is nobody's.
    """
    pieces = pieces or []
    sha256 = payload or hashlib.sha256(b"".join(pieces)).hexdigest().encode()
    return await app.serve(Listed(method, target.encode(), pieces, sha256, headers, key, host))


def digest_of(body: bytes) -> tuple[bytes, bytes]:
    """The header that documents need, among others."""
    return b"content-md5", b64encode(hashlib.md5(body).digest())


async def put_document(app: Serves, target: str, document: str, headers: HeaderList = ()) -> Reply:
    """The answer to a PUT of a document, with the digest that documents need."""
    body = document.encode()
    return await ask(app, "PUT", target, [body], headers=[digest_of(body), *headers])


def text_of(reply: Reply) -> str:
    """A document."""
    assert isinstance(reply.body, bytes)
    return reply.body.decode()


@asynccontextmanager
async def furnished(*targets: str, **settings: Any) -> AsyncIterator[App]:
    """An application on memory after a PUT of each target; closed at the end."""
    app = make_app(**settings)
    for target in targets:
        assert (await ask(app, "PUT", target)).status == 200
    yield app
    await app.close()


async def begun(app: App, target: str, headers: HeaderList = ()) -> str:
    """The id of an upload that is begun there."""
    answer = text_of(await ask(app, "POST", f"{target}?uploads", headers=headers))
    return answer.partition("<UploadId>")[2].partition("<")[0]
