"""minio-py: its own signer and its own XML, in an environment of its own."""

from pathlib import Path

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run
from tests.clients.schemes import OVER_BOTH


@OVER_BOTH
def test_buckets_objects_presigned_urls_and_tags(
    endpoint: Endpoint, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    python = CLIENTS["minio"].require()
    run(
        [python, HERE / "python" / "minio_objects.py", endpoint.url, bucket, str(tmp_path)],
        environment,
    )
