"""Where rows are damaged the keeper goes on with all the others, and says it once."""

import os

import pytest

from storage import garbage, keys
from storage.blob import BlobId
from storage.garbage import Done, legible
from storage.legible import is_legible
from storage.meta import Batch, Row
from storage.patience import PAUSE_MS, Patience
from storage.records import Gone, NameRecord, encode
from storage.rows import BucketRef
from storage.sweep import COMPLETED_KEPT_MS
from tests.storage.engine import Engine, StoppedClock, begin, complete, keep, multipart


async def test_what_is_damaged_in_one_bucket_does_not_keep_another_waiting(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    buckets = [
        await engine.buckets.create(f"bucket-{n}", account="1", region="us-east-1")
        for n in range(6)
    ]
    for number, bucket in enumerate(buckets):
        for _ in range(2):
            await engine.put(bucket, b"k", os.urandom(20))
        row = keys.bucket(bucket.id)
        damaged = Batch(row)
        if number % 3 == 1:
            damaged.put[row] = b"damaged"
        elif number % 3 == 2:
            damaged.append.append((keys.garbage(bucket.id), b"damaged"))
        else:
            continue
        await engine.meta.commit(damaged)
    assert (await engine.keeper.round()).failed == 4
    assert await engine.blob_count() == 12 - 4  # in a log, the rows beside a damaged one go on
    assert len(caplog.records) == 4
    assert (await engine.keeper.round()).failed == 0  # what is damaged waits
    engine.clock.ms += PAUSE_MS
    assert (await engine.keeper.round()).failed == 4
    assert len(caplog.records) == 4  # and is logged once


async def test_a_damaged_bucket_that_is_mended_is_kept_again(
    engine: Engine, bucket: BucketRef
) -> None:
    row = keys.bucket(bucket.id)
    for _ in range(2):
        await engine.put(bucket, b"k", os.urandom(20))
    for _ in range(4):
        await engine.meta.commit(Batch(row, put={row: b"damaged"}))
        assert (await engine.keeper.round()).failed == 1
        await engine.meta.commit(Batch(row, put={row: encode(bucket.record)}))
        assert (await engine.keeper.round()).failed == 0
        engine.clock.ms += PAUSE_MS  # no longer than the first time
        await keep(engine)
    assert await engine.blob_count() == 1


async def test_a_key_that_no_row_has_does_not_hide_the_buckets_behind_it(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    for key in (b"b", b"b\0", b"b\xff\xff"):
        await engine.meta.commit(Batch(key, put={key: b"x"}))
    bucket = await engine.buckets.create("bucket", account="1", region="us-east-1")
    for _ in range(2):
        await engine.put(bucket, b"k", os.urandom(20))
    await complete(engine, bucket, [await begin(engine, bucket)])
    assert (await engine.keeper.round()).failed == 3
    await keep(engine)
    assert await engine.blob_count() == 0
    engine.clock.ms += COMPLETED_KEPT_MS + 1
    assert (await engine.keeper.sweep()).failed == 3
    assert await engine.meta.scan([keys.completed_all(bucket.id)], 1) == []
    assert len(caplog.records) == 3


async def test_what_is_damaged_does_not_end_a_sweep(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    buckets = [
        await engine.buckets.create(f"bucket-{n}", account="1", region="us-east-1")
        for n in range(3)
    ]
    of_nothing, gone = bytes(8), keys.gone(b"\1" * 8)
    control = Batch(keys.CONTROL, put={keys.name("damaged"): b"damaged", gone: encode(Gone(0))})
    control.put[keys.name("of-nothing")] = encode(NameRecord(of_nothing, "1", 0, "us-east-1"))
    control.put[keys.NAMES + b"\xff"] = control.put[keys.name("of-nothing")]
    control.put[keys.gone(of_nothing)] = b"damaged"
    await engine.meta.commit(control)
    for number, bucket in enumerate(buckets):
        await multipart(engine, bucket, b"k", [b"x"])
        for last in range(2):
            writer = await engine.blobs.create(BlobId(bucket.id + bytes(15) + bytes([last])))
            await writer.commit()
        damaged = Batch(keys.bucket(bucket.id))
        damaged.put[keys.reference(bucket.id, bucket.id + bytes(16))] = b"damaged"
        if number == 0:
            damaged.put[keys.completed(bucket.id, bytes(16))] = b"damaged"
        await engine.meta.commit(damaged)
    engine.clock.ms += COMPLETED_KEPT_MS + 1
    done = await engine.keeper.sweep()
    assert done.orphans == 3
    assert done.failed == len(caplog.records) == 3 + 1 + 3
    for number, bucket in enumerate(buckets):
        answers = await engine.meta.scan([keys.completed_all(bucket.id)], 2)
        assert [row.value for row in answers] == ([b"damaged"] if number == 0 else [])
    assert await engine.meta.get(keys.name("of-nothing")) is None
    assert await engine.meta.get(gone) is None
    assert (await engine.keeper.sweep()).failed == done.failed
    assert len(caplog.records) == done.failed  # each is logged once


def test_each_row_is_decoded_once_and_a_bad_one_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decoded = list[Row]()

    def counted(row: Row) -> bool:
        decoded.append(row)
        return is_legible(row)

    monkeypatch.setattr(garbage, "is_legible", counted)
    rows = [Row(keys.gone(bytes(7) + bytes([n])), encode(Gone(n)), 1) for n in range(3)]
    rows[1] = rows[1]._replace(value=b"damaged")
    done, patience = Done(), Patience(StoppedClock())
    for times in (1, 2):
        decoded.clear()
        assert legible(rows, done, patience) == [rows[0], rows[2]]
        assert decoded == rows
        assert (done.failed, len(caplog.records)) == (times, 1)
