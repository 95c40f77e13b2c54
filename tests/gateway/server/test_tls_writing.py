"""The end of an answer under TLS: encrypted is not sent, and what is not sent is waited for."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from gateway.exchange import Exchange, Reply
from gateway.forwarding import Forwarding
from gateway.protocol.errors import ProtocolError
from gateway.server.http import S3Server
from gateway.server.proxied import AcceptingListener
from tests.clients import certificates

# More than both kernels' buffers hold here, and less than TLS encrypts at once.
SIZE = 60_000
MANY = 100  # turns of a loop, in which all happens that is not waited for


class Listening:
    """A server of one answer, on a socket that holds little for its clients."""

    def __init__(self, folder: Path, *, size: int, close: bool, idle_s: float) -> None:
        pair = certificates.make(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.certificate, pair.key)
        self._size, self._close, self._idle_s = size, close, idle_s
        self._asked = asyncio.Event()
        self._ended = asyncio.Event()
        self.ends: list[tuple[int, bool]] = []

    async def _serve(self, exchange: Exchange) -> Reply:
        self._asked.set()
        return Reply(200, [], bytes(self._size), close=self._close, on_end=self._end)

    def _end(self, sent: int, whole: bool) -> None:
        self.ends.append((sent, whole))
        self._ended.set()

    def _refuse(self, exchange: Exchange, error: ProtocolError) -> Reply:
        raise AssertionError(exchange, error)

    @contextlib.contextmanager
    def open(self) -> Iterator[tuple[str, int]]:
        """Its address."""
        server = S3Server(
            self._serve,
            self._refuse,
            body_idle_s=self._idle_s,
            header_s=60,
            keepalive_s=60,
            connections_max=10,
            forwarding=Forwarding((), "forwarded"),
        )
        sock = socket.create_server(("127.0.0.1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sock.setblocking(False)
        listener = AcceptingListener(server, sock, self._context, (), header_s=60)
        yield sock.getsockname()
        listener.close()

    async def until_written(self) -> None:
        """All that can be done for a client that takes nothing has been done."""
        await self._asked.wait()
        for _ in range(MANY):
            await asyncio.sleep(0)

    async def until_ended(self) -> None:
        await self._ended.wait()


def ask(
    address: tuple[str, int], taking: threading.Event, leaving: threading.Event, size: int
) -> int:
    """How many bytes of the answer's body a client gets that takes it, and leaves, when told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.socket() as raw:
        raw.settimeout(60)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        raw.connect(address)
        with context.wrap_socket(raw) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            taking.wait(60)
            got = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while piece := client.recv(65536):
                    got += piece
                    if len(got.partition(b"\r\n\r\n")[2]) == size:
                        break
            leaving.wait(60)
            return len(got.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("close", [True, False], ids=["the last", "kept open"])
@pytest.mark.parametrize("size", [SIZE, 10 * SIZE, 100 * SIZE])
def test_an_answer_has_ended_when_the_kernel_has_all_of_it(
    tmp_path: Path, size: int, *, close: bool
) -> None:
    async def run() -> None:
        listening = Listening(tmp_path, size=size, close=close, idle_s=60)
        taking, leaving = threading.Event(), threading.Event()
        with listening.open() as address:
            client = asyncio.ensure_future(asyncio.to_thread(ask, address, taking, leaving, size))
            await listening.until_written()
            before = list(listening.ends)
            taking.set()
            # Who left as soon as he had it all could be gone before the server looked.
            await listening.until_ended()
            leaving.set()
            assert await client == size
        assert before == []
        assert listening.ends == [(size, True)]

    uvloop.run(run())


@pytest.mark.parametrize("close", [True, False], ids=["the last", "kept open"])
def test_an_answer_that_is_not_taken_is_not_counted_whole(tmp_path: Path, *, close: bool) -> None:
    async def run() -> None:
        listening = Listening(tmp_path, size=SIZE, close=close, idle_s=0.1)
        taking = threading.Event()
        with listening.open() as address:
            leaving = taking
            client = asyncio.ensure_future(asyncio.to_thread(ask, address, taking, leaving, SIZE))
            await listening.until_ended()
            taking.set()
            assert await client < SIZE
        assert listening.ends == [(SIZE, False)]

    uvloop.run(run())
