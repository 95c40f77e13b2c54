"""The head of an answer: nothing that was stored ends a line of it."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange import Reply
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
