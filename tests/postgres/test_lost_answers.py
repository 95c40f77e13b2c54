"""A COMMIT whose answer is lost: it happened once or not at all, and the waiter hears which."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.conformance._check import refuses
from storage.errors import Conflict
from storage.meta import ABSENT, Batch, Delta, counter_value
from storage.meta.postgres import PostgresMeta, prepare
from tests.postgres.middle import Fate, between
from tests.postgres.server import Postgres

pytestmark = pytest.mark.clients


@pytest.fixture
def place() -> Iterator[Path]:
    """Short enough for a socket's path."""
    with tempfile.TemporaryDirectory(prefix="signet-mid-") as name:
        yield Path(name)


@pytest.mark.parametrize("fate", list(Fate), ids=lambda fate: fate.value)
async def test_what_is_told_is_what_happened(
    fate: Fate, server_of_rows: Postgres, place: Path
) -> None:
    database = server_of_rows.new_database()
    await prepare(server_of_rows.url(database))
    async with between(place, server_of_rows.socket) as middle:
        meta = await PostgresMeta.open(
            f"postgresql://{server_of_rows.user}@/{database}?host={place}"
        )
        await meta.commit(Batch(b"p", put={b"p0": b""}, add={b"p#": Delta(1)}))
        middle.fate = fate
        batches = [
            Batch(b"p", expect={b"p1": ABSENT}, put={b"p1": b"once"}, add={b"p#": Delta(1)}),
            Batch(b"p", expect={b"p0": ABSENT}, put={b"p2": b""}, add={b"p#": Delta(1)}),
            Batch(b"q", append=[(b"qlog", b"")]),
        ]
        first, refused, other = await asyncio.gather(
            *[meta.commit(batch) for batch in batches], return_exceptions=True
        )
        await middle.deliver_late()
        assert not isinstance(first, BaseException)
        assert not isinstance(other, BaseException)
        assert isinstance(refused, Conflict)
        # What would be written again, or was not, shows itself in what is counted.
        await meta.commit(Batch(b"p", expect=first.revisions, add={b"p#": Delta(1)}))
        await refuses(Conflict, meta.commit(Batch(b"p", expect={b"p1": ABSENT})))
        assert counter_value(await meta.get(b"p#")) == 3
        row = await meta.get(b"qlog" + other.order + b"\0\0")
        assert row is not None
        assert await meta.get(b"p2") is None
        assert meta.trouble is None
        await meta.close()
