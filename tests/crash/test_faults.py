"""Every single call of the disk fails once, one after another: the answer is never a lie."""

import asyncio
import errno
from collections.abc import Awaitable
from pathlib import Path
from typing import Final

import pytest

from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.conformance.blob import content, listed, name, read, store
from storage.errors import StorageError, StoreFull, StoreUnavailable, Uncertain
from storage.meta import Batch, Delta, MetaStore, counter_value, prefix_range
from storage.meta.sqlite import SqliteMeta
from tests.crash.disk import SimulatedDisk

P: Final = b"p"
BATCHES: Final = 10  # enough for everything that SQLite syncs: more take longer by their square
CALLS_MAX: Final = 2000  # a course that never ends is a bug


def open_meta(disk: SimulatedDisk) -> SqliteMeta:
    return SqliteMeta(
        disk.path / "meta.db",
        vfs=disk.vfs_name,
        files=disk.filesystem(),
        checkpoint_pages=(8, 16),
    )


async def outcome(work: Awaitable[object]) -> StorageError | None:
    try:
        await work
    except StorageError as error:
        return error
    return None


def numbered(number: int) -> Batch:
    batch = Batch(P, add={b"p#": Delta(1)}, append=[(b"plog", b"")])
    batch.put = {b"p%02d/%d" % (number, row): bytes(2000) for row in range(3)}
    return batch


async def check_meta(meta: MetaStore, written: set[int], unknown: set[int]) -> None:
    """Exactly the batches of ``written`` are there, whole; those ``unknown`` may be."""
    found = set()
    for number in range(BATCHES):
        rows = await meta.scan([prefix_range(b"p%02d/" % number)], 100)
        assert len(rows) in (0, 3), "a batch is torn"
        if rows:
            found.add(number)
    assert written <= found <= written | unknown
    assert counter_value(await meta.get(b"p#")) == len(found)
    assert len(await meta.scan([prefix_range(b"plog")], 1000)) == len(found)


async def meta_course(disk: SimulatedDisk, number: int) -> bool:
    """Commit batches with one call failing; whether that call was ever made."""
    written, unknown, was_made = set(), set(), False
    try:
        meta = open_meta(disk)
    except StoreUnavailable:
        was_made = disk.heal()
        meta = open_meta(disk)
    for batch in range(BATCHES):
        error = await outcome(meta.commit(numbered(batch)))
        if error is None:
            written.add(batch)
        elif isinstance(error, Uncertain):
            unknown.add(batch)
            assert not meta.healthy
        elif isinstance(error, StoreUnavailable):
            assert not meta.healthy
        else:
            assert isinstance(error, StoreFull)
            assert number == errno.ENOSPC
            assert meta.healthy
    if meta.healthy:
        await check_meta(meta, written, unknown)
    await meta.close()
    was_made |= disk.heal()
    meta = open_meta(disk)  # as the worker that comes next does
    await check_meta(meta, written, unknown)
    await meta.commit(Batch(P, put={b"px": b"and it goes on"}))
    await meta.close()
    return was_made


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=["broken", "full"])
async def test_metadata_survive_the_failure_of_any_call(number: int, tmp_path: Path) -> None:
    for call in range(1, CALLS_MAX):
        disk = SimulatedDisk(tmp_path / str(call))
        disk.fail(call=call, number=number)
        if not await meta_course(disk, number):
            assert "sqlite: the log, begun anew" in disk.synced
            return
    raise AssertionError("the course never came to its end")


