"""What a metadata backend's epochs must tell."""

from storage.conformance.handles import ALL, MetaOpener, P, noticed, put
from storage.meta import Batch


class EpochConformance(MetaOpener):
    """Hints on which caches rest: they may move too often, never too seldom."""

    async def test_the_epoch_moves_with_every_commit_and_only_then(self) -> None:
        async with self.opened() as meta, self.opened() as other:
            seen = {(meta.epoch(), other.epoch())}
            for _ in range(3):
                before = other.epoch()
                await put(meta, b"p1")
                mine = meta.epoch()
                epochs = (mine, await noticed(other, before))
                await meta.get(b"p1")
                await other.scan([ALL], 10)
                if not other.staleness_s:
                    assert epochs == (meta.epoch(), other.epoch())
                seen.add(epochs)
            assert len({mine for mine, _ in seen}) == 4
            assert len({theirs for _, theirs in seen}) == 4

    async def test_the_epoch_of_the_settings_moves_with_all_that_is_no_routine(self) -> None:
        async with self.opened() as meta, self.opened() as other:
            seen = {(meta.epoch(settings=True), other.epoch(settings=True))}
            for number in range(3):
                await meta.commit(Batch(P, put={b"p%d" % number: b""}, routine=True))
                before = other.epoch(settings=True)
                await put(meta, b"p-setting")
                mine = meta.epoch(settings=True)
                seen.add((mine, await noticed(other, before, settings=True)))
            assert len({mine for mine, _ in seen}) == 4
            assert len({theirs for _, theirs in seen}) == 4
