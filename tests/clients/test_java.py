"""The AWS SDK for Java v2, by java/src/main/java/Client.java."""

from pathlib import Path

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run

pytestmark = pytest.mark.long


def test_bytes_streams_multipart_and_presigned_urls(
    endpoint: Endpoint, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    program = CLIENTS["java"].require()
    classes = f"{program}:{program.parent}/lib/*"
    said = run(["java", "-cp", classes, "Client", endpoint.url, bucket, tmp_path], environment)
    assert said.splitlines()[-1] == "done"
