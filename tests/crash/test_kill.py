"""kill -9 of every process under load: what was acknowledged is there, whole, and nothing else."""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.serving import KEY, SECRET, serving

ROUNDS = 20
SIZES = (0, 100, 16_000, 40_000, 2_000_000)


class Writer(threading.Thread):
    """Puts and deletes its own keys, and remembers what was acknowledged."""

    def __init__(self, client: Any, number: int, known: dict[str, set[str | None]]) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._random = random.Random(os.urandom(8))
        self._keys = [f"{number}/{n}" for n in range(8)]
        self.known = known  # per key: the digests it may have; None: absent
        self.done = 0

    def run(self) -> None:
        while True:
            key = self._random.choice(self._keys)
            may = self.known.setdefault(key, {None})
            try:
                if self._random.random() < 0.2:
                    may.add(None)
                    self._client.delete_object(Bucket="bucket", Key=key)
                    self.known[key] = {None}
                else:
                    body = os.urandom(self._random.choice(SIZES))
                    digest = hashlib.md5(body).hexdigest()
                    may.add(digest)
                    self._client.put_object(Bucket="bucket", Key=key, Body=body)
                    self.known[key] = {digest}
            except (BotoCoreError, ClientError):
                return
            self.done += 1


def check_objects(s3: Any, known: list[dict[str, set[str | None]]]) -> None:
    """Each key has what was last acknowledged, or what was under way at the kill, whole."""
    listed = {
        one["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bucket")
        for one in page.get("Contents", [])
    }
    for key, may in (item for group in known for item in group.items()):
        found = None
        if key in listed:
            body = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
            found = hashlib.md5(body).hexdigest()
        assert found in may, f"{key}: lost or torn"
        may.clear()
        may.add(found)


def kill_round(data: Path, known: list[dict[str, set[str | None]]], wait_s: float) -> int:
    """Start after the kill before, compare, load, kill; how many writes were acknowledged."""
    with serving(data) as server:
        check_objects(server.client(), known)
        writers = [Writer(server.client(), n, known[n]) for n in range(len(known))]
        for writer in writers:
            writer.start()
        threading.Event().wait(wait_s)
        server.kill()
        for writer in writers:
            writer.join(30)
    return sum(writer.done for writer in writers)


def check_fsck(data: Path) -> None:
    """Nothing is missing, damaged or miscounted; blobs without a name are the sweeper's."""
    environment = os.environ | {
        "SIGNET_ROOT_ACCESS_KEY_ID": KEY,
        "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET,
    }
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "fsck", "--json", "--deep", "--data-dir", str(data)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    findings = json.loads(done.stdout)["findings"]
    assert [one for one in findings if one["kind"] != "unnamed blob"] == []


def run_rounds(data: Path, rounds: int) -> None:
    known: list[dict[str, set[str | None]]] = [{} for _ in range(6)]
    with serving(data) as server:
        server.client().create_bucket(Bucket="bucket")
        assert server.stop() == 0
    dice = random.Random(7)
    acknowledged = sum(kill_round(data, known, dice.uniform(0.2, 1.0)) for _ in range(rounds))
    assert acknowledged > rounds, "the load did nothing"
    with serving(data) as server:
        check_objects(server.client(), known)
        assert server.stop() == 0
    check_fsck(data)


@pytest.mark.clients
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    run_rounds(tmp_path / "data", ROUNDS)


@pytest.mark.long
def test_nothing_acknowledged_is_lost_in_many_rounds(tmp_path: Path) -> None:
    run_rounds(tmp_path / "data", int(os.environ.get("ROUNDS", "500")))
