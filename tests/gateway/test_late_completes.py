"""A Complete that takes long: what is told, logged and counted after its head of 200."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.app import App
from gateway.exchange import Reply
from gateway.observe.observation import Observation
from gateway.operations import multipart
from gateway.server.writing import Written
from storage.errors import NoSuchUpload
from tests.gateway.inside import ask, make_app

DOCUMENT = (
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>"
    b"</CompleteMultipartUpload>"
)


class Late:
    """An application whose Completes fail when they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[Observation] = []
        self.app: App = make_app(self.seen.append)
        self.go = asyncio.Event()
        self.error: Exception = NoSuchUpload("u")
        monkeypatch.setattr(multipart, "KEEP_ALIVE_S", 0.0)
        monkeypatch.setattr(self.app.services.uploads, "complete", self._complete)

    async def _complete(self, *_: object) -> None:
        await self.go.wait()
        raise self.error

    async def begin(self) -> Reply:
        assert (await ask(self.app, "PUT", "/bucket")).status == 200
        self.seen.clear()
        return await ask(self.app, "POST", "/bucket/k?uploadId=u", [DOCUMENT])

    async def end(self) -> None:
        """Let the work end, whoever still waits for it."""
        self.go.set()
        while multipart._endings:
            await asyncio.sleep(0)


@pytest.fixture
async def late(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Late]:
    made = Late(monkeypatch)
    yield made
    await made.app.close()


class Transport:
    """Of a client that goes after so many writes."""

    def __init__(self, writes: int, then: Callable[[], object] = lambda: None) -> None:
        self.written = b""
        self._left = writes
        self._then = then

    def is_closing(self) -> bool:
        return self._left <= 0

    def write(self, data: bytes) -> None:
        self.written += data
        self._left -= 1
        self._then()

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> None:
        return None


def request_over(transport: Transport) -> Any:
    async def drain() -> None:
        if transport.is_closing():
            raise ConnectionResetError

    return SimpleNamespace(
        _message=SimpleNamespace(should_close=False, version=(1, 1), method="POST"),
        transport=transport,
        protocol=SimpleNamespace(_drain_helper=drain),
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(NoSuchUpload("u"), 404, b"NoSuchUpload"), (ValueError("a bug"), 500, b"InternalError")],
)
async def test_an_error_that_is_told_after_the_head_is_no_success(
    late: Late, error: Exception, status: int, code: bytes
) -> None:
    late.error = error
    reply = await late.begin()
    assert (reply.status, late.seen) == (200, [])
    transport = Transport(1000, late.go.set)
    await Written(reply, idle_s=60.0).prepare(request_over(transport))
    assert b"<Code>%b</Code>" % code in transport.written
    assert [(one.status, one.whole) for one in late.seen] == [(status, True)]


@pytest.mark.parametrize("writes", [0, 1, 2, 5])
@pytest.mark.parametrize("error", [NoSuchUpload("u"), ValueError("a bug")])
async def test_what_fails_after_the_client_has_left_is_logged_and_nothing_is_left_open(
    late: Late, caplog: pytest.LogCaptureFixture, error: Exception, writes: int
) -> None:
    late.error = error
    reply = await late.begin()
    with pytest.raises(ConnectionResetError):
        await Written(reply, idle_s=60.0).prepare(request_over(Transport(writes)))
    assert [one.whole for one in late.seen] == [False]
    with pytest.raises(StopAsyncIteration):
        await anext(reply.body)  # type: ignore[arg-type]  # a generator, which is closed
    unheard = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    await late.end()
    assert unheard == []
    told = [one.getMessage() for one in caplog.records if "after its head of 200" in one.message]
    assert len(told) == 1
    assert told[0].endswith(late.seen[0].request_id)
