"""``signet audit`` beside a server that runs."""

import contextlib
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gateway.cli import main
from tests.serving import KEY, Server, serving

RECORDS = 5
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    data = tmp_path_factory.mktemp("trail") / "data"
    with serving(data) as server:
        client: Any = server.client()
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="a/1", Body=b"x")
        client.put_object(Bucket="bucket", Key="b/1", Body=b"x")
        client.get_object(Bucket="bucket", Key="a/1")
        client._request_signer._credentials.secret_key = "wrong"
        with pytest.raises(ClientError):
            client.get_object(Bucket="bucket", Key="a/1")
        _wait_for_reads(data)
        yield server, data
        assert server.stop() == 0


def _wait_for_reads(data: Path) -> None:
    """Until what was only read has been handed over, too."""
    for _ in range(600):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            main(["audit", "query", "--data-dir", str(data)])
        if len(printed.getvalue().splitlines()) == RECORDS:
            return
        threading.Event().wait(0.1)
    raise AssertionError("the trail was not handed over")


def _query(capsys: Capture, data: Path, *flags: str) -> list[str]:
    assert main(["audit", "query", "--data-dir", str(data), *flags]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("flags", "operations"),
    [
        pytest.param(
            [], ["CreateBucket", "GetObject", "PutObject", "PutObject", ""], id="everything"
        ),
        pytest.param(["--changes", "--prefix", "a/"], ["PutObject"], id="changes of a prefix"),
        pytest.param(["--denied"], [""], id="what was denied"),
        pytest.param(["--key", KEY, "--denied", "--since", "1h"], [""], id="as in the issue"),
        pytest.param(["--key", "AKIAOTHER"], [], id="another key"),
        pytest.param(["--operation", "GetObject"], ["GetObject"], id="an operation"),
        pytest.param(
            ["--who", "000000000001:root", "--changes", "--prefix", "b"], ["PutObject"], id="whose"
        ),
        pytest.param(["--until", "2020-01-01T00:00:00Z"], [], id="before it was"),
        pytest.param(["--since", "0s"], [], id="after it was"),
        pytest.param(["--bucket", "other"], [], id="elsewhere"),
    ],
)
def test_flags_leave_what_they_say(
    served: tuple[Server, Path], capsys: Capture, flags: list[str], operations: list[str]
) -> None:
    found = [json.loads(line) for line in _query(capsys, served[1], *flags)]

    assert sorted(one.get("operation", "") for one in found) == sorted(operations)


def test_other_formats(served: tuple[Server, Path], capsys: Capture) -> None:
    events = [json.loads(line) for line in _query(capsys, served[1], "--format", "cloudtrail")]
    lines = _query(capsys, served[1], "--format", "access-log")

    assert len(events) == len(lines) == RECORDS
    assert {event["eventSource"] for event in events} == {"s3.amazonaws.com"}


def test_a_head_is_printed_and_verified(served: tuple[Server, Path], capsys: Capture) -> None:
    data = str(served[1])
    assert main(["audit", "head", "--json", "--data-dir", data]) == 0
    told = json.loads(capsys.readouterr().out)

    assert main(["audit", "verify", "--head", told["head"], "--data-dir", data]) == 0
    assert f"it holds the head {told['head']}" in capsys.readouterr().out
    copies = ["--segments", f"{data}/trail", "--public-key", told["public_key"]]
    assert main(["audit", "verify", *copies]) == 0
    other = f"1:{'0' * 64}"
    wrong = ["--segments", f"{data}/trail", "--public-key", "00" * 32]
    assert main(["audit", "verify", *wrong]) == 1
    assert main(["audit", "verify", *wrong, *copies[2:]]) == 0, "one of them is enough"
    assert told["other_public_keys"] == []
    capsys.readouterr()
    assert main(["audit", "verify", "--head", other, "--data-dir", data]) == 1
    assert "block 1 is not the one whose head was kept" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "--since", "yesterday"], "--since: 'yesterday' is neither a span"),
        (["query", "--since", "2026-01-01T00:00:00"], "has no zone"),
        (["verify", "--head", "1"], "--head: not NUMBER:HASH"),
        (["verify", "--segments", "x"], "--segments: needs --public-key"),
        (["verify", "--public-key", "x"], "--public-key: not hexadecimal"),
        (["head", "--data-dir", "/nowhere"], "is no data directory"),
    ],
)
def test_what_cannot_be_is_said(
    served: tuple[Server, Path], capsys: Capture, arguments: list[str], said: str
) -> None:
    place = [] if "--data-dir" in arguments else ["--data-dir", str(served[1])]
    assert main(["audit", *arguments, *place]) == 2
    assert said in capsys.readouterr().err
