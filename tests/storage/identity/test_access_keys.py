"""Access keys: two a user, their secrets sealed; accounts and what else stands alone."""

import asyncio
import re

import msgspec
import pytest

from storage.errors import MasterKeyMissing
from storage.identity import Directory
from storage.identity.errors import (
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    ValidationError,
)
from storage.keys import CONTROL
from storage.meta import prefix_range
from storage.meta.memory import MemoryMeta
from storage.records import encode
from tests.storage.engine import StoppedClock
from tests.storage.identity.conftest import ACCOUNT

CANONICAL = "c" * 64


async def test_a_key_has_the_shape_of_awss_and_its_secret_comes_back(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "u")
    new = await directory.access_keys.create(ACCOUNT, "u")
    assert re.fullmatch("AKIA[A-Z2-7]{16}", new.key.id)
    assert re.fullmatch("[A-Za-z0-9/+]{40}", new.secret)
    assert new.key.active
    assert await directory.access_keys.secret(await directory.access_keys.get(new.key.id)) == (
        new.secret
    )


async def test_secrets_are_in_no_row_and_in_no_text(directory: Directory, meta: MemoryMeta) -> None:
    await directory.users.create(ACCOUNT, "u")
    new = await directory.access_keys.create(ACCOUNT, "u")
    rows = await meta.scan([prefix_range(CONTROL)], 100)
    assert not any(new.secret.encode() in row.value for row in rows)
    assert new.secret not in repr(new)
    assert "sealed" not in repr(new.key)


async def test_a_secret_opens_for_its_own_key_alone(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "u")
    one = (await directory.access_keys.create(ACCOUNT, "u")).key
    two = (await directory.access_keys.create(ACCOUNT, "u")).key
    with pytest.raises(MasterKeyMissing):
        await directory.access_keys.secret(msgspec.structs.replace(one, sealed=two.sealed))
    for sealed in (b"", one.sealed[:10], one.sealed[:-1]):
        with pytest.raises(MasterKeyMissing):
            await directory.access_keys.secret(msgspec.structs.replace(one, sealed=sealed))


async def test_a_user_has_two_keys_also_if_many_are_made_at_once(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "u")
    results = await asyncio.gather(
        *(directory.access_keys.create(ACCOUNT, "u") for _ in range(5)), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, LimitExceeded)]
    assert [one.message for one in refused] == ["Cannot exceed quota for AccessKeysPerUser: 2"] * 3
    user = await directory.entities.users.get(ACCOUNT, "u")
    first, second = await directory.access_keys.of(user)
    await directory.access_keys.delete(ACCOUNT, "u", first.id)
    assert await directory.access_keys.find(first.id) is None
    await directory.access_keys.create(ACCOUNT, "u")
    user = await directory.entities.users.get(ACCOUNT, "u")
    assert user.access_keys[0] == second.id


async def test_a_key_is_its_users_alone(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "u")
    await directory.users.create(ACCOUNT, "v")
    key = (await directory.access_keys.create(ACCOUNT, "u")).key
    keys = directory.access_keys
    with pytest.raises(NoSuchEntity, match=f"The Access Key with id {key.id} cannot be found"):
        await keys.delete(ACCOUNT, "v", key.id)
    with pytest.raises(NoSuchEntity):
        await keys.set_active(ACCOUNT, "v", key.id, active=False)
    await keys.set_active(ACCOUNT, "u", key.id, active=False)
    assert not (await keys.get(key.id)).active


async def test_noting_a_use_lets_nobody_read_anything_anew(
    directory: Directory, clock: StoppedClock
) -> None:
    await directory.users.create(ACCOUNT, "u")
    key = (await directory.access_keys.create(ACCOUNT, "u")).key
    assert await directory.access_keys.last_used(key.id) is None
    epoch = directory.epoch()
    await directory.access_keys.used(key.id, "s3", "us-east-1")
    assert directory.epoch() == epoch
    used = await directory.access_keys.last_used(key.id)
    assert used is not None
    assert (used.used_ms, used.service, used.region) == (clock.ms, "s3", "us-east-1")
    await directory.access_keys.set_active(ACCOUNT, "u", key.id, active=False)
    assert directory.epoch() != epoch


