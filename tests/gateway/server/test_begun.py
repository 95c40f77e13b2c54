"""A request without a body is answered in the very call that brings its bytes, if it can be.

If it has to wait, the connection's own task goes on with it, and sees it to its end whatever
becomes of the client.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import pytest

from gateway.exchange import Exchange, Reply
from gateway.forwarding import Forwarding
from gateway.server.begun import begin
from gateway.server.http import Connection
from tests.gateway.server.test_heads import server_of
from tests.gateway.server.test_trailers import Answers

GET: Final = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n"
LAST: Final = b"GET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"


class Closable(Answers):
    """A transport that says whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


class Scene:
    """One connection, and what its requests wait for."""

    def __init__(self) -> None:
        self.gate: asyncio.Future[Reply] | None = None
        self.tasks: list[asyncio.Task[Any] | None] = []
        self.ends: list[tuple[int, bool]] = []
        self.transport = Closable()
        server = server_of(self.serve, Forwarding((), "forwarded"))
        self.server = server
        self.connection: Connection = server()
        self.connection.connection_made(self.transport)

    async def serve(self, exchange: Exchange) -> Reply:
        self.tasks.append(asyncio.current_task())
        reply = Reply(200, [], b"") if self.gate is None else await self.gate
        self.tasks.append(asyncio.current_task())
        reply.on_end = lambda sent, whole: self.ends.append((sent, whole))
        return reply

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def arrive(self, data: bytes) -> int:
        """Bytes arrive as the loop brings them; how many answers there were at once."""
        answers: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def come() -> None:
            self.connection.data_received(data)
            answers.set_result(len(self.transport.heads))

        asyncio.get_running_loop().call_soon(come)
        return await answers


@pytest.fixture
async def scene() -> AsyncGenerator[Scene, None]:
    made = Scene()
    await made.settle()
    yield made
    made.connection.connection_lost(None)
    await made.settle()


async def test_what_waits_for_nothing_is_answered_before_the_loop_turns(scene: Scene) -> None:
    for count in (1, 2, 3):
        assert await scene.arrive(GET) == count
    assert scene.ends == [(0, True)] * 3
    assert scene.connection.is_idle
    assert not scene.transport.closed


async def test_it_runs_in_the_name_of_the_connections_task(scene: Scene) -> None:
    scene.gate = asyncio.get_running_loop().create_future()
    await scene.arrive(GET)
    scene.gate.set_result(Reply(200, [], b""))
    await scene.settle()
    first, last = scene.tasks
    assert first is not None
    assert last is not None
    assert first is not asyncio.current_task()


async def test_what_has_to_wait_is_answered_later_and_the_next_request_after_it(
    scene: Scene,
) -> None:
    scene.gate = asyncio.get_running_loop().create_future()
    assert await scene.arrive(GET) == 0
    assert not scene.connection.is_idle
    assert await scene.arrive(GET) == 0
    await scene.settle()
    scene.gate.set_result(Reply(200, [(b"x-a", b"1")], b"abc"))
    await scene.settle()
    assert [head.endswith(b"abc") for head in scene.transport.heads] == [True, True]
    assert scene.connection.is_idle


async def test_a_client_that_goes_does_not_end_what_it_began(scene: Scene) -> None:
    scene.gate = asyncio.get_running_loop().create_future()
    await scene.arrive(GET)
    # At once, before the connection's task has heard of it.
    scene.connection.connection_lost(ConnectionResetError())
    await scene.settle()
    assert scene.ends == []
    scene.gate.set_result(Reply(200, [], b"abc"))
    await scene.settle()
    assert scene.ends == [(0, False)]


async def test_a_client_that_goes_later_does_not_either(scene: Scene) -> None:
    scene.gate = asyncio.get_running_loop().create_future()
    await scene.arrive(GET)
    await scene.settle()
    scene.connection.connection_lost(ConnectionResetError())
    scene.gate.set_result(Reply(200, [], b"abc"))
    await scene.settle()
    assert scene.ends == [(0, False)]


async def test_the_last_answer_ends_the_connection(scene: Scene) -> None:
    assert await scene.arrive(LAST) == 1
    assert b"connection: close" in scene.transport.heads[0]
    assert scene.transport.closed


async def test_a_defect_of_ours_is_an_answer_of_500(scene: Scene) -> None:
    scene.gate = asyncio.get_running_loop().create_future()
    scene.gate.set_exception(ValueError("a defect"))
    scene.server._refuse = lambda *_: Reply(500, [], b"", close=True)
    await scene.arrive(GET)
    await scene.settle()
    assert scene.transport.heads[0].startswith(b"HTTP/1.1 500 ")
    assert scene.transport.closed


async def test_a_time_limit_holds_where_it_was_begun_and_where_it_is_gone_on_with() -> None:
    loop = asyncio.get_running_loop()
    never: asyncio.Future[None] = loop.create_future()
    said: list[str] = []

    async def limited() -> None:
        try:
            async with asyncio.timeout(0.01):
                await never
        except TimeoutError:
            said.append("timed out")

    started: asyncio.Future[None] = loop.create_future()

    async def owner() -> None:
        begun = begun_there[0]
        assert begun is not None
        await begun
        said.append("went on")

    begun_there: list[Any] = []

    async def waits() -> None:
        await started
        await owner()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    loop.call_soon(lambda: begun_there.append(begin(loop, task, limited())))
    await asyncio.sleep(0)
    started.set_result(None)
    await task
    assert said == ["timed out", "went on"]
