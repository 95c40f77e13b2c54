"""What the suite's pytest is given: which tests to run, where to write results, and patience.

Loaded into another environment: it imports nothing of ours.
"""

import importlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

_seen: dict[str, tuple[str, str]] = {}


def _name(node_id: str) -> str:
    return node_id.removeprefix("s3tests/functional/")


def pytest_configure() -> None:
    """Let IAM and STS be signed for a region.

    The suite signs for one without a name, which AWS refuses.
    """
    make = boto3.client

    def client(*arguments: Any, **named: Any) -> Any:
        if named.get("region_name") == "":
            named["region_name"] = "us-east-1"
        return make(*arguments, **named)

    boto3.client = client


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that were asked for."""
    wanted = set(Path(os.environ["SUITE_WANTED"]).read_text().split())
    left_out = [item for item in items if _name(item.nodeid) not in wanted]
    items[:] = [item for item in items if _name(item.nodeid) in wanted]
    config.hook.pytest_deselected(items=left_out)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test passes if all of its phases do; what is written is what is known so far."""
    result, text = _seen.get(report.nodeid, ("passed", ""))
    if report.outcome != "passed" and result == "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        result, text = report.outcome, str(crash.message if crash else report.longrepr)[:300]
    _seen[report.nodeid] = result, text
    if report.when == "teardown":
        line = json.dumps({"name": _name(report.nodeid), "result": result, "text": text})
        with Path(os.environ["SUITE_RESULTS"]).open("a") as results:
            results.write(line + "\n")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Empty buckets as S3 allows it, and do not let one that stays fail every later test.

    The suite asks to bypass governance with every deletion; S3 answers
    InvalidArgument to that in a bucket without object lock.
    """
    suite: Any = importlib.import_module("s3tests.functional")

    nuke_bucket: Callable[..., Any] = suite.nuke_bucket
    nuke_all: Callable[..., Any] = suite.nuke_prefixed_buckets

    def nuke_patiently(client: Any, bucket: str) -> Any:
        try:
            return nuke_bucket(client, bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidArgument":
                raise
        client.meta.events.register("provide-client-params.s3.DeleteObjects", _without_bypass)
        return nuke_bucket(client, bucket)

    def nuke_what_goes(prefix: str, client: Any = None) -> None:
        try:
            nuke_all(prefix, client)
        except Exception as error:  # noqa: BLE001 - other people's code; said, and gone round
            print(f"not cleaned up: {error}")
            suite.prefix = suite.choose_bucket_prefix("suite-{random}-")

    identities: Any = importlib.import_module("s3tests.functional.iam")
    nuke_user: Callable[..., Any] = identities.nuke_user

    def nuke_member(client: Any, name: str) -> Any:
        """IAM deletes nobody who is in a group; the suite deletes groups after users."""
        for group in client.list_groups_for_user(UserName=name)["Groups"]:
            client.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        return nuke_user(client, name)

    identities.nuke_user = nuke_member
    suite.nuke_bucket = nuke_patiently
    suite.nuke_prefixed_buckets = nuke_what_goes


def _without_bypass(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "BypassGovernanceRetention"}
