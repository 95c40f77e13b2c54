"""Users and groups: what names may be, what hangs on what, and what has to go first."""

import asyncio

import pytest

from storage.identity import Directory, quotas
from storage.identity.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    LimitExceeded,
    NoSuchEntity,
    ValidationError,
)
from tests.storage.identity.conftest import ACCOUNT, BUILTIN

OTHER = "210987654321"


async def test_a_user_is_found_by_name_in_any_capitals_and_by_id(directory: Directory) -> None:
    made = await directory.users.create(ACCOUNT, "Alice", path="/staff/", tags={"team": "a"})
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:user/staff/Alice"
    assert made.id.startswith("AIDA")
    assert len(made.id) == 21
    users = directory.entities.users
    assert await users.get(ACCOUNT, "aLICE") == made
    assert await users.by_id(ACCOUNT, made.id) == made
    assert await users.find(OTHER, "Alice") is None
    assert await directory.entities.groups.by_id(ACCOUNT, made.id) is None
    with pytest.raises(NoSuchEntity, match="The user with name Bob cannot be found"):
        await users.get(ACCOUNT, "Bob")


async def test_names_that_differ_in_capitals_alone_are_one(directory: Directory) -> None:
    await directory.groups.create(ACCOUNT, "ADMINS")
    with pytest.raises(EntityAlreadyExists, match="Group with name admins already exists"):
        await directory.groups.create(ACCOUNT, "admins")
    await directory.users.create(ACCOUNT, "admins")  # another kind
    await directory.groups.create(OTHER, "admins")  # another account


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("", "/", id="no name"),
        pytest.param("a b", "/", id="a space"),
        pytest.param("a/b", "/", id="a slash"),
        pytest.param("a\n", "/", id="a line's end"),
        pytest.param("ä", "/", id="no ASCII"),
        pytest.param("a" * 65, "/", id="too long a name"),
        pytest.param("a", "", id="no path"),
        pytest.param("a", "/x", id="a path without its end"),
        pytest.param("a", "x/", id="a path without its beginning"),
        pytest.param("a", "/x y/", id="a path with a space"),
        pytest.param("a", "/" + "x" * 511 + "/", id="too long a path"),
    ],
)
async def test_what_is_no_name_or_no_path_is_refused(
    directory: Directory, name: str, path: str
) -> None:
    with pytest.raises(ValidationError):
        await directory.users.create(ACCOUNT, name, path=path)
    assert (await directory.summary(ACCOUNT)).users == 0


async def test_whoever_is_renamed_keeps_everything(directory: Directory) -> None:
    user = await directory.users.create(ACCOUNT, "alice")
    await directory.groups.create(ACCOUNT, "staff")
    await directory.groups.add(ACCOUNT, "staff", "alice")
    await directory.attachments.attach(ACCOUNT, "user", "alice", BUILTIN)
    await directory.inlines.put(ACCOUNT, "user", "alice", "own", "{}")
    key, _ = await directory.access_keys.create(ACCOUNT, "alice")

    renamed = await directory.users.update(ACCOUNT, "alice", new_name="Bob", new_path="/x/")

    assert (renamed.id, renamed.arn) == (user.id, f"arn:aws:iam::{ACCOUNT}:user/x/Bob")
    assert await directory.entities.users.find(ACCOUNT, "alice") is None
    group = await directory.entities.groups.get(ACCOUNT, "staff")
    assert (await directory.groups.members(group))[0] == [renamed]
    assert await directory.groups.of(renamed) == [group]
    assert (await directory.attachments.uses(ACCOUNT, BUILTIN)).attached == [renamed]
    assert await directory.inlines.all(renamed) == {"own": "{}"}
    assert (await directory.access_keys.get(key.id)).user_name == "Bob"
    await directory.users.create(ACCOUNT, "alice")  # the name is free


async def test_a_name_may_change_its_capitals_but_not_take_anothers(directory: Directory) -> None:
    await directory.groups.create(ACCOUNT, "one")
    await directory.groups.create(ACCOUNT, "two")
    assert (await directory.groups.update(ACCOUNT, "one", new_name="ONE")).name == "ONE"
    with pytest.raises(EntityAlreadyExists):
        await directory.groups.update(ACCOUNT, "one", new_name="TWO")
    assert len((await directory.entities.groups.list(ACCOUNT, limit=10)).items) == 2


