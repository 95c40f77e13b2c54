"""s3cmd, from Debian: its own idea of signing, listing and multipart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, copy_tree, digests, sha256, sha256_of, write_file
from tests.clients.programs import run

Command: TypeAlias = Callable[..., str]


@pytest.fixture
def s3cmd(endpoint: Endpoint, environment: dict[str, str], tmp_path: Path) -> Command:
    """Call s3cmd with a configuration of its own."""
    program = CLIENTS["s3cmd"].require()
    settings = tmp_path / "s3cfg"
    lines = {
        "access_key": endpoint.access_key,
        "secret_key": endpoint.secret_key,
        "bucket_location": endpoint.region,
        "host_base": endpoint.authority,
        "host_bucket": endpoint.authority,  # without %(bucket)s: path style
        "use_https": "False",
        "multipart_chunk_size_mb": "5",
        "progress_meter": "False",
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    settings.write_text(f"[default]\n{text}")

    def call(*words: str | Path) -> str:
        # Its own variables would have s3cmd read another configuration.
        clean = {n: v for n, v in environment.items() if not n.startswith("AWS_")}
        return run([program, "--config", settings, *words], clean)

    return call


def test_put_get_and_info_small_and_in_parts(
    s3cmd: Command, s3: Any, bucket: str, tmp_path: Path
) -> None:
    for size in (0, 1000, 12 * MIB):
        digest = write_file(tmp_path / "source", f"s3cmd {size}", size)
        url = f"s3://{bucket}/folder/ü {size}"
        s3cmd("put", "--add-header=x-amz-meta-colour: blue", tmp_path / "source", url)
        s3cmd("get", "--force", url, tmp_path / "target")
        assert sha256_of(tmp_path / "target") == digest
        got = s3.get_object(Bucket=bucket, Key=f"folder/ü {size}")
        assert sha256(got["Body"].read()) == digest
        assert got["Metadata"]["colour"] == "blue"
    assert s3.head_object(Bucket=bucket, Key=f"folder/ü {12 * MIB}")["ETag"].endswith('-3"')


def test_sync_a_tree_both_ways(s3cmd: Command, bucket: str, tmp_path: Path) -> None:
    expected = copy_tree(tmp_path / "source", 200)
    s3cmd("sync", "--no-preserve", f"{tmp_path / 'source'}/", f"s3://{bucket}/tree/")
    (tmp_path / "target").mkdir()
    s3cmd("sync", f"s3://{bucket}/tree/", f"{tmp_path / 'target'}/")
    assert digests(tmp_path / "target") == expected


def test_list_copy_move_and_delete(s3cmd: Command, s3: Any, bucket: str) -> None:
    for key in ("a/1", "a/2", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert f"DIR  s3://{bucket}/a/" in s3cmd("ls", f"s3://{bucket}")
    s3cmd("cp", f"s3://{bucket}/b", f"s3://{bucket}/copy")
    s3cmd("mv", f"s3://{bucket}/copy", f"s3://{bucket}/moved")
    s3cmd("del", "--recursive", f"s3://{bucket}/a/")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["b", "moved"]
    assert s3.get_object(Bucket=bucket, Key="moved")["Body"].read() == b"b"


def test_make_and_remove_a_bucket(s3cmd: Command, bucket: str) -> None:
    s3cmd("mb", f"s3://{bucket}-new")
    assert f"s3://{bucket}-new" in s3cmd("ls")
    s3cmd("rb", f"s3://{bucket}-new")
    assert f"s3://{bucket}-new" not in s3cmd("ls")


def test_an_unfinished_upload_is_seen_and_aborted(s3cmd: Command, s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="unfinished")["UploadId"]
    assert upload in s3cmd("multipart", f"s3://{bucket}")
    s3cmd("abortmp", f"s3://{bucket}/unfinished", upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
