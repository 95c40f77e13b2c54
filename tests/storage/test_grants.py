"""What account quotas have granted is checked, and mended so that no bucket can pass the quota."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from storage import keys
from storage.blob.file import FileBlobs
from storage.errors import QuotaExceeded
from storage.findings import Kind
from storage.fsck import Fsck
from storage.mending import Mender
from storage.meta import Batch, Delta
from storage.preconditions import UNCONDITIONAL
from storage.quarantine import QuarantineFolder
from storage.quotas import FRUITLESS_MS
from storage.records import (
    AccountQuota,
    Allowance,
    Bucket,
    decode_account_quota,
    decode_bucket,
    encode,
)
from storage.rows import BucketRef
from tests.storage.engine import Engine

ACCOUNT = "1"
LIMIT = 10_000
Harm = Callable[[Engine, BucketRef], Awaitable[None]]


async def _change_bucket(engine: Engine, bucket: BucketRef, **members: object) -> None:
    row_key = keys.bucket(bucket.id)
    row = await engine.meta.get(row_key)
    assert row is not None
    record: Bucket = msgspec.structs.replace(decode_bucket(row.value), **members)
    await engine.meta.commit(Batch(row_key, put={row_key: encode(record)}))


async def _change_grants(
    engine: Engine, change: Callable[[dict[bytes, Allowance]], object]
) -> None:
    row_key = keys.quota(ACCOUNT)
    row = await engine.meta.get(row_key)
    assert row is not None
    quota = decode_account_quota(row.value)
    grants = dict(quota.grants)
    change(grants)
    value = encode(AccountQuota(quota.limit, grants))
    await engine.meta.commit(Batch(keys.CONTROL, put={row_key: value}))


async def lose_the_grant(engine: Engine, bucket: BucketRef) -> None:
    await _change_bucket(engine, bucket, granted=None)


async def grant_more_to_the_bucket(engine: Engine, bucket: BucketRef) -> None:
    await _change_bucket(engine, bucket, granted=Allowance(50_000, 50_000))


async def lose_what_the_account_knows(engine: Engine, bucket: BucketRef) -> None:
    await _change_grants(engine, lambda grants: grants.pop(bucket.id))


async def know_of_less(engine: Engine, bucket: BucketRef) -> None:
    await _change_grants(engine, lambda grants: grants.update({bucket.id: Allowance(1, 1)}))


async def count_less(engine: Engine, bucket: BucketRef) -> None:
    """Usage is set right, and is then more than was granted."""
    add = {keys.usage_bytes(bucket.id): Delta(-3000)}
    await engine.meta.commit(Batch(keys.bucket(bucket.id), add=add))
    await _change_bucket(engine, bucket, granted=Allowance(0, 1))
    await _change_grants(engine, lambda grants: grants.update({bucket.id: Allowance(0, 1)}))


async def lose_the_row(engine: Engine, bucket: BucketRef) -> None:
    row_key = keys.bucket(bucket.id)
    await engine.meta.commit(Batch(row_key, delete={row_key}))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(blobs=FileBlobs(tmp_path / "blobs"))


async def _checked(engine: Engine, *, repair: bool = False) -> list[tuple[Kind, bool]]:
    blobs = engine.blobs
    assert isinstance(blobs, FileBlobs)
    mender = None
    if repair:
        folder = QuarantineFolder(blobs._directory.parent / "quarantine", blobs)
        mender = Mender.over(engine.meta, blobs, folder)
    checker = Fsck(control=engine.meta, data=engine.meta, blobs=blobs, mender=mender)
    return [(one.kind, one.repaired) for one in (await checker.run()).findings]


async def _furnished(engine: Engine) -> tuple[BucketRef, BucketRef]:
    """Two buckets that hold 3,000 bytes each."""
    await engine.buckets.quotas.set_account(ACCOUNT, Allowance(LIMIT, 100))
    found = []
    for name in ("one", "two"):
        bucket = await engine.buckets.create(name, account=ACCOUNT, region="r")
        await engine.put(bucket, b"key", bytes(3000))
        found.append(bucket)
    return found[0], found[1]


@pytest.mark.parametrize(
    ("harm", "others"),
    [
        (lose_the_grant, set()),
        (grant_more_to_the_bucket, set()),
        (lose_what_the_account_knows, set()),
        (know_of_less, set()),
        (count_less, {Kind.USAGE}),
        (lose_the_row, {Kind.LOST}),
    ],
)
async def test_a_bucket_that_could_pass_the_quota_is_brought_under_it(
    engine: Engine, harm: Harm, others: set[Kind]
) -> None:
    one, two = await _furnished(engine)
    assert await _checked(engine) == []
    await harm(engine, one)

    await _checked(engine)
    found = await _checked(engine, repair=True)

    assert set(found) == {(kind, True) for kind in others | {Kind.GRANT}}
    assert await _checked(engine) == []
    with pytest.raises(QuotaExceeded):
        await engine.put(one, b"more", bytes(LIMIT - 6000 + 1))
    engine.clock.ms += FRUITLESS_MS
    await engine.put(two, b"more", bytes(LIMIT - 6000))


async def test_a_look_changes_nothing(engine: Engine) -> None:
    one, _ = await _furnished(engine)
    await grant_more_to_the_bucket(engine, one)
    for _ in range(2):
        assert await _checked(engine) == [(Kind.GRANT, False)]


async def test_what_somebody_left_who_died_between_two_rows_is_no_fault(engine: Engine) -> None:
    one, two = await _furnished(engine)
    await _change_bucket(engine, one, granted=Allowance(3000, 1))
    await engine.objects.delete(two, b"key", None, owner=ACCOUNT, condition=UNCONDITIONAL)
    await engine.buckets.delete(two)
    assert await _checked(engine) == []
