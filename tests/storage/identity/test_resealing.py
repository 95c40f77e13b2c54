"""After a rotation every secret is sealed anew, whatever others do meanwhile, and none changes."""

import msgspec
import pytest

from storage.identity import Directory, layout
from storage.identity.access_keys import MASTER_KEY
from storage.identity.records import AccessKey, Scope, decode_access_key
from storage.identity.resealing import Resealing
from storage.identity.scoped_keys import Parent
from storage.keyring import Keyring, version_of
from storage.keys import CONTROL
from storage.meta import Batch, Stamp
from storage.meta.memory import MemoryMeta
from storage.records import encode
from storage.seam import SystemRandomness
from tests.storage.engine import StoppedClock
from tests.storage.identity.conftest import ACCOUNT


class House:
    """Keys of a user, of an account, and for a partner."""

    def __init__(self, meta: MemoryMeta | None = None) -> None:
        self.meta = meta or MemoryMeta()
        self.clock = StoppedClock()
        randomness = SystemRandomness()
        self.keyring = Keyring(None, clock=self.clock, randomness=randomness)
        self.directory = Directory(self.meta, self.keyring, clock=self.clock, randomness=randomness)
        self.secrets: dict[str, str] = {}

    async def furnish(self) -> None:
        directory = self.directory
        await directory.users.create(ACCOUNT, "u")
        for new in (
            await directory.access_keys.create(ACCOUNT, "u"),
            await directory.access_keys.create(ACCOUNT, "u"),
            await directory.access_keys.create_for_root(ACCOUNT, canonical_id="c" * 64),
            await directory.scoped_keys.issue(Parent(ACCOUNT, "u"), Scope(("bucket",))),
        ):
            self.secrets[new.key.id] = new.secret

    def rotate(self) -> int:
        self.clock.ms += 1000
        return self.keyring.rotate(MASTER_KEY).version

    async def keys(self) -> list[AccessKey]:
        rows = await self.meta.scan([layout.all_access_keys()], 100)
        return [decode_access_key(row.value) for row in rows]

    async def check(self, version: int) -> None:
        """Each secret is what it was, under that version."""
        found = await self.keys()
        assert {version_of(key.sealed) for key in found} == {version}
        assert {
            key.id: await self.directory.access_keys.secret(key) for key in found
        } == self.secrets


async def test_every_secret_is_under_the_newest_version_and_what_it_was() -> None:
    house = House()
    await house.furnish()
    house.rotate()
    newest = house.rotate()
    epoch = house.directory.epoch()

    found = await Resealing(house.meta, house.keyring).run()

    assert (found.done, found.left) == (4, {})
    await house.check(newest)
    assert house.directory.epoch() == epoch, "nobody has to read anything anew"
    assert (await Resealing(house.meta, house.keyring).run()).done == 0


class Cut(MemoryMeta):
    """A store that goes away after so many commits."""

    left = 10**6

    async def commit(self, batch: Batch) -> Stamp:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError
        return await super().commit(batch)


async def test_whoever_was_cut_short_goes_on() -> None:
    meta = Cut()
    house = House(meta)
    await house.furnish()
    newest = house.rotate()
    meta.left = 2
    with pytest.raises(ConnectionError):
        await Resealing(meta, house.keyring).run()
    meta.left = 10**6

    found = await Resealing(meta, house.keyring).run()

    assert found.done == 2
    await house.check(newest)


class Meddled(MemoryMeta):
    """A store in which somebody changes a key just before its row is written."""

    meddler: Directory | None = None

    async def commit(self, batch: Batch) -> Stamp:
        meddler, self.meddler = self.meddler, None
        if meddler is not None:
            (key_id,) = (layout_key[3:].decode() for layout_key in batch.put)
            key = await meddler.access_keys.get(key_id)
            if key.user_name and key.scope is None:
                await meddler.access_keys.set_active(ACCOUNT, "u", key_id, active=False)
            else:
                self.meddler = meddler
        return await super().commit(batch)


async def test_what_somebody_changes_meanwhile_is_kept_and_sealed_after_that() -> None:
    meta = Meddled()
    house = House(meta)
    await house.furnish()
    newest = house.rotate()
    meta.meddler = house.directory

    found = await Resealing(meta, house.keyring).run()

    assert (found.done, found.left) == (4, {})
    await house.check(newest)
    assert [key.active for key in await house.keys()].count(False) == 1


async def test_a_secret_that_cannot_be_opened_stays_and_is_told() -> None:
    house = House()
    await house.furnish()
    (key, *_) = await house.keys()
    lost = msgspec.structs.replace(key, sealed=b"\0\0\0\1" + key.sealed[4:])
    row_key = layout.access_key(key.id)
    await house.meta.commit(Batch(CONTROL, put={row_key: encode(lost)}))
    house.rotate()

    found = await Resealing(house.meta, house.keyring).run()

    assert found.done == 3
    assert list(found.left) == [key.id]
    assert "version 1 of the key identity is not in the folder" in found.left[key.id]
    assert (await house.directory.access_keys.get(key.id)).sealed == lost.sealed