async def test_a_user_goes_once_nothing_hangs_on_him(directory: Directory) -> None:
    user = await directory.users.create(ACCOUNT, "alice", boundary=BUILTIN)
    await directory.groups.create(ACCOUNT, "staff")
    await directory.groups.add(ACCOUNT, "staff", "alice")
    await directory.attachments.attach(ACCOUNT, "user", "alice", BUILTIN)
    await directory.inlines.put(ACCOUNT, "user", "alice", "own", "{}")
    key, _ = await directory.access_keys.create(ACCOUNT, "alice")
    keys, attachments = directory.access_keys, directory.attachments

    with pytest.raises(DeleteConflict, match="must delete access keys first"):
        await directory.users.delete(ACCOUNT, "alice")
    await keys.delete(ACCOUNT, "alice", key.id)
    with pytest.raises(DeleteConflict, match="must detach all policies first"):
        await directory.users.delete(ACCOUNT, "alice")
    await attachments.detach(ACCOUNT, "user", "alice", BUILTIN)
    with pytest.raises(DeleteConflict, match="must delete policies first"):
        await directory.users.delete(ACCOUNT, "alice")
    await directory.inlines.delete(ACCOUNT, "user", "alice", "own")
    with pytest.raises(DeleteConflict, match="must remove users from group first"):
        await directory.users.delete(ACCOUNT, "alice")
    with pytest.raises(DeleteConflict, match="must remove users from group first"):
        await directory.groups.delete(ACCOUNT, "staff")
    await directory.groups.remove(ACCOUNT, "staff", "alice")
    await directory.users.delete(ACCOUNT, "alice")
    await directory.groups.delete(ACCOUNT, "staff")

    assert await directory.entities.users.by_id(ACCOUNT, user.id) is None
    assert (await attachments.uses(ACCOUNT, BUILTIN)).bounded == []
    summary = await directory.summary(ACCOUNT)
    assert (summary.users, summary.groups) == (0, 0)


async def test_nothing_is_left_of_who_was_deleted(directory: Directory, meta: object) -> None:
    from storage.identity import layout
    from storage.meta.memory import MemoryMeta

    assert isinstance(meta, MemoryMeta)
    policy = await directory.policies.create(ACCOUNT, "p", "{}")
    await directory.users.create(ACCOUNT, "alice", boundary=policy.arn)
    await directory.attachments.attach(ACCOUNT, "user", "alice", policy.arn)
    await directory.attachments.detach(ACCOUNT, "user", "alice", policy.arn)
    await directory.users.delete(ACCOUNT, "alice")
    await directory.policies.delete(policy.arn)
    rows = await meta.scan([layout.own(ACCOUNT)], 100)
    assert [row.key for row in rows] == [layout.summary(ACCOUNT)]


async def test_a_user_is_in_ten_groups_at_most(directory: Directory) -> None:
    await directory.users.create(ACCOUNT, "alice")
    for number in range(11):
        await directory.groups.create(ACCOUNT, f"g{number}")
    for number in range(10):
        await directory.groups.add(ACCOUNT, f"g{number}", "alice")
    await directory.groups.add(ACCOUNT, "g3", "alice")  # he is in it
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for GroupsPerUser: 10"):
        await directory.groups.add(ACCOUNT, "g10", "alice")


async def test_an_account_has_no_more_users_than_its_quota(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.identity import users

    assert quotas.USERS_PER_ACCOUNT_MAX == 5000
    monkeypatch.setattr(users, "USERS_PER_ACCOUNT_MAX", 2)
    results = await asyncio.gather(
        *(directory.users.create(ACCOUNT, f"u{number}") for number in range(5)),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, LimitExceeded)]
    assert [one.message for one in refused] == ["Cannot exceed quota for UsersPerAccount: 2"] * 3
    await directory.users.delete(ACCOUNT, "u0")
    await directory.users.create(ACCOUNT, "u9")


async def test_pages_join_up_to_all_that_lie_under_a_path(directory: Directory) -> None:
    for number in range(7):
        path = "/a/" if number % 2 else "/b/"
        await directory.users.create(ACCOUNT, f"User{number}", path=path)
    users = directory.entities.users
    found: list[str] = []
    after: str | None = ""
    pages = 0
    while after is not None:
        page = await users.list(ACCOUNT, path_prefix="/a/", after=after, limit=2)
        found += [user.name for user in page.items]
        after, pages = page.after, pages + 1
    assert found == ["User1", "User3", "User5"]
    assert pages == 2
    assert (await users.list(ACCOUNT, limit=7)).after is None
    assert (await users.list(ACCOUNT, limit=6)).after == "User5"


async def test_pages_of_members_join_up(directory: Directory) -> None:
    group = await directory.groups.create(ACCOUNT, "staff")
    for number in range(5):
        await directory.users.create(ACCOUNT, f"u{number}")
        await directory.groups.add(ACCOUNT, "staff", f"u{number}")
    first, after = await directory.groups.members(group, limit=3)
    assert after is not None
    rest, end = await directory.groups.members(group, after=after, limit=3)
    assert end is None
    assert {user.name for user in (*first, *rest)} == {f"u{number}" for number in range(5)}
