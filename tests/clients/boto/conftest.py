"""What only boto3's tests need."""

import os
import socket
from typing import Any

import pytest

from tests.clients.endpoint import Endpoint
from tests.clients.server import DOMAIN


@pytest.fixture
def named_host(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> str:
    """The endpoint under its base domain, which only this process can resolve."""
    if os.environ.get("SIGNET_TEST_ENDPOINT"):
        pytest.skip("a server of our own is needed: its base domain is set by us")
    resolve = socket.getaddrinfo

    def local(host: Any, *rest: Any, **named: Any) -> Any:
        known = str(host).endswith(DOMAIN)
        return resolve("127.0.0.1" if known else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    return f"http://{DOMAIN}:{endpoint.port}"
