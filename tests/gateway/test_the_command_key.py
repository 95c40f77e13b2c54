"""``signet key``: one line gives a key that works at once, another takes it from every worker."""

import concurrent.futures
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from gateway.cli import main
from tests.serving import Server, serving

DEADLINE_S = 1.0  # in which every worker has to know


def run(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> Any:
    """What a command prints for programs."""
    assert main([*words, "--data-dir", str(data)]) == 0
    said = capsys.readouterr().out
    return json.loads(said) if "--json" in words else said


def partner(server: Server, key: dict[str, Any]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def answers(client: Any, until: threading.Event) -> list[tuple[float, str]]:
    """When each of many requests was begun, and with what it ended; new connections each."""
    found = []
    while not until.is_set():
        began = time.monotonic()
        try:
            client.get_object(Bucket="bucket", Key="in/key", IfMatch="*")
            found.append((began, "200"))
        except ClientError as error:
            found.append((began, error.response["Error"]["Code"]))
    return found


def test_a_revocation_reaches_every_worker_under_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "2") as server:
        owner = server.client()
        owner.create_bucket(Bucket="bucket")
        owner.put_object(Bucket="bucket", Key="in/key", Body=b"x")
        words = ("key", "issue", "--bucket", "bucket", "--prefix", "in/", "--json")
        key = run(capsys, data, *words, "--expires", "30d", "--note", "Ann")
        stopping = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            clients: Sequence[Any] = [partner(server, key) for _ in range(6)]
            asking = [pool.submit(answers, client, stopping) for client in clients]
            time.sleep(0.5)  # the load's length: nothing is waited for
            run(capsys, data, "key", "revoke", key["access_key_id"])
            revoked = time.monotonic()
            time.sleep(DEADLINE_S)
            stopping.set()
            found = [one for future in asking for one in future.result()]
        before = {said for began, said in found if began < revoked - DEADLINE_S}
        assert before <= {"200", "InvalidAccessKeyId"}
        assert any(said == "200" for _, said in found)
        late = [said for began, said in found if began >= revoked]
        assert late
        assert set(late) == {"InvalidAccessKeyId"}, "at once, not only within the second"
        assert run(capsys, data, "key", "list", "--json") == []


def test_an_issued_key_is_listed_without_its_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "1"):
        words = ("key", "issue", "--bucket", "bucket", "--read-only", "--rate", "50/s")
        said = run(capsys, data, *words, "--bytes", "10MB/s", "--concurrency", "4")
        lines = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        (listed,) = run(capsys, data, "key", "list", "--json")
        assert listed["access_key_id"] == lines["AWS_ACCESS_KEY_ID"]
        assert (listed["requests_per_s"], listed["bytes_per_s"]) == (50, 10_000_000)
        assert (listed["concurrency"], listed["read_only"], listed["expires"]) == (4, True, None)
        shown = run(capsys, data, "key", "list")
        assert "reads s3://bucket/; as 000000000001; for ever; 50 requests/s" in shown
        assert lines["AWS_SECRET_ACCESS_KEY"] not in shown
        run(capsys, data, "key", "revoke", listed["access_key_id"])
    assert run(capsys, data, "key", "list") == "", "also without a server"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["issue", "--bucket", "b"], "is no data directory"),
        (["issue", "--bucket", "bucket", "--expires", "soon"], "--expires: 'soon' is not a time"),
        (["issue", "--bucket", "bucket", "--rate", "0/s"], "--rate: '0/s' would be no limit"),
        (["issue", "--bucket", "bucket", "--concurrency", "0"], "'0' would be no limit"),
        (["issue", "--bucket", "bucket", "--rate", "x"], "--rate: 'x' is not a whole number"),
        (["issue", "--bucket", "bucket", "--bytes", "1iB"], "--bytes: '1iB' is not a number"),
        (["revoke", "AKIANOTHING"], "is no data directory"),
        (
            ["list", "--meta", "memory:", "--blobs", "memory:", "--workers", "1"],
            "is the server's own",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["key", *words, "--data-dir", str(tmp_path / "data")]) == 2
    assert said in capsys.readouterr().err


def test_what_there_is_not_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with serving(data, "--workers", "1"):
        for words, said in (
            (["revoke", "AKIANOTHING"], "AKIANOTHING cannot be found"),
            (["issue", "--bucket", "bucket", "--user", "nobody"], "nobody cannot be found"),
            (["issue", "--bucket", "bucket", "--account", "1"], "there is no account '1'"),
            (["issue", "--bucket", "B"], "'B' is no name of a bucket"),
        ):
            assert main(["key", *words, "--data-dir", str(data)]) == 2
            assert said in capsys.readouterr().err
