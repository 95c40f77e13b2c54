"""The head of an answer: nothing that was stored ends a line of it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.base_protocol import BaseProtocol

from gateway.exchange import Reply
from gateway.server.taking import Taking
from gateway.server.writing import Written
from storage.blob import BlobReader, FileSlice
from storage.content import Stretches


def head(headers: list[tuple[bytes, bytes]], status: int = 200) -> list[bytes]:
    """The lines of the head, but for the date and the server's name."""
    written = Written(Reply(status, headers), idle_s=1.0)
    lines = written._head(0, old=False, head=False).split(b"\r\n")
    return [lines[0], *lines[3:]]


def test_a_head_has_its_headers_in_order_and_a_length() -> None:
    assert head([(b"etag", b'"a"'), (b"x", b"y z")]) == [
        b"HTTP/1.1 200 OK",
        b'etag: "a"',
        b"x: y z",
        b"content-length: 0",
        b"",
        b"",
    ]


def test_a_status_that_nobody_has_named_has_no_phrase() -> None:
    assert head([], 310)[0] == b"HTTP/1.1 310 "


@pytest.mark.parametrize("place", [0, 1])
def test_a_length_that_is_given_is_given_once(place: int) -> None:
    headers = [(b"etag", b'"a"'), (b"x-meta", b"content-length: 3")]
    headers.insert(place, (b"content-length", b"7"))
    assert [line for line in head(headers) if line.startswith(b"content-length")] == [
        b"content-length: 7"
    ]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b"])
def test_a_value_cannot_end_its_line(value: bytes) -> None:
    lines = head([(b"x-amz-meta-a", value), (b"etag", b'"a"')])
    assert len(lines) == 6
    assert not any(byte in b"".join(lines) for byte in (b"\r", b"\n", b"\0"))


@pytest.mark.parametrize("name", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"\r\n"])
def test_a_name_that_could_end_its_line_is_not_written(name: bytes) -> None:
    with pytest.raises(ValueError, match="no name of a header"):
        head([(b"etag", b'"a"'), (b"x-amz-meta-" + name, b"1")])


# What an answer opened is closed


class Reader:
    """A stretch of nothing but its own length."""

    def __init__(self, events: list[str], size: int) -> None:
        self.size = size
        self._events = events

    async def read(self, limit: int) -> bytes:
        piece = bytes(min(limit, self.size))
        self.size -= len(piece)
        return piece

    def file_slice(self) -> FileSlice | None:
        return None

    async def close(self) -> None:
        self._events.append("closed")


async def nothing_more() -> AsyncGenerator[BlobReader, None]:
    return
    yield


class Transport:
    """Takes what is written, or is going away, or never gets rid of it."""

    def __init__(self, *, closing: bool = False, full: bool = False) -> None:
        self._closing = closing
        self._full = full

    def is_closing(self) -> bool:
        return self._closing

    def write(self, data: bytes) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return int(self._full)

    def get_extra_info(self, name: str) -> None:
        return None

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        pass


def request_over(transport: Any, drain: Any = None) -> Any:
    message = SimpleNamespace(should_close=False, version=(1, 1), method="GET")
    protocol = SimpleNamespace(_drain_helper=drain)
    return SimpleNamespace(_message=message, transport=transport, protocol=protocol)


async def opened(request: Any, headers: list[tuple[bytes, bytes]]) -> list[str]:
    """What was closed by writing an opened body to ``request``."""
    events: list[str] = []
    body = Stretches(10, Reader(events, 10), nothing_more(), lambda: events.append("ended"))
    writing = asyncio.ensure_future(
        Written(Reply(200, headers, body), idle_s=60.0).prepare(request)
    )
    for _ in range(5):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    return events


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        pytest.param(request_over(Transport()), [], id="written"),
        pytest.param(request_over(None), [], id="the client is gone"),
        pytest.param(request_over(Transport(closing=True)), [], id="the client is going"),
        pytest.param(request_over(Transport()), [(b"a\nb", b"")], id="a head that cannot be"),
        pytest.param(request_over(Transport(full=True), for_ever), [], id="cancelled midway"),
    ],
)
async def test_what_was_opened_is_closed_whatever_happens(
    request_: Any, headers: list[tuple[bytes, bytes]]
) -> None:
    """An open read holds back the reclaiming of every blob."""
    assert await opened(request_, headers) == ["closed", "ended"]


# Clients that take little


class Clock:
    """A loop's time, which passes only when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: self._now)

    def tick(self, seconds: float) -> None:
        self._now += seconds


class FileReader(Reader):
    """A stretch that the kernel sends."""

    def __init__(self, events: list[str], size: int, fd: int) -> None:
        super().__init__(events, size)
        self._fd = fd

    def file_slice(self) -> FileSlice | None:
        return FileSlice(self._fd, 0, self.size)

    async def close(self) -> None:
        os.close(self._fd)
        await super().close()


class Client:
    """Takes so many bytes every 59 s, while somebody waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, a_minute: int) -> None:
        self._clock = Clock(monkeypatch)
        self._a_minute = a_minute
        self.server_end, self._end = socket.socketpair()
        self.server_end.setblocking(False)
        self._end.setblocking(False)
        self.taken = 0
        self.events: list[str] = []
        real = Taking.wait

        async def wait(taking: Taking, *arguments: Any) -> None:
            task = asyncio.ensure_future(self._take())
            try:
                await real(taking, *arguments)
            finally:
                task.cancel()

        monkeypatch.setattr(Taking, "wait", wait)

    async def leave(self) -> None:
        """Take nothing, and go."""
        self._end.close()

    async def _take(self) -> None:
        while True:
            self._clock.tick(59)
            with contextlib.suppress(BlockingIOError):
                self.taken += len(self._end.recv(self._a_minute))
            await asyncio.sleep(0)

    def fill(self) -> None:
        """Let what was said before fill all that the kernel buffers."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.server_end.send(bytes(4096))

    async def is_served(self, body: bytes | Stretches) -> bool:
        """Whether it is until it has the whole answer."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        def on_end(sent: int, whole: bool) -> None:
            self.events.append("whole" if whole else "broken")
            self.seconds, self.sent = loop.time() - began, sent

        protocol = BaseProtocol(loop)
        transport, _ = await loop.create_connection(lambda: protocol, sock=self.server_end)
        request = request_over(transport)
        request.protocol = protocol
        try:
            await Written(Reply(200, [], body, on_end=on_end), idle_s=60.0).prepare(request)
        except ConnectionError:
            assert transport.is_closing()
            return False
        else:
            assert not transport.is_closing()
            return True
        finally:
            transport.abort()
            self._end.close()
            await asyncio.sleep(0)


