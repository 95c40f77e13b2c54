"""Which limit a subject has, and how soon a worker knows."""

import pytest

from gateway.limits import amounts
from gateway.limits.addresses import subject_of
from gateway.limits.rules import Rules
from storage import keys
from storage.errors import InvalidArgument, StoreUnavailable
from storage.limits import KINDS, NO_LIMIT, Limit, Limits
from storage.meta import Batch, Row
from storage.meta.memory import MemoryMeta


class Store(MemoryMeta):
    """A store that counts what is read, and does not answer when told."""

    reads = 0
    is_away = False

    async def get(self, key: bytes) -> Row | None:
        self.reads += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return await super().get(key)


def rules_of(store: Store) -> Rules:
    return Rules(Limits(store), lambda: store.epoch(settings=True), {"bucket": Limit(7)})


async def test_what_is_set_holds_in_place_of_the_default() -> None:
    store = Store()
    limits, rules = Limits(store), rules_of(store)
    assert (rules.of("bucket", "b"), rules.of("key", "k")) == (Limit(7), None)
    await limits.set("bucket", "b", Limit(3))
    await limits.set("bucket", "free", NO_LIMIT)
    await rules.refresh()
    assert [rules.of("bucket", one) for one in ("b", "free", "c")] == [Limit(3), None, Limit(7)]
    assert await limits.remove("bucket", "b")
    assert not await limits.remove("bucket", "b")
    await rules.refresh()
    assert rules.of("bucket", "b") == Limit(7)


async def test_nothing_is_read_until_something_is_set() -> None:
    store = Store()
    rules = rules_of(store)
    await rules.refresh()
    before = store.reads
    await rules.refresh()
    assert store.reads == before
    await store.commit(Batch(b"x", put={b"x": b""}))  # another setting: one row says it is not this
    await rules.refresh()
    assert store.reads == before + 1


async def test_while_the_store_is_away_what_was_known_holds() -> None:
    store = Store()
    rules = rules_of(store)
    await Limits(store).set("key", "k", Limit(1))
    await rules.refresh()
    await Limits(store).set("key", "k", Limit(2))
    store.is_away = True
    await rules.refresh()
    assert rules.of("key", "k") == Limit(1)
    store.is_away = False
    await rules.refresh()
    assert rules.of("key", "k") == Limit(2)


async def test_a_damaged_limit_leaves_the_others() -> None:
    store = Store()
    await Limits(store).set("key", "good", Limit(1))
    await store.commit(Batch(keys.CONTROL, put={keys.limit("key", "bad"): b"\xc1"}))
    assert dict(await Limits(store).all()) == {("key", "good"): Limit(1)}


@pytest.mark.parametrize(
    ("kind", "name", "limit"),
    [
        ("planet", "x", Limit()),
        ("key", "", Limit()),
        ("key", "a\0b", Limit()),
        ("key", "x" * 1025, Limit()),
        ("key", "x", Limit(-1)),
        ("key", "x", Limit(bytes=10**12 + 1)),
    ],
)
async def test_what_cannot_be_is_refused(kind: str, name: str, limit: Limit) -> None:
    with pytest.raises(InvalidArgument):
        await Limits(Store()).set(kind, name, limit)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("none", NO_LIMIT),
        ("requests=50", Limit(50)),
        ("requests=50/s bytes=10MB/s concurrency=4", Limit(50, 10_000_000, 4)),
        ("bytes=2GiB", Limit(bytes=2 * 1024**3)),
        ("bytes=500", Limit(bytes=500)),
        ("bytes=1k", Limit(bytes=1000)),
    ],
)
def test_limits_are_text(text: str, limit: Limit) -> None:
    assert amounts.limit(text) == limit
    assert amounts.limit(amounts.shown(limit)) == limit


@pytest.mark.parametrize(
    "text",
    [
        *("", "50", "requests", "requests=", "requests=x", "requests=1 requests=2", "planets=1"),
        *("bytes=1iB", "bytes=1XB", "requests=0", "bytes=1000000P", "requests=1.5"),
    ],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not |^too much"):
        amounts.limit(text)


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no:address", "no:address"),
    ],
)
def test_an_address_is_of_a_network(address: str, subject: str) -> None:
    assert subject_of(address) == subject


def test_every_kind_has_its_setting() -> None:
    assert set(KINDS) == {"address", "key", "account", "bucket"}
