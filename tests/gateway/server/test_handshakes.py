"""What is no connection yet, for it says nothing: not waited for, and not held without number."""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.server import proxied
from gateway.server.http import Beginning, S3Server
from gateway.server.proxied import AcceptingListener
from tests.clients import certificates
from tests.gateway.server.wire import Wire
from tests.serving import PATIENCE_S, Server, serving, until

CONNECTIONS_MAX = 5
SHORT_S, LONG_S = 1, 600  # waits for a header: soon over, and not before a test is
PLAIN = "a PROXY header"
KINDS = pytest.mark.parametrize("kind", ["a handshake", PLAIN, "a handshake behind a proxy"])


@contextlib.contextmanager
def waiting(kind: str, directory: Path, header_s: int) -> Iterator[Server]:
    """A server that waits for something before there is a connection."""
    arguments = ["--workers", "1", "--header-timeout-s", str(header_s)]
    arguments += ["--connections-max", str(CONNECTIONS_MAX)]
    if kind != PLAIN:
        pair = certificates.make(directory)
        arguments += ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    if kind != "a handshake":
        listed = "127.0.0.1" if kind == PLAIN else "127.0.0.9"
        arguments += ["--proxy-protocol-from", listed]
    with serving(directory / "data", *arguments) as made:
        yield made
        assert made.stop() == 0
        assert "Traceback" not in "".join(made.log)


def silence(server: Server) -> socket.socket:
    """A connection that says nothing."""
    return socket.create_connection(server.address, timeout=PATIENCE_S)


def is_ended(silent: socket.socket) -> bool:
    """Whether the server ends it, while a test has patience."""
    with contextlib.suppress(ConnectionResetError):
        return silent.recv(1) == b""
    return True


def sockets_of(server: Server) -> int:
    """Held by the worker that holds most."""

    def count(pid: int) -> int:
        found = 0
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                found += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        return found

    return max(count(pid) for pid in server.workers())


@KINDS
def test_silent_connections_are_few(kind: str, tmp_path: Path) -> None:
    with waiting(kind, tmp_path, LONG_S) as server, contextlib.ExitStack() as stack:
        before = sockets_of(server)
        silent = [stack.enter_context(silence(server)) for _ in range(10 * CONNECTIONS_MAX)]
        assert all(is_ended(one) for one in silent[2 * CONNECTIONS_MAX :]), "one too many"
        assert sockets_of(server) - before <= CONNECTIONS_MAX + 1


@KINDS
def test_silent_connections_are_short(kind: str, tmp_path: Path) -> None:
    with waiting(kind, tmp_path, SHORT_S) as server, contextlib.ExitStack() as stack:
        began = time.monotonic()
        silent = [stack.enter_context(silence(server)) for _ in range(CONNECTIONS_MAX)]
        assert all(is_ended(one) for one in silent)
        assert time.monotonic() - began > SHORT_S / 2, "they were not waited for"


@KINDS
def test_there_is_room_again_for_who_speaks(kind: str, tmp_path: Path) -> None:
    with waiting(kind, tmp_path, LONG_S) as server:
        with contextlib.ExitStack() as stack:
            for _ in range(10 * CONNECTIONS_MAX):
                stack.enter_context(silence(server))
        until(lambda: answer(server) == 200)  # those that have gone are looked at first


def answer(server: Server) -> int:
    """The status of a request that comes as the server waits for it; 0 if it is one too many."""
    with Wire(server) as wire, contextlib.suppress(ConnectionError, ssl.SSLError):
        if "--tls-cert" in str(server.process.args):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            wire.socket = context.wrap_socket(wire.socket)
        else:
            wire.send(b"PROXY UNKNOWN\r\n")
        wire.send(wire.signed("GET", "/"))
        return wire.response().status
    return 0


