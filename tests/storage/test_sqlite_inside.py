"""What only the SQLite store promises: its log, its locks, its answers when something breaks."""

import asyncio
import contextlib
import errno
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from storage.errors import StorageError, StoreFull, StoreUnavailable
from storage.files import RealFiles
from storage.meta import Batch, Range, prefix_range
from storage.meta.sqlite import SqliteMeta, layout
from storage.meta.sqlite.turn import Turn

P = b"p"


async def test_the_log_stays_bounded_under_writers_that_never_pause(tmp_path: Path) -> None:
    path = tmp_path / "meta.db"
    meta = SqliteMeta(path, checkpoint_pages=(50, 200))
    other = SqliteMeta(path, checkpoint_pages=(50, 200))
    sizes = []

    async def write(store: SqliteMeta, writer: int) -> None:
        for number in range(150):
            await store.commit(Batch(P, put={b"p%d/%d" % (writer, number % 10): bytes(5000)}))
            # A store that was read from, and then left alone, holds nothing back.
            await other.get(b"p1/0")
            await other.scan([prefix_range(P)], 50)
            sizes.append(path.with_name("meta.db-wal").stat().st_size)

    await asyncio.gather(*[write([meta, other][n % 2], n) for n in range(8)])
    await meta.close()
    await other.close()
    group = 8 * 10  # pages that one group may add beyond the bound
    # A reader that is stopped for long on a busy machine puts it off once or twice;
    # never copied back, the log would come to some 6,000 pages.
    assert max(sizes) < 3 * (200 + 50 + group) * (layout.PAGE_BYTES + 24) + 32


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    """This process cannot open anything."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull, "rb") as null, contextlib.ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (null.fileno() + 100, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with contextlib.suppress(OSError):
            while True:
                stack.callback(os.close, os.dup(null.fileno()))
        yield


async def test_without_descriptors_the_log_is_copied_back_another_time(tmp_path: Path) -> None:
    path = tmp_path / "meta.db"
    log = path.with_name("meta.db-wal")
    meta = SqliteMeta(path, checkpoint_pages=(20, 60))

    async def write(times: int) -> int:
        """The longest that the log has been."""
        sizes = []
        for number in range(times):
            await meta.commit(Batch(P, put={b"p%d" % (number % 10): bytes(5000)}))
            sizes.append(log.stat().st_size)
        return max(sizes)

    with no_descriptor_left():
        longest = await write(200)
        assert meta.healthy
    # By the committer, and never beside it: some thousand pages otherwise.
    assert longest < 3 * 60 * (layout.PAGE_BYTES + 24)
    await write(50)
    assert meta.healthy
    assert (await meta.get(b"p9")) is not None
    await meta.close()


async def test_the_settings_that_durability_rests_on(tmp_path: Path) -> None:
    meta = SqliteMeta(tmp_path / "meta.db")
    for connection in meta._connections:
        assert connection.pragma("journal_mode") == "wal"
        assert connection.pragma("synchronous") == 2  # FULL
        assert connection.pragma("page_size") == layout.PAGE_BYTES
    await meta.close()


def modes(directory: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in directory.iterdir()}


async def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Also those that a version before left to be read by everybody, and a killed one's log."""
    mask = os.umask(0o022)
    try:
        meta = SqliteMeta(tmp_path / "meta.db")
        await meta.commit(Batch(P, put={b"p": b"1"}))
        found = modes(tmp_path)
        assert {"meta.db", "meta.db-wal", "meta.db-shm"} <= found.keys()
        assert set(found.values()) == {0o600}
        for name in ("meta.db", "meta.db-wal", "meta.db-shm"):
            (tmp_path / name).chmod(0o644)
        again = SqliteMeta(tmp_path / "meta.db")
        assert set(modes(tmp_path).values()) == {0o600}
        await again.close()
        await meta.close()
    finally:
        os.umask(mask)


