"""An application with KMS keys, and two buckets."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import App
from tests.gateway.encryption.asking import SETTINGS
from tests.gateway.inside import furnished


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/other", **SETTINGS) as made:
        yield made
