"""Managed policies, their versions and what they are attached to; inline ones."""

import pytest

from storage.identity import Directory
from storage.identity.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from tests.storage.identity.conftest import ACCOUNT, BUILTIN

OTHER = "210987654321"


async def test_a_policy_has_five_versions_and_one_that_counts(directory: Directory) -> None:
    policies = directory.policies
    policy = await policies.create(ACCOUNT, "p", "one", path="/x/", description="d")
    assert policy.arn == f"arn:aws:iam::{ACCOUNT}:policy/x/p"
    assert policy.id.startswith("ANPA")
    second = await policies.add_version(policy.arn, "two", default=False)
    assert second.id == "v2"
    assert await policies.document(await policies.get(policy.arn)) == "one"
    await policies.set_default(policy.arn, 2)
    assert await policies.document(await policies.get(policy.arn)) == "two"
    for number in (3, 4, 5):
        await policies.add_version(policy.arn, str(number), default=number == 4)
    assert (await policies.get(policy.arn)).default == 4
    with pytest.raises(LimitExceeded, match="can have up to 5 versions"):
        await policies.add_version(policy.arn, "6", default=True)
    with pytest.raises(DeleteConflict, match="Cannot delete the default version"):
        await policies.delete_version(policy.arn, 4)
    await policies.delete_version(policy.arn, 1)
    assert (await policies.add_version(policy.arn, "6", default=False)).id == "v6"
    with pytest.raises(NoSuchEntity):
        await policies.document(policy, 1)
    with pytest.raises(NoSuchEntity):
        await policies.set_default(policy.arn, 1)


async def test_a_policy_goes_once_nothing_uses_it(directory: Directory) -> None:
    policies, attachments = directory.policies, directory.attachments
    policy = await policies.create(ACCOUNT, "p", "one")
    await policies.add_version(policy.arn, "two", default=True)
    await directory.users.create(ACCOUNT, "u", boundary=policy.arn)
    await directory.groups.create(ACCOUNT, "g")
    await directory.roles.create(ACCOUNT, "r", "{}")
    for kind in ("user", "group", "role"):
        await attachments.attach(ACCOUNT, kind, kind[0], policy.arn)
        await attachments.attach(ACCOUNT, kind, kind[0], policy.arn)  # once
    now = await policies.get(policy.arn)
    assert (now.attachments, now.boundaries) == (3, 1)
    uses = await attachments.uses(ACCOUNT, policy.arn)
    assert {holder.name for holder in uses.attached} == {"u", "g", "r"}
    assert [holder.name for holder in uses.bounded] == ["u"]

    for kind in ("user", "group", "role"):
        with pytest.raises(DeleteConflict, match="Cannot delete a policy attached to entities"):
            await policies.delete(policy.arn)
        await attachments.detach(ACCOUNT, kind, kind[0], policy.arn)
    with pytest.raises(DeleteConflict, match="attached to entities"):
        await policies.delete(policy.arn)
    await attachments.set_boundary(ACCOUNT, "user", "u", "")
    with pytest.raises(DeleteConflict, match="more than one version"):
        await policies.delete(policy.arn)
    await policies.delete_version(policy.arn, 1)
    await policies.delete(policy.arn)
    with pytest.raises(NoSuchEntity):
        await policies.get(policy.arn)
    assert (await directory.summary(ACCOUNT)).policies == 0


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param(f"arn:aws:iam::{ACCOUNT}:policy/q", id="no such name"),
        pytest.param(f"arn:aws:iam::{ACCOUNT}:policy/p", id="another path"),
        pytest.param(f"arn:aws:iam::{OTHER}:policy/x/p", id="another account's"),
        pytest.param("arn:aws:iam::aws:policy/Nonsense", id="no policy of AWS's"),
        pytest.param(f"arn:aws:iam::{ACCOUNT}:user/x/p", id="another kind"),
        pytest.param("p", id="no ARN"),
    ],
)
async def test_what_is_not_there_is_not_attached(directory: Directory, arn: str) -> None:
    await directory.users.create(ACCOUNT, "u")
    await directory.policies.create(ACCOUNT, "p", "{}", path="/x/")
    await directory.policies.create(OTHER, "p", "{}", path="/x/")
    with pytest.raises(NoSuchEntity):
        await directory.attachments.attach(ACCOUNT, "user", "u", arn)
    with pytest.raises(NoSuchEntity):
        await directory.attachments.set_boundary(ACCOUNT, "user", "u", arn)
    with pytest.raises(NoSuchEntity):
        await directory.attachments.detach(ACCOUNT, "user", "u", arn)


async def test_another_boundary_takes_the_place_of_the_first(directory: Directory) -> None:
    one = await directory.policies.create(ACCOUNT, "one", "{}")
    two = await directory.policies.create(ACCOUNT, "two", "{}")
    await directory.roles.create(ACCOUNT, "r", "{}", boundary=one.arn)
    for boundary in (two.arn, two.arn, BUILTIN, two.arn):
        await directory.attachments.set_boundary(ACCOUNT, "role", "r", boundary)
    assert (await directory.policies.get(one.arn)).boundaries == 0
    assert (await directory.policies.get(two.arn)).boundaries == 1
    await directory.roles.delete(ACCOUNT, "r")
    assert (await directory.policies.get(two.arn)).boundaries == 0


async def test_inline_policies_of_one_share_a_size_in_which_white_space_does_not_count(
    directory: Directory,
) -> None:
    await directory.users.create(ACCOUNT, "u")
    inlines = directory.inlines
    await inlines.put(ACCOUNT, "user", "u", "a", "x" * 2000 + " \n\t\r" * 1000)
    with pytest.raises(LimitExceeded, match="Maximum policy size of 2048 bytes exceeded for user"):
        await inlines.put(ACCOUNT, "user", "u", "b", "x" * 49)
    await inlines.put(ACCOUNT, "user", "u", "b", "x" * 48)
    await inlines.put(ACCOUNT, "user", "u", "a", "y" * 2000)  # in place of the first
    assert await inlines.get(ACCOUNT, "user", "u", "a") == "y" * 2000
    await inlines.delete(ACCOUNT, "user", "u", "b")
    with pytest.raises(NoSuchEntity, match="The user policy with name b cannot be found"):
        await inlines.get(ACCOUNT, "user", "u", "b")
    with pytest.raises(NoSuchEntity):
        await inlines.delete(ACCOUNT, "user", "u", "b")


async def test_too_large_policies_are_refused(directory: Directory) -> None:
    policies = directory.policies
    await policies.create(ACCOUNT, "p", "x" * 6144 + " ")
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for PolicySize: 6144"):
        await policies.create(ACCOUNT, "q", "x" * 6145)
    with pytest.raises(LimitExceeded, match="PolicySize"):
        await policies.add_version(f"arn:aws:iam::{ACCOUNT}:policy/p", "x" * 6145, default=True)
    with pytest.raises(LimitExceeded, match="ACLSizePerRole"):
        await directory.roles.create(ACCOUNT, "r", "x" * 4097)
    with pytest.raises(EntityAlreadyExists, match="A policy called P already exists"):
        await policies.create(ACCOUNT, "P", "{}")


async def test_so_many_policies_are_attached_and_no_more(directory: Directory) -> None:
    await directory.groups.create(ACCOUNT, "g")
    arns = [(await directory.policies.create(ACCOUNT, f"p{n}", "{}")).arn for n in range(11)]
    for arn in arns[:10]:
        await directory.attachments.attach(ACCOUNT, "group", "g", arn)
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for PoliciesPerGroup: 10"):
        await directory.attachments.attach(ACCOUNT, "group", "g", arns[10])
