"""How long the steps of one request take inside a worker: microseconds of CPU, the best of several.

    python -m tests.bench.micro_request [DIRECTORY]

No sockets: the exchange is two lists.  A report, not a gate: machines are noisy.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from gateway.app import App
from gateway.call import Call
from gateway.config import load
from gateway.exchange import HeaderList, Reply
from gateway.iam.accounts import AccessKey, Account, derived_canonical_id
from gateway.protocol.query import Query
from gateway.server.writing import Written
from gateway.stores import Stores
from sigv4 import Credentials, Request, Signer, check, read
from storage.meta.epoch import SharedEpoch
from storage.reads import ReadsBoard

SIZE: Final = 4096
CALLS: Final = 2000
ROUNDS: Final = 9
KEY: Final = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
ACCOUNT: Final = "000000000001"


class ListedExchange:
    """One request from lists; implements gateway.exchange.Exchange."""

    def __init__(
        self, method: str, target: bytes, body: bytes = b"", key: Credentials = KEY
    ) -> None:
        signer = Signer(key, "us-east-1")
        payload = hashlib.sha256(body).hexdigest().encode()
        headers = [(b"Host", b"127.0.0.1:9000")]
        added = signer.sign(Request(method, target, headers), now=int(time.time()), payload=payload)
        self.method = method
        self.target = target
        length = [(b"Content-Length", b"%d" % len(body))] if body else []
        self.headers: HeaderList = [*headers, *added, *length]
        self.content_length = len(body) if body else None
        self.has_body = bool(body)
        self.header_bytes = self.received = 0
        self.secure = False
        self.tls_version: str | None = None
        self.remote = "127.0.0.1"
        self.hosts: tuple[bytes, ...] = ()
        self.tls: tuple[str, str] | None = None
        self._all = self._left = body

    async def read(self) -> bytes:
        """The whole body, then nothing."""
        piece, self._left = self._left, b""
        return piece

    def again(self) -> "ListedExchange":
        """The same request once more."""
        self._left = self._all
        return self


async def measure(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Print the microseconds that one call takes."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(CALLS):
            await work()
        best = min(best, (time.thread_time() - began) / CALLS)
    print(f"{name:44}{best * 1e6:10.2f} us")


def plain(work: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    """A function as a coroutine function."""

    async def call() -> object:
        return work()

    return call


POLICY: Final = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bench/*"}}'
)


async def measure_users(app: App, answer: Callable[[ListedExchange], Awaitable[object]]) -> None:
    """What it costs that a key is stored, and a user's."""
    directory, identities = app.services.directory, app.services.identities
    await directory.users.create(ACCOUNT, "user")
    await directory.inlines.put(ACCOUNT, "user", "user", "policy", POLICY)
    new = await directory.access_keys.create(ACCOUNT, "user")
    users = Credentials(new.key.id, new.secret)
    get = ListedExchange("GET", b"/bench/photos/key00001", key=users)
    await answer(get)
    now = int(time.time() * 1000)
    for kind, key_id in (("declared", KEY.access_key), ("stored", users.access_key)):
        assert identities.cached(key_id, now) is not None
        await measure(f"whose a {kind} key is", plain(partial(identities.cached, key_id, now)))
    await measure("GET by a user", lambda: answer(get))


async def report(data_dir: Path) -> None:
    """Print the report."""
    config = load({"data_dir": [str(data_dir)]}, {}, None)
    account = Account(
        ACCOUNT,
        derived_canonical_id(ACCOUNT),
        access_keys=(AccessKey(KEY.access_key, KEY.secret_key),),
    )
    app = App(config, [account], Stores(config, SharedEpoch()), ReadsBoard(), 0)
    services = app.services

    async def answer(exchange: ListedExchange) -> Reply:
        """What is answered, and has left: until then a request is one of those at work."""
        reply = await app.serve(exchange)
        assert reply.status == 200, reply
        assert reply.on_end is not None
        reply.on_end(len(reply.body) if isinstance(reply.body, bytes) else 0, True)
        return reply

    await answer(ListedExchange("PUT", b"/bench"))
    body = bytes(SIZE)
    put = ListedExchange("PUT", b"/bench/photos/key00001", body)
    get = ListedExchange("GET", b"/bench/photos/key00001")
    await answer(put)
    request = Request(get.method, get.target, get.headers)
    now = int(time.time())
    claim: Any = read(request, now=now, regions=("us-east-1",))
    verified = check(claim, KEY.secret_key, services.key_cache)
    bucket = await services.buckets.find("bench")
    key = b"photos/key00001"
    await measure("nothing", plain(lambda: None))
    await measure("claim", plain(lambda: read(request, now=now, regions=("us-east-1",))))
    await measure("check", plain(lambda: check(claim, KEY.secret_key, services.key_cache)))
    plan = services.plans.route("GET", "object", Query(b""), verified.headers)
    await measure(
        "route",
        plain(lambda: services.plans.route("GET", "object", Query(b""), verified.headers)),
    )
    await measure("parse", plain(lambda: plan.parse("bench", "key", Query(b""), verified.headers)))
    await measure("find the bucket", lambda: services.buckets.find("bench"))
    await measure("find the version", lambda: services.objects.find(bucket, key))
    await measure(
        "open", lambda: services.objects.open(bucket, key, None, lambda found: (0, found.size))
    )
    reply = await answer(get)
    written = Written(reply, idle_s=1.0)
    await measure("head", plain(lambda: written._head(SIZE, old=False, head=False)))
    await measure("Call", plain(lambda: Call(services, get, "")))
    await measure("GET, whole pipeline", lambda: answer(get))
    await measure_users(app, answer)
    await measure("PUT, whole pipeline, its own thread only", lambda: answer(put.again()))
    await app.close()


def main() -> None:
    """Run it on a data directory of its own."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as path:
        uvloop.run(report(Path(path)))


if __name__ == "__main__":
    main()
