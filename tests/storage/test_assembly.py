"""What parts make together, and that every byte of it is found again.

Source: API Reference, CompleteMultipartUpload; User Guide, "Amazon S3
multipart upload limits".
"""

import asyncio
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import assembly, content
from storage.assembly import Claimed, NumberedPart, Wanted, assemble, put_segments
from storage.checksums import ALGORITHMS, COMPOSITE, FULL_OBJECT, combine
from storage.errors import (
    ChecksumMismatch,
    EntityTooSmall,
    InvalidPart,
    InvalidRequest,
    StorageError,
)
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch
from storage.preconditions import UNCONDITIONAL
from storage.records import (
    SEGMENTS_INLINE_MAX,
    SEGMENTS_PER_ROW,
    Attributes,
    Bucket,
    Part,
    Segment,
    Upload,
    decode_segments,
)
from storage.rows import BucketRef
from tests.storage.engine import Body, Engine, drain

MIB = 1024**2
LEAST = 5 * MIB
CONTENT = b"c" * 24


def crc(data: bytes) -> bytes:
    hasher = ALGORITHMS["CRC64NVME"].make()
    hasher.update(data)
    return hasher.digest()


def part_of(number: int, size: int) -> NumberedPart:
    """A part that says of itself what is asked of it; nobody looks at its bytes here."""
    name = b"%d of %d" % (number, size)
    segment = Segment(name, size) if size else None
    return NumberedPart(
        number,
        Part(size, hashlib.md5(name).hexdigest(), 0, segment, {"CRC64NVME": crc(name)}),
    )


def claims(parts: Sequence[NumberedPart]) -> list[Claimed]:
    return [Claimed(one.number, one.part.etag) for one in parts]


UPLOAD = Upload(0, "owner", Attributes(metadata={"a": "b"}))
THREE = [part_of(1, LEAST), part_of(2, LEAST + 1), part_of(9, 1)]
WHOLE = combine("CRC64NVME", FULL_OBJECT, [(crc(b"%d of %d" % (one.number, one.part.size)),
    one.part.size) for one in THREE])  # fmt: skip


def test_three_parts_make_an_object() -> None:
    draft, segments, unused = assemble("id", UPLOAD, THREE, claims(THREE), Wanted(), CONTENT)
    md5s = b"".join(bytes.fromhex(one.part.etag) for one in THREE)
    assert draft.etag == hashlib.md5(md5s).hexdigest() + "-3"
    assert (draft.size, draft.parts_count) == (2 * LEAST + 2, 3)
    assert (draft.owner, draft.attributes) == (UPLOAD.owner, UPLOAD.attributes)
    assert draft.checksum is not None
    assert (draft.checksum.type, draft.checksum.value) == (FULL_OBJECT, WHOLE)
    assert [one.number for one in segments] == [1, 2, 9]
    assert tuple(segments) == draft.segments
    assert unused == []


def test_parts_that_are_not_claimed_are_left_over() -> None:
    chosen = [THREE[0], THREE[2]]
    draft, _, unused = assemble("id", UPLOAD, THREE, claims(chosen), Wanted(), CONTENT)
    assert draft.size == LEAST + 1
    assert unused == [THREE[1].part.segment]


def test_an_empty_part_has_a_number_and_no_bytes() -> None:
    parts = [part_of(1, LEAST), part_of(2, 0)]
    draft, segments, _ = assemble("id", UPLOAD, parts, claims(parts), Wanted(), CONTENT)
    assert (draft.size, draft.parts_count, len(segments)) == (LEAST, 2, 1)
    assert draft.etag.endswith("-2")


COMPOSED = Upload(0, "o", Attributes(), "SHA256", COMPOSITE)


