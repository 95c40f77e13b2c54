"""Every single sync is needed: a disk that only pretends to do it is found out.

The table names each place where our source asks for one, and each of SQLite's
own; a place that is missing from it fails, as does one that is no longer there.
docs/testing.md, "What each sync is for", is the table for readers.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import apsw
import pytest

from tests.crash.beginnings import FormatCourse, KeyringCourse, RootKeyCourse
from tests.crash.courses import (
    BlobCourse,
    Course,
    Lost,
    MetaCourse,
    NewLogCourse,
    NewMetaCourse,
    SeenMetaCourse,
    YoungMetaCourse,
    play,
)
from tests.crash.disk import SimulatedDisk
from tests.crash.files import ROOT, site_in
from tests.crash.mending import QuarantineCourse
from tests.crash.trails import TrailCourse
from tests.crash.vfs import Sync

TRIES: Final = 1000  # seeds; one to a few hundred find out
ROUNDS_LONG: Final = 1000  # for a sync that nobody misses


LOST_MIN: Final = 3  # of so many rounds


class Needed(NamedTuple):
    """A sync, what runs, and a seed that usually finds out (threads take turns as they like)."""

    sync: str
    course: Callable[[SimulatedDisk], Course]
    seed: int
    why: str


OURS: Final = (
    Needed(
        "storage/blob/writing.py: sync(fd)",
        BlobCourse,
        0,
        "a blob's bytes, before it gets its name",
    ),
    Needed(
        "storage/blob/file.py: sync_directory(target.parent)",
        BlobCourse,
        0,
        "a blob's name, before a commit names it",
    ),
    Needed(
        "storage/blob/file.py: sync_directory(directory)",
        BlobCourse,
        0,
        "the directories of blobs",
    ),
    Needed(
        "storage/blob/file.py: sync_directory(directory.parent)",
        BlobCourse,
        3,
        "the directory of those directories",
    ),
    Needed(
        'storage/meta/sqlite/store.py: sync_content(path.with_name(path.name + "-wal"))',
        SeenMetaCourse,
        1,
        "commits of a killed program, which others read from now on",
    ),
    Needed(
        "storage/durable.py: sync(fd)",
        FormatCourse,
        1,
        "the format number, before it gets its name",
    ),
    Needed(
        "storage/durable.py: sync_directory(path.parent)",
        FormatCourse,
        4,
        "the name of the format number, before anything lies beside it",
    ),
    Needed(
        "storage/durable.py: sync(fd)",
        RootKeyCourse,
        1,
        "the root key, before it gets its name",
    ),
    Needed(
        "storage/durable.py: sync_directory(path.parent)",
        RootKeyCourse,
        2,
        "the name of the root key, before it is shown",
    ),
    Needed(
        "gateway/rootkey.py: sync_directory(data_dir)",
        RootKeyCourse,
        3,
        "the name of the root key, if who wrote it was killed before",
    ),
    Needed(
        "storage/keyring.py: sync_directory(folder)",
        KeyringCourse,
        18,
        "the name of a master key, if who made it was killed before",
    ),
    Needed(
        "storage/keyring.py: sync_directory(folder.parent)",
        KeyringCourse,
        1,
        "the folder of master keys, before anything is wrapped by one",
    ),
    Needed(
        "storage/durable.py: sync_directory(parent)",
        FormatCourse,
        1,
        "the data directory itself, and those above it",
    ),
    Needed(
        "storage/format.py: sync_directory(directory)",
        FormatCourse,
        19,
        "the name of the format number, if who wrote it was killed before",
    ),
    Needed(
        "storage/quarantine.py: sync_directory(one.parent)",
        QuarantineCourse,
        1,
        "the folder of what is kept aside, before what it was is deleted",
    ),
    Needed(
        "storage/quarantine.py: sync_directory(path.parent)",
        QuarantineCourse,
        1,
        "the names in it, if who kept them was killed before",
    ),
    Needed(
        "storage/quarantine.py: sync_directory(target.parent)",
        QuarantineCourse,
        0,
        "a stray file's new name, before the old one goes",
    ),
    Needed(
        "gateway/trail/segments.py: sync(self._fd)",
        TrailCourse,
        0,
        "a block of the trail, before what it was made of goes",
    ),
    Needed(
        "gateway/trail/segments.py: sync_directory(self._folder)",
        TrailCourse,
        0,
        "a segment's name",
    ),
    Needed(
        "gateway/trail/segments.py: sync_directory(folder.parent)",
        TrailCourse,
        7,
        "the folder of segments",
    ),
    Needed(
        "gateway/trail/segments.py: sync_content(path)",
        TrailCourse,
        6,
        "the last block, if who wrote it was killed before",
    ),
    Needed(
        "gateway/trail/segments.py: sync_directory(path.parent)",
        TrailCourse,
        88,
        "its segment's name, if who made it was killed before",
    ),
)
SQLITES: Final = (
    Needed(Sync.COMMIT, MetaCourse, 0, "a commit, before it is answered"),
    Needed(Sync.LOG_HEADER, NewLogCourse, 58, "old commits in the log must not come back"),
    Needed(Sync.LOG_NAME, YoungMetaCourse, 2, "the log's name, before a commit is answered"),
    Needed(Sync.AFTER_COPY, MetaCourse, 0, "what was copied, before its log is overwritten"),
    Needed(Sync.FIRST_PAGE, YoungMetaCourse, 1, "a database, before its journal goes"),
    Needed(Sync.JOURNAL_HEADER, NewMetaCourse, 55, "the journal of a database being made"),
    Needed(Sync.JOURNAL_NAME, NewMetaCourse, 26, "the journal's name"),
)
# SQLite's own, which nobody can leave out, and which this program does not need.
SPARE: Final = {
    Sync.JOURNAL: "it protects pages in a journal, and that of a new database has none",
    Sync.BEFORE_COPY: "every commit was synced when it was made or, after a kill, at the opening",
}


def places(root: Path) -> Iterator[str]:
    """Every line of our source that asks for a sync."""
    for package in ("storage", "gateway", "sigv4"):
        for path in sorted((root / package).rglob("*.py")):
            if path == root / "storage" / "files.py":
                continue  # the file system itself
            for line in path.read_text().splitlines():
                assert not re.search(r"\bos\.(f|fdata)?sync\(", line), f"{path}: past the seam"
                if re.search(r"files\.sync\w*\(", line):
                    yield site_in(path, line)


def test_the_table_names_every_place_of_our_source_that_syncs() -> None:
    found = list(places(ROOT))
    assert len(set(found)) == len(found), "two places could not be told apart"
    assert {needed.sync for needed in OURS} == set(found)


def test_the_table_names_every_sync_of_sqlite(tmp_path: Path) -> None:
    found = set[str]()
    for course in (MetaCourse, NewMetaCourse, NewLogCourse, SeenMetaCourse):
        for seed in range(3):
            found |= play(tmp_path / course.__name__, seed, [course])
    assert {sync for sync in found if sync.startswith("sqlite")} == {
        *(needed.sync for needed in SQLITES),
        *SPARE,
    }


def test_sqlite_was_built_to_sync_directories() -> None:
    """Else the names of its files are as durable as chance has it (os_unix.c)."""
    assert "DISABLE_DIRSYNC" not in apsw.compile_options


def _told(needed: Needed) -> str:
    return f"{needed.sync}, {needed.why}"


def found_out(needed: Needed, tmp_path: Path) -> int | None:
    """The seed that found out that the sync was not done."""
    for seed in (needed.seed, *(seed for seed in range(TRIES) if seed != needed.seed)):
        try:
            play(tmp_path, seed, [needed.course], frozenset((needed.sync,)))
        except Lost:
            return seed
    return None


@pytest.mark.parametrize("needed", [*OURS, *SQLITES], ids=_told)
def test_without_this_sync_something_is_lost(needed: Needed, tmp_path: Path) -> None:
    assert found_out(needed, tmp_path) is not None


@pytest.mark.long
@pytest.mark.parametrize("sync", SPARE)
def test_this_sync_of_sqlite_is_not_missed(sync: str, tmp_path: Path) -> None:
    for course in (MetaCourse, NewMetaCourse, NewLogCourse, SeenMetaCourse):
        for seed in range(ROUNDS_LONG // 4):
            play(tmp_path / course.__name__, seed, [course], frozenset((sync,)))


@pytest.mark.long
@pytest.mark.parametrize("needed", [*OURS, *SQLITES], ids=_told)
def test_without_this_sync_something_is_lost_again_and_again(
    needed: Needed, tmp_path: Path
) -> None:
    lost = 0
    for seed in range(ROUNDS_LONG):
        try:
            play(tmp_path, seed, [needed.course], frozenset((needed.sync,)))
        except Lost:
            lost += 1
    assert lost >= LOST_MIN
