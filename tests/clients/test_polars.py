"""Polars (Rust's object_store): frames, in an environment of its own."""

from pathlib import Path
from typing import Any

from tests.clients.catalogue import CLIENTS, HERE
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run


def test_frames_are_sunk_and_scanned(
    endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    python = CLIENTS["polars"].require()
    run([python, HERE / "python" / "polars_frames.py", endpoint.url, bucket], environment)
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert {
        "frames/sunk.parquet",
        "frames/written.parquet",
        "other/sunk.arrow",
        "other/sunk.csv",
    } <= {entry["Key"] for entry in listed}
