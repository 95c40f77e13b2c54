"""What many tests need: a running server, a client, a bucket of one's own."""

import gc
import os
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests.serving import Server, serving

# A test is not right or wrong by how fast the machine is.
hypothesis.settings.register_profile("signet", deadline=None)
hypothesis.settings.load_profile("signet")

# Programs are started some hundreds of times: they are compiled once, wherever the tests run.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector need not look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def s3(server: Server) -> Any:
    return server.client()


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    return name
