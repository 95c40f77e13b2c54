"""aws-cli: an administrator's day with ``aws iam`` and ``aws sts``."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.catalogue import CLIENTS
from tests.clients.endpoint import Endpoint
from tests.clients.programs import run, run_in_vain, run_json

Command = list[str | Path]

NAME: Final = "transcript"


@pytest.fixture
def aws() -> Path:
    """The program."""
    return CLIENTS["aws_cli"].require()


@pytest.fixture
def administrator(environment: dict[str, str], endpoint: Endpoint) -> dict[str, str]:
    """The environment of whoever may do everything."""
    return environment | {"AWS_ENDPOINT_URL": endpoint.url}


def with_key(environment: dict[str, str], key: dict[str, str]) -> dict[str, str]:
    """The same of somebody else."""
    return environment | {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def document(folder: Path, name: str, *statements: dict[str, Any]) -> str:
    """A policy in a file, as the command line names it."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return f"file://{path}"


def test_whose_a_key_is(aws: Path, administrator: dict[str, str]) -> None:
    found = run_json([aws, "sts", "get-caller-identity"], administrator)
    assert found["Arn"] == f"arn:aws:iam::{found['Account']}:root"


def test_a_user_is_made_given_a_key_and_a_policy_used_denied_and_taken_away(
    aws: Path, administrator: dict[str, str], bucket: str, tmp_path: Path
) -> None:
    iam: Command = [aws, "iam"]
    made = run_json([*iam, "create-user", "--user-name", NAME, "--path", "/cli/"], administrator)
    assert made["User"]["Arn"].endswith(f":user/cli/{NAME}")
    key = run_json([*iam, "create-access-key", "--user-name", NAME], administrator)["AccessKey"]
    user = with_key(administrator, key)
    assert run_json([aws, "sts", "get-caller-identity"], user)["UserId"] == made["User"]["UserId"]

    (tmp_path / "content").write_bytes(b"content")
    put: Command = [
        aws,
        "s3",
        "cp",
        "--no-progress",
        tmp_path / "content",
        f"s3://{bucket}/allowed/one",
    ]
    assert "AccessDenied" in run_in_vain(put, user)
    allowed = {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObject"],
        "Resource": f"arn:aws:s3:::{bucket}/allowed/*",
    }
    policy = run_json(
        [
            *(*iam, "create-policy", "--policy-name", NAME),
            *("--policy-document", document(tmp_path, "allowed", allowed)),
        ],
        administrator,
    )["Policy"]["Arn"]
    named = ["--user-name", NAME, "--policy-arn", policy]
    run([*iam, "attach-user-policy", *named], administrator)
    run(put, user)
    assert run([aws, "s3", "cp", f"s3://{bucket}/allowed/one", "-"], user) == "content"
    assert "AccessDenied" in run_in_vain([*put[:-1], f"s3://{bucket}/elsewhere"], user)
    said = run_in_vain([*iam, "list-users"], user)
    assert f"user/cli/{NAME} is not authorized to perform: iam:ListUsers" in said

    deny = document(tmp_path, "deny", {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"})
    inline = ["--user-name", NAME, "--policy-name", "deny"]
    run([*iam, "put-user-policy", *inline, "--policy-document", deny], administrator)
    assert "AccessDenied" in run_in_vain(put, user)
    run([*iam, "delete-user-policy", *inline], administrator)
    run(put, user)

    state = ["--user-name", NAME, "--access-key-id", key["AccessKeyId"]]
    run([*iam, "update-access-key", *state, "--status", "Inactive"], administrator)
    assert "InvalidAccessKeyId" in run_in_vain(put, user)
    assert "InvalidClientTokenId" in run_in_vain([aws, "sts", "get-caller-identity"], user)

    assert "DeleteConflict" in run_in_vain(
        [*iam, "delete-user", "--user-name", NAME], administrator
    )
    run([*iam, "delete-access-key", *state], administrator)
    run([*iam, "detach-user-policy", *named], administrator)
    run([*iam, "delete-policy", "--policy-arn", policy], administrator)
    run([*iam, "delete-user", "--user-name", NAME], administrator)
    said = run_in_vain([*iam, "get-user", "--user-name", NAME], administrator)
    assert f"The user with name {NAME} cannot be found." in said


def test_pages_are_put_together(aws: Path, administrator: dict[str, str]) -> None:
    names = [f"{NAME}-{number}" for number in range(5)]
    for name in names:
        run([aws, "iam", "create-group", "--group-name", name], administrator)
    listed = run_json([aws, "iam", "list-groups", "--page-size", "2"], administrator)["Groups"]
    assert [one["GroupName"] for one in listed if one["GroupName"].startswith(NAME)] == names
    for name in names:
        run([aws, "iam", "delete-group", "--group-name", name], administrator)
