"""A metadata store in which something else happens, once, before one of its operations."""

from collections.abc import Awaitable, Callable, Sequence

from storage.meta import Batch, Range, Row, Stamp
from storage.meta.memory import MemoryMeta

Others = Callable[[], Awaitable[object]]


class Interrupted(MemoryMeta):
    """Counts its operations, and lets others in before the one that a test asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._others: Others | None = None

    def interrupt(self, place: int, others: Others) -> None:
        """Have ``others`` happen before the operation of this number, counted from now, from 1."""
        self._left, self._others = place, others

    def stop(self) -> bool:
        """Let nobody in any more; whether the others came in."""
        others, self._others = self._others, None
        return others is None

    async def _count(self) -> None:
        self._left -= 1
        if self._left == 0 and self._others is not None:
            others, self._others = self._others, None
            await others()

    async def get(self, key: bytes) -> Row | None:
        await self._count()
        return await super().get(key)

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        await self._count()
        return await super().scan(ranges, limit)

    async def commit(self, batch: Batch) -> Stamp:
        await self._count()
        return await super().commit(batch)