SIZE = 16_000_000
TURNS = 5  # that a loop takes to say that time has passed
# Sockets of a pair are seen to move by whole pieces: 64 KiB where the kernel sends.
MORE = 1200 * 59


@pytest.mark.parametrize("kind", ["bytes", "read", "sent by the kernel"])
@pytest.mark.parametrize(
    ("bytes_a_minute", "is_served"),
    [
        pytest.param(1, False, id="a byte now and then"),
        pytest.param(450 * 59, False, id="a bit less"),
        pytest.param(MORE, True, id="a bit more"),
    ],
)
async def test_a_client_takes_five_hundred_bytes_a_second_on_the_whole(
    kind: str, bytes_a_minute: int, is_served: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """None is ever idle for 60 s, though the kernel takes nothing of us for longer than that.

    What is read for them cannot be reclaimed.
    """
    client = Client(monkeypatch, bytes_a_minute)
    body: bytes | Stretches = bytes(SIZE)
    if kind != "bytes":
        reader = Reader(client.events, SIZE)
        if kind == "sent by the kernel":
            (tmp_path / "content").write_bytes(bytes(SIZE))
            fd = os.open(tmp_path / "content", os.O_RDONLY)
            reader = FileReader(client.events, SIZE, fd)
        body = Stretches(SIZE, reader, nothing_more(), lambda: client.events.append("ended"))
    assert await client.is_served(body) == is_served
    closed = [] if kind == "bytes" else ["closed", "ended"]
    assert client.events == [*closed, "whole" if is_served else "broken"]
    if is_served:
        assert client.sent == SIZE
    else:
        assert client.seconds < 60 + TURNS * 59 + client.taken / 500


async def test_the_end_of_an_answer_is_waited_for_too_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody else would: aiohttp closes a connection when all of it is written."""
    client = Client(monkeypatch, 1)
    client.fill()
    assert not await client.is_served(b"small")
    assert client.events == ["broken"]
    assert client.seconds < 60 + TURNS * 59


@pytest.mark.parametrize(
    ("earlier", "a_minute", "seconds"),
    [
        pytest.param(0, 1, 60, id="nearly nothing"),
        pytest.param(0, 450 * 60, 600, id="a bit less"),
        pytest.param(500_000, 450 * 60, 600, id="a bit less, and first what is left of another"),
    ],
)
async def test_what_the_kernel_buffers_is_not_taken_yet(
    earlier: int, a_minute: int, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what it holds of an earlier answer keep this one's client from being waited for."""
    clock = Clock(monkeypatch)
    loop = asyncio.get_running_loop()
    began, sent, here = loop.time(), 3_000_000, 400_000
    aborted: list[float] = []

    def held(taking: Taking, transport: object) -> tuple[int, int]:
        taken = int((loop.time() - began) * a_minute / 60)
        return here, sent - here + earlier - taken

    async def wait(futures: object, *, timeout: float) -> None:
        clock.tick(timeout)

    monkeypatch.setattr(Taking, "_held", held)
    monkeypatch.setattr(asyncio, "wait", wait)
    transport: Any = SimpleNamespace(abort=lambda: aborted.append(loop.time() - began))
    with pytest.raises(ConnectionResetError):
        await Taking(60.0).wait(loop.create_future(), transport, sent)
    assert aborted == [pytest.approx(seconds, abs=1)]


async def test_what_is_left_of_earlier_answers_is_taken_at_the_same_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(monkeypatch, 700 * 59)
    client.fill()
    assert await client.is_served(b"small")
    assert client.seconds > 2 * 60  # it takes that for a while before it comes to this one


class Reset(Transport):
    """Hears from the kernel that the client is gone when it hands it the answer, and drops that."""

    def write(self, data: bytes) -> None:
        self._closing = True


@pytest.mark.parametrize("size", [0, 5, 1_000_000])
async def test_an_answer_to_a_client_that_is_gone_is_not_counted_whole(size: int) -> None:
    ends: list[tuple[int, bool]] = []
    reply = Reply(200, [], bytes(size), on_end=lambda sent, whole: ends.append((sent, whole)))
    with pytest.raises(ConnectionResetError):
        await Written(reply, idle_s=60.0).prepare(request_over(Reset()))
    assert ends == [(size, False)]


async def test_nothing_is_held_while_the_end_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(monkeypatch, 1)
    client.fill()
    reader = Reader(client.events, 5)
    body = Stretches(5, reader, nothing_more(), lambda: client.events.append("ended"))
    assert not await client.is_served(body)
    assert client.events == ["closed", "ended", "broken"]


async def test_a_client_that_goes_while_it_is_waited_for_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(monkeypatch, 1)
    monkeypatch.setattr(client, "_take", client.leave)
    assert not await client.is_served(bytes(SIZE))
    assert client.events == ["broken"]
    assert client.seconds == 0
