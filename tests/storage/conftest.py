"""What several tests of storage begin with: an engine, a bucket, a furnished house."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import assembly
from storage.blob import file
from storage.rows import BucketRef
from tests.storage.engine import Engine
from tests.storage.house import House


@pytest.fixture
def every_directory() -> None:
    """All 256 directories of blobs: the format itself is meant, or another process's."""


@pytest.fixture(autouse=True)
def few_directories(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fewer of them, which a test makes, checks and removes: 0.1 s of CPU for all of them.

    Not by a test's own ``monkeypatch``, which it may undo.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "every_directory" not in request.fixturenames:
            patch.setattr(file, "FANS", file.FANS[:6])
        yield


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
