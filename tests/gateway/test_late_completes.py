"""A Complete that takes long: what is told, logged and counted after its head of 200."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.app import App
from gateway.documents import Budget
from gateway.exchange import Reply
from gateway.observe.observation import Observation
from gateway.operations import multipart
from gateway.pipeline import Pipeline
from gateway.protocol import types as t
from gateway.server.writing import Written
from storage.errors import NoSuchUpload
from tests.gateway.inside import Serves, ask, make_app, text_of

DOCUMENT = (
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>"
    b"</CompleteMultipartUpload>"
)


class Late:
    """An application whose Completes fail when they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[Observation] = []
        self.app: App = make_app(self.seen.append)
        self.begun, self.go, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.error: Exception = NoSuchUpload("u")
        monkeypatch.setattr(multipart, "KEEP_ALIVE_S", 0.0)
        monkeypatch.setattr(self.app.services.uploads, "complete", self._complete)

    async def _complete(self, *_: object) -> None:
        self.begun.set()
        await self.go.wait()
        self.ended.set()
        raise self.error

    async def begin(self, served: Serves | None = None) -> Reply:
        assert (await ask(self.app, "PUT", "/bucket")).status == 200
        self.seen.clear()
        return await ask(served or self.app, "POST", "/bucket/k?uploadId=u", [DOCUMENT])

    def within(self, budget: Budget) -> Pipeline:
        """The application with less room for documents."""
        return Pipeline(self.app.services, self.seen.append, budget)

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


async def test_what_a_late_one_keeps_of_its_document_is_counted_until_its_work_has_ended(
    late: Late,
) -> None:
    budget = Budget(2 * len(DOCUMENT))
    pipeline = late.within(budget)
    answers = [await late.begin(pipeline) for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 503]
    assert "<Code>SlowDown</Code>" in text_of(answers[2])
    assert budget.used == 2 * len(DOCUMENT)
    await late.end()
    assert budget.used == 0
    for one in answers[:2]:
        transport = Transport(1000)
        await Written(one, idle_s=60.0).prepare(request_over(transport))
        assert b"<Code>NoSuchUpload</Code>" in transport.written


async def test_a_client_that_leaves_while_its_complete_is_under_way_takes_no_count_with_it(
    late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "KEEP_ALIVE_S", 60.0)
    budget = Budget(2 * len(DOCUMENT))
    serving = asyncio.ensure_future(late.begin(late.within(budget)))
    await late.begun.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert budget.used == len(DOCUMENT)
    late.go.set()
    await late.ended.wait()
    await asyncio.sleep(0)
    assert budget.used == 0


async def test_a_late_one_keeps_nothing_that_was_parsed_but_what_it_claims(late: Late) -> None:
    def parsed() -> list[int]:
        return [id(one) for one in gc.get_objects() if type(one) is t.CompletedMultipartUpload]

    before = parsed()
    reply = await late.begin()
    gc.collect()
    assert reply.status == 200
    assert set(parsed()) <= set(before)
    await late.end()
