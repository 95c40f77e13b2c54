"""The tables, and whether they are ours: format number, identity, and what to do if they are not.

====================  =======================================================
``signet_rows``       the map
``signet_partitions`` how many commits each partition has had: the stamps
``signet_writers``    how many groups each process has committed, and how many
                      of them changed settings
``signet_facts``      the format's number, and who this store is
====================  =======================================================

Made by one command before anything is served; the facts come last, so that
where they are, everything is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Final, NamedTuple

from storage.errors import FormatError, StoreUnavailable
from storage.meta.place import shown
from storage.meta.postgres.failures import Failed, Fate
from storage.meta.postgres.session import Servers, Session

FORMAT: Final = 1
_ID_BYTES: Final = 16
_ATTEMPTS_MAX: Final = 10  # several gateways may begin at once
_PAUSE_S: Final = 0.1

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS signet_rows "
    "(key BYTEA PRIMARY KEY, value BYTEA NOT NULL, revision BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS signet_partitions "
    "(prefix BYTEA PRIMARY KEY, commits BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS signet_writers "
    "(writer BIGINT PRIMARY KEY, done BIGINT NOT NULL, settings BIGINT NOT NULL, "
    "seen TIMESTAMPTZ NOT NULL)",
    "CREATE TABLE IF NOT EXISTS signet_facts (name TEXT PRIMARY KEY, fact TEXT NOT NULL)",
)
_CLAIM: Final = "INSERT INTO signet_facts VALUES ('format', '{}'), ('id', '{}')"
_SETTLE: Final = "INSERT INTO signet_facts VALUES ('home', $1) ON CONFLICT (name) DO NOTHING"
_FACTS: Final = "SELECT name, fact FROM signet_facts"
# Nothing happens; what is not allowed is refused all the same.
_USES: Final = (
    "INSERT INTO signet_{0} SELECT * FROM signet_{0} WHERE false",
    "UPDATE signet_{0} SET {1} = 0 WHERE false",
    "DELETE FROM signet_{0} WHERE false",
)
_USED: Final = (("rows", "revision"), ("partitions", "commits"), ("writers", "done"))

_NO_SUCH_TABLE: Final = "42P01"
_NOT_ALLOWED: Final = "42501"
# Of two that make a table at once, PostgreSQL refuses one in these words.
_AT_ONCE: Final = ("23505", "42P07", "42710", "40001", "40P01")
# What an operator can do about it.
_ADVICE: Final = {
    "3D000": "createdb makes one",
    "28P01": "the password is wrong, or none was given (SIGNET_META_FILE, or the URL)",
    "28000": "the server does not let this user in: pg_hba.conf decides",
    "42501": "GRANT it, or let this user own the tables",
    "25006": "name the primary, or all of them: postgresql://USER@HOST1,HOST2/DATABASE",
    "53300": "raise max_connections: each worker, and the keeper, takes three",
    "": "does the server run, and listen there?",
}


class Facts(NamedTuple):
    """What a store says of itself."""

    format: int
    id: str
    home: str = ""  # the data directory that it belongs to, once there is one


async def prepare(url: str, *, expected: str | None = None) -> Facts:
    """Make the tables where there are none; what the store says of itself.

    ``expected`` is the store that has to be there: nothing is made.

    Raises:
        FormatError: it is of a newer version, or not the expected one.
        StoreUnavailable: it cannot be used; the text is one line that says what to do.
    """
    async with _advised(url), _connected(url) as session:
        facts = await _facts(session)
        if facts is None and expected is None:
            facts = await _make(session, url)
        if facts is None:
            raise _not_expected(url, expected)
        _check(facts, url, expected)
        for table, column in _USED:
            for use in _USES:
                await session.fetch(use.format(table, column))
        return facts


async def settle(url: str, home: str) -> str:
    """Let the store belong to a data directory, if it belongs to none; whose it is.

    Raises:
        StoreUnavailable
    """
    async with _advised(url), _connected(url) as session:
        await session.fetch(_SETTLE, home)
        facts = await _facts(session)
        return facts.home if facts is not None else ""


async def read(session: Session, url: str, expected: str | None) -> Facts:
    """What the store says of itself.

    Raises:
        FormatError: it is none of ours, not the expected one, or of a newer version.
        Failed
    """
    facts = await _facts(session)
    if facts is None:
        raise FormatError(f"{shown(url)} has no tables of Signet: start a server with it first")
    _check(facts, url, expected)
    return facts


def _check(facts: Facts, url: str, expected: str | None) -> None:
    if expected not in (None, facts.id):
        raise _not_expected(url, expected)
    if facts.format > FORMAT:
        raise FormatError(
            f"{shown(url)} has format {facts.format}, this version reads up to {FORMAT}: "
            "start the newer version that wrote it"
        )


def _not_expected(url: str, expected: str | None) -> FormatError:
    return FormatError(
        f"{shown(url)} is not the store that this data directory belongs to (its id is "
        f"{expected}): name that one, or restore it"
    )


async def _facts(session: Session) -> Facts | None:
    try:
        found = dict(await session.fetch(_FACTS))
    except Failed as error:
        if error.state == _NO_SUCH_TABLE:
            return None
        raise
    if not found:
        return None
    if not found.get("format", "").isdecimal() or "id" not in found:
        raise FormatError("the table signet_facts is damaged: restore it from a backup")
    return Facts(int(found["format"]), found["id"], found.get("home", ""))


async def _make(session: Session, url: str) -> Facts:
    for attempt in range(_ATTEMPTS_MAX):
        try:
            for text in _TABLES:
                await session.run(text)
            await session.run(_CLAIM.format(FORMAT, token_hex(_ID_BYTES)))
        except Failed as error:
            if error.state not in _AT_ONCE:
                raise
            await asyncio.sleep(_PAUSE_S * attempt)
        facts = await _facts(session)
        if facts is not None:
            return facts
    raise StoreUnavailable(f"{shown(url)}: others are making its tables; start again")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Session]:
    session = await Servers(url).connect()
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def _advised(url: str) -> AsyncIterator[None]:
    """Let what fails be told in one line."""
    try:
        yield
    except Failed as error:
        raise StoreUnavailable(advice(error, url)) from None


def advice(error: Failed, url: str) -> str:
    """One line: where, what, and what to do."""
    known = error.state if error.fate is not Fate.LOST or error.state else ""
    what = _ADVICE.get(known)
    return f"{shown(url)}: {error.why}" + (f" ({what})" if what else "")
