"""Commands that change identities beside a server that runs: it heeds them without a restart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from gateway.cli import main
from tests.commands import signet
from tests.serving import Server, serving, until


def command(*arguments: str, status: int = 0) -> Any:
    """What a command prints as JSON."""
    done = signet(*arguments, "--json")
    assert done.status == status, done.err
    return json.loads(done.out) if done.out else done.err


def client(server: Server, key: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=key["id"],
        aws_secret_access_key=key["secret"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def test_an_account_is_known_as_soon_as_it_is_made(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with serving(tmp_path / "data", "--workers", "2") as server:
        made = command("account", "create", "--name", "example", "--data-dir", data)
        s3 = client(server, made)
        s3.create_bucket(Bucket="bucket")
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["bucket"]
        (listed,) = command("account", "list", "--data-dir", data)
        assert (listed["id"], listed["name"]) == (made["account"], "example")
        again = ("account", "create", "--name", "x", "--id", made["account"], "--data-dir", data)
        assert "already exists" in command(*again, status=2)
        # Who names it in a policy finds it, too, soon.
        own = server.client()
        own.create_bucket(Bucket="other")
        named = {"AWS": f"arn:aws:iam::{made['account']}:root"}
        given = {"Effect": "Allow", "Principal": named, "Action": "s3:ListBucket"}
        document = json.dumps({"Statement": {**given, "Resource": "arn:aws:s3:::other"}})
        until(lambda: puts(own, document))
        assert s3.list_objects_v2(Bucket="other")["KeyCount"] == 0
    command("account", "create", "--name", "stopped", "--data-dir", data)
    assert len(command("account", "list", "--data-dir", data)) == 2


def puts(s3: Any, document: str) -> bool:
    """Whether a policy is taken."""
    return refusal(lambda: s3.put_bucket_policy(Bucket="other", Policy=document)) == ""


def refusal(work: Callable[[], Any]) -> str:
    """The code of a request's refusal, "" if it is none."""
    try:
        work()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_the_root_key_is_rotated_while_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = str(tmp_path / "data")
    monkeypatch.setattr("tests.serving.KEY", "")
    monkeypatch.setattr("tests.serving.SECRET", "")
    with serving(tmp_path / "data", "--workers", "2") as server:
        first = json.loads((tmp_path / "data" / "root-key.json").read_text())
        client(server, first).create_bucket(Bucket="bucket")
        second = command("root-key", "rotate", "--data-dir", data)
        until(lambda: is_valid(server, second))
        assert is_valid(server, first)
        third = command("root-key", "rotate", "--overlap", "0s", "--data-dir", data)
        until(lambda: not is_valid(server, second))
        until(lambda: is_valid(server, third))


def is_valid(server: Server, key: Any) -> bool:
    """Whether every worker takes it, as far as some connections tell."""
    found = {refusal(client(server, key).list_buckets) for _ in range(8)}
    assert found <= {"", "InvalidAccessKeyId"}
    return found == {""}


def test_a_refusal_of_a_users_key_is_explained_by_its_secret(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with serving(tmp_path / "data", "--workers", "2") as server:
        made = command("account", "create", "--name", "example", "--data-dir", data)
        wrong = {**made, "secret": made["secret"] + " "}
        with pytest.raises(ClientError) as refused:
            client(server, wrong).list_buckets()
        request_id = refused.value.response["ResponseMetadata"]["RequestId"]
        told = json.dumps(command("explain", request_id, "--data-dir", data))
        assert made["secret"] not in told
        assert "secret" in told.lower()
        assert made["id"] in told


def test_the_master_key_of_secrets_is_rotated_and_older_ones_go_on(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with serving(tmp_path / "data", "--workers", "1") as server:
        first = command("account", "create", "--name", "one", "--data-dir", data)
        for name in ("identity", "sessions"):
            assert main(["keys", "rotate", "--key", name, "--data-dir", data]) == 0
        second = command("account", "create", "--name", "two", "--data-dir", data)
        for key in (first, second):
            assert refusal(client(server, key).list_buckets) == ""
    names = {path.name.split(".")[0] for path in (tmp_path / "data" / "keys").iterdir()}
    assert {"identity", "sessions"} <= names
