"""The epoch that forked processes share."""

from pathlib import Path

from storage.meta import Batch
from storage.meta.epoch import SharedEpoch
from storage.meta.sqlite import SqliteMeta


async def test_a_commit_of_any_handle_moves_it(tmp_path: Path) -> None:
    epoch = SharedEpoch()
    first = SqliteMeta(tmp_path / "meta.db", epoch=epoch)
    second = SqliteMeta(tmp_path / "meta.db", epoch=epoch)
    seen = {first.epoch()}
    assert first.epoch() == second.epoch()
    for writer, reader in ((first, second), (second, first)):
        await writer.commit(Batch(b"p", put={b"pk": b""}))
        assert reader.epoch() not in seen
        seen.add(reader.epoch())
    await first.close()
    await second.close()


def test_while_a_commit_is_under_way_no_answer_is_given_twice() -> None:
    epoch = SharedEpoch()
    before = epoch.value()
    epoch.begin()
    during = [epoch.value() for _ in range(3)]
    epoch.end()
    after = epoch.value()
    assert len({before, *during, after}) == 5
    assert after == epoch.value()


def test_a_writer_that_died_within_its_commit_leaves_no_stable_answer() -> None:
    epoch = SharedEpoch()
    epoch.begin()  # and never ends: it was killed
    assert epoch.value() != epoch.value()


async def test_whoever_opens_the_store_next_settles_what_a_dead_writer_left(
    tmp_path: Path,
) -> None:
    epoch = SharedEpoch()
    before = epoch.value()
    epoch.begin()
    meta = SqliteMeta(tmp_path / "meta.db", epoch=epoch)
    assert meta.epoch() == meta.epoch() != before
    await meta.close()


def test_a_routine_commit_leaves_the_settings_epoch_alone() -> None:
    epoch = SharedEpoch()
    before = epoch.value(settings=True)
    epoch.begin(routine=True)
    assert epoch.value(settings=True) == before
    epoch.end()
    assert epoch.value(settings=True) == before
    epoch.begin()
    assert epoch.value(settings=True) != epoch.value(settings=True)
    epoch.end()
    assert epoch.value(settings=True) == epoch.value(settings=True) != before


async def test_who_opens_the_same_file_is_heard_by_those_who_have_it_open(tmp_path: Path) -> None:
    served = SqliteMeta(tmp_path / "meta.db", epoch=SharedEpoch(tmp_path / "epoch"))
    before = served.epoch(settings=True)
    beside = SqliteMeta(tmp_path / "meta.db", epoch=SharedEpoch(tmp_path / "epoch"))
    opened = served.epoch(settings=True)
    assert before != opened == served.epoch(settings=True)
    await beside.commit(Batch(b"p", put={b"pk": b""}))
    assert served.epoch(settings=True) not in (before, opened)
    await beside.close()
    await served.close()


def test_its_file_is_its_owners_and_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "epoch"
    epoch = SharedEpoch(path)
    epoch.begin()
    epoch.end()
    assert SharedEpoch(path).value() == epoch.value() != 0
    assert path.stat().st_mode & 0o777 == 0o600
