"""s3fs: files by fsspec and aiobotocore, in an environment of its own."""

from pathlib import Path
from typing import Any

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run


def test_files_trees_and_appends(
    endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    python = CLIENTS["s3fs"].require()
    run(
        [python, HERE / "python" / "s3fs_files.py", endpoint.url, bucket, str(tmp_path)],
        environment,
    )
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert {"folder/large", "moved", "text.gz"} <= {entry["Key"] for entry in listed}
