"""The metadata store on SQLite keeps the port's promises, whichever table a row lies in."""

from functools import partial
from pathlib import Path
from zlib import crc32

import pytest

from storage.conformance.meta import MetaConformance
from storage.conformance.processes import Opener, SharedMetaConformance
from storage.meta import MetaStore
from storage.meta.sqlite import IsLarge, SqliteMeta, all_small


def all_large(start: bytes, end: bytes) -> bool | None:
    return True


def mixed(start: bytes, end: bytes) -> bool | None:
    """Keys lie here and there; any range may have both kinds."""
    return bool(crc32(start) % 2) if start == end else None


async def open_sqlite(path: Path, is_large: IsLarge) -> MetaStore:
    return SqliteMeta(path, is_large=is_large)


@pytest.mark.parametrize("is_large", [all_small, all_large, mixed], ids=lambda f: f.__name__)
class TestSqlite(MetaConformance):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path, is_large: IsLarge) -> None:
        self._open = partial(open_sqlite, tmp_path / "meta.db", is_large)

    async def open(self) -> MetaStore:
        return await self._open()


class TestSqliteProcesses(SharedMetaConformance):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self._path = tmp_path / "meta.db"

    def opener(self) -> Opener:
        return partial(open_sqlite, self._path, mixed)

    async def open(self) -> MetaStore:
        return await self.opener()()
