"""The head of an answer: nothing that was stored ends a line of it."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange import Reply
from gateway.server import writing as writing_module
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

    def abort(self) -> None:
        pass


def request_over(transport: Transport | None, drain: Any = None) -> Any:
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


class Small(Reader):
    """Pieces of so many bytes."""

    def __init__(self, events: list[str], size: int, piece: int) -> None:
        super().__init__(events, size)
        self._piece = piece

    async def read(self, limit: int) -> bytes:
        return await super().read(min(limit, self._piece))


@pytest.mark.parametrize(
    ("bytes_a_minute", "is_served"),
    [
        pytest.param(1, False, id="a byte now and then"),
        pytest.param(480 * 59, False, id="a bit less"),
        pytest.param(520 * 59, True, id="a bit more"),
    ],
)
async def test_a_client_takes_five_hundred_bytes_a_second_on_the_whole(
    bytes_a_minute: int, is_served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is ever idle for 60 s; what is read for them cannot be reclaimed."""
    clock = Clock(monkeypatch)
    began = asyncio.get_running_loop().time()

    async def drained() -> None:
        clock.tick(59)

    events: list[str] = []
    size = 100 * bytes_a_minute
    body = Stretches(
        size, Small(events, size, bytes_a_minute), nothing_more(), lambda: events.append("ended")
    )
    written = Written(Reply(200, [], body), idle_s=60.0)
    writing = written.prepare(request_over(Transport(full=True), drained))
    if is_served:
        await writing
        assert written.sent == size
    else:
        with pytest.raises(ConnectionResetError):
            await writing
        assert asyncio.get_running_loop().time() - began < 60 + written.sent / 500 + 59
    assert events == ["closed", "ended"]


class Filled(Transport):
    """Holds what was written; somebody takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.left += len(data)

    def get_write_buffer_size(self) -> int:
        return self.left

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    ("bytes_a_minute", "taken_at_least"),
    [(60 * 1000, 2_000_000), (60 * 100, 0), (0, 0)],
    ids=["slow, not too slow", "too slow", "nothing"],
)
async def test_one_large_piece_may_take_its_time(
    bytes_a_minute: int, taken_at_least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Idle is who takes nothing, not who does not take the whole of it."""
    clock, transport = Clock(monkeypatch), Filled()
    began = asyncio.get_running_loop().time()

    async def drained() -> None:
        while True:
            clock.tick(60)
            transport.left -= bytes_a_minute
            if transport.left <= 0:
                return
            await asyncio.get_running_loop().create_future()

    written = Written(Reply(200, [], bytes(2_000_000)), idle_s=60.0)
    writing = written.prepare(request_over(transport, drained))
    if taken_at_least:
        await writing
        assert not transport.aborted
    else:
        with pytest.raises(ConnectionResetError):
            await writing
        assert transport.aborted
        assert asyncio.get_running_loop().time() - began <= 180


class FileReader(Reader):
    """A stretch that the kernel sends."""

    def file_slice(self) -> FileSlice | None:
        return FileSlice(0, 0, self.size)


class Socketed(Transport):
    """With a socket behind it."""

    def __init__(self, raw: socket.socket) -> None:
        super().__init__()
        self._raw = raw

    def get_extra_info(self, name: str) -> Any:
        return self._raw if name == "socket" else None

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        pass


async def test_it_is_so_where_the_kernel_sends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    began = asyncio.get_running_loop().time()
    is_full = False

    def sendfile(*_: int) -> int:
        nonlocal is_full
        is_full = not is_full
        if is_full:
            raise BlockingIOError
        return 1000

    async def writable(_loop: object, _fd: int, patience_s: float) -> None:
        clock.tick(min(59, max(0, patience_s)))
        if patience_s < 59:
            raise ConnectionResetError

    monkeypatch.setattr(os, "sendfile", sendfile)
    monkeypatch.setattr(writing_module, "_writable", writable)
    events: list[str] = []
    size = writing_module.SENDFILE_BYTES_MIN
    reader = FileReader(events, size)
    body = Stretches(size, reader, nothing_more(), lambda: events.append("ended"))
    written = Written(Reply(200, [], body), idle_s=60.0)
    one, other = socket.socketpair()
    with one, other, pytest.raises(ConnectionResetError):
        await written.prepare(request_over(Socketed(one)))
    assert written.sent == 1000
    assert asyncio.get_running_loop().time() - began == pytest.approx(60 + 1000 / 500)
    assert events == ["closed", "ended"]
