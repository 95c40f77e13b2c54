"""Access logs that wait for their delivery: kept by a killed worker, bounded, in nobody's way."""

from pathlib import Path

import pytest

from gateway.observe import spool
from gateway.observe.spool import FolderSpool, MemorySpool
from tests.gateway.logdelivery import Clock


def test_a_killed_workers_file_is_the_next_ones_and_half_a_line_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    FolderSpool(tmp_path, 0, 2, Clock()).put(b"one")
    with (tmp_path / spool.FOLDER / "current-0").open("ab") as file:
        file.write(b"tw")
    FolderSpool(tmp_path, 1, 2, Clock()).put(b"of a worker that is no more")
    FolderSpool(tmp_path, 0, 2, Clock(5))
    keeper = FolderSpool(tmp_path, 1, 1, Clock(7))  # with fewer workers now
    found = dict(keeper.waiting())
    assert sorted(found.values()) == [b"of a worker that is no more\n", b"one\ntw"]
    for name in found:
        keeper.remove(name)
    assert list(keeper.waiting()) == []
    assert caplog.records == []


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_what_nobody_delivers_is_bounded(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "WAITING_FILES_MAX", 3)
    monkeypatch.setattr(spool, "FILE_BYTES_MAX", 100)
    one = MemorySpool(Clock()) if kind == "memory" else FolderSpool(tmp_path, 0, 1, Clock())
    for _ in range(50):
        one.put(b"x" * 60)
    one.set_aside()
    found = [content for _, content in one.waiting()]
    assert len(found) == 3
    assert max(map(len, found)) <= 200


def test_a_disk_that_takes_nothing_stops_no_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / spool.FOLDER).write_text("no folder")
    one = FolderSpool(tmp_path, 0, 1, Clock())
    for _ in range(3):
        one.put(b"x")
    one.set_aside()
    assert len([entry for entry in caplog.records if "not logged" in entry.message]) == 1
