"""Rotation of the root key: another one at once, the one before for a while, each in one file."""

import json
import os
from pathlib import Path

import pytest

from gateway import rootkey
from gateway.cli import main
from gateway.config import ConfigError
from gateway.iam.accounts import Accounts
from gateway.rootwatch import RootWatch
from tests.gateway.test_identities import House

HOUR_MS = 3_600_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rootkey.find(tmp_path, "", "")
    return tmp_path


def test_a_new_key_is_kept_and_the_one_before_with_its_end(data: Path) -> None:
    first = rootkey.kept(data)
    found = rootkey.rotate(data, rootkey.new(), now_ms=1000, overlap_ms=HOUR_MS)
    assert found.key != first
    assert rootkey.kept_with_before(data) == found == rootkey.Kept(found.key, first, 1000 + HOUR_MS)
    assert rootkey.in_use(data) == found.key == rootkey.find(data, "", "").key
    assert (data / rootkey.FILE).stat().st_mode & 0o777 == 0o600
    assert os.listdir(data) == [rootkey.FILE]
    again = rootkey.rotate(data, rootkey.new(), now_ms=2000, overlap_ms=HOUR_MS)
    assert again.before == found.key
    assert first is not None
    assert first.secret not in (data / rootkey.FILE).read_text()


def test_without_overlap_the_one_before_is_not_kept(data: Path) -> None:
    first = rootkey.kept(data)
    assert first is not None
    rootkey.rotate(data, rootkey.new(), now_ms=1000, overlap_ms=0)
    assert first.secret not in (data / rootkey.FILE).read_text()
    kept = rootkey.kept_with_before(data)
    assert kept is not None
    assert kept.before is None


def test_what_a_rotation_cut_short_has_left_is_no_hindrance(data: Path) -> None:
    (data / "root-key.next").write_text("half")
    rootkey.rotate(data, rootkey.new(), now_ms=1000, overlap_ms=0)
    assert os.listdir(data) == [rootkey.FILE]


def test_what_is_not_kept_is_not_rotated(tmp_path: Path, data: Path) -> None:
    with pytest.raises(ConfigError, match="keeps none"):
        rootkey.rotate(tmp_path / "nothing", rootkey.new(), now_ms=1, overlap_ms=0)
    (data / "root-key.idle").touch()
    with pytest.raises(ConfigError, match="is not valid"):
        rootkey.rotate(data, rootkey.new(), now_ms=1, overlap_ms=0)


@pytest.mark.parametrize(
    "before", ["x", {}, {"id": "a", "secret": "b"}, {"id": 1, "secret": "b", "until_ms": 1}]
)
def test_a_damaged_file_is_said_to_be_damaged(data: Path, before: object) -> None:
    text = json.dumps({"id": "a", "secret": "b", "before": before})
    (data / rootkey.FILE).write_text(text)
    with pytest.raises(ConfigError, match="is damaged"):
        rootkey.kept_with_before(data)


async def test_a_worker_that_runs_heeds_a_rotation(data: Path) -> None:
    first = rootkey.kept(data)
    assert first is not None
    root = rootkey.root_account(first)
    house = House()
    house.accounts = Accounts([root])
    watch = RootWatch(data, root, house.identities)
    watch.look()
    now_ms = house.clock.ms
    second = rootkey.rotate(data, rootkey.new(), now_ms=now_ms, overlap_ms=HOUR_MS).key
    watch.look()
    assert house.identities.secret(first.id) == first.secret
    assert house.identities.secret(second.id) == second.secret
    known = await house.find(second.id)
    assert known is not None
    assert (known.principal.account.id, known.principal.who.is_root) == (root.id, True)
    house.clock.ms += HOUR_MS
    assert await house.find(first.id) is None
    assert await house.find(second.id) is not None
    house.clock.ms = now_ms
    third = rootkey.rotate(data, rootkey.new(), now_ms=now_ms, overlap_ms=0).key
    watch.look()
    assert await house.find(first.id) is None
    assert await house.find(second.id) is None
    assert await house.find(third.id) is not None
    (data / rootkey.FILE).write_text("damaged")
    watch.look()
    (data / rootkey.FILE).unlink()
    watch.look()
    assert await house.find(third.id) is not None


async def test_a_worker_that_starts_late_takes_what_is_kept_now(data: Path) -> None:
    """Whoever forked it had read the file before."""
    first = rootkey.kept(data)
    assert first is not None
    root = rootkey.root_account(first)
    house = House()
    rootkey.rotate(data, rootkey.new(), now_ms=house.clock.ms, overlap_ms=0)
    RootWatch(data, root, house.identities).look()
    assert await house.find(first.id) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["--meta", "memory:", "--blobs", "memory:", "--workers", "1"],
            "memory: keeps no root key",
            id="in memory",
        ),
        pytest.param(
            ["--root-access-key-id", "AKIAX", "--root-secret-access-key", "s" * 40],
            "rotate it there",
            id="given",
        ),
        pytest.param(["--overlap", "8d"], "--overlap: '8d' is not a time", id="too long"),
        pytest.param(["--data-dir", "nothing"], "is no data directory", id="no data"),
    ],
)
def test_the_command_says_why_it_cannot(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["root-key", "rotate", *arguments]) == 2
    assert said in capsys.readouterr().err
