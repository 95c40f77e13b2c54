"""Reads: every row that is asked for while a query is under way goes into the next one.

A query sees what was committed when it began, so whoever asks joins the next
one, never one that is under way.  Reading again does no harm: what a lost
connection leaves unanswered is asked on the next.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from storage.errors import StoreUnavailable
from storage.meta import Range, Row
from storage.meta.postgres.failures import Failed, Fate
from storage.meta.postgres.link import Link
from storage.meta.postgres.session import STATEMENT_S

KEYS_MAX: Final = 256  # in one query
ATTEMPTS_MAX: Final = 3
ROWS_PER_S: Final = 1000  # a scan gets one second more for so many that it may find

_GET: Final = "SELECT key, value, revision FROM signet_rows WHERE key = $1"
_GET_SOME: Final = "SELECT key, value, revision FROM signet_rows WHERE key = ANY($1::bytea[])"
_SCAN: Final = (
    "SELECT key, value, revision FROM signet_rows WHERE key >= $1 AND key < $2 "
    "ORDER BY key LIMIT $3"
)


async def asked(link: Link, text: str, *arguments: object, within_s: float) -> Sequence[Any]:
    """The rows of a query, if need be on the next connection.

    Raises:
        StoreUnavailable
    """
    for attempt in range(1, ATTEMPTS_MAX + 1):
        session = await link.session()
        try:
            async with link.turn:
                return await session.fetch(text, *arguments, within_s=within_s)
        except Failed as error:
            if error.fate is Fate.LOST:
                link.lost(session, error)
            if error.fate is Fate.NEVER or attempt == ATTEMPTS_MAX:
                raise StoreUnavailable(f"PostgreSQL: {error.why}") from error
    raise AssertionError("unreachable: the last attempt returned or raised")


class PointReads:
    """Rows by their keys, for everybody on one loop."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[bytes, list[asyncio.Future[Row | None]]] = {}
        self._serving: asyncio.Task[None] | None = None

    async def get(self, key: bytes) -> Row | None:
        """The row as of the last commit, or None.

        Raises:
            StoreUnavailable
        """
        future: asyncio.Future[Row | None] = self._loop.create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._serving is None:
            self._serving = self._loop.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        asking: dict[bytes, list[asyncio.Future[Row | None]]] = {}
        try:
            while self._waiting:
                keys = list(self._waiting)[:KEYS_MAX]
                asking = {key: self._waiting.pop(key) for key in keys}
                try:
                    found = await self._read(keys)
                except StoreUnavailable as error:
                    _refuse(asking, str(error))
                    continue
                for key, futures in asking.items():
                    _answer(futures, found.get(key))
        except BaseException as error:
            # A bug: nobody shall wait for ever.
            _refuse(asking | self._waiting, f"{type(error).__name__}: {error}")
            self._waiting.clear()
            raise
        finally:
            self._serving = None

    async def _read(self, keys: Sequence[bytes]) -> dict[bytes, Row]:
        if len(keys) == 1:
            rows = await asked(self._link, _GET, keys[0], within_s=STATEMENT_S)
        else:
            rows = await asked(self._link, _GET_SOME, keys, within_s=STATEMENT_S)
        return {row[0]: Row(*row) for row in rows}

    async def settle(self) -> None:
        """Wait for what was asked for."""
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)


def _answer(futures: Sequence[asyncio.Future[Row | None]], row: Row | None) -> None:
    for future in futures:
        if not future.done():
            future.set_result(row)


def _refuse(asking: Mapping[bytes, Sequence[asyncio.Future[Row | None]]], why: str) -> None:
    for future in chain.from_iterable(asking.values()):
        if not future.done():
            future.set_exception(StoreUnavailable(why))


class Scans:
    """Pages of rows, one after another."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Up to ``limit`` rows, range after range: one statement, so one snapshot.

        Raises:
            StoreUnavailable
        """
        wanted = [one for one in ranges if one.start < one.end]
        if not wanted or not limit:
            return []
        if len(wanted) == 1:
            return [Row(*row) for row in await self._ask(limit, _SCAN, *wanted[0], limit)]
        bounds = [bound for one in wanted for bound in one]
        rows = await self._ask(limit, _several(len(wanted)), limit, *bounds)
        # SQL does not promise that the parts of a union follow one another.
        return [Row(*row[1:]) for row in sorted(rows, key=_place)[:limit]]

    async def _ask(self, limit: int, text: str, *arguments: object) -> Sequence[Any]:
        within_s = STATEMENT_S + limit / ROWS_PER_S
        return await asked(self._link, text, *arguments, within_s=within_s)


def _place(row: Sequence[Any]) -> tuple[int, bytes]:
    return row[0], row[1]


def _several(count: int) -> str:
    """A query of so many ranges: $1 is the limit, then come their bounds."""
    return " UNION ALL ".join(
        f"(SELECT {number} AS part, key, value, revision FROM signet_rows "
        f"WHERE key >= ${2 * number + 2} AND key < ${2 * number + 3} ORDER BY key LIMIT $1)"
        for number in range(count)
    )
