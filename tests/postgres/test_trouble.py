"""PostgreSQL is killed, stopped, away: nothing acknowledged is lost, nobody waits for long."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest

from storage.errors import StorageError, StoreUnavailable
from storage.meta import Batch, prefix_range
from storage.meta.postgres import PostgresMeta, prepare
from storage.meta.postgres.outcome import FIND_OUT_S
from storage.meta.postgres.writing import COMMIT_S
from tests.postgres.server import Postgres, postgres, required
from tests.postgres.writers import POLL_S, Writers
from tests.serving import PATIENCE_S

pytestmark = pytest.mark.clients

SLOW_S: Final = 3.0  # what a loaded machine may add


@pytest.fixture(scope="module")
def fragile() -> Iterator[Postgres]:
    """A server of our own: others shall not notice what happens to it."""
    found = required()
    with postgres(found) as running:
        yield running


@pytest.fixture
async def meta(fragile: Postgres) -> AsyncIterator[PostgresMeta]:
    url = fragile.url(fragile.new_database())
    await prepare(url)
    store = await PostgresMeta.open(url)
    yield store
    await store.close()


async def test_a_backend_is_killed_in_the_middle_of_commits(
    fragile: Postgres, meta: PostgresMeta
) -> None:
    """For the server that is a crash: it throws everybody out and recovers."""
    rng = random.Random(1)
    database = fragile.last_database
    async with Writers(meta) as writers:
        for _ in range(5):
            await writers.run_until_told(50)
            await asyncio.sleep(rng.random() * POLL_S)
            os.kill(rng.choice(fragile.backends(database)), signal.SIGKILL)
            await asyncio.to_thread(fragile.wait)
        await writers.run_until_told(50)
    await writers.check()


async def test_the_server_is_killed_and_comes_back(fragile: Postgres, meta: PostgresMeta) -> None:
    async with Writers(meta) as writers:
        for _ in range(3):
            await writers.run_until_told(50)
            fragile.kill()
            await asyncio.to_thread(fragile.start)
        await writers.run_until_told(50)
    await writers.check()


async def test_the_server_stops_and_goes_on(fragile: Postgres, meta: PostgresMeta) -> None:
    async with Writers(meta) as writers:
        await writers.run_until_told(50)
        fragile.signal_all(signal.SIGSTOP)
        try:
            began = time.monotonic()
            with pytest.raises(StorageError):
                await meta.get(b"p")
            with pytest.raises(StorageError):
                await meta.scan([prefix_range(b"p")], 10)
            with pytest.raises(StorageError):
                await meta.commit(Batch(b"q", put={b"q": b""}))
            assert time.monotonic() - began < COMMIT_S + FIND_OUT_S + SLOW_S
            # From now on everybody is told at once.
            began = time.monotonic()
            with pytest.raises(StoreUnavailable, match="is away for"):
                await meta.get(b"p")
            assert time.monotonic() - began < 1
            assert meta.trouble is not None
            assert meta.epoch() != meta.epoch()
        finally:
            fragile.signal_all(signal.SIGCONT)
        await writers.run_until_told(50)
    await writers.check()
    assert meta.healthy


async def test_connections_that_are_cut_are_made_again_and_the_epoch_says_changed(
    fragile: Postgres, meta: PostgresMeta
) -> None:
    await meta.commit(Batch(b"p", put={b"p": b"before"}))
    before = meta.epoch(settings=True)
    for pid in fragile.backends(fragile.last_database):
        fragile.sql("postgres", f"SELECT pg_terminate_backend({pid})")
    row = await meta.get(b"p")
    assert row is not None
    assert row.value == b"before"
    assert await meta.scan([prefix_range(b"p")], 10) == [row]
    await meta.commit(Batch(b"p", expect={b"p": row.revision}, put={b"p": b"after"}))
    assert meta.epoch(settings=True) != before
    assert len(fragile.backends(fragile.last_database)) == 3


async def test_the_log_says_once_that_it_is_away_and_once_that_it_is_back(
    fragile: Postgres, meta: PostgresMeta, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    fragile.kill()
    with pytest.raises(StoreUnavailable):
        await meta.get(b"p")
    await asyncio.to_thread(fragile.start)
    limit = time.monotonic() + PATIENCE_S
    while meta.trouble is not None:
        assert time.monotonic() < limit
        await asyncio.sleep(POLL_S)
    assert await meta.get(b"p") is None
    said = [record.getMessage() for record in caplog.records]
    # Each connection loses it once, and comes back once.
    assert 1 <= sum("connecting again" in one for one in said) <= 3
    assert 1 <= sum("back again" in one for one in said) <= 3
    assert len(said) < 20
