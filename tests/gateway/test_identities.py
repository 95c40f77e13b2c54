"""The cache of identities: what is read when, and what becomes of keys without the store."""

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway import identities as module
from gateway.entitlements import Entitlements
from gateway.iam.accounts import (
    AccessKey,
    Account,
    Accounts,
    Principal,
    derived_canonical_id,
)
from gateway.identities import HEEDED_MS, KNOWN_MAX, LAST_USED_MS, Identities, Known
from gateway.sessions.tokens import Kind, Token, Tokens
from sigv4 import SigError
from storage.errors import StoreUnavailable
from storage.identity import Directory, layout
from storage.keyring import Keyring
from storage.keys import CONTROL
from storage.meta import Batch, Row, Stamp
from storage.meta.memory import MemoryMeta
from storage.retention import DAY_MS
from storage.seam import SystemRandomness
from tests.storage.engine import StoppedClock

ID = "123456789012"
DECLARED = Account(ID, derived_canonical_id(ID), access_keys=(AccessKey("declared", "secret"),))
GRACE_S = 600


class Store(MemoryMeta):
    """A store that counts what is read, and does not answer when told."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.is_away = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def get(self, key: bytes) -> Row | None:
        self.reads += 1
        await self.answers.wait()
        if self.is_away:
            raise StoreUnavailable("away")
        return await super().get(key)

    async def commit(self, batch: Batch) -> Stamp:
        if self.is_away:
            raise StoreUnavailable("away")
        return await super().commit(batch)

    async def change(self) -> None:
        """Something else is configured, perhaps of a bucket."""
        await self.commit(Batch(b"x", put={b"x": b""}))


@dataclass
class House:
    """One user, and a worker who knows nothing of him yet."""

    store: Store = field(default_factory=Store)
    clock: StoppedClock = field(default_factory=StoppedClock)
    max_age_days: int = 0

    def __post_init__(self) -> None:
        randomness = SystemRandomness()
        self.keyring = Keyring(None, clock=self.clock, randomness=randomness)
        self.directory = Directory(
            self.store, self.keyring, clock=self.clock, randomness=randomness
        )
        self.accounts = Accounts([DECLARED])
        self.identities = self.worker()

    def worker(self) -> Identities:
        """Another one over the same store."""
        return Identities(
            [DECLARED],
            self.directory,
            Entitlements(self.directory, self.accounts, {}),
            Tokens(self.keyring, SystemRandomness()),
            self.clock,
            region="us-east-1",
            grace_s=GRACE_S,
            max_age_days=self.max_age_days,
        )

    async def user(self, name: str = "u") -> str:
        await self.directory.users.create(ID, name)
        return (await self.directory.access_keys.create(ID, name)).key.id

    async def find(self, key_id: str) -> Known | None:
        """As a request does."""
        now_ms = self.clock.ms
        return self.identities.cached(key_id, now_ms) or await self.identities.find(key_id, now_ms)

    async def reads(self, key_id: str) -> int:
        """How many rows a request reads."""
        before = self.store.reads
        assert await self.find(key_id) is not None
        return self.store.reads - before


@pytest.fixture
async def house() -> House:
    return House()


async def test_a_declared_key_is_known_without_the_store(house: House) -> None:
    house.store.is_away = True
    known = await house.find("declared")
    assert known is not None
    assert (known.secret, known.principal.account) == ("secret", DECLARED)
    assert house.store.reads == 0
    assert house.identities.secret("declared") == "secret"
    assert "secret" not in repr(known)


async def test_a_known_key_is_read_no_more_until_something_changes(house: House) -> None:
    key_id = await house.user()
    assert await house.reads(key_id) > 1
    assert await house.reads(key_id) == 0
    await house.store.change()
    assert await house.reads(key_id) == 1  # whether its account has changed
    assert await house.reads(key_id) == 0
    await house.directory.tags.put(ID, "user", "u", {"a": "b"})
    assert await house.reads(key_id) > 1
    known = await house.find(key_id)
    assert known is not None
    assert known.principal.tags == {"a": "b"}


async def test_many_requests_read_once(house: House) -> None:
    key_id = await house.user()
    alone = House(house.store, house.clock)
    alone.directory, alone.identities = house.directory, house.worker()
    reads = await alone.reads(key_id)
    house.store.answers.clear()
    before = house.store.reads
    asked = [asyncio.create_task(house.find(key_id)) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    house.store.answers.set()
    assert len({id(known) for known in await asyncio.gather(*asked)}) == 1
    assert house.store.reads - before == reads


async def test_who_waits_may_give_up_without_the_others(house: House) -> None:
    key_id = await house.user()
    house.store.answers.clear()
    asked = [asyncio.create_task(house.find(key_id)) for _ in range(3)]
    await asyncio.sleep(0)
    asked[0].cancel()
    await asyncio.sleep(0)
    house.store.answers.set()
    assert await asked[1] is await asked[2] is not None


async def test_an_unknown_key_is_looked_for_once_until_something_changes(house: House) -> None:
    unknown = "AKIA" + "A" * 16
    assert await house.find(unknown) is None
    before = house.store.reads
    assert await house.find(unknown) is None
    assert house.store.reads == before
    await house.store.change()
    assert await house.find(unknown) is None
    assert house.store.reads > before


@pytest.mark.parametrize("key_id", ["", "AKIA", "akia" + "a" * 16, "AKIA" + "1" * 16, "x" * 4000])
async def test_what_no_stored_key_can_be_called_is_not_looked_for(
    house: House, key_id: str
) -> None:
    assert await house.find(key_id) is None
    assert house.store.reads == 0


async def test_a_key_that_is_taken_away_is_known_no_more(house: House) -> None:
    key_id = await house.user()
    assert await house.find(key_id) is not None
    await house.directory.access_keys.set_active(ID, "u", key_id, active=False)
    assert await house.find(key_id) is None
    house.store.is_away = True  # nor does it come back
    assert house.identities.cached(key_id, house.clock.ms) is None
    house.store.is_away = False
    await house.directory.access_keys.set_active(ID, "u", key_id, active=True)
    assert await house.find(key_id) is not None


async def test_without_the_store_known_keys_go_on_and_are_marked(house: House) -> None:
    key_id = await house.user()
    await house.find(key_id)
    house.clock.ms += 1000 * GRACE_S * 10
    assert await house.reads(key_id) == 0  # the epoch says that it is as it was
    await house.store.change()
    house.store.is_away = True
    for _ in range(2):
        known = await house.find(key_id)
        assert known is not None
        assert known.is_stale
    house.clock.ms += 1000 * GRACE_S - 1
    assert await house.find(key_id) is not None
    house.clock.ms += 1
    with pytest.raises(StoreUnavailable):
        await house.find(key_id)
    house.store.is_away = False
    known = await house.find(key_id)
    assert known is not None
    assert not known.is_stale


async def test_without_the_store_unknown_keys_are_not_refused_as_invalid(house: House) -> None:
    key_id = await house.user()
    house.store.is_away = True
    for one in (key_id, "AKIA" + "A" * 16):
        with pytest.raises(StoreUnavailable):
            await house.find(one)


async def test_a_store_that_does_not_answer_holds_nobody_up_for_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.02)
    known_id, unknown_id = await house.user("u"), await house.user("v")
    await house.find(known_id)
    await house.store.change()
    house.store.answers.clear()
    known = await house.find(known_id)
    assert known is not None
    assert known.is_stale
    with pytest.raises(StoreUnavailable):
        await house.find(unknown_id)
    before = house.store.reads  # the first still wait: nobody asks again
    assert await house.find(known_id) is known
    with pytest.raises(StoreUnavailable):
        await house.find(unknown_id)
    assert house.store.reads == before
    house.store.answers.set()
    await house.identities.close()
    known = await house.find(known_id)
    assert known is not None
    assert not known.is_stale
    assert await house.find(unknown_id) is not None


async def test_so_many_keys_are_read_at_once_and_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLIGHTS_MAX", 2)
    ids = [f"AKIA{letter * 16}" for letter in "ABC"]
    house.store.answers.clear()
    waiting = [asyncio.create_task(house.find(one)) for one in ids[:2]]
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable):
        await house.find(ids[2])
    house.store.answers.set()
    assert await asyncio.gather(*waiting) == [None, None]
    assert await house.find(ids[2]) is None


async def test_keys_that_nobody_knows_keep_nobody_from_being_revoked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLIGHTS_MAX", 2)
    key_id = await house.user()
    await house.find(key_id)
    await house.directory.access_keys.set_active(ID, "u", key_id, active=False)
    house.store.answers.clear()
    waiting = [asyncio.create_task(house.find(f"AKIA{letter * 16}")) for letter in "AB"]
    await asyncio.sleep(0)
    revoked = asyncio.create_task(house.find(key_id))
    await asyncio.sleep(0)
    house.store.answers.set()
    assert await asyncio.gather(revoked, *waiting) == [None, None, None]


async def test_who_changes_identities_without_end_keeps_for_a_second_what_was_taken_from_him(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = await house.user()
    await house.find(key_id)
    groups_of = house.directory.groups.of
    changes = 0

    async def changed_meanwhile(user: object) -> object:
        nonlocal changes
        changes += 1
        await house.directory.tags.put(ID, "user", "u", {"change": str(changes)})
        return await groups_of(user)  # type: ignore[arg-type]

    monkeypatch.setattr(house.directory.groups, "of", changed_meanwhile)
    await house.directory.tags.put(ID, "user", "u", {"change": "0"})
    house.clock.ms += HEEDED_MS - 1
    known = await house.find(key_id)
    assert known is not None
    assert known.is_stale
    house.clock.ms += 1
    with pytest.raises(StoreUnavailable):
        await house.find(key_id)
    monkeypatch.undo()
    known = await house.find(key_id)
    assert known is not None
    assert not known.is_stale


async def test_what_is_remembered_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert KNOWN_MAX >= 10_000
    monkeypatch.setattr(module, "KNOWN_MAX", 3)
    keys = [await house.user(f"u{number}") for number in range(5)]
    for one in (*keys, *(f"AKIA{letter * 16}" for letter in "ABCDE")):
        await house.find(one)
    assert len(house.identities._known) <= 3
    assert len(house.identities._missing) <= 3


async def test_a_damaged_row_or_a_lost_master_key_is_no_invalid_key(house: House) -> None:
    key_id = await house.user()
    row = layout.access_key(key_id)
    key = await house.directory.access_keys.get(key_id)
    await house.store.commit(Batch(CONTROL, put={row: b"\xc1"}))
    with pytest.raises(StoreUnavailable):
        await house.find(key_id)
    other = House(house.store, house.clock)  # with another folder of master keys
    from storage.records import encode

    await house.store.commit(Batch(CONTROL, put={row: encode(key)}))
    with pytest.raises(StoreUnavailable):
        await other.find(key_id)
    assert await house.find(key_id) is not None


async def test_keys_end_at_their_greatest_age() -> None:
    house = House(max_age_days=90)
    key_id = await house.user()
    house.clock.ms += 90 * DAY_MS - 1
    assert await house.find(key_id) is not None
    house.clock.ms += 1
    assert await house.find(key_id) is None
    assert await house.worker().find(key_id, house.clock.ms) is None
    house.clock.ms += 100 * DAY_MS
    assert await house.find("declared") is not None


async def test_that_a_key_is_used_is_noted_now_and_then(house: House) -> None:
    key_id = await house.user()
    for wait_ms, expected_ms in ((0, 0), (LAST_USED_MS - 1, 0), (1, LAST_USED_MS)):
        house.clock.ms += wait_ms
        known = await house.find(key_id)
        assert known is not None
        if house.clock.ms >= known.due_ms:
            house.identities.used(known, house.clock.ms, "s3")
        await house.identities.close()
        used = await house.directory.access_keys.last_used(key_id)
        assert used is not None
        start = StoppedClock().ms
        assert (used.used_ms - start, used.service, used.region) == (
            expected_ms,
            "s3",
            "us-east-1",
        )
    await house.directory.tags.put(ID, "user", "u", {"a": "b"})
    known = await house.find(key_id)
    assert known is not None
    assert known.due_ms > house.clock.ms  # what is read anew is not due anew
    house.store.is_away = True
    house.identities.used(known, house.clock.ms, "s3")
    await house.identities.close()  # nobody's request fails by it


async def test_a_declared_keys_use_is_never_due(house: House) -> None:
    known = await house.find("declared")
    assert known is not None
    assert known.due_ms > 1e18


async def test_rows_that_change_while_they_are_read_are_read_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = await house.user()
    groups_of = house.directory.groups.of
    rounds = 0

    async def changed_meanwhile(user: object) -> object:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            await house.directory.tags.put(ID, "user", "u", {"round": str(rounds)})
        return await groups_of(user)  # type: ignore[arg-type]

    monkeypatch.setattr(house.directory.groups, "of", changed_meanwhile)
    known = await house.find(key_id)
    assert known is not None
    assert (rounds, known.principal.tags) == (3, {"round": "2"})


async def test_a_session_goes_on_without_the_store_until_its_end() -> None:
    house = House()
    key_id = await house.user()
    user = await house.directory.entities.users.get(ID, "u")
    tokens = Tokens(house.keyring, SystemRandomness())
    access_key, secret = tokens.new_key(ID)
    ends_ms = house.clock.ms + GRACE_S * 500
    token = Token(
        Kind.USER, access_key, secret, ID, user.id, "", house.clock.ms, ends_ms, parent=key_id
    )
    text = await tokens.seal(token)
    known = await house.identities.find(access_key, house.clock.ms, text)
    assert known is not None
    assert known.principal.who.user_name == "u"
    await house.store.change()
    house.store.is_away = True
    known = await house.identities.find(access_key, house.clock.ms, text)
    assert known is not None
    assert known.is_stale
    with pytest.raises(StoreUnavailable):
        await house.worker().find(access_key, house.clock.ms, text)
    for now_ms, code, sent in (
        (ends_ms, "ExpiredToken", text),
        (house.clock.ms, "InvalidToken", text + "A"),
    ):
        with pytest.raises(SigError) as refused:
            await house.identities.find(access_key, now_ms, sent)
        assert refused.value.code == code
    assert await house.identities.find(access_key, house.clock.ms) is None


async def a_session_of(house: House, parent: str) -> tuple[str, str]:
    """Of GetSessionToken, which an account asked for itself: its key's id, and its token."""
    tokens = Tokens(house.keyring, SystemRandomness())
    access_key, secret = tokens.new_key(ID)
    now = house.clock.ms
    token = Token(Kind.USER, access_key, secret, ID, ID, "", now, now + DAY_MS, parent=parent)
    return access_key, await tokens.seal(token)


