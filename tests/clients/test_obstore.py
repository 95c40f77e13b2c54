"""obstore (Rust's object_store): objects and conditions, in an environment of its own."""

from pathlib import Path
from typing import Any

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run


def test_objects_conditions_and_ranges(
    endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    python = CLIENTS["obstore"].require()
    run([python, HERE / "python" / "obstore_objects.py", endpoint.url, bucket], environment)
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert {"folder/large", "folder/small one", "once", "renamed"} <= {
        entry["Key"] for entry in listed
    }
