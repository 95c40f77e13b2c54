"""What is lost or damaged is found and mended; what was mended is not found again."""

from collections.abc import Collection, Sequence

import msgspec
import pytest

from storage import keys
from storage.assembly import Wanted
from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.errors import BucketAlreadyOwnedByYou, InvalidPart, StorageError, StoreUnavailable
from storage.fsck import Kind
from storage.meta import Batch, Stamp, prefix_range
from storage.preconditions import UNCONDITIONAL
from storage.quarantine import QuarantineFolder
from storage.records import decode_garbage
from tests.storage.engine import Engine
from tests.storage.harms import (
    HARMS,
    Harm,
    flip_a_bit,
    forget_a_reference,
    forget_the_bucket,
    forget_the_listing,
    forget_the_reference_of_a_piece,
    give_back_a_small_object,
    give_back_parts_that_are_named,
    give_back_small_ones_that_are_named,
    give_back_what_is_named,
    give_back_what_is_named_and_counted,
    lose_a_part,
    lose_the_bucket,
)
from tests.storage.house import PARTS, WHOLE, House


@pytest.mark.parametrize(("harm", "kinds"), HARMS)
async def test_it_is_found_mended_and_not_found_again(
    house: House, harm: Harm, kinds: list[Kind]
) -> None:
    await harm(house)
    assert [one.kind for one in (await house.check(repair=True)).findings] == kinds
    assert (await house.check()).findings == []
    for _ in range(2):
        await house.engine.keeper.round()
    assert (await house.check()).findings == []


@pytest.mark.parametrize(("harm", "kinds"), HARMS)
async def test_without_repair_nothing_changes(house: House, harm: Harm, kinds: list[Kind]) -> None:
    await harm(house)
    before = house.data.epoch(), sorted(house.directory.rglob("*"))
    first = await house.check()
    assert {one.kind for one in first.findings} >= set(kinds)
    assert not any(one.repaired or one.kept for one in first.findings)
    assert (await house.check()).findings == first.findings
    assert (house.data.epoch(), sorted(house.directory.rglob("*"))) == before


async def test_what_is_counted_wrong_keeps_its_content(house: House) -> None:
    for harm in (
        forget_a_reference,
        forget_the_reference_of_a_piece,
        give_back_what_is_named,
        give_back_what_is_named_and_counted,
        give_back_parts_that_are_named,
        give_back_small_ones_that_are_named,
        give_back_a_small_object,
    ):
        await harm(house)
    await house.check(repair=True)
    for _ in range(2):
        await house.engine.keeper.round()
    assert await house.engine.get(house.bucket, b"whole") == WHOLE
    assert await house.engine.get(house.bucket, b"parts") == b"".join(PARTS)
    fresh = Engine(meta=house.data, blobs=house.blobs)  # that remembers no small content
    assert await fresh.get(house.bucket, b"small") == b"s"


