"""HTTP trailers become no header of the connection's next request, however bytes are cut.

aiohttp's parser keeps the last field of a trailer section and hands it out as the first header of
what it parses next, which behind a proxy is somebody else's request.  Fed straight to a
connection, for a socket does not say which bytes arrive together.
"""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import pytest
from aiohttp.web_protocol import MAX_MSG_QUEUE_SIZE
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.exchange import Exchange, Reply
from gateway.forwarding import Forwarding
from tests.gateway.server.test_heads import Sink, server_of

EVIL: Final = b"x-evil"
END: Final = b"0\r\n\r\n"
END_WITH_TRAILER: Final = b"0\r\n" + EVIL + b": 1\r\n\r\n"
UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"
A_CHUNK: Final = b"3\r\nabc\r\n"
GET: Final = b"GET /next HTTP/1.1\r\nhost: a\r\n\r\n"
# A body that ends as one in chunks does that has no trailers.
WITH_LENGTH: Final = b"PUT /next HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\n\r\n\r\n0\r\n\r\n"


def chunked(target: bytes = b"/first", headers: bytes = b"") -> bytes:
    """The head of a request whose body is in chunks."""
    return b"PUT %b HTTP/1.1\r\nhost: a\r\n%btransfer-encoding: chunked\r\n\r\n" % (target, headers)


class Answers(Sink):
    """A transport that keeps the heads of answers."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[bytes] = []

    def write(self, data: Any) -> None:
        self.heads.append(bytes(data))


async def served(pieces: Sequence[bytes]) -> tuple[list[Exchange], list[bytes]]:
    """The requests that are served of one connection's bytes, and their answers.

    Each piece arrives at once, after all that the one before it brought about.
    """
    seen: list[Exchange] = []

    async def serve(exchange: Exchange) -> Reply:
        while await exchange.read():
            pass
        seen.append(exchange)
        return Reply(200, [], b"")

    connection = server_of(serve, Forwarding((), "forwarded"))()
    transport = Answers()
    connection.connection_made(transport)
    for piece in (*pieces, b""):
        for _ in range(20):
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(connection.data_received, piece)
    for _ in range(20):
        await asyncio.sleep(0)
    connection.connection_lost(None)
    return seen, transport.heads


LATE_BODY: Final = (chunked(), A_CHUNK + END)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((chunked() + A_CHUNK, END_WITH_TRAILER, GET), id="apart"),
        pytest.param((chunked() + A_CHUNK + END_WITH_TRAILER + GET,), id="all at once"),
        pytest.param((chunked() + A_CHUNK, END_WITH_TRAILER + GET), id="with the next"),
        pytest.param(
            (chunked() + A_CHUNK, END_WITH_TRAILER + chunked(b"/next") + A_CHUNK, END),
            id="with a next one in chunks",
        ),
        pytest.param(
            (chunked() + A_CHUNK, END_WITH_TRAILER + chunked(b"/next") + A_CHUNK + END),
            id="with a next one in chunks that is whole",
        ),
        pytest.param(
            (chunked() + A_CHUNK, END_WITH_TRAILER + WITH_LENGTH),
            id="with a next one that ends as chunks do",
        ),
        pytest.param(
            (chunked() + A_CHUNK + END_WITH_TRAILER + WITH_LENGTH,),
            id="all at once with a next one that ends as chunks do",
        ),
        pytest.param(
            (chunked() + A_CHUNK, END_WITH_TRAILER + GET + WITH_LENGTH),
            id="with the next two",
        ),
        pytest.param(
            (
                GET * (MAX_MSG_QUEUE_SIZE - 1)
                + chunked()
                + A_CHUNK
                + END_WITH_TRAILER
                + WITH_LENGTH,
            ),
            id="with a next one that the parser puts off, for its queue is full",
        ),
        pytest.param(
            (chunked(headers=UPGRADE) + A_CHUNK, END_WITH_TRAILER + WITH_LENGTH),
            id="with one that is held back for an upgrade",
        ),
        pytest.param(
            (
                GET.replace(b"host", UPGRADE + b"host") + chunked() + A_CHUNK,
                END_WITH_TRAILER,
                WITH_LENGTH,
            ),
            id="held back for an upgrade",
        ),
    ],
)
async def test_a_trailer_is_a_header_of_nothing(pieces: Sequence[bytes]) -> None:
    seen, heads = await served(pieces)
    assert seen
    assert not [name for exchange in seen for name, _ in exchange.headers if name == EVIL]
    assert len(heads) == len(seen)
    assert b"connection: close" in heads[-1]


@pytest.mark.parametrize(
    ("pieces", "count"),
    [
        pytest.param((chunked() + A_CHUNK + END, GET), 2, id="whole"),
        pytest.param((chunked(), A_CHUNK + END, GET), 2, id="its head first"),
        pytest.param((chunked() + A_CHUNK, b"0\r\n", b"\r\n", WITH_LENGTH, GET), 3, id="cut"),
        pytest.param((*LATE_BODY * 2 * MAX_MSG_QUEUE_SIZE,), 2 * MAX_MSG_QUEUE_SIZE, id="many"),
        pytest.param((GET + GET, chunked() + A_CHUNK, END, GET + GET), 5, id="between others"),
    ],
)
async def test_a_connection_stays_after_a_body_without_trailers(
    pieces: Sequence[bytes], count: int
) -> None:
    seen, heads = await served(pieces)
    assert len(seen) == len(heads) == count
    assert not any(b"connection: close" in head for head in heads)


@settings(max_examples=300, deadline=None)
@given(
    requests=st.lists(
        st.sampled_from(
            [
                GET,
                WITH_LENGTH,
                chunked() + A_CHUNK + END,
                chunked() + END,
                chunked() + A_CHUNK + END_WITH_TRAILER,
                chunked() + END_WITH_TRAILER,
            ]
        ),
        min_size=2,
        max_size=6,
    ),
    cuts=st.lists(st.integers(0, 600), max_size=6),
)
def test_however_requests_are_cut_those_before_a_trailer_are_all_that_may_follow(
    requests: list[bytes], cuts: list[int]
) -> None:
    whole = b"".join(requests)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    seen, _ = asyncio.run(served(pieces))
    with_trailers = [number for number, one in enumerate(requests) if EVIL in one]
    last = with_trailers[0] if with_trailers else len(requests) - 1
    assert 1 <= len(seen) <= last + 1
    assert not [name for exchange in seen for name, _ in exchange.headers if name == EVIL]