async def blob_course(disk: SimulatedDisk, call: int, number: int) -> bool:
    """Put blobs with one call failing; whether that call was ever made."""
    written: set[BlobId] = set()
    blobs = FileBlobs(disk.path / "blobs", files=disk.filesystem())
    disk.fail(call=call, number=number)
    for blob in range(6):
        error = await outcome(store(blobs, name(blob), content(blob, 1000 * blob)))
        if error is None:
            written.add(name(blob))
        else:
            assert isinstance(error, (StoreFull, StoreUnavailable))
            assert isinstance(error, StoreFull) or number != errno.ENOSPC or not blobs.healthy
    await outcome(blobs.delete([name(0)]))
    written.discard(name(0))
    await blobs.close()
    was_made = disk.heal()
    blobs = FileBlobs(disk.path / "blobs", files=disk.filesystem())
    found = {info.blob: info.size for info in await listed(blobs)}
    assert written <= found.keys()
    for blob in range(6):
        if name(blob) in found:
            assert await read(blobs, name(blob), 1000 * blob) == content(blob, 1000 * blob)
            assert found[name(blob)] == 1000 * blob
    await blobs.close()
    return was_made


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=["broken", "full"])
async def test_blobs_survive_the_failure_of_any_call(number: int, tmp_path: Path) -> None:
    for call in range(1, CALLS_MAX):
        disk = SimulatedDisk(tmp_path / str(call))
        if not await blob_course(disk, call, number):
            assert call > 6 * 4
            return
    raise AssertionError("the course never came to its end")


async def test_a_store_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    for call in range(1, 12):
        disk = SimulatedDisk(tmp_path / str(call))
        disk.fail(call=call, number=errno.EIO)
        with pytest.raises(StoreUnavailable):
            FileBlobs(disk.path / "blobs", files=disk.filesystem())
        disk.heal()
        blobs = FileBlobs(disk.path / "blobs", files=disk.filesystem())
        await store(blobs, name(1), b"x")
        await blobs.close()


# A full disk that stays full


MIB: Final = 1024 * 1024


async def test_on_a_full_disk_deletes_go_on_and_puts_do_again_when_there_is_room(
    tmp_path: Path,
) -> None:
    disk = SimulatedDisk(tmp_path, capacity=44 * MIB)
    meta = open_meta(disk)
    rows = 0
    while (error := await outcome(meta.commit(big(rows)))) is None:
        rows += 1
    assert rows > 20
    assert isinstance(error, StoreFull)
    assert meta.healthy

    for row in range(rows):
        batch = Batch(P, delete={b"p%04d" % row}, add={b"p#": Delta(-1)})
        batch.append.append((b"pgarbage", b"%d" % row))
        await meta.commit(batch)
        assert await meta.get(b"p%04d" % row) is None
    assert counter_value(await meta.get(b"p#")) == 0

    # What was deleted in the database is room in the database; the reserve needs the disk's.
    assert isinstance(await outcome(meta.commit(big(1))), StoreFull)
    disk.capacity = 100 * MIB
    await meta.commit(big(1))
    await meta.close()


def big(row: int) -> Batch:
    return Batch(P, put={b"p%04d" % row: bytes(100_000)}, add={b"p#": Delta(1)})


async def test_on_a_full_disk_one_that_takes_room_does_not_refuse_its_group(
    tmp_path: Path,
) -> None:
    disk = SimulatedDisk(tmp_path, capacity=40 * MIB)
    meta = open_meta(disk)
    await meta.commit(Batch(P, put={b"p%d" % row: b"" for row in range(20)}))
    disk.capacity = 33 * MIB
    work: list[Awaitable[object]] = []
    for row in range(20):
        work.append(meta.commit(big(row)))
        work.append(meta.commit(Batch(P, delete={b"p%d" % row})))
    outcomes = await asyncio.gather(*[outcome(one) for one in work])
    assert any(isinstance(error, StoreFull) for error in outcomes[::2])
    assert outcomes[1::2] == [None] * 20
    await meta.close()


async def test_a_blob_for_which_there_is_no_room_is_refused_and_leaves_no_trace(
    tmp_path: Path,
) -> None:
    disk = SimulatedDisk(tmp_path, capacity=10 * MIB)
    blobs = FileBlobs(disk.path / "blobs", files=disk.filesystem())
    with pytest.raises(StoreFull):
        await blobs.create(name(1), size_hint=11 * MIB)
    writer = await blobs.create(name(2))
    errors = [await outcome(writer.write(bytes(MIB))) for _ in range(11)]
    assert isinstance(errors[-1], StoreFull)
    with pytest.raises(StoreFull):
        await writer.commit()  # the bytes that found no room must not be missing from a blob
    await writer.abort()
    assert blobs.healthy
    assert await listed(blobs) == []
    await store(blobs, name(3), bytes(9 * MIB), piece=MIB)
    await blobs.close()
