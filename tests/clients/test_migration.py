"""The recipe of docs/migrating.md: a bucket moves from one server to another, and is checked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content, copy_tree, digests, write_file
from tests.clients.programs import run
from tests.clients.server import started


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Endpoint]:
    """The server that is left behind."""
    (tmp_path / "old").mkdir()
    with started(tmp_path / "old") as running:
        yield running


def remote(name: str, endpoint: Endpoint) -> dict[str, str]:
    """The variables that the recipe exports."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": endpoint.url,
        "ACCESS_KEY_ID": endpoint.access_key,
        "SECRET_ACCESS_KEY": endpoint.secret_key,
        "ACL": "bucket-owner-full-control",
        "BUCKET_ACL": "private",
    }
    return {f"RCLONE_CONFIG_{name}_{key}": value for key, value in settings.items()}


def test_a_bucket_moves(
    old: Endpoint, endpoint: Endpoint, environment: dict[str, str], bucket: str, tmp_path: Path
) -> None:
    program = CLIENTS["rclone"].require()
    variables = {**environment, **remote("OLD", old), **remote("NEW", endpoint)}
    source = old.boto()
    source.create_bucket(Bucket="bucket")
    copy_tree(tmp_path / "tree", 50)
    write_file(tmp_path / "tree" / "large", "migration", 12 * MIB)
    run([program, "copy", tmp_path / "tree", "old:bucket"], variables)
    source.put_object(
        Bucket="bucket", Key="with metadata", Body=content("m", 10), ContentType="text/x-own"
    )
    run([program, "sync", "old:bucket", f"new:{bucket}"], variables)
    source.put_object(Bucket="bucket", Key="late", Body=b"written meanwhile")
    run([program, "sync", "old:bucket", f"new:{bucket}"], variables)
    run([program, "check", "--download", "old:bucket", f"new:{bucket}"], variables)
    run([program, "copy", f"new:{bucket}", tmp_path / "back"], variables)
    got = digests(tmp_path / "back")
    assert digests(tmp_path / "tree").items() <= got.items()
    assert {"with metadata", "late"} <= got.keys()
    moved = endpoint.boto().head_object(Bucket=bucket, Key="with metadata")
    assert moved["ContentType"] == "text/x-own"
    source.close()