async def test_a_session_ends_with_its_declared_key_also_when_that_gets_its_end_later(
    house: House,
) -> None:
    key, text = await a_session_of(house, "declared")
    assert await house.identities.find(key, house.clock.ms, text) is not None
    # The key is rotated away, and valid for a while.
    ends_ms = house.clock.ms + 1000
    principal = Principal(DECLARED, "declared")
    house.identities.declare(Known("secret", principal, ends_ms=ends_ms))
    assert house.identities.cached(key, house.clock.ms, text) is None
    found = await house.identities.find(key, house.clock.ms, text)
    assert found is not None
    assert found.ends_ms == ends_ms
    assert house.identities.cached(key, ends_ms, text) is None


async def test_a_session_is_known_once_its_key_is_though_it_came_first(house: House) -> None:
    # Another worker saw the new root key before this one, and gave credentials out.
    key, text = await a_session_of(house, "new")
    assert await house.identities.find(key, house.clock.ms, text) is None
    house.identities.declare(Known("secret", Principal(DECLARED, "new")))
    assert await house.identities.find(key, house.clock.ms, text) is not None


async def test_a_key_that_is_withdrawn_while_its_session_is_read_takes_it_along(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = await a_session_of(house, "declared")
    revision = house.directory.revision
    asked = 0

    async def withdrawn_meanwhile(account: str) -> int:
        nonlocal asked
        asked += 1
        if asked == 2:
            house.identities.withdraw("declared")
        return await revision(account)

    monkeypatch.setattr(house.directory, "revision", withdrawn_meanwhile)
    assert await house.identities.find(key, house.clock.ms, text) is None
    assert asked == 4
