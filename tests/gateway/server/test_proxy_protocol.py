"""The PROXY header: taken from listed peers, byte for byte, and from nobody else."""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.server.proxy_protocol import (
    V1_BYTES_MAX,
    V2_BYTES_MAX,
    V2_SIGNATURE,
    Origin,
    ProxyError,
    parse,
    wanted,
)
from tests.clients import certificates
from tests.gateway.server.wire import Wire
from tests.serving import Server, serving


def v2(command: int = 0x21, family: int = 0x11, block: bytes = b"", length: int = -1) -> bytes:
    size = len(block) if length < 0 else length
    return V2_SIGNATURE + struct.pack("!BBH", command, family, size) + block


V4_BLOCK = bytes([192, 0, 2, 7, 10, 0, 0, 1]) + struct.pack("!HH", 4711, 9000)
V6_BLOCK = bytes.fromhex("20010db8" + "00" * 11 + "07" + "fd" + "00" * 15) + V4_BLOCK[8:]


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


GOOD = [
    pytest.param(b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 9000\r\n", Origin("192.0.2.7"), id="1, TCP4"),
    pytest.param(
        b"PROXY TCP6 2001:db8::7 fd00::1 0 65535\r\n", Origin("2001:db8::7"), id="1, TCP6"
    ),
    pytest.param(b"PROXY UNKNOWN\r\n", Origin(None), id="1, unknown"),
    pytest.param(
        b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
        Origin(None),
        id="1, unknown with more",
    ),
    pytest.param(v2(block=V4_BLOCK), Origin("192.0.2.7"), id="2, TCP over version 4"),
    pytest.param(v2(family=0x21, block=V6_BLOCK), Origin("2001:db8::7"), id="2, version 6"),
    pytest.param(v2(command=0x20), Origin(None), id="2, a health check"),
    pytest.param(v2(command=0x20, block=b"x" * 50), Origin(None), id="2, a check with more"),
    pytest.param(v2(family=0x00), Origin(None), id="2, no family"),
    pytest.param(v2(family=0x31, block=b"\0" * 216), Origin(None), id="2, unix"),
    pytest.param(
        v2(block=V4_BLOCK + tlv(2, b"s3.example.com") + tlv(0x20, b"\x01\0\0\0\0")),
        Origin("192.0.2.7", secure=True),
        id="2, over TLS",
    ),
    pytest.param(
        v2(block=V4_BLOCK + tlv(0x20, b"\x00\0\0\0\0") + tlv(0x04, b"")),
        Origin("192.0.2.7"),
        id="2, not over TLS",
    ),
]

BAD = [
    pytest.param(b"GET / HTTP/1.1\r\n", id="no header"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcde", id="a TLS handshake"),
    pytest.param(b"proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n", id="in lower case"),
    pytest.param(b"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", id="a port is missing"),
    pytest.param(b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", id="too great a port"),
    pytest.param(b"PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", id="a leading zero"),
    pytest.param(b"PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n", id="no address"),
    pytest.param(b"PROXY TCP4 ::1 ::2 1 2\r\n", id="families mixed"),
    pytest.param(b"PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", id="two spaces"),
    pytest.param(b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", id="not over TCP"),
    pytest.param(b"PROXY UNKNOWNS\r\n", id="no such word"),
    pytest.param(b"PROXY TCP4 1.2.3.4\nHost: x\r\n", id="LF alone"),
    pytest.param(b"PROXY TCP4 " + b"1" * 200 + b"\r\n", id="a long line"),
    pytest.param(v2(command=0x11, block=V4_BLOCK), id="an unknown version"),
    pytest.param(v2(command=0x22, block=V4_BLOCK), id="an unknown command"),
    pytest.param(v2(family=0x41, block=V4_BLOCK), id="an unknown family"),
    pytest.param(v2(block=V4_BLOCK[:-1]), id="a short block"),
    pytest.param(v2(family=0x21, block=V4_BLOCK), id="too short for version 6"),
    pytest.param(v2(block=V4_BLOCK + b"\x20\x00"), id="a torn value"),
    pytest.param(v2(block=V4_BLOCK + b"\x20\x00\x05\x01"), id="a value shorter than it says"),
    pytest.param(v2(length=V2_BYTES_MAX), id="too long"),
    pytest.param(V2_SIGNATURE[:-1] + b"X" + b"\0" * 20, id="a signature that is nearly right"),
]


def taken(stream: bytes) -> bytes:
    """The header, taken from a stream as the server does."""
    head = b""
    while size := wanted(head):
        piece = stream[len(head) : len(head) + size]
        if not piece:
            raise ProxyError("the stream ended")
        head += piece
    return head


@pytest.mark.parametrize(("head", "origin"), GOOD)
def test_a_header_is_read_to_its_last_byte_and_no_further(head: bytes, origin: Origin) -> None:
    found = taken(head + b"\r\nGET / HTTP/1.1\r\n\r\n")
    assert found == head
    assert parse(found) == origin


@pytest.mark.parametrize("head", BAD)
def test_what_is_no_header(head: bytes) -> None:
    with pytest.raises(ProxyError):
        parse(taken(head + b"\r\n" * 100))


@pytest.mark.parametrize(("head", "_"), GOOD)
def test_a_header_may_come_in_any_pieces(head: bytes, _: Origin) -> None:
    for size in range(len(head)):
        more = wanted(head[:size])
        assert 0 < more <= len(head) - size


@given(st.binary(max_size=300), st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", V2_SIGNATURE]))
def test_nothing_but_its_own_error_is_raised(rest: bytes, start: bytes) -> None:
    with contextlib.suppress(ProxyError):
        assert len(taken(start + rest)) <= max(V1_BYTES_MAX, V2_BYTES_MAX)
        parse(taken(start + rest))


# Over the wire

LISTED = "127.0.0.2"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes PROXY headers from one address of this machine alone."""
    arguments = ("--proxy-protocol-from", LISTED, "--workers", "2", "--header-timeout-s", "2")
    with serving(tmp_path_factory.mktemp("proxied"), *arguments) as server:
        yield server
        assert server.stop() == 0
        assert "Traceback" not in "".join(server.log)


def connected(server: Server, source: str) -> Wire:
    wire = Wire(server)
    wire.socket.close()
    wire.socket = socket.create_connection(server.address, timeout=20, source_address=(source, 0))
    return wire


METRICS = b"GET /-/metrics HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 9000\r\n"


@pytest.mark.parametrize("head", [HEAD, v2(block=V4_BLOCK)], ids=["version 1", "version 2"])
def test_a_listed_peer_says_who_its_client_is(behind: Server, head: bytes) -> None:
    """Metrics are for this machine: who asks from elsewhere, through the proxy, gets none."""
    with connected(behind, LISTED) as wire:
        wire.send(head + METRICS + wire.signed("GET", "/"))
        assert wire.response().status == 404
        assert wire.response().status == 200
    with connected(behind, LISTED) as wire:
        wire.send(b"PROXY UNKNOWN\r\n" + METRICS)
        assert wire.response().status == 200


def test_a_header_that_trickles_in(behind: Server) -> None:
    with connected(behind, LISTED) as wire:
        for byte in HEAD:
            wire.send(bytes([byte]))
        wire.send(METRICS)
        assert wire.response().status == 404


def test_a_listed_peer_without_a_header_is_refused(behind: Server) -> None:
    with connected(behind, LISTED) as wire:
        wire.send(METRICS)
        assert wire.is_closed()


def test_a_listed_peer_that_says_nothing_is_not_waited_for(behind: Server) -> None:
    began = time.monotonic()
    with connected(behind, LISTED) as wire:
        wire.send(HEAD[:20])
        assert wire.is_closed()
    assert time.monotonic() - began < 15
    connected(behind, LISTED).socket.close()


def test_nobody_else_is_believed(behind: Server) -> None:
    with connected(behind, "127.0.0.1") as wire:
        wire.send(METRICS)
        assert wire.response().status == 200
    with connected(behind, "127.0.0.1") as wire:
        wire.send(HEAD + METRICS)
        assert wire.response().status == 400


def test_what_came_through_a_proxy_is_not_local(behind: Server) -> None:
    with connected(behind, "127.0.0.1") as wire:
        wire.send(METRICS.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"))
        assert wire.response().status == 404


def test_tls_begins_after_the_header(tmp_path: Path) -> None:
    pair = certificates.make(tmp_path)
    arguments = ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with serving(tmp_path / "data", *arguments, "--proxy-protocol-from", LISTED) as server:
        context = ssl.create_default_context(cafile=str(pair.authority))
        for source, head in ((LISTED, HEAD), ("127.0.0.1", b"")):
            with connected(server, source) as wire:
                wire.send(head)
                wire.socket = context.wrap_socket(wire.socket, server_hostname="127.0.0.1")
                wire.send(wire.signed("GET", "/"))
                assert wire.response().status == 200
        assert server.stop() == 0


def test_peers_of_a_unix_socket_can_be_listed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    arguments = ("--listen", f"unix:{path}", "--proxy-protocol-from", "unix")
    with serving(tmp_path / "data", *arguments) as server:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(20)
            one.connect(str(path))
            one.sendall(HEAD + METRICS)
            assert one.recv(1000).startswith(b"HTTP/1.1 404")
        assert server.stop() == 0
