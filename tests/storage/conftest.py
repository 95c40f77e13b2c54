"""What several tests of storage begin with: an engine, a bucket, a furnished house."""

from pathlib import Path

import pytest

from storage import assembly
from storage.rows import BucketRef
from tests.storage.engine import Engine
from tests.storage.house import House


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of an upload may be of any size."""
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)


@pytest.fixture
async def engine() -> Engine:
    return Engine()


@pytest.fixture
async def bucket(engine: Engine) -> BucketRef:
    return await engine.buckets.create("bucket", account="1", region="us-east-1")


@pytest.fixture
async def house(tmp_path: Path, small_parts: None) -> House:
    house = House(tmp_path)
    await house.furnish()
    return house
