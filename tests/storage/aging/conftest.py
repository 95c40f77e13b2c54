"""An engine whose keeper ages a bucket, at noon."""

import pytest

from storage.retention import DAY_MS
from storage.rows import BucketRef
from tests.storage.aging.house import House
from tests.storage.engine import Engine


@pytest.fixture
def house(engine: Engine, bucket: BucketRef) -> House:
    engine.clock.ms -= engine.clock.ms % DAY_MS - DAY_MS // 2  # noon
    return House(engine, bucket)
