"""Request heads: how much of one is taken, what is said of more, and when it is waited for."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.exchange import Exchange, Reply
from gateway.forwarding import Forwarding
from gateway.peers import Peers
from gateway.pipeline import HEADER_BYTES_MAX
from gateway.protocol.errors import ProtocolError
from gateway.server.http import HEAD_BYTES_MAX, HEADERS_MAX, Connection, S3Server, Serve
from tests.gateway.server.wire import Wire
from tests.serving import Server

TOO_LARGE = (400, "RequestHeaderSectionTooLarge")


def section(request: bytes) -> int:
    """Bytes of its header section."""
    return len(request) - len(b"\r\n") - request.index(b"\r\n") - len(b"\r\n")


def padded(wire: Wire, target: str, size: int) -> bytes:
    """A signed request with so many bytes of headers."""
    bare = wire.signed("GET", target, unsigned=[(b"x-pad", b"")])
    return wire.signed("GET", target, unsigned=[(b"x-pad", b"a" * (size - section(bare)))])


def test_as_many_headers_as_fit_are_taken(server: Server, s3: Any, bucket: str) -> None:
    """API Reference, PutObject: the header has 8 KB, user metadata in it 2 KB, in any number."""
    metadata = {f"{number:03}": "" for number in range(150)}
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata=metadata)
    with Wire(server) as wire:
        wire.send(wire.signed("HEAD", f"/{bucket}/k"))
        head = wire.response(head_only=True).head
    assert {n.decode() for n in re.findall(rb"\nx-amz-meta-(\d+): \r", head + b"\r")} == set(
        metadata
    )


@pytest.mark.parametrize("excess", [0, 1])
def test_a_header_section_has_8_kb(server: Server, s3: Any, bucket: str, excess: int) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with Wire(server) as wire:
        request = padded(wire, f"/{bucket}/k", HEADER_BYTES_MAX + excess)
        assert section(request) == HEADER_BYTES_MAX + excess
        wire.send(request)
        answer = wire.response()
    if excess:
        assert (answer.status, answer.code) == TOO_LARGE
        assert b"<MaxSizeAllowed>8192</MaxSizeAllowed>" in answer.body
    else:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("head", "said"),
    [
        pytest.param(b"GET /" + b"a" * 70_000, (414, "URITooLong"), id="a target"),
        pytest.param(b"GET / HTTP/1.1\r\na: " + b"b" * 70_000, TOO_LARGE, id="a header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"b" * 70_000, TOO_LARGE, id="a header's name"),
        pytest.param(
            b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (HEADERS_MAX + 1) + b"\r\n",
            TOO_LARGE,
            id="many headers",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nhost: a\r\n" + (b"a: " + b"b" * 1000 + b"\r\n") * 50 + b"\r\n",
            TOO_LARGE,
            id="many large headers",
        ),
        pytest.param(b"GET / HTTP/1.1\r\na b\r\n\r\n", (400, "BadRequest"), id="no header"),
    ],
)
def test_what_the_parser_refuses_is_said_as_s3_says_it(
    server: Server, head: bytes, said: tuple[int, str]
) -> None:
    with Wire(server) as wire:
        wire.send(head)
        answer = wire.response()
        assert (answer.status, answer.code) == said


def test_a_head_without_end_is_not_held(server: Server) -> None:
    """Nothing but its time would bound what many lines of one head take."""
    line = b"a: " + b"b" * 1000 + b"\r\n"
    with Wire(server) as wire:
        wire.send(b"GET / HTTP/1.1\r\nhost: a\r\n")
        wire.send(line * (HEAD_BYTES_MAX // len(line) + 1))
        answer = wire.response()
        assert (answer.status, answer.code) == TOO_LARGE
        assert wire.is_closed()


class Sink(asyncio.Transport):
    """A transport that keeps nothing."""

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def server_of(serve: Serve, forwarding: Forwarding) -> S3Server:
    """One that has nothing to refuse."""

    def refuse(exchange: Exchange, error: ProtocolError) -> Reply:
        raise AssertionError(exchange, error)

    return S3Server(
        serve,
        refuse,
        body_idle_s=60,
        header_s=60,
        keepalive_s=60,
        connections_max=10,
        forwarding=forwarding,
    )


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    """One whose requests are answered by nobody."""

    async def serve(exchange: Exchange) -> Reply:
        await asyncio.get_running_loop().create_future()
        raise AssertionError(exchange)

    server = server_of(serve, Forwarding((), "forwarded"))
    made = server()
    made.connection_made(Sink())
    yield made
    made.connection_lost(None)


@pytest.mark.parametrize("turns", range(5))
async def test_a_request_under_way_is_not_waited_for(connection: Connection, turns: int) -> None:
    """Its body may come at any moment of its being taken up."""
    await asyncio.sleep(0)
    connection.data_received(b"PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n")
    for _ in range(turns):
        await asyncio.sleep(0)
    connection.data_received(b"hello")
    assert connection.head_since is None
    assert not connection.is_idle


@pytest.mark.parametrize("turns", range(3))
async def test_half_a_head_is_waited_for(connection: Connection, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    connection.data_received(b"PUT / HTTP/1.1\r\nhost")
    assert connection.head_since is not None


@pytest.mark.parametrize(("excess", "host"), [(0, b"public"), (1, b"a")])
async def test_what_a_proxy_says_in_too_many_bytes_is_not_looked_at(
    excess: int, host: bytes
) -> None:
    """They are anybody's, and the request is going to be refused for them."""
    seen: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()

    async def serve(exchange: Exchange) -> Reply:
        seen.set_result(exchange)
        return Reply(204, [], b"")

    made = server_of(serve, Forwarding((Peers.parse("unix"),), "forwarded"))()
    made.connection_made(Sink())
    head = b"GET / HTTP/1.1\r\nhost: a\r\nforwarded: for=192.0.2.1;host=public\r\nx-pad: "
    rest = b"\r\n\r\n"
    pad = HEADER_BYTES_MAX + excess - section(head + rest)
    made.data_received(head + b"a" * pad + rest)
    exchange = await seen
    assert exchange.header_bytes == HEADER_BYTES_MAX + excess
    assert dict(exchange.headers)[b"host"] == host
    made.connection_lost(None)
