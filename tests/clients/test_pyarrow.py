"""pyarrow (the C++ SDK): Parquet, in an environment of its own."""

from pathlib import Path
from typing import Any

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run


def test_a_parquet_data_set_is_written_and_read(
    endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    python = CLIENTS["pyarrow"].require()
    run([python, HERE / "python" / "arrow_parquet.py", endpoint.authority, bucket], environment)
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert {"moved", "one/table.parquet", "raw"} <= {entry["Key"] for entry in listed}
