"""The primary dies or hangs; its synchronous standby takes over, and nothing is lost."""

import signal
from collections.abc import Callable
from typing import Final

import pytest

from storage.errors import StoreUnavailable
from storage.meta.postgres import PostgresMeta, prepare
from tests.postgres.server import Postgres, postgres, required
from tests.postgres.writers import Writers

pytestmark = pytest.mark.clients

# The standby flushes a commit before it is acknowledged.
SYNCHRONOUS: Final = {"synchronous_standby_names": "*"}


def dies(primary: Postgres) -> None:
    primary.kill()


def hangs(primary: Postgres) -> None:
    primary.signal_all(signal.SIGSTOP)


@pytest.mark.parametrize("ends", [dies, hangs], ids=lambda ends: ends.__name__)
async def test_a_standby_is_promoted(ends: Callable[[Postgres], None]) -> None:
    found = required()
    with postgres(found) as primary:
        database = primary.new_database()
        with postgres(found, follows=primary) as standby:
            primary.set(SYNCHRONOUS)
            url = f"postgresql://{primary.user}@/{database}?host={primary.host},{standby.host}"
            await prepare(url)
            meta = await PostgresMeta.open(url)
            with pytest.raises(StoreUnavailable, match="read only"):
                await prepare(standby.url(database))
            async with Writers(meta) as writers:
                await writers.run_until_told(100)
                ends(primary)
                standby.promote()
                await writers.run_until_told(100)
            await writers.check()
            assert len(standby.backends(database)) == 3
            await meta.close()
