"""restic, from Debian: a backup that is trusted with a real tree, checked and restored."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, copy_tree, digests, write_file
from tests.clients.programs import run, run_in_vain

Command: TypeAlias = Callable[..., str]


@pytest.fixture
def restic(endpoint: Endpoint, environment: dict[str, str], bucket: str) -> Command:
    """Call restic on a repository in the bucket."""
    program = CLIENTS["restic"].require()
    settings = {
        "RESTIC_REPOSITORY": f"s3:{endpoint.url}/{bucket}/backup",
        "RESTIC_PASSWORD": "of no value",
    }
    return lambda *words: run([program, "--quiet", *words], {**environment, **settings})


def test_backup_check_restore_and_forget(restic: Command, tmp_path: Path) -> None:
    source = tmp_path / "source"
    first = copy_tree(source, 600)
    first["large"] = write_file(source / "large", "restic", 30 * MIB)
    restic("init")
    restic("backup", source)
    shutil.rmtree(source / "copy-0" / "json")
    (source / "new").write_text("new")
    second = digests(source)
    restic("backup", source)
    restic("check", "--read-data")
    snapshots = json.loads(restic("snapshots", "--json"))
    assert [snapshot["paths"] for snapshot in snapshots] == [[str(source)]] * 2
    restic("restore", "latest", "--target", tmp_path / "latest")
    assert digests(Path(f"{tmp_path / 'latest'}{source}")) == second
    restic("forget", "--keep-last", "1", "--prune")
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "again")
    assert digests(Path(f"{tmp_path / 'again'}{source}")) == second
    assert first != second


def test_a_wrong_secret_opens_nothing(
    restic: Command, endpoint: Endpoint, environment: dict[str, str], bucket: str
) -> None:
    restic("init")
    wrong = {
        **environment,
        "AWS_SECRET_ACCESS_KEY": "wrong",
        "RESTIC_REPOSITORY": f"s3:{endpoint.url}/{bucket}/backup",
        "RESTIC_PASSWORD": "of no value",
    }
    said = run_in_vain([CLIENTS["restic"].require(), "snapshots"], wrong)
    assert "Access Denied" in said