async def test_an_account_is_made_with_a_key_of_its_own(directory: Directory) -> None:
    accounts = directory.accounts
    new = await accounts.create("Example", CANONICAL, account=ACCOUNT, email="a@example.com")
    assert (new.key.user_id, new.key.user_name) == (ACCOUNT, "")
    assert await directory.access_keys.secret(new.key) == new.secret
    found = await accounts.find(ACCOUNT)
    assert found is not None
    assert found.name == "Example"
    assert await accounts.by_canonical_id(CANONICAL) == found
    assert await accounts.list() == [found]
    with pytest.raises(EntityAlreadyExists):
        await accounts.create("Again", "d" * 64, account=ACCOUNT)
    with pytest.raises(EntityAlreadyExists):
        await accounts.create("Again", CANONICAL, account="210987654321")
    with pytest.raises(ValidationError):
        await accounts.create("None", "d" * 64, account="12")
    second = await directory.access_keys.create_for_root(ACCOUNT)
    with pytest.raises(LimitExceeded):
        await directory.access_keys.create_for_root(ACCOUNT)
    await directory.access_keys.delete_for_root(ACCOUNT, new.key.id)
    with pytest.raises(NoSuchEntity):
        await directory.access_keys.delete_for_root(ACCOUNT, new.key.id)
    found = await accounts.find(ACCOUNT)
    assert found is not None
    assert found.access_keys == (second.key.id,)


def test_a_new_accounts_id_has_twelve_digits(directory: Directory) -> None:
    ids = {directory.accounts.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[1-9][0-9]{11}", one) for one in ids)


async def test_an_alias_is_one_accounts_and_an_account_has_one(directory: Directory) -> None:
    accounts = directory.accounts
    await accounts.set_alias(ACCOUNT, "example")
    with pytest.raises(EntityAlreadyExists, match="The account alias example already exists"):
        await accounts.set_alias("210987654321", "example")
    await accounts.set_alias(ACCOUNT, "other")
    assert await accounts.alias(ACCOUNT) == "other"
    await accounts.set_alias("210987654321", "example")
    with pytest.raises(NoSuchEntity):
        await accounts.delete_alias(ACCOUNT, "example")
    await accounts.delete_alias(ACCOUNT, "other")
    assert await accounts.alias(ACCOUNT) == ""
    for alias in ("a", "-ab", "ab-", "a--b", "A-b", "1" * 12, "x" * 64, "a\n"):
        with pytest.raises(ValidationError):
            await accounts.set_alias(ACCOUNT, alias)


async def test_tags_are_not_told_apart_by_capitals(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "u", tags={"Team": "a"})
    await directory.tags.put(ACCOUNT, "user", "u", {"team": "b", "x": ""})
    users = directory.entities.users
    assert (await users.get(ACCOUNT, "u")).tags == {"team": "b", "x": ""}
    await directory.tags.remove(ACCOUNT, "user", "u", ["TEAM", "nothing"])
    assert (await users.get(ACCOUNT, "u")).tags == {"x": ""}
    with pytest.raises(InvalidInput):
        await directory.tags.put(ACCOUNT, "user", "u", {"a": "1", "A": "2"})
    for key, value in (("", ""), ("k" * 129, ""), ("k", "v" * 257), ("a;b", ""), ("aws:x", "")):
        with pytest.raises(InvalidInput):
            await directory.tags.put(ACCOUNT, "user", "u", {key: value})
    with pytest.raises(LimitExceeded, match="maximum limit of 50"):
        await directory.tags.put(ACCOUNT, "user", "u", {f"k{n}": "" for n in range(50)})
    with pytest.raises(NoSuchEntity):
        await directory.tags.put(ACCOUNT, "role", "u", {})


async def test_providers_are_told_apart_by_their_issuers(directory: Directory) -> None:
    providers = directory.providers
    made = await providers.create(ACCOUNT, "https://id.example.com/x", clients=["a", "a"])
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com/x"
    assert made.clients == ("a",)
    with pytest.raises(EntityAlreadyExists):
        await providers.create(ACCOUNT, "https://id.example.com/x")
    changed = await providers.update(ACCOUNT, made.arn, add_client="b", remove_client="a")
    assert changed.clients == ("b",)
    changed = await providers.update(ACCOUNT, made.arn, thumbprints=["A" * 40])
    assert changed.thumbprints == ("A" * 40,)
    with pytest.raises(InvalidInput):
        await providers.update(ACCOUNT, made.arn, thumbprints=["xyz"])
    with pytest.raises(InvalidInput):
        await providers.create(ACCOUNT, "ftp://id.example.com")
    await providers.delete(ACCOUNT, made.arn)
    with pytest.raises(NoSuchEntity, match="OpenIDConnect Provider not found for arn"):
        await providers.get(ACCOUNT, made.arn)


async def test_rows_of_before_read_with_the_defaults_of_new_fields(meta: MemoryMeta) -> None:
    from storage.identity.records import User, decode_user

    row = encode(User(ACCOUNT, "u", "/", "AIDA", 1))
    old = msgspec.msgpack.encode(msgspec.msgpack.decode(row)[:5])
    assert decode_user(old) == User(ACCOUNT, "u", "/", "AIDA", 1)