def test_all_addresses_of_a_worker_count_together(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    arguments = ["--workers", "1", "--connections-max", str(CONNECTIONS_MAX)]
    arguments += ["--listen", "127.0.0.1:0", "--listen", f"unix:{path}"]
    arguments += ["--proxy-protocol-from", "127.0.0.1", "--proxy-protocol-from", "unix"]
    with serving(tmp_path / "data", *arguments) as server, contextlib.ExitStack() as stack:
        before = sockets_of(server)
        for _ in range(2 * CONNECTIONS_MAX):
            stack.enter_context(silence(server))
        until_accepted(server)
        one = stack.enter_context(socket.socket(socket.AF_UNIX))
        one.settimeout(PATIENCE_S)
        one.connect(str(path))
        assert is_ended(one)
        assert sockets_of(server) - before <= CONNECTIONS_MAX + 1


def until_accepted(server: Server) -> None:
    """All that connected before have been looked at."""
    with silence(server) as one:
        assert is_ended(one), "one too many"


def test_who_is_not_waited_for_is_told_that_it_is_one_too_many(tmp_path: Path) -> None:
    arguments = ["--workers", "1", "--connections-max", str(CONNECTIONS_MAX)]
    arguments += ["--proxy-protocol-from", "127.0.0.9"]
    with serving(tmp_path / "data", *arguments) as server, contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS_MAX):
            wire = stack.enter_context(Wire(server))
            wire.send(wire.signed("GET", "/"))
            assert wire.response().status == 200
        more = [stack.enter_context(Wire(server)) for _ in range(2 * CONNECTIONS_MAX)]
        for wire in more:
            assert wire.response().code == "SlowDown"


class Doors(socket.socket):
    """A listening socket whose next accepts fail."""

    def __init__(self, *errors: int) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.errors = list(errors)
        self.bind(("127.0.0.1", 0))
        self.listen()
        self.setblocking(False)

    def accept(self) -> tuple[socket.socket, Any]:
        if self.errors:
            number = self.errors.pop(0)
            raise OSError(number, os.strerror(number))
        return super().accept()


class Greeter(asyncio.Protocol):
    """Greets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(b"x")
        transport.close()


class Greeters:
    """As much of a server as a listener sees."""

    def __init__(self) -> None:
        self.beginnings: set[Beginning] = set()
        self.has_too_many_beginnings = False

    def __call__(self, origin: object, beginning: object) -> Greeter:
        return Greeter()


@pytest.mark.parametrize(
    ("errors", "paused"),
    [
        ([errno.ECONNABORTED, errno.EPROTO], 0),
        ([errno.EINTR, errno.EAGAIN], 0),
        ([errno.EMFILE, errno.ENOBUFS], 2),
    ],
)
async def test_what_cannot_be_accepted_ends_no_listener(
    errors: list[int],
    paused: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does one client's error keep the next ones waiting."""
    monkeypatch.setattr(proxied, "PAUSE_S", 0.01)
    doors = Doors(*errors)
    listener = AcceptingListener(cast("S3Server", Greeters()), doors, None, (), header_s=1)
    reader, writer = await asyncio.open_connection(*doors.getsockname())
    assert await reader.read() == b"x"
    writer.close()
    await writer.wait_closed()
    listener.close()
    assert sum("no connection can be accepted" in line for line in caplog.messages) == paused
    assert doors.fileno() == -1


async def test_who_waits_for_nothing_is_served_though_the_listener_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doors = Doors()
    listener = AcceptingListener(cast("S3Server", Greeters()), doors, None, (), header_s=1)
    begin = listener._begin

    def begin_and_close(connection: socket.socket, remote: str) -> None:
        begin(connection, remote)
        asyncio.get_running_loop().call_soon(listener.close)

    monkeypatch.setattr(listener, "_begin", begin_and_close)
    reader, writer = await asyncio.open_connection(*doors.getsockname())
    assert await reader.read() == b"x"
    writer.close()
    await writer.wait_closed()


def test_an_idle_client_that_says_no_goodbye_holds_no_end_up(tmp_path: Path) -> None:
    """Pools of SDKs keep connections open and send no close_notify; a drain may last 30 s."""
    pair = certificates.make(tmp_path)
    arguments = ("--workers", "1", "--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    context = ssl.create_default_context(cafile=str(pair.authority))
    with serving(tmp_path / "data", *arguments) as server:
        plain = silence(server)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as idle:
            idle.sendall(b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(1000).startswith(b"HTTP/1.1 200 ")
            server.process.terminate()
            assert server.process.wait(15) == 0