@pytest.mark.parametrize(
    "harm", [give_back_parts_that_are_named, give_back_small_ones_that_are_named]
)
async def test_a_failed_commit_leaves_the_rest_of_a_log_row_to_be_taken_back(
    house: House, harm: Harm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is reported mended is: the keeper does not delete it any more."""
    await harm(house)
    real = house.data.commit

    async def once(batch: Batch) -> Stamp:
        monkeypatch.undo()
        raise StoreUnavailable("not now")

    monkeypatch.setattr(house.data, "commit", once)
    findings = (await house.check(repair=True)).findings
    assert [one.repaired for one in findings] == [False, True]
    assert house.data.commit == real
    (row,) = await house.data.scan([prefix_range(keys.garbage(house.bucket.id))], 2)
    left = decode_garbage(row.value)
    assert {*left.blobs, *left.inlines} == {b"\2" * 24}
    assert (await house.check()).findings == []


async def test_a_bucket_whose_row_was_lost_is_made_anew_of_its_name(house: House) -> None:
    await lose_the_bucket(house)
    await house.engine.keeper.sweep()  # the keeper does not forget its name
    with pytest.raises(BucketAlreadyOwnedByYou):
        await house.engine.buckets.create("bucket", account="1", region="r")
    await house.check(repair=True)
    engine = Engine(meta=house.data, blobs=house.blobs)
    bucket = await engine.buckets.find("bucket")
    assert bucket.id == house.bucket.id
    assert msgspec.structs.replace(house.bucket.record, state_changed_ms=0) == bucket.record
    assert await engine.get(bucket, b"whole") == WHOLE
    assert await engine.get(bucket, b"whole", house.older.version_id) == b"o" * 1000
    await engine.put(bucket, b"whole", b"and it goes on")


async def test_the_version_before_a_damaged_one_becomes_current(house: House) -> None:
    await flip_a_bit(house)
    await house.check(repair=True)
    assert await house.engine.get(house.bucket, b"whole") == b"o" * 1000


async def test_a_deep_check_alone_reads(house: House) -> None:
    await flip_a_bit(house)
    assert (await house.check(deep=False)).findings == []
    assert len((await house.check(deep=True)).findings) == 1


async def test_an_upload_whose_part_was_lost_does_not_complete(house: House) -> None:
    await lose_a_part(house)
    await house.check(repair=True)
    with pytest.raises(InvalidPart):
        await house.engine.uploads.complete(
            house.bucket, b"under way", house.upload_id, house.claimed, Wanted(), UNCONDITIONAL
        )


async def test_a_name_that_another_bucket_took_stays_with_it(house: House) -> None:
    await forget_the_bucket(house)
    other = Engine(meta=house.data, blobs=house.blobs)
    taken = await other.buckets.create("bucket", account="2", region="r")
    findings = (await house.check(repair=True)).findings
    assert (Kind.NAMELESS, False) in [(one.kind, one.repaired) for one in findings]
    assert (await Engine(meta=house.data).buckets.find("bucket")).id == taken.id


async def test_it_may_be_interrupted_between_keeping_and_taking_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flip_a_bit(house)
    take = QuarantineFolder.keep

    def and_die(*args: object) -> str:
        take(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(QuarantineFolder, "keep", and_die)
        with pytest.raises(KeyboardInterrupt):
            await house.check(repair=True)
    assert [one.kind for one in (await house.check(repair=True)).findings] == [Kind.DAMAGED]
    assert (await house.check()).findings == []


@pytest.mark.parametrize("refusal", [StoreUnavailable("read-only"), None])
async def test_an_empty_blob_that_the_disk_does_not_remove_is_told_and_the_run_goes_on(
    house: House, refusal: StorageError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = BlobId(b"\1" * 24)
    await (await house.blobs.create(blob)).commit()
    (house.directory / "blobs" / "stray").write_bytes(b"x")  # looked at last

    async def delete(_: FileBlobs, blobs: Sequence[BlobId]) -> Collection[BlobId]:
        if refusal is not None:
            raise refusal
        return blobs

    with monkeypatch.context() as patched:
        patched.setattr(FileBlobs, "delete", delete)
        findings = (await house.check(repair=True)).findings
    assert [(one.kind, one.repaired) for one in findings] == [
        (Kind.FOREIGN, False),
        (Kind.STRAY, True),
    ]
    assert "left as it is" in findings[0].what
    assert house.blobs.path_of(blob).exists()
    assert [one.repaired for one in (await house.check(repair=True)).findings] == [True]
    assert (await house.check()).findings == []


async def test_rows_whose_bucket_is_lost_are_told_and_left(house: House) -> None:
    await lose_the_bucket(house)
    await forget_the_bucket(house)
    await forget_the_listing(house)
    for _ in range(2):
        findings = (await house.check(repair=True)).findings
        assert (Kind.ROWLESS, False) in [(one.kind, one.repaired) for one in findings]
    assert house.file_of(house.whole).exists()
