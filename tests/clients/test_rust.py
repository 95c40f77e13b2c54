"""The AWS SDK for Rust, by rust/src/main.rs."""

from pathlib import Path

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run
from tests.clients.schemes import OVER_BOTH

pytestmark = pytest.mark.long


@OVER_BOTH
def test_bytes_streams_multipart_and_conditions(
    endpoint: Endpoint, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    program = CLIENTS["rust"].require()
    assert run([program, endpoint.url, bucket, tmp_path], environment) == "done\n"
