"""A store that cannot be: refused in one line that says what to do, and nothing is changed."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from storage.errors import FormatError, StorageError, StoreUnavailable
from storage.meta import Batch
from storage.meta.postgres import PostgresMeta, prepare, settle
from tests.postgres.server import Postgres

pytestmark = pytest.mark.clients

PASSWORD = "not-to-be-seen"


@pytest.mark.parametrize(
    ("user", "database", "said"),
    [
        pytest.param("", "no_such", 'database "no_such" does not exist (createdb', id="database"),
        pytest.param("no_such", "postgres", 'role "no_such" does not exist', id="user"),
        pytest.param("locked", "locked", "SIGNET_META_FILE", id="password"),
        pytest.param("guest", "guarded", "permission denied for schema public (GRANT", id="rights"),
        pytest.param("guest", "readable", "permission denied for table signet_rows", id="rows"),
        pytest.param("", "still", "the server is read only", id="a standby"),
    ],
)
async def test_what_does_not_let_us_in(
    user: str, database: str, said: str, server_of_rows: Postgres
) -> None:
    await asyncio.to_thread(_furnish, server_of_rows)
    if database == "readable":
        await prepare(server_of_rows.url(database))
        server_of_rows.sql(database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    user = user or server_of_rows.user
    url = server_of_rows.url(database).replace(server_of_rows.user, f"{user}:{PASSWORD}", 1)
    openings: tuple[Awaitable[object], ...] = (prepare(url), PostgresMeta.open(url))
    for number, opening in enumerate(openings):
        with pytest.raises(StorageError) as refused:
            await opening
        told = str(refused.value)
        assert "\n" not in told
        assert PASSWORD not in told
        assert f"postgresql://{user}@/{database}" in told
        assert number or said in told


def _furnish(server: Postgres) -> None:
    if server.sql("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'guest'"):
        return
    server.sql("postgres", "CREATE ROLE guest LOGIN")
    server.sql("postgres", "CREATE ROLE locked LOGIN PASSWORD 'another'")
    for name in ("locked", "guarded", "readable", "still"):
        server.sql("postgres", f"CREATE DATABASE {name}")
    server.sql("postgres", "ALTER DATABASE still SET default_transaction_read_only = on")


async def test_nobody_listens_there(tmp_path: Path) -> None:
    for url in (f"postgresql://u@/d?host={tmp_path}", "postgresql://u@127.0.0.1:1/d"):
        with pytest.raises(StoreUnavailable, match="does the server run, and listen there"):
            await prepare(url)


async def test_a_newer_version_s_tables(server_of_rows: Postgres, database: str) -> None:
    await prepare(database)
    name = server_of_rows.last_database
    server_of_rows.sql(name, "UPDATE signet_facts SET fact = '2' WHERE name = 'format'")
    for opening in (prepare(database), PostgresMeta.open(database)):
        with pytest.raises(
            FormatError, match="has format 2, this version reads up to 1: start the"
        ):
            await opening


async def test_damaged_facts(server_of_rows: Postgres, database: str) -> None:
    await prepare(database)
    server_of_rows.sql(server_of_rows.last_database, "DELETE FROM signet_facts WHERE name = 'id'")
    with pytest.raises(FormatError, match="signet_facts is damaged"):
        await prepare(database)


async def test_tables_that_nobody_has_made(database: str) -> None:
    with pytest.raises(FormatError, match="has no tables of Signet: start a server"):
        await PostgresMeta.open(database)


async def test_another_store_than_the_expected_one(server_of_rows: Postgres, database: str) -> None:
    with pytest.raises(FormatError, match="is not the store that this data directory belongs to"):
        await prepare(database, expected="0" * 32)
    assert (
        server_of_rows.sql(
            server_of_rows.last_database, "SELECT 1 FROM pg_tables WHERE tablename LIKE 'signet%'"
        )
        == []
    )
    facts = await prepare(database)
    assert await prepare(database, expected=facts.id) == facts
    with pytest.raises(FormatError, match="its id is 1111"):
        await PostgresMeta.open(database, expected="1" * 32)


async def test_many_gateways_begin_at_once_and_have_one_store(database: str) -> None:
    facts = await asyncio.gather(*[prepare(database) for _ in range(8)])
    assert len({one.id for one in facts}) == 1
    homes = await asyncio.gather(*[settle(database, f"home {number}") for number in range(8)])
    assert len(set(homes)) == 1


async def test_making_tables_again_leaves_what_is_in_them(database: str) -> None:
    await prepare(database)
    meta = await PostgresMeta.open(database)
    await meta.commit(Batch(b"p", put={b"p": b"kept"}))
    await prepare(database)
    row = await meta.get(b"p")
    assert row is not None
    await meta.close()
