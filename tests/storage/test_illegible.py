"""Rows that do not decode are found, taken out and kept; nothing that they name is lost."""

import errno
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from storage import assembly, keys
from storage.assembly import Wanted
from storage.files import RealFiles
from storage.fsck import Kind
from storage.meta import Batch, Range, prefix_range
from storage.preconditions import UNCONDITIONAL
from storage.records import (
    Versioning,
    decode_version,
    encode,
)
from storage.uploadids import parse_id
from tests.storage.engine import Engine
from tests.storage.house import PARTS, WHOLE, House

Place = Callable[[House], Awaitable[bytes]]


def at(place: Callable[[House], bytes]) -> Place:
    async def placed(house: House) -> bytes:
        return place(house)

    return placed


async def a_long_list(house: House) -> bytes:
    """Of segments: a row of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "SEGMENTS_INLINE_MAX", 1)
        claimed = await house.upload(b"long")
        await house.engine.uploads.complete(
            house.bucket, b"long", house.upload_id, claimed, Wanted(), UNCONDITIONAL
        )
    version = await house.engine.objects.stat(house.bucket, b"long")
    return keys.segments(house.bucket.id, version.content, 0)


async def a_version_with_a_long_list(house: House) -> bytes:
    await a_long_list(house)
    return keys.current(house.bucket.id, b"long")


async def what_was_given_back(house: House) -> bytes:
    """The keeper did not come by since: parts, some of which nobody listed."""
    claimed = await house.upload(b"parts")
    await house.engine.uploads.complete(
        house.bucket, b"parts", house.upload_id, claimed[1:], Wanted(), UNCONDITIONAL
    )
    (row,) = await house.data.scan([prefix_range(keys.garbage(house.bucket.id))], 2)
    return row.key


ILLEGIBLE: list[tuple[str, Place, set[Kind]]] = [
    ("the bucket's row", at(lambda h: keys.bucket(h.bucket.id)), {Kind.LOST}),
    (
        "a current version",
        at(lambda h: keys.current(h.bucket.id, b"whole")),
        {Kind.LEAKED, Kind.USAGE},
    ),
    (
        "a version of few parts",
        at(lambda h: keys.current(h.bucket.id, b"parts")),
        {Kind.LEAKED, Kind.USAGE},
    ),
    (
        "a small object's",
        at(lambda h: keys.current(h.bucket.id, b"small")),
        {Kind.LEAKED, Kind.USAGE},
    ),
    ("a version of many parts", a_version_with_a_long_list, {Kind.LEAKED, Kind.USAGE}),
    (
        "an older version",
        at(lambda h: keys.noncurrent(h.bucket.id, b"whole", h.older.sequence)),
        {Kind.LEAKED, Kind.USAGE},
    ),
    ("a list of segments", a_long_list, {Kind.LEAKED, Kind.MISSING}),
    ("a count", at(lambda h: keys.reference(h.bucket.id, h.whole.content)), {Kind.MISCOUNTED}),
    (
        "an upload",
        at(lambda h: keys.upload(h.bucket.id, b"under way", parse_id(h.upload_id))),
        {Kind.LEAKED, Kind.USAGE},
    ),
    (
        "a part",
        at(lambda h: keys.part(h.bucket.id, parse_id(h.upload_id), 1)),
        {Kind.LEAKED, Kind.USAGE},
    ),
    (
        "a small part",
        at(lambda h: keys.part(h.bucket.id, parse_id(h.upload_id), 2)),
        {Kind.LEAKED, Kind.USAGE},
    ),
    (
        "a part counter",
        at(lambda h: keys.parts_counter(h.bucket.id, parse_id(h.upload_id))),
        set(),
    ),
    ("an old answer", at(lambda h: keys.completed(h.bucket.id, bytes(16))), set()),
    ("what was given back", what_was_given_back, {Kind.LEAKED}),
    ("a bucket's usage", at(lambda h: keys.usage_bytes(h.bucket.id)), {Kind.USAGE}),
    ("a name", at(lambda _: keys.name("bucket")), {Kind.UNLISTED, Kind.NAMELESS}),
    ("a listed name", at(lambda _: keys.account_bucket("1", "bucket")), {Kind.UNLISTED}),
    ("a bucket that is gone", at(lambda _: keys.gone(bytes(8))), set()),
]

GARBLED = {
    "no MessagePack": b"\xc1 garbled",
    "a text that is no text": b"\xdc\x00\x02\xa2\xff\xfe\xa2\xff\xfe",
    "too deep": b"\x91" * 100_000,
}


async def contents_of(house: House) -> set[str]:
    """Blobs, and the contents that have rows of their own."""
    prefix = keys.inline(house.bucket.id, b"")
    small = await house.data.scan([prefix_range(prefix)], 100)
    blobs = {info.blob.hex() async for info in house.blobs.list()}
    return blobs | {row.key[len(prefix) :].hex() for row in small}


@pytest.mark.parametrize("value", GARBLED.values(), ids=GARBLED)
@pytest.mark.parametrize(
    ("place", "others"), [pytest.param(place, others, id=what) for what, place, others in ILLEGIBLE]
)
async def test_a_row_that_does_not_decode_is_kept_as_hex_and_what_counts_it_rebuilt(
    house: House, place: Place, others: set[Kind], value: bytes
) -> None:
    row_key = await place(house)
    partition = keys.CONTROL if row_key[:1] == keys.CONTROL else keys.bucket(house.bucket.id)
    await house.data.commit(Batch(partition, put={row_key: value}))
    before = await contents_of(house)
    found = {one.kind for one in (await house.check()).findings} - {Kind.ROWLESS}
    assert Kind.ILLEGIBLE in found
    findings = (await house.check(repair=True)).findings
    assert found <= {one.kind for one in findings} == others | {Kind.ILLEGIBLE}
    assert all(one.repaired for one in findings)
    (kept,) = [Path(one.kept or "") for one in findings if one.kind is Kind.ILLEGIBLE]
    what = json.loads((kept / "what.json").read_text())
    assert (what["row"], what["value"]) == (row_key.hex(), value.hex())
    assert (await house.check()).findings == []
    for _ in range(2):
        await house.engine.keeper.round()
    assert (await house.check()).findings == []
    aside = {path.name for path in house.quarantine.rglob("*")}
    given_back = before - await contents_of(house)
    if row_key[9:10] != b"k" and Kind.LEAKED in others:
        assert given_back
    assert given_back <= aside
    engine = Engine(meta=house.data, blobs=house.blobs)
    await engine.put(await engine.buckets.find("bucket"), b"whole", b"new")


@pytest.mark.parametrize("place", [pytest.param(place, id=what) for what, place, _ in ILLEGIBLE])
async def test_the_keeper_leaves_what_a_row_that_does_not_decode_may_name(
    house: House, place: Place
) -> None:
    row_key = await place(house)
    partition = keys.CONTROL if row_key[:1] == keys.CONTROL else keys.bucket(house.bucket.id)
    await house.data.commit(Batch(partition, put={row_key: b"\xc1 garbled"}))
    before = await contents_of(house)
    house.engine.clock.ms += 365 * 24 * 3600 * 1000
    for _ in range(2):
        await house.engine.keeper.round()
        await house.engine.keeper.sweep()
    assert await contents_of(house) == before


async def test_a_null_version_that_does_not_decode_is_forgotten_by_the_current_one(
    house: House,
) -> None:
    """Else a later version that gets its sequence would be taken for null, and overwritten."""
    key, bucket = b"null", house.bucket
    for versioning in (Versioning.SUSPENDED, Versioning.ENABLED):
        row_key = keys.bucket(bucket.id)
        record = msgspec.structs.replace(bucket.record, versioning=versioning)
        await house.data.commit(Batch(row_key, put={row_key: encode(record)}))
        bucket = await house.engine.buckets.find("bucket")
        null = await house.engine.put(bucket, key, WHOLE)
    row = await house.data.get(keys.current(bucket.id, key))
    assert row is not None
    sequence = decode_version(row.value).null_sequence
    assert sequence == null.sequence - 1 > 0
    damaged = keys.noncurrent(bucket.id, key, sequence)
    await house.data.commit(Batch(keys.bucket(bucket.id), put={damaged: b"\xc1"}))
    await house.check(repair=True)
    row = await house.data.get(keys.current(bucket.id, key))
    assert row is not None
    assert decode_version(row.value) == msgspec.structs.replace(null, null_sequence=0)
    assert (await house.check()).findings == []


@pytest.mark.parametrize("place", [pytest.param(place, id=what) for what, place, _ in ILLEGIBLE])
async def test_what_cannot_be_kept_aside_is_left_as_it_is(house: House, place: Place) -> None:
    row_key = await place(house)
    partition = keys.CONTROL if row_key[:1] == keys.CONTROL else keys.bucket(house.bucket.id)
    await house.data.commit(Batch(partition, put={row_key: b"\xc1 garbled"}))
    before = await contents_of(house)
    everything = await house.data.scan([Range(b"", b"\xff")], 1000)
    house.quarantine.write_bytes(b"no folder")
    findings = (await house.check(repair=True)).findings
    (found,) = [one for one in findings if one.kind is Kind.ILLEGIBLE]
    assert "left as it is" in found.what
    assert not any(one.repaired for one in findings)
    assert await house.data.scan([Range(b"", b"\xff")], 1000) == everything
    for _ in range(2):
        await house.engine.keeper.round()
    assert await contents_of(house) == before
    house.quarantine.unlink()
    await house.check(repair=True)
    assert (await house.check()).findings == []


async def test_a_disk_on_which_only_names_can_be_changed_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: a content whose count does not decode is not taken for an unnamed one."""
    row_key = keys.reference(house.bucket.id, house.whole.content)
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"\xc1"}))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(RealFiles, "write", full)
    findings = (await house.check(repair=True)).findings
    assert {one.kind for one in findings} == {Kind.ILLEGIBLE, Kind.MISCOUNTED}
    assert house.file_of(house.whole).exists()


