"""curl as a browser: forms of two makers, sent with --form."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.clients.catalogue import CLIENTS, ROOT
from tests.clients.endpoint import Endpoint
from tests.clients.material import MIB, sha256_of, write_file
from tests.clients.programs import run, run_json

MakeForm: TypeAlias = Callable[[str, str], tuple[str, dict[str, str]]]
SIZE_MAX: Final = 9 * MIB


@pytest.fixture
def curl() -> list[str | Path]:
    """The program, which says nothing but the body."""
    return [CLIENTS["curl"].require(), "--silent", "--show-error", "--noproxy", "*"]


def _by_boto3(endpoint: Endpoint, _: dict[str, str]) -> MakeForm:
    def make(bucket: str, key: str) -> tuple[str, dict[str, str]]:
        client = endpoint.boto()
        form = client.generate_presigned_post(
            bucket, key, Conditions=[["content-length-range", 0, SIZE_MAX]]
        )
        client.close()
        return form["url"], form["fields"]

    return make


def _by_signet(endpoint: Endpoint, environment: dict[str, str]) -> MakeForm:
    def make(bucket: str, key: str) -> tuple[str, dict[str, str]]:
        command = [sys.executable, "-m", "gateway.cli", "post-form", "--json"]
        options = ["--size", "0-9M", "--endpoint", endpoint.url]
        form = run_json([*command, f"s3://{bucket}/{key}", *options], environment, cwd=ROOT)
        return form["url"], form["fields"]

    return make


@pytest.fixture(params=[_by_boto3, _by_signet], ids=["by boto3", "by signet post-form"])
def make_form(
    request: pytest.FixtureRequest, endpoint: Endpoint, environment: dict[str, str]
) -> MakeForm:
    """A maker of forms."""
    made: MakeForm = request.param(endpoint, environment)
    return made


def words(fields: dict[str, str], file: Path) -> list[str]:
    """The form as curl is told of it."""
    found = [word for pair in fields.items() for word in ("--form-string", "=".join(pair))]
    return [*found, "--form", f"file=@{file}"]


@pytest.mark.parametrize("size", [0, 5000, 8 * MIB], ids="{} bytes".format)
def test_a_form_uploads_a_file(
    curl: list[str | Path],
    make_form: MakeForm,
    s3: Any,
    bucket: str,
    environment: dict[str, str],
    tmp_path: Path,
    size: int,
) -> None:
    digest = write_file(tmp_path / 'ä "name".bin', "curl-form", size)
    url, fields = make_form(bucket, "folder/${filename}")
    form = words(fields, tmp_path / 'ä "name".bin')
    form[-1] = "file=@" + json.dumps(form[-1].removeprefix("file=@"), ensure_ascii=False)
    run([*curl, "--fail", *form, url], environment)
    [key] = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert key.startswith("folder/ä ")
    s3.download_file(bucket, key, str(tmp_path / "target"))
    assert sha256_of(tmp_path / "target") == digest


def test_a_form_is_for_what_it_says_alone(
    curl: list[str | Path],
    make_form: MakeForm,
    s3: Any,
    bucket: str,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    write_file(tmp_path / "source", "curl-form", 5000)
    write_file(tmp_path / "large", "curl-form", SIZE_MAX + 1)
    url, fields = make_form(bucket, "folder/key")
    status = [*curl, "--output", "/dev/null", "--write-out", "%{http_code}"]
    for changed, file, code in (
        ({"key": "folder/other"}, "source", "403"),
        ({"acl": "public-read"}, "source", "403"),
        ({"x-amz-signature": "0" * 64}, "source", "403"),
        ({}, "large", "400"),
        ({"success_action_redirect": "http://evil.example/"}, "source", "403"),
    ):
        form = words({**fields, **changed}, tmp_path / file)
        assert run([*status, *form, url], environment) == code, changed
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert run([*status, *words(fields, tmp_path / "source"), url], environment) == "204"


def test_the_command_that_signet_prints(
    endpoint: Endpoint, s3: Any, bucket: str, environment: dict[str, str], tmp_path: Path
) -> None:
    digest = write_file(tmp_path / "FILE", "curl-form", 5000)
    make = [sys.executable, "-m", "gateway.cli", "post-form", f"s3://{bucket}/it's/${{filename}}"]
    options = ["--field", "x-amz-meta-a=@b; c", "--starts-with", "Content-Type=text/"]
    line = run([*make, *options, "--endpoint", endpoint.url], environment, cwd=ROOT)
    program, *arguments = shlex.split(line)
    assert program == "curl"
    run([CLIENTS["curl"].require(), "--noproxy", "*", *arguments], environment, cwd=tmp_path)
    s3.download_file(bucket, "it's/FILE", str(tmp_path / "target"))
    assert sha256_of(tmp_path / "target") == digest
    head = s3.head_object(Bucket=bucket, Key="it's/FILE")
    assert (head["Metadata"], head["ContentType"]) == ({"a": "@b; c"}, "text/")
