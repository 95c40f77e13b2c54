"""aws-cli: what people type, and s3api beneath it."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import pytest

from tests.clients.catalogue import CLIENTS, ROOT
from tests.clients.material import MIB, copy_tree, digests, sha256_of, write_file
from tests.clients.programs import run, run_in_vain, run_json
from tests.clients.schemes import OVER_BOTH

FILES: Final = 3000


@pytest.fixture
def aws() -> Path:
    """The program."""
    return CLIENTS["aws_cli"].require()


@OVER_BOTH
def test_cp_up_and_down_small_and_in_parts(
    aws: Path, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    for size in (0, 1000, 20 * MIB):
        digest = write_file(tmp_path / "source", f"cp {size}", size)
        url = f"s3://{bucket}/folder with space/{size}.bin"
        run([aws, "s3", "cp", "--no-progress", tmp_path / "source", url], environment)
        run([aws, "s3", "cp", "--no-progress", url, tmp_path / "target"], environment)
        assert sha256_of(tmp_path / "target") == digest
    listed = run([aws, "s3", "ls", f"s3://{bucket}", "--recursive", "--summarize"], environment)
    assert "Total Objects: 3" in listed
    assert f"Total Size: {1000 + 20 * MIB}" in listed


def test_cp_from_and_to_a_pipe(aws: Path, bucket: str, environment: dict[str, str]) -> None:
    url = f"s3://{bucket}/piped"
    run([aws, "s3", "cp", "-", url], environment, stdin=b"through a pipe\n" * 1000)
    assert run([aws, "s3", "cp", url, "-"], environment) == "through a pipe\n" * 1000


def test_presign_as_the_readme_says(
    aws: Path, s3: Any, bucket: str, environment: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key="shared", Body=b"content")
    cure = "aws configure set default.s3.signature_version s3v4"
    assert cure in (ROOT / "README.md").read_text()
    run([aws, *cure.split()[1:]], environment)
    url = run([aws, "s3", "presign", f"s3://{bucket}/shared"], environment).strip()
    with urlopen(url) as answer:
        assert answer.read() == b"content"


def test_cp_and_mv_within_the_store(
    aws: Path, s3: Any, bucket: str, environment: dict[str, str]
) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"moved", Metadata={"kept": "yes"})
    run([aws, "s3", "cp", f"s3://{bucket}/a", f"s3://{bucket}/b"], environment)
    run([aws, "s3", "mv", f"s3://{bucket}/b", f"s3://{bucket}/c/d"], environment)
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["a", "c/d"]
    got = s3.get_object(Bucket=bucket, Key="c/d")
    assert (got["Body"].read(), got["Metadata"]) == (b"moved", {"kept": "yes"})


def test_sync_a_tree_of_thousands_of_files_both_ways(
    aws: Path, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    source, target, url = tmp_path / "source", tmp_path / "target", f"s3://{bucket}/tree"
    expected = copy_tree(source, FILES)
    assert len(expected) == FILES
    run([aws, "s3", "sync", "--only-show-errors", source, url], environment)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="tree/")
    stored = {entry["Key"]: entry["ETag"] for page in pages for entry in page["Contents"]}
    assert stored == {
        f"tree/{name}": f'"{hashlib.md5((source / name).read_bytes()).hexdigest()}"'
        for name in expected
    }
    run([aws, "s3", "sync", "--only-show-errors", url, target], environment)
    assert digests(target) == expected
    assert run([aws, "s3", "sync", source, url, "--size-only"], environment) == ""


def test_sync_delete_takes_away_what_is_gone(
    aws: Path, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    for name in ("stays", "goes"):
        (tmp_path / "tree").mkdir(exist_ok=True)
        (tmp_path / "tree" / name).write_text(name)
    run([aws, "s3", "sync", tmp_path / "tree", f"s3://{bucket}"], environment)
    (tmp_path / "tree" / "goes").unlink()
    run([aws, "s3", "sync", "--delete", tmp_path / "tree", f"s3://{bucket}"], environment)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["stays"]


def test_mb_ls_rm_rb(aws: Path, s3: Any, bucket: str, environment: dict[str, str]) -> None:
    name = f"{bucket}-cli"
    run([aws, "s3", "mb", f"s3://{name}"], environment)
    assert name in run([aws, "s3", "ls"], environment)
    s3.put_object(Bucket=name, Key="a/b", Body=b"x")
    assert "PRE a/" in run([aws, "s3", "ls", f"s3://{name}"], environment)
    assert "BucketNotEmpty" not in run([aws, "s3", "rb", f"s3://{name}", "--force"], environment)
    assert name not in run([aws, "s3", "ls"], environment)


def test_s3api_put_head_get_and_multipart(
    aws: Path, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    api, where = (aws, "s3api"), ("--bucket", bucket, "--key", "api/key")
    digest = write_file(tmp_path / "part", "s3api", 5 * MIB)
    put = run_json(
        [
            *(*api, "put-object", *where, "--body", tmp_path / "part"),
            *("--metadata", "colour=blue", "--checksum-algorithm", "SHA256"),
        ],
        environment,
    )
    head = run_json([*api, "head-object", *where, "--checksum-mode", "ENABLED"], environment)
    assert (head["ETag"], head["Metadata"]) == (put["ETag"], {"colour": "blue"})
    assert head["ChecksumSHA256"] == put["ChecksumSHA256"]

    upload = run_json([*api, "create-multipart-upload", *where], environment)["UploadId"]
    parts = []
    for number in (1, 2):
        named = ("--upload-id", upload, "--part-number", str(number), "--body", tmp_path / "part")
        part = run_json([*api, "upload-part", *where, *named], environment)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    listed = run_json([*api, "list-parts", *where, "--upload-id", upload], environment)
    assert [part["Size"] for part in listed["Parts"]] == [5 * MIB, 5 * MIB]
    document = json.dumps({"Parts": parts})
    completed = ("--upload-id", upload, "--multipart-upload", document)
    run_json([*api, "complete-multipart-upload", *where, *completed], environment)
    second = ("--range", f"bytes={5 * MIB}-")
    run_json([*api, "get-object", *where, *second, tmp_path / "target"], environment)
    assert sha256_of(tmp_path / "target") == digest


def test_an_error_is_the_one_s3_gives(
    aws: Path, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    missing = ("s3api", "get-object", "--bucket", bucket, "--key", "none", tmp_path / "target")
    assert "(NoSuchKey)" in run_in_vain([aws, *missing], environment)
    wrong = {**environment, "AWS_SECRET_ACCESS_KEY": "wrong"}
    assert "(SignatureDoesNotMatch)" in run_in_vain([aws, "s3", "ls", f"s3://{bucket}"], wrong)
