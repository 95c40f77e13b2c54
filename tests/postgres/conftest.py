"""One PostgreSQL for all tests of a process, a database for each."""

from collections.abc import Iterator

import pytest

from tests.postgres.server import Postgres, postgres, required


@pytest.fixture(scope="session")
def server_of_rows() -> Iterator[Postgres]:
    """A running server."""
    found = required()
    with postgres(found) as running:
        yield running


@pytest.fixture
def database(server_of_rows: Postgres) -> str:
    """The URL of an empty database."""
    return server_of_rows.url(server_of_rows.new_database())
