"""A connection that is up: its statements, prepared once, each with a deadline.

A statement that does not end in time loses its connection, not only its
answer: the server may be stopped, or behind a network that swallows
everything, and a request to cancel would go the same way.  What was begun
and not committed, the server takes back.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from storage.meta.place import each
from storage.meta.postgres.failures import TROUBLES, Failed, Fate, judged

_log = logging.getLogger(__name__)

CONNECT_S: Final = 2.0
CONNECT_EACH_S: Final = 1.0  # of several servers, so that one that hangs does not hide the next
STATEMENT_S: Final = 2.0
LOCK_S: Final = 1.5  # waiting for a partition's turn: the server answers before we give up
IDLE_IN_TRANSACTION_S: Final = 3.0  # a gateway that is stopped in between must not stop others
CLOSE_S: Final = 1.0

assert LOCK_S < STATEMENT_S < IDLE_IN_TRANSACTION_S

_EVERYWHERE: Final = (
    f"SET lock_timeout = {LOCK_S * 1000:.0f}; "
    f"SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_S * 1000:.0f}"
)
# An index leads to every row.  Left to itself the planner reads tables whole that were
# small when it looked last, and compiles programs for queries of a millisecond.
_POSTGRES_ONLY: Final = (
    "SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off; "
    "SET enable_sort = off; SET enable_hashagg = off"
)


class Session:
    """One connection, for one user at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._statements: dict[str, Any] = {}
        self._late: str | None = None

    @property
    def is_up(self) -> bool:
        """False once it is lost."""
        return not self._connection.is_closed()

    async def fetch(
        self, text: str, *arguments: object, within_s: float = STATEMENT_S
    ) -> Sequence[Any]:
        """The rows of one statement.

        Raises:
            Failed
        """
        timer = self._loop.call_later(within_s, self.abandon, f"no answer for {within_s:.1f} s")
        try:
            statement = self._statements.get(text)
            if statement is None:
                statement = self._statements[text] = await self._connection.prepare(text)
            rows: Sequence[Any] = await statement.fetch(*arguments)
        except TROUBLES as error:
            raise self._failed(error) from None
        finally:
            timer.cancel()
        return rows

    async def run(self, script: str, within_s: float = STATEMENT_S) -> str:
        """Run statements that have no parameters; what the server calls the last one.

        Raises:
            Failed
        """
        timer = self._loop.call_later(within_s, self.abandon, f"no answer for {within_s:.1f} s")
        try:
            return str(await self._connection.execute(script))
        except TROUBLES as error:
            raise self._failed(error) from None
        finally:
            timer.cancel()

    def _failed(self, error: BaseException) -> Failed:
        if self._late is not None:
            return Failed(Fate.LOST, "", self._late, is_silent=True)
        failed = judged(error)
        if failed.fate is Fate.LOST:
            self._connection.terminate()
        return failed

    def abandon(self, why: str) -> None:
        """Give the connection up, now."""
        if self._late is None:
            self._late = why
        self._connection.terminate()

    async def close(self) -> None:
        """Say goodbye, if the server listens."""
        try:
            await self._connection.close(timeout=CLOSE_S)
        except TROUBLES as error:
            _log.debug("a connection to PostgreSQL did not close in order: %s", error)
            self._connection.terminate()


class Servers:
    """Those of a URL, of which one takes writes."""

    def __init__(self, url: str) -> None:
        self._urls = each(url)
        self._within_s = CONNECT_S if len(self._urls) == 1 else CONNECT_EACH_S

    async def connect(self) -> Session:
        """A connection to the first one that takes writes; the last that did is asked first.

        Raises:
            Failed: of the last one; what it says is of them all.
        """
        failures: list[Failed] = []
        for one in list(self._urls):
            try:
                session = await _connect(one, self._within_s)
            except Failed as error:
                failures.append(error)
                continue
            self._urls.sort(key=lambda other: other != one)
            return session
        why = "; ".join(dict.fromkeys(one.why for one in failures))
        raise Failed(failures[-1].fate, failures[-1].state, why)


async def _connect(url: str, within_s: float) -> Session:
    try:
        connection = await asyncpg.connect(
            url,
            timeout=within_s,
            statement_cache_size=0,
            server_settings={"application_name": "signet"},
        )
    except TROUBLES as error:
        raise judged(error) from None
    session = Session(connection)
    try:
        await _set_up(session)
    except BaseException:
        session.abandon("not set up")
        raise
    return session


async def _set_up(session: Session) -> None:
    version = str((await session.fetch("SELECT version()"))[0][0])
    await session.run(_EVERYWHERE)
    if version.startswith("PostgreSQL"):  # YugabyteDB says so, too
        await session.run(_POSTGRES_ONLY)
    if (await session.fetch("SHOW transaction_read_only"))[0][0] == "on":
        raise Failed(Fate.LOST, "25006", "the server is read only: a standby?")
    if (await session.fetch("SHOW synchronous_commit"))[0][0] == "off":
        # What is acknowledged is durable, whatever others of this server's users want.
        await session.run("SET synchronous_commit = on")