async def test_what_is_made_with_the_database_is_never_readable_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even until it is tightened: whoever opened it then could read on."""
    monkeypatch.setattr(os, "chmod", None)
    mask = os.umask(0)
    try:
        meta = SqliteMeta(tmp_path / "meta.db")
        await meta.commit(Batch(P, put={b"p": b"1"}))
        assert set(modes(tmp_path).values()) == {0o600}
        await meta.close()
    finally:
        os.umask(mask)


@pytest.mark.parametrize("query", [*layout.SCAN, layout.SCAN_BOTH])
async def test_a_scan_walks_an_index_and_sorts_nothing(query: str, tmp_path: Path) -> None:
    meta = SqliteMeta(tmp_path / "meta.db")
    names = {"start": b"a", "end": b"b", "limit": 1}
    plan = [str(row[3]) for row in meta._reader.execute(f"EXPLAIN QUERY PLAN {query}", names)]
    await meta.close()
    assert sum("SEARCH" in step for step in plan) == query.count("FROM")
    assert not any("TEMP B-TREE" in step or "SCAN" in step for step in plan)


async def test_a_store_that_is_closed_takes_no_writes(tmp_path: Path) -> None:
    meta = SqliteMeta(tmp_path / "meta.db")
    await meta.close()
    with pytest.raises(StoreUnavailable):
        await meta.commit(Batch(P))


async def test_what_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "meta.db").write_bytes(b"something else" * 1000)
    for path in (tmp_path / "meta.db", tmp_path / "no directory" / "meta.db"):
        with pytest.raises(StoreUnavailable):
            SqliteMeta(path)


class Crowded(RealFiles):
    """A disk without room for one more name."""

    number = 0  # of the error; none for as long as there is room

    def create(self, path: Path) -> int:
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return super().create(path)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE], ids=errno.errorcode.get
)
async def test_no_room_for_the_reserve_itself_is_a_full_disk_and_no_broken_one(
    number: int, tmp_path: Path
) -> None:
    files, path = Crowded(), tmp_path / "meta.db"
    meta = SqliteMeta(path, files=files)
    await meta.commit(Batch(P, put={b"p1": b"x"}))
    path.with_name("meta.db-reserve").unlink()
    files.number = number
    for _ in range(2):
        with pytest.raises(StoreFull):
            await meta.commit(Batch(P, put={b"p2": b"x"}))
        await meta.commit(Batch(P, delete={b"p1"}))
        assert meta.healthy
        await meta.close()
        meta = SqliteMeta(path, files=files)
    files.number = 0
    await meta.commit(Batch(P, put={b"p2": b"x"}))
    assert path.with_name("meta.db-reserve").exists()
    await meta.close()


async def test_a_bug_in_the_committer_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reported.append)

    def is_large(start: bytes, end: bytes) -> bool | None:
        return bool(1 // (start != b"p13"))

    meta = SqliteMeta(tmp_path / "meta.db", is_large=is_large)
    work = [meta.commit(Batch(P, put={b"p%02d" % number: b""})) for number in range(30)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert any(isinstance(outcome, StorageError) for outcome in outcomes)
    assert not meta.healthy
    with pytest.raises(StoreUnavailable):
        await meta.commit(Batch(P))
    await meta.close()
    assert [args.exc_type for args in reported] == [ZeroDivisionError]


async def test_a_stranger_who_holds_the_database_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BUSY_TIMEOUT_MS", 10)
    meta = SqliteMeta(tmp_path / "meta.db")
    stranger = apsw.Connection(str(tmp_path / "meta.db"))
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await meta.commit(Batch(P, put={b"p": b""}))
    assert meta.healthy
    assert await meta.scan([Range(b"", b"q")], 10) == []
    stranger.execute("ROLLBACK")
    await meta.commit(Batch(P, put={b"p": b""}))
    stranger.close()
    await meta.close()


def test_a_turn_is_one_at_a_time(tmp_path: Path) -> None:
    inside, most, turns = 0, 0, 0

    def take(turn: Turn) -> None:
        nonlocal inside, most, turns
        for _ in range(200):
            with turn:
                inside += 1
                most = max(most, inside)
                turns += 1
                inside -= 1

    all_turns = [Turn(tmp_path / "meta.db") for _ in range(4)]
    threads = [threading.Thread(target=take, args=(turn,)) for turn in all_turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for turn in all_turns:
        turn.close()
    assert (most, turns) == (1, 800)


def test_whoever_just_had_a_turn_stands_behind_those_who_wait(tmp_path: Path) -> None:
    """One that takes turn after turn cannot keep another from its own."""
    greedy, patient = Turn(tmp_path / "meta.db"), Turn(tmp_path / "meta.db")
    over = threading.Event()
    between: list[int] = []
    greedy_turns = 0

    def take_all() -> None:
        nonlocal greedy_turns
        while not over.is_set():
            with greedy:
                greedy_turns += 1

    thread = threading.Thread(target=take_all)
    thread.start()
    for _ in range(50):
        before = greedy_turns
        with patient:
            between.append(greedy_turns - before)
    over.set()
    thread.join()
    greedy.close()
    patient.close()
    assert sorted(between)[25] < 1000, "half of the waits were starved"
