"""The metadata store in memory keeps the port's promises."""

from storage.conformance.meta import MetaConformance
from storage.meta import MetaStore
from storage.meta.memory import MemoryMeta


class TestMemory(MetaConformance):
    """One process; every handle is the same store."""

    _meta: MemoryMeta | None = None

    async def open(self) -> MetaStore:
        if self._meta is None:
            self._meta = MemoryMeta()
        return self._meta
