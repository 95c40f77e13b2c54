"""Turns in a partition: what is late is seen late, and who is stopped stops nobody for long."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from storage.conformance._check import succeeds
from storage.conformance.handles import everything, noticed
from storage.errors import Conflict
from storage.meta import ABSENT, Batch, Delta, Stamp, counter_value, prefix_range
from storage.meta.postgres import PostgresMeta, prepare
from storage.meta.postgres.session import IDLE_IN_TRANSACTION_S, STATEMENT_S, Servers, Session
from storage.meta.postgres.transaction import Transaction
from tests.postgres.server import Postgres

pytestmark = pytest.mark.clients

LOG: Final = prefix_range(b"plog")
APPEND: Final = Batch(b"p", append=[(b"plog", b"")])


@pytest.fixture
async def url(database: str) -> str:
    await prepare(database)
    return database


@pytest.fixture
async def meta(url: str) -> AsyncIterator[PostgresMeta]:
    store = await PostgresMeta.open(url)
    yield store
    await store.close()


class Slow(Transaction):
    """Another gateway's, that takes its time before it commits."""

    def __init__(self, session: Session, batch: Batch) -> None:
        super().__init__(session, [batch], writer=1, number=1, is_routine=False)
        self.is_there = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def _commit(self, within_s: float) -> None:
        self.is_there.set()
        await self.may_go_on.wait()
        await super()._commit(within_s)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Session]:
    session = await Servers(url).connect()
    try:
        yield session
    finally:
        await session.close()


async def test_who_commits_late_is_not_passed_by_the_readers_of_the_log(
    url: str, meta: PostgresMeta
) -> None:
    async with connected(url) as session:
        slow = Slow(session, APPEND)
        writing = asyncio.create_task(slow.run(STATEMENT_S))
        await slow.is_there.wait()
        overtaking = asyncio.create_task(meta.commit(APPEND))
        for _ in range(10):
            assert await everything(meta, LOG) == []
        assert not overtaking.done()
        slow.may_go_on.set()
        (late,) = await writing
        assert isinstance(late, Stamp)
        assert late.order < (await overtaking).order
        assert len(await everything(meta, LOG)) == 2


async def test_a_turn_in_one_partition_is_none_in_another(url: str, meta: PostgresMeta) -> None:
    async with connected(url) as session:
        slow = Slow(session, APPEND)
        writing = asyncio.create_task(slow.run(STATEMENT_S))
        await slow.is_there.wait()
        await meta.commit(Batch(b"q", put={b"q": b""}))
        slow.may_go_on.set()
        await writing


async def test_who_stops_within_a_transaction_is_thrown_out(url: str, meta: PostgresMeta) -> None:
    async with connected(url) as session:
        slow = Slow(session, Batch(b"p", put={b"p": b"never"}))
        writing = asyncio.create_task(slow.run(STATEMENT_S))
        await slow.is_there.wait()
        began = time.monotonic()
        await meta.commit(Batch(b"p", expect={b"p": ABSENT}, put={b"p": b"soon"}))
        assert time.monotonic() - began < IDLE_IN_TRANSACTION_S + STATEMENT_S
        slow.may_go_on.set()
        with pytest.raises(Exception, match=r"lost|closed|terminating"):
            await writing
    row = await meta.get(b"p")
    assert row is not None
    assert row.value == b"soon"


async def test_what_waits_goes_together_and_each_batch_is_judged_for_itself(
    meta: PostgresMeta, server_of_rows: Postgres
) -> None:
    await meta.commit(Batch(b"p", put={b"p": b""}))
    batches = [
        Batch(b"p", expect={b"p": ABSENT} if number % 2 else {}, add={b"p#": Delta(1)})
        for number in range(100)
    ]
    done = await asyncio.gather(*[succeeds(Conflict, meta.commit(batch)) for batch in batches])
    assert done == [number % 2 == 0 for number in range(100)]
    assert counter_value(await meta.get(b"p#")) == 50
    groups = server_of_rows.sql(
        server_of_rows.last_database, "SELECT max(done) FROM signet_writers"
    )
    assert int(groups[0][0]) < 10


async def test_batches_of_one_group_see_those_before_them(meta: PostgresMeta) -> None:
    first = Batch(b"p", expect={b"p": ABSENT}, put={b"p": b"1"})
    second = Batch(b"p", expect={b"p": ABSENT}, put={b"p": b"2"})
    deleted = Batch(b"p", delete={b"p"})
    third = Batch(b"p", expect={b"p": ABSENT}, put={b"p": b"3"})
    work = [succeeds(Conflict, meta.commit(batch)) for batch in (first, second, deleted, third)]
    assert await asyncio.gather(*work) == [True, False, True, True]
    row = await meta.get(b"p")
    assert row is not None
    assert row.value == b"3"


async def test_gateways_that_change_several_partitions_at_once_do_not_lock_each_other(
    url: str, meta: PostgresMeta
) -> None:
    other = await PostgresMeta.open(url)
    partitions = [b"p", b"q", b"r", b"s"]

    async def write(store: PostgresMeta, order: list[bytes]) -> None:
        for _ in range(20):
            await asyncio.gather(
                *[store.commit(Batch(name, add={name + b"#": Delta(1)})) for name in order]
            )

    await asyncio.gather(write(meta, partitions), write(other, partitions[::-1]))
    for name in partitions:
        assert counter_value(await meta.get(name + b"#")) == 40
    await other.close()


async def test_values_larger_than_a_statement_takes_go_in_pieces(meta: PostgresMeta) -> None:
    rows = {b"p%d" % number: bytes([number]) * 2_000_000 for number in range(7)}
    await meta.commit(Batch(b"p", put=rows))
    for key, value in rows.items():
        row = await meta.get(key)
        assert row is not None
        assert row.value == value


async def test_what_is_routine_does_not_move_the_settings_of_others(
    url: str, meta: PostgresMeta
) -> None:
    other = await PostgresMeta.open(url)
    every, settings = other.epoch(), other.epoch(settings=True)
    await meta.commit(Batch(b"p", put={b"p1": b""}, routine=True))
    await noticed(other, every)
    assert other.epoch(settings=True) == settings
    await meta.commit(Batch(b"p", put={b"p2": b""}))
    await noticed(other, settings, settings=True)
    await other.close()


async def test_a_conflict_says_that_settings_may_have_changed(url: str, meta: PostgresMeta) -> None:
    other = await PostgresMeta.open(url)
    before = other.epoch(settings=True)
    await meta.commit(Batch(b"p", put={b"p": b"setting"}))
    assert not await succeeds(Conflict, other.commit(Batch(b"p", expect={b"p": ABSENT})))
    assert other.epoch(settings=True) != before
    await other.close()


async def test_a_handle_has_three_connections(meta: PostgresMeta, server_of_rows: Postgres) -> None:
    work = [meta.get(b"p%d" % number) for number in range(100)]
    scans = [meta.scan([LOG], 10) for _ in range(10)]
    await asyncio.gather(*work, *scans, meta.commit(APPEND))
    assert len(server_of_rows.backends(server_of_rows.last_database)) == 3
