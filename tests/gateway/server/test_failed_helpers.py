"""What runs beside the requests never dies unheard: its process ends, and is replaced."""

import asyncio
import gc

import pytest

from gateway.app import App
from gateway.config import load
from gateway.observe.metrics import Board
from gateway.server import worker
from gateway.server.helpers import Helpers
from gateway.server.http import S3Server
from gateway.server.worker import HELPLESS, Shared
from gateway.stores import Stores
from storage.meta.epoch import SharedEpoch
from storage.reads import ReadsBoard

WAIT_S = 30.0


def nothing() -> None:
    """Ready."""


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Shared:
    config = load({"meta": ["memory:"], "blobs": ["memory:"], "workers": ["1"]}, {}, None)
    monkeypatch.setattr(worker, "_on_signals", lambda _: asyncio.Event())
    monkeypatch.setattr(gc, "freeze", nothing)  # the test's own objects
    return Shared(config, [], Board([], 1), ReadsBoard(), SharedEpoch(), None)


async def fail(*_: object) -> None:
    raise ValueError("no row of ours")


async def test_a_keeper_that_cannot_keep_ends(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []
    close = Stores.close

    async def note(stores: Stores) -> None:
        closed.append(stores)
        await close(stores)

    monkeypatch.setattr(App, "keep", fail)
    monkeypatch.setattr(Stores, "close", note)
    with pytest.raises(ValueError, match="no row of ours"):
        await asyncio.wait_for(worker._keep(shared, nothing), WAIT_S)
    assert len(closed) == 1


@pytest.mark.parametrize(("owner", "name"), [(S3Server, "sweep"), (App, "keep")])
async def test_a_worker_whose_helper_fails_says_so_and_ends(
    shared: Shared,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    monkeypatch.setattr(owner, name, fail)
    status = await asyncio.wait_for(worker._work(shared, 0, [], nothing), WAIT_S)
    assert status == HELPLESS
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ValueError]


async def test_helpers_that_end_or_are_ended_are_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stopping = asyncio.Event()
    helpers = Helpers(stopping)
    for seconds in (0, 3600):
        helpers.start(asyncio.sleep(seconds))
    await asyncio.sleep(0.01)
    await helpers.cancel()
    assert not helpers.failed
    assert not stopping.is_set()
    assert caplog.records == []
