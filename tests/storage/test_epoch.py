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
