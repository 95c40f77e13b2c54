"""The AWS SDK for JavaScript v3, by js/client.mjs."""

import os
import shutil

import pytest

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run
from tests.clients.schemes import OVER_BOTH


@OVER_BOTH
def test_buffers_streams_multipart_and_presigned_urls(
    endpoint: Endpoint, bucket: str, environment: dict[str, str]
) -> None:
    modules, node = CLIENTS["js"].require(), shutil.which("node")
    if node is None and not os.environ.get("CI"):
        pytest.skip("node is not installed")
    assert node is not None, "node is not installed"
    said = run([node, HERE / "js" / "client.mjs", endpoint.url, bucket, modules], environment)
    assert said.splitlines()[-1] == "listing"