@pytest.mark.parametrize(
    ("claimed", "wanted", "refusal"),
    [
        pytest.param(
            [Claimed(4, THREE[0].part.etag)], Wanted(), InvalidPart, id="a number that is not there"
        ),
        pytest.param([Claimed(1, "0" * 32)], Wanted(), InvalidPart, id="another ETag"),
        pytest.param(
            [Claimed(1, THREE[0].part.etag, {"CRC64NVME": "AAAAAAAAAAA="})],
            Wanted(),
            InvalidPart,
            id="another checksum of a part",
        ),
        pytest.param(
            claims([THREE[2]]) + claims([THREE[2]]),
            Wanted(),
            EntityTooSmall,
            id="a small part that is not the last",
        ),
        pytest.param(claims(THREE), Wanted(size=1), InvalidRequest, id="another size"),
        pytest.param(
            claims(THREE),
            Wanted(checksum=("CRC64NVME", "AAAAAAAAAAA=")),
            ChecksumMismatch,
            id="another checksum of the whole",
        ),
        pytest.param(
            claims(THREE), Wanted(checksum_type=COMPOSITE), InvalidRequest, id="another type"
        ),
    ],
)
def test_what_makes_no_object(
    claimed: list[Claimed], wanted: Wanted, refusal: type[StorageError]
) -> None:
    with pytest.raises(refusal):
        assemble("id", UPLOAD, THREE, claimed, wanted, CONTENT)


def test_what_is_wanted_and_so_is_no_refusal() -> None:
    wanted = Wanted(checksum=("CRC64NVME", WHOLE), size=2 * LEAST + 2)
    assemble("id", UPLOAD, THREE, claims(THREE), wanted, CONTENT)


def test_a_composite_object_needs_a_checksum_of_each_part() -> None:
    with pytest.raises(InvalidRequest, match="It was missing for part 1 in the request"):
        assemble("id", COMPOSED, THREE, claims(THREE), Wanted(), CONTENT)


@pytest.mark.parametrize(
    "count",
    [
        SEGMENTS_INLINE_MAX,
        SEGMENTS_INLINE_MAX + 1,
        SEGMENTS_PER_ROW,
        SEGMENTS_PER_ROW + 1,
        10_000,
    ],
)
def test_long_lists_of_segments_have_rows_of_their_own(count: int) -> None:
    parts = [part_of(number, LEAST) for number in range(1, count + 1)]
    made = assemble("id", UPLOAD, parts, claims(parts), Wanted(), CONTENT)
    bucket = BucketRef(b"b" * 8, 1, Bucket("b", "1", 0, "r"))
    batch = Batch(b"b")
    put_segments(batch, bucket, made)
    rows = [decode_segments(value) for key, value in sorted(batch.put.items()) if key[9:10] == b"s"]
    told = [one for row in rows for one in row.segments]
    assert [*made.draft.segments, *told] == made.segments
    assert made.draft.segment_count == count
    offsets = [sum(s.size for s in made.segments[:at]) for at in range(0, count, SEGMENTS_PER_ROW)]
    assert list(made.draft.segment_rows) == (offsets if rows else [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 700)), min_size=1, max_size=8),
)
def test_every_range_of_an_object_in_parts_is_the_slice(
    sizes: list[int], ranges: list[tuple[int, int]]
) -> None:
    """Parts of inline rows and of blobs, lists in the version's row and in rows of four."""

    async def check() -> None:
        engine = Engine()
        bucket = await engine.buckets.create("bucket", account="1", region="r")
        upload = await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")
        whole, claimed = b"", []
        for number, size in enumerate(sizes, 1):
            data = bytes((number + at) % 256 for at in range(size))
            part, _ = await engine.uploads.put_part(
                bucket, b"k", upload, number, Body(data), NOTHING_PROMISED
            )
            claimed.append(Claimed(number, part.etag))
            whole += data
        await engine.uploads.complete(bucket, b"k", upload, claimed, Wanted(), UNCONDITIONAL)
        for first, second in ranges:
            start, end = sorted((min(first, len(whole)), min(second, len(whole))))
            opened = await engine.objects.open(
                bucket,
                b"k",
                None,
                lambda _, at=start, to=end: (at, to - at),  # type: ignore[misc]
            )
            assert await drain(opened.body) == whole[start:end]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assembly, "PART_BYTES_MIN", 0)
        for module in (assembly, content):
            patched.setattr(module, "SEGMENTS_PER_ROW", 4)
        asyncio.run(check())
