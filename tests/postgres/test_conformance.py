"""The metadata store on PostgreSQL keeps the port's promises."""

from functools import partial

import pytest

from storage.conformance.meta import (
    CounterConformance,
    MetaConformance,
    RowConformance,
    ScanConformance,
)
from storage.conformance.processes import Opener, SharedMetaConformance
from storage.meta import MetaStore
from storage.meta.postgres import PostgresMeta, prepare, transaction

pytestmark = pytest.mark.clients


async def open_postgres(url: str) -> MetaStore:
    await prepare(url)
    return await PostgresMeta.open(url)


class TestPostgres(MetaConformance):
    @pytest.fixture(autouse=True)
    def _place(self, database: str) -> None:
        self._url = database

    async def open(self) -> MetaStore:
        return await open_postgres(self._url)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
class TestHigherLevels(RowConformance, ScanConformance, CounterConformance):
    """What CockroachDB and YugabyteDB may make of READ COMMITTED keeps the promises, too.

    There a turn that was waited for is a failed transaction, which is tried again.
    """

    @pytest.fixture(autouse=True)
    def _place(self, database: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._url = database
        monkeypatch.setattr(transaction, "_BEGIN", f"BEGIN ISOLATION LEVEL {level}")

    async def open(self) -> MetaStore:
        return await open_postgres(self._url)


class TestPostgresProcesses(SharedMetaConformance):
    @pytest.fixture(autouse=True)
    def _place(self, database: str) -> None:
        self._url = database

    def opener(self) -> Opener:
        return partial(open_postgres, self._url)

    async def open(self) -> MetaStore:
        return await self.opener()()
