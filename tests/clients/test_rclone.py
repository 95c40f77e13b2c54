"""rclone, from Debian: copies that it checks itself, and ranges."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, content, copy_tree, digests, sha256, write_file
from tests.clients.programs import run, run_json
from tests.clients.schemes import OVER_BOTH

Command: TypeAlias = Callable[..., str]


@pytest.fixture
def configured(endpoint: Endpoint, environment: dict[str, str]) -> dict[str, str]:
    """An environment in which `signet:` is the server."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": endpoint.access_key,
        "SECRET_ACCESS_KEY": endpoint.secret_key,
        "ENDPOINT": endpoint.url,
        "REGION": endpoint.region,
        "CHUNK_SIZE": "5Mi",
        "UPLOAD_CUTOFF": "8Mi",
        # This version sends private where it is told nothing, which new buckets refuse.
        "ACL": "bucket-owner-full-control",
        "BUCKET_ACL": "private",
    }
    named = {f"RCLONE_CONFIG_SIGNET_{name}": value for name, value in settings.items()}
    # Its SDK cannot put AWS_CA_BUNDLE into rclone's own transport; SSL_CERT_FILE does for Go.
    clean = {name: value for name, value in environment.items() if name != "AWS_CA_BUNDLE"}
    return {**clean, **named, "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}


@pytest.fixture
def rclone(configured: dict[str, str]) -> Command:
    """Call rclone."""
    program = CLIENTS["rclone"].require()
    return lambda *words: run([program, *words], configured)


@OVER_BOTH
def test_a_tree_is_copied_checked_and_copied_back(
    rclone: Command, bucket: str, tmp_path: Path
) -> None:
    expected = copy_tree(tmp_path / "source", 300)
    digest = write_file(tmp_path / "source" / "large file.bin", "rclone", 23 * MIB)
    write_file(tmp_path / "source" / "empty", "rclone", 0)
    rclone("copy", tmp_path / "source", f"signet:{bucket}/tree")
    rclone("check", "--download", tmp_path / "source", f"signet:{bucket}/tree")
    rclone("sync", f"signet:{bucket}/tree", tmp_path / "target")
    got = digests(tmp_path / "target")
    assert got["large file.bin"] == digest
    assert got == {**expected, **digests(tmp_path / "source")}


def test_a_second_copy_carries_nothing(
    configured: dict[str, str], rclone: Command, bucket: str, tmp_path: Path
) -> None:
    copy_tree(tmp_path / "source", 20)
    rclone("copy", tmp_path / "source", f"signet:{bucket}")
    words = ("copy", "--use-json-log", "--stats-log-level", "NOTICE", "-v")
    assert rclone(*words, tmp_path / "source", f"signet:{bucket}") == ""
    listed = run_json(
        [CLIENTS["rclone"].require(), "lsjson", "--recursive", "--hash", f"signet:{bucket}"],
        configured,
    )
    files = [entry for entry in listed if not entry["IsDir"]]
    assert len(files) == 20
    assert all(entry["Hashes"]["md5"] for entry in files)


def test_a_piece_out_of_the_middle(rclone: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="text", Body=b"0123456789" * 100_000)
    piece = rclone("cat", "--offset", "500005", "--count", "12", f"signet:{bucket}/text")
    assert piece == "567890123456"


def test_names_that_need_care(rclone: Command, s3: Any, bucket: str, tmp_path: Path) -> None:
    names = ["plus+sign", "per%cent", "space here", "ünï", "semi;colon", "a=b&c", "quote'\""]
    (tmp_path / "source").mkdir()
    for name in names:
        (tmp_path / "source" / name).write_text(name)
    rclone("copy", tmp_path / "source", f"signet:{bucket}")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == sorted(names, key=str.encode)
    rclone("copy", f"signet:{bucket}", tmp_path / "target")
    assert digests(tmp_path / "target") == digests(tmp_path / "source")


def test_a_move_on_the_server_and_a_purge(rclone: Command, s3: Any, bucket: str) -> None:
    body = content("moved", 9 * MIB)
    s3.put_object(Bucket=bucket, Key="from/key", Body=body)
    rclone("moveto", f"signet:{bucket}/from/key", f"signet:{bucket}/to/key")
    assert sha256(s3.get_object(Bucket=bucket, Key="to/key")["Body"].read()) == sha256(body)
    rclone("mkdir", f"signet:{bucket}-purged")
    rclone("copy", f"signet:{bucket}", f"signet:{bucket}-purged")
    rclone("purge", f"signet:{bucket}-purged")
    assert s3.list_buckets(Prefix=f"{bucket}-purged")["Buckets"] == []
