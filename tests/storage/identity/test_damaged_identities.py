"""Damaged rows of identities: told by a check, left as they are, taken for nothing else."""

import pytest

from storage.errors import UnreadableIdentities
from storage.identity import Directory, layout
from storage.keys import CONTROL, IDENTITIES
from storage.legible import is_legible
from storage.meta import Batch, prefix_range
from storage.meta.memory import MemoryMeta
from tests.storage.house import House
from tests.storage.identity.conftest import ACCOUNT, BUILTIN


async def furnish(directory: Directory) -> None:
    """A row of every kind."""
    await directory.accounts.create("a", "c" * 64, account=ACCOUNT)
    await directory.accounts.set_alias(ACCOUNT, "alias")
    policy = await directory.policies.create(ACCOUNT, "p", "{}")
    await directory.users.create(ACCOUNT, "u", boundary=policy.arn)
    await directory.groups.create(ACCOUNT, "g")
    await directory.groups.add(ACCOUNT, "g", "u")
    await directory.roles.create(ACCOUNT, "r", "{}")
    await directory.attachments.attach(ACCOUNT, "role", "r", BUILTIN)
    await directory.inlines.put(ACCOUNT, "user", "u", "i", "{}")
    await directory.providers.create(ACCOUNT, "https://id.example.com")
    key = (await directory.access_keys.create(ACCOUNT, "u")).key
    await directory.access_keys.used(key.id, "s3", "us-east-1")


async def test_every_row_with_a_value_is_known_to_be_damaged(
    directory: Directory, meta: MemoryMeta
) -> None:
    await furnish(directory)
    rows = await meta.scan([prefix_range(IDENTITIES)], 100)
    own = len(layout.summary(ACCOUNT)) - 1
    kinds = {row.key[:3] if row.key[:3] != b"cie" else row.key[own : own + 1] for row in rows}
    shared = (b"cia", b"cib", b"cic", b"ci#", b"cik", b"cil")
    assert kinds == {*shared, *map(bytes, zip(b"sugrpnmidtyo"))}
    assert all(map(is_legible, rows))
    damaged = [row._replace(value=b"\xc1") for row in rows if row.value]
    assert not any(map(is_legible, damaged))


async def test_a_check_tells_of_them_and_leaves_them(house: House) -> None:
    key = layout.named(ACCOUNT, "user", "u")
    await house.data.commit(Batch(CONTROL, put={key: b"\xc1"}))
    report = await house.check(repair=True)
    (finding,) = report.findings
    assert not finding.repaired
    assert "left as it is" in finding.what
    assert await house.data.get(key) is not None


async def test_a_damaged_row_is_no_missing_one(directory: Directory, meta: MemoryMeta) -> None:
    await directory.users.create(ACCOUNT, "u")
    key = layout.named(ACCOUNT, "user", "u")
    await meta.commit(Batch(CONTROL, put={key: b"\xc1"}))
    with pytest.raises(UnreadableIdentities):
        await directory.entities.users.find(ACCOUNT, "u")