async def test_a_key_that_no_row_has_does_not_hide_the_buckets_behind_it(house: House) -> None:
    await house.data.commit(Batch(b"b", put={b"b": b"x"}))
    row_key = keys.current(house.bucket.id, b"whole")
    await house.data.commit(Batch(keys.bucket(house.bucket.id), put={row_key: b"\xc1"}))
    findings = (await house.check(repair=True)).findings
    assert [one.kind for one in findings].count(Kind.ILLEGIBLE) == 2
    assert (await house.check()).findings == []


async def test_parts_of_an_upload_whose_row_is_lost_go_and_are_kept(house: House) -> None:
    row_key = keys.upload(house.bucket.id, b"under way", parse_id(house.upload_id))
    await house.data.commit(Batch(keys.bucket(house.bucket.id), delete={row_key}))
    found, counted = (await house.check()).findings
    assert (found.kind, counted.kind) == (Kind.LEAKED, Kind.USAGE)
    assert parse_id(house.upload_id).hex() in found.what
    found, _ = (await house.check(repair=True)).findings
    folder = Path(found.kept or "")
    told = json.loads((folder / "what.json").read_text())
    assert [(folder / one["file"]).read_bytes() for one in told["pieces"]] == PARTS
    assert [one["part"] for one in told["parts"]] == [1, 2, 3]
    assert (await house.check()).findings == []
    await house.engine.keeper.round()
    assert await house.data.scan([keys.all_parts(house.bucket.id)], 10) == []
    assert (await house.check()).findings == []
