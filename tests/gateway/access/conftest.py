"""A server of two accounts, clients of each and of nobody, a closed bucket and an open one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.access.accounts import ACCOUNTS, OTHER, client
from tests.serving import KEY, SECRET, Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("access")
    config = folder / "signet.toml"
    config.write_text(ACCOUNTS)
    with serving(folder / "data", "--workers", "1", "--config", str(config)) as started:
        yield started


@pytest.fixture(scope="session")
def own(server: Server) -> Any:
    return client(server, (KEY, SECRET))


@pytest.fixture(scope="session")
def other(server: Server) -> Any:
    return client(server, OTHER)


@pytest.fixture(scope="session")
def nobody(server: Server) -> Any:
    return client(server, None)


_numbers = iter(range(10_000))


@pytest.fixture
def bucket(own: Any) -> str:
    """As AWS makes one: nothing public, no ACLs."""
    name = f"closed-{next(_numbers)}"
    own.create_bucket(Bucket=name)
    own.put_object(Bucket=name, Key="k", Body=b"content")
    return name


@pytest.fixture
def open_bucket(own: Any) -> str:
    """With ACLs, and without a block."""
    name = f"open-{next(_numbers)}"
    own.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    own.delete_public_access_block(Bucket=name)
    own.put_object(Bucket=name, Key="k", Body=b"content")
    return name
