"""Whatever two workers do, in whatever order, with commits of unknown outcome: rows agree."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from storage.errors import StorageError, Uncertain
from storage.identity import Directory, layout
from storage.identity.entities import Holder
from storage.identity.errors import IdentityError
from storage.identity.quotas import ACCESS_KEYS_PER_USER_MAX
from storage.keyring import Keyring
from storage.meta import Batch, Row, Stamp
from storage.meta.memory import MemoryMeta
from storage.seam import SystemRandomness
from tests.storage.engine import StoppedClock
from tests.storage.identity.conftest import ACCOUNT, BUILTIN

NAMES = ("a", "b")
POLICIES = tuple(f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in NAMES)


class Doubtful(MemoryMeta):
    """Does not always say whether it has committed."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[str] = []

    async def get(self, key: bytes) -> Row | None:
        await asyncio.sleep(0)  # others get their turn between reading and committing
        return await super().get(key)

    async def commit(self, batch: Batch) -> Stamp:
        outcome = self.outcomes.pop() if self.outcomes and not batch.routine else "done"
        if outcome == "lost":
            raise Uncertain("lost")
        stamp = await super().commit(batch)
        if outcome == "unheard":
            raise Uncertain("unheard")
        return stamp


Step = Callable[[Directory], Awaitable[object]]


def named(
    does: Callable[[Directory, str, str, str], Awaitable[object]],
) -> st.SearchStrategy[Step]:
    """A step with some names and an ARN."""

    def step(name: str, other: str, arn: str) -> Step:
        return lambda directory: does(directory, name, other, arn)

    arns = st.sampled_from((*POLICIES, BUILTIN))
    return st.builds(step, st.sampled_from(NAMES), st.sampled_from(NAMES), arns)


async def detach_all(directory: Directory, name: str) -> None:
    user = await directory.entities.users.get(ACCOUNT, name)
    for arn in user.attached:
        await directory.attachments.detach(ACCOUNT, "user", name, arn)


async def delete_keys(directory: Directory, name: str) -> None:
    user = await directory.entities.users.get(ACCOUNT, name)
    for key_id in user.access_keys:
        await directory.access_keys.delete(ACCOUNT, name, key_id)


STEPS = st.one_of(
    named(lambda d, n, _o, _a: d.users.create(ACCOUNT, n)),
    named(lambda d, n, _o, a: d.users.create(ACCOUNT, n, boundary=a)),
    named(lambda d, n, o, _a: d.users.update(ACCOUNT, n, new_name=o.upper())),
    named(lambda d, n, _o, _a: d.users.delete(ACCOUNT, n)),
    named(lambda d, n, _o, _a: d.groups.create(ACCOUNT, n)),
    named(lambda d, n, _o, _a: d.groups.delete(ACCOUNT, n)),
    named(lambda d, n, o, _a: d.groups.add(ACCOUNT, n, o)),
    named(lambda d, n, o, _a: d.groups.remove(ACCOUNT, n, o)),
    named(lambda d, n, _o, _a: d.roles.create(ACCOUNT, n, "{}")),
    named(lambda d, n, _o, _a: d.roles.delete(ACCOUNT, n)),
    named(lambda d, n, _o, _a: d.policies.create(ACCOUNT, n, "{}")),
    named(lambda d, _n, _o, a: d.policies.add_version(a, "{}", default=True)),
    named(lambda d, _n, _o, a: d.policies.delete_version(a, 1)),
    named(lambda d, _n, _o, a: d.policies.delete(a)),
    named(lambda d, n, _o, a: d.attachments.attach(ACCOUNT, "user", n, a)),
    named(lambda d, n, _o, a: d.attachments.attach(ACCOUNT, "role", n, a)),
    named(lambda d, n, _o, a: d.attachments.detach(ACCOUNT, "role", n, a)),
    named(lambda d, n, _o, a: d.attachments.set_boundary(ACCOUNT, "user", n, a)),
    named(lambda d, n, _o, _a: d.attachments.set_boundary(ACCOUNT, "user", n, "")),
    named(lambda d, n, _o, _a: detach_all(d, n)),
    named(lambda d, n, _o, _a: d.access_keys.create(ACCOUNT, n)),
    named(lambda d, n, _o, _a: delete_keys(d, n)),
)


