"""Limits over several processes: on a page that they really share, and in a server's workers."""

import concurrent.futures
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gateway.cli import main
from gateway.limits.gate import BURST_NS, Gate, Limited
from gateway.limits.page import LimitPage
from gateway.limits.rules import Rules
from storage.limits import Limit, Limits
from storage.meta.memory import MemoryMeta
from tests.serving import serving, until

S = 1_000_000_000
PROCESSES = 4
RATE = 2000
FOR_S = 1.5


def hammer(page: LimitPage, worker: int, until_ns: int) -> int:
    """How many of the requests that one process can ask for at all are let in."""
    rules = Rules(Limits(MemoryMeta()), lambda: 0, {"key": Limit(RATE, concurrency=PROCESSES)})
    gate = Gate(page, worker, rules)
    let_in = 0
    while time.monotonic_ns() < until_ns:
        try:
            passage = gate.enter(None, "key", "k")
        except Limited:
            continue
        assert passage is not None
        passage.leave(0)
        let_in += 1
    return let_in


def test_processes_that_ask_as_fast_as_they_can_get_the_rate_within_a_tenth() -> None:
    page = LimitPage(PROCESSES)
    began = time.monotonic_ns()
    until_ns = began + int(FOR_S * S)
    reading, writing = os.pipe()
    children = []
    for worker in range(PROCESSES):
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, b"%d\n" % hammer(page, worker, until_ns))
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    os.close(writing)
    with open(reading) as found:
        let_in = [int(line) for line in found]
    assert len(let_in) == PROCESSES
    expected = RATE * (FOR_S + BURST_NS / S)
    assert expected * 0.9 <= sum(let_in) <= expected * 1.1
    assert not any(page.cells[3 :: page.width])


def asking(client: Any, stopping: threading.Event) -> list[tuple[float, str]]:
    """When each of many requests was answered, and how."""
    found = []
    while not stopping.is_set():
        try:
            client.head_object(Bucket="bucket", Key="key")
            said = "200"
        except ClientError as error:
            answer = error.response["ResponseMetadata"]
            said = str(answer["HTTPStatusCode"])
            assert said != "503" or int(answer["HTTPHeaders"]["retry-after"]) >= 1
        found.append((time.monotonic(), said))
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["address", "10.0.0.0/8", "--requests", "1"], "'10.0.0.0/8' is no address"),
        (["address", "nowhere", "--requests", "1"], "'nowhere' is no address"),
        (["account", "1", "--requests", "1"], "'1' is no account"),
        (["bucket", "B", "--requests", "1"], "'B' is no bucket"),
        (["bucket", "bucket", "--requests", "0"], "--requests: '0' would be no limit"),
    ],
)
def test_a_limit_that_would_limit_nobody_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["limit", "set", *words, "--data-dir", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_a_server_s_workers_keep_to_what_is_set_while_they_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, rate, seconds = tmp_path / "data", 15, 5.0
    with serving(data, "--workers", "2") as server:
        owner = server.client()
        owner.create_bucket(Bucket="bucket")
        owner.put_object(Bucket="bucket", Key="key", Body=b"x")
        words = ["bucket", "bucket", "--data-dir", str(data)]
        assert main(["limit", "set", *words, "--requests", f"{rate}/s"]) == 0
        done = time.monotonic()
        stopping = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(asking, server.client(), stopping) for _ in range(8)]
            time.sleep(seconds)  # the load's length
            stopping.set()
            found = sorted(one for future in futures for one in future.result())
        began = next(at for at, said in found if said == "503")
        assert began < done + 1.0 + seconds / 2
        served = sum(said == "200" for at, said in found if began < at <= began + 3)
        assert rate * 3 * 0.9 - 1 <= served <= rate * 3 * 1.1 + 1
        assert {said for _, said in found} == {"200", "503"}
        assert main(["limit", "list", "--data-dir", str(data)]) == 0
        assert f"bucket bucket: requests={rate}\n" in capsys.readouterr().out
        assert main(["limit", "remove", *words]) == 0
        until(lambda: all(is_served(owner) for _ in range(3 * rate)))
        assert main(["limit", "remove", *words]) == 2
        assert not [line for line in server.log if "503" in line], "the log is not flooded"


def is_served(client: Any) -> bool:
    try:
        client.head_object(Bucket="bucket", Key="key")
    except ClientError:
        return False
    return True


def test_a_connection_s_end_gives_its_place_back(tmp_path: Path) -> None:
    flags = ("--workers", "2", "--limit-address", "concurrency=1")
    with serving(tmp_path / "data", *flags) as server:
        client = server.client()
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="key", Body=bytes(30_000_000))
        body = client.get_object(Bucket="bucket", Key="key")["Body"]
        body.read(1)
        until(lambda: not is_served(server.client()))
        body.close()
        until(lambda: is_served(server.client()))
