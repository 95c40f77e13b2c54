"""kill -9 of every process under load: each acknowledged change is in the trail, exactly once."""

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.serving import KEY, SECRET, serving

ROUNDS = 4
WRITERS = 4
Told = tuple[str, str, str]  # request, key, what


class Changer(threading.Thread):
    """Changes keys of its own in every way, and remembers what was acknowledged."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._name = name
        self.acknowledged: list[Told] = []
        self.asked = 0  # last: perhaps not acknowledged

    def run(self) -> None:
        try:
            while True:
                self._change()
        except (BotoCoreError, ClientError):
            return

    def _change(self) -> None:
        self.asked += 1
        keys = [f"{self._name}/{self.asked}/{n}" for n in range(4)]
        for key in keys:
            self._note(self._client.put_object(Bucket="bucket", Key=key, Body=b"x"), key, "put")
        source = f"bucket/{keys[0]}"
        copied = self._client.copy_object(Bucket="bucket", Key=keys[1], CopySource=source)
        self._note(copied, keys[1], "put")
        self._note(self._client.delete_object(Bucket="bucket", Key=keys[0]), keys[0], "removed")
        tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
        tagged = self._client.put_object_tagging(Bucket="bucket", Key=keys[1], Tagging=tags)
        self._note(tagged, keys[1], "changed")
        many = {"Objects": [{"Key": key} for key in keys[1:]]}
        gone = self._client.delete_objects(Bucket="bucket", Delete=many)
        for one in gone["Deleted"]:
            self._note(gone, one["Key"], "removed")

    def _note(self, answer: Any, key: str, what: str) -> None:
        self.acknowledged.append((answer["ResponseMetadata"]["RequestId"], key, what))


def signet(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on a data directory."""
    environment = os.environ | {
        "SIGNET_ROOT_ACCESS_KEY_ID": KEY,
        "SIGNET_ROOT_SECRET_ACCESS_KEY": SECRET,
    }
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments, "--data-dir", str(data)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def changes_in_trail(data: Path) -> list[Told]:
    """What the trail says was changed in the bucket."""
    printed = signet(data, "audit", "query", "--changes", "--bucket", "bucket")
    assert printed.returncode == 0, printed.stderr
    entries = map(json.loads, printed.stdout.splitlines())
    return [(one["request"], one["key"], one["changed"]["what"]) for one in entries if "key" in one]


def kill_round(data: Path, number: int, dice: random.Random) -> list[Told]:
    """Load, and kill in the middle of it."""
    with serving(data) as server:
        writers = [Changer(server.client(), f"{number}/{n}") for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        threading.Event().wait(dice.uniform(0.3, 2.5))  # over a round of the keeper's
        server.kill()
        for writer in writers:
            writer.join(30)
    return [told for writer in writers for told in writer.acknowledged]


def run_rounds(data: Path, rounds: int) -> None:
    with serving(data) as server:
        server.client().create_bucket(Bucket="bucket")
        assert server.stop() == 0
    dice = random.Random(11)
    acknowledged = list[Told]()
    kept = ""
    for number in range(rounds):
        acknowledged += kill_round(data, number, dice)
        heads = signet(data, "audit", "head")
        kept = heads.stdout.partition("\n")[0] or kept
        if number == rounds // 2:
            check(data, acknowledged)
    assert acknowledged, "the load did nothing"
    with serving(data) as server:  # whose keeper takes what is left
        assert server.stop() == 0
    check(data, acknowledged)
    verified = signet(data, "audit", "verify", "--head", kept)
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout


def check(data: Path, acknowledged: list[Told]) -> None:
    """None is lost, and none is there twice, acknowledged or not."""
    found = Counter(changes_in_trail(data))
    assert [told for told in acknowledged if found[told] != 1] == []
    assert [told for told, count in found.items() if count != 1] == []


@pytest.mark.clients
def test_each_acknowledged_change_is_in_the_trail_once(tmp_path: Path) -> None:
    run_rounds(tmp_path / "data", ROUNDS)


@pytest.mark.long
def test_each_acknowledged_change_is_in_the_trail_once_in_many_rounds(tmp_path: Path) -> None:
    run_rounds(tmp_path / "data", int(os.environ.get("ROUNDS", "500")))
