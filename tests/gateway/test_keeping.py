"""The keeper's life: it goes on after a failure, without pause while there is work, and stops."""

import asyncio

import pytest

from gateway import app
from storage.errors import StoreFull
from storage.garbage import Done, Stopped


async def test_it_works_on_until_it_is_told_to_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app, "KEEPER_PAUSE_S", 0.0)
    stopping = asyncio.Event()
    failures: list[Done | Exception] = [StoreFull(), ValueError("damaged")]
    outcomes = [Done(more=True), *failures, Done(more=True), Done()]
    rounds = iter(outcomes)

    async def work(stopped: Stopped) -> Done:
        assert not stopped()
        done = next(rounds)
        if isinstance(done, Exception):
            raise done
        if not done.more:
            stopping.set()
        return done

    await asyncio.wait_for(app._repeat(work, 0.01, stopping), 30)
    assert next(rounds, None) is None
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        StoreFull,
        ValueError,
    ]


async def test_it_hears_in_its_pause_that_it_is_to_stop() -> None:
    stopping = asyncio.Event()

    async def work(_: Stopped) -> Done:
        asyncio.get_running_loop().call_soon(stopping.set)
        return Done()

    await asyncio.wait_for(app._repeat(work, 3600.0, stopping), 30)
