"""The AWS SDK for JavaScript v3, by js/client.mjs."""

import shutil

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run
from tests.clients.schemes import OVER_BOTH
from tests.missing import missing


@OVER_BOTH
def test_buffers_streams_multipart_and_presigned_urls(
    endpoint: Endpoint, bucket: str, environment: dict[str, str]
) -> None:
    modules, node = CLIENTS["js"].require(), shutil.which("node")
    if node is None:
        missing("node is not installed: make test-clients installs it")
    said = run([node, HERE / "js" / "client.mjs", endpoint.url, bucket, modules], environment)
    assert said.splitlines()[-1] == "listing"
