"""The AWS SDK for Go v2, by go/main.go."""

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run
from tests.clients.schemes import OVER_BOTH


@OVER_BOTH
def test_bytes_streams_transfers_and_presigned_urls(
    endpoint: Endpoint, bucket: str, environment: dict[str, str]
) -> None:
    program = CLIENTS["go"].require()
    assert run([program, endpoint.url, bucket], environment) == "done\n"