async def attempt(step: Step, directory: Directory) -> None:
    try:
        await step(directory)
    except (IdentityError, Uncertain):
        pass
    except StorageError as error:
        raise AssertionError(error) from error


async def check(directory: Directory, meta: MemoryMeta) -> None:
    """Every row says what the others say."""
    entities = directory.entities
    users = (await entities.users.list(ACCOUNT, limit=100)).items
    groups = (await entities.groups.list(ACCOUNT, limit=100)).items
    roles = (await entities.roles.list(ACCOUNT, limit=100)).items
    policies = (await entities.policies.list(ACCOUNT, limit=100)).items
    found = await directory.summary(ACCOUNT)
    counted = (len(users), len(groups), len(roles), len(policies))
    assert (found.users, found.groups, found.roles, found.policies) == counted

    holders: list[Holder] = [*users, *groups, *roles]
    attached = Counter(arn for one in holders for arn in one.attached)
    bounded = Counter(
        [user.boundary for user in users if user.boundary]
        + [role.boundary for role in roles if role.boundary]
    )
    for policy in policies:
        assert (policy.attachments, policy.boundaries) == (
            attached[policy.arn],
            bounded[policy.arn],
        )
        assert policy.default in {version.number for version in policy.versions}
        for version in policy.versions:
            assert await directory.policies.document(policy, version.number)
    assert {*attached, *bounded} <= {BUILTIN, *(policy.arn for policy in policies)}
    for group in groups:
        members, _ = await directory.groups.members(group)
        assert members == sorted(
            (user for user in users if group.id in user.groups), key=lambda user: user.id
        )
    for user in users:
        assert len(await directory.groups.of(user)) == len(user.groups)
        keys = await directory.access_keys.of(user)
        assert len(keys) == len(user.access_keys) <= ACCESS_KEYS_PER_USER_MAX
        assert all((key.user_id, key.user_name) == (user.id, user.name) for key in keys)
    await check_no_more(directory, meta, holders, len(policies))


async def check_no_more(
    directory: Directory, meta: MemoryMeta, holders: list[Holder], policies: int
) -> None:
    """No row is left of what is gone."""
    rows = await meta.scan([layout.own(ACCOUNT)], 1000)
    tag = len(layout.summary(ACCOUNT)) - 1
    kinds = Counter(row.key[tag : tag + 1] for row in rows)
    assert kinds[b"n"] == len(holders) + policies
    assert kinds[b"t"] == sum(len(one.attached) for one in holders)
    users = (await directory.entities.users.list(ACCOUNT, limit=100)).items
    assert kinds[b"m"] == sum(len(user.groups) for user in users)
    assert kinds[b"y"] == sum(bool(user.boundary) for user in users)
    keys = await meta.scan([layout.all_access_keys()], 1000)
    assert len(keys) == sum(len(user.access_keys) for user in users)


# Nothing is made shorter: that would take minutes.
@settings(max_examples=50, deadline=None, phases=(Phase.reuse, Phase.generate))
@given(
    steps=st.lists(st.tuples(st.integers(0, 1), STEPS), min_size=40, max_size=60),
    together=st.integers(1, 4),
    outcomes=st.lists(st.sampled_from(("done", "done", "lost", "unheard")), max_size=10),
)
def test_rows_agree(steps: list[tuple[int, Step]], together: int, outcomes: list[str]) -> None:
    async def play() -> None:
        meta, clock, randomness = Doubtful(), StoppedClock(), SystemRandomness()
        keyring = Keyring(None, clock=clock, randomness=randomness)
        workers = [
            Directory(meta, keyring, clock=clock, randomness=randomness, builtin={BUILTIN})
            for _ in range(2)
        ]
        for name in NAMES:  # so that the steps find something
            await workers[0].users.create(ACCOUNT, name)
            await workers[0].groups.create(ACCOUNT, name)
            await workers[0].policies.create(ACCOUNT, name, "{}")
        meta.outcomes = [*outcomes]
        for start in range(0, len(steps), together):
            some = steps[start : start + together]
            await asyncio.gather(*(attempt(step, workers[worker]) for worker, step in some))
        await check(workers[0], meta)

    asyncio.run(play())
