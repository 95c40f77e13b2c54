"""Counting rows against what is named: each content once, and with little memory for each."""

import asyncio
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import garbage, keys
from storage.blob import BlobId
from storage.counts import Counts
from storage.findings import Kind, Report
from storage.meta import Batch, Delta
from storage.meta.memory import MemoryMeta
from storage.quarantine import Remains
from storage.records import Bucket, ObjectVersion, Reference, Segment, encode
from storage.rows import BucketRef

OBJECTS = 20_000
BYTES_PER_CONTENT_MAX = 160  # docs/fsck.md

BUCKET = BucketRef(b"\1" * 8, 1, Bucket("bucket", "1", 0, "r"))
CONTENTS = st.sets(st.integers(0, 12).map(lambda n: BUCKET.id + n.to_bytes(16, "big")))


class Kept:
    """A quarantine that only counts."""

    def __init__(self) -> None:
        self.kept = 0

    def keep(self, _: Remains) -> str:
        self.kept += 1
        return "kept"

    def take(self, stray: Path) -> str:
        raise AssertionError(stray)

    def unnamed(self, blob: BlobId) -> str:
        raise AssertionError(blob)


async def stored(named: list[bytes], counted: list[bytes]) -> MemoryMeta:
    """Objects of these contents, and counting rows of those."""
    data, row = MemoryMeta(), keys.bucket(BUCKET.id)
    for number, content in enumerate(named):
        version = ObjectVersion(
            1, "", 0, size=1, content=content, segments=(Segment(content, 1),), segment_count=1
        )
        place = keys.current(BUCKET.id, b"%09d" % number)
        usage = {key(BUCKET.id): Delta(1) for key in (keys.usage_bytes, keys.usage_objects)}
        await data.commit(Batch(row, put={place: encode(version)}, add=usage))
    for content in counted:
        place = keys.reference(BUCKET.id, content)
        await data.commit(Batch(row, put={place: encode(Reference(1))}))
    return data


async def compared(data: MemoryMeta, quarantine: Kept | None = None) -> list[tuple[Kind, str]]:
    report = Report()
    await Counts(data, BUCKET, report, quarantine).check()
    return [(one.kind, one.what) for one in report.findings]


@settings(max_examples=200)
@given(named=CONTENTS, counted=CONTENTS)
def test_what_is_named_and_what_is_counted_are_compared_once_each(
    named: set[bytes], counted: set[bytes]
) -> None:
    wrong = [(Kind.MISCOUNTED, f"{content.hex()}: 0 for 1") for content in named - counted]
    wrong += [(Kind.LEAKED, f"{content.hex()}: 1 for 0") for content in counted - named]
    wrong.sort(key=lambda one: one[1])

    async def check() -> None:
        data = await stored(sorted(named, reverse=True), sorted(counted))
        assert await compared(data) == wrong
        quarantine = Kept()
        assert await compared(data, quarantine) == wrong
        assert quarantine.kept == len(counted - named)
        assert await compared(data) == []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(garbage, "PAGE_ROWS", 2)
        asyncio.run(check())


async def test_a_content_takes_no_more_memory_than_is_said() -> None:
    contents = [BUCKET.id + os.urandom(16) for _ in range(OBJECTS)]
    data = await stored(contents, contents)
    tracemalloc.start()
    try:
        assert await compared(data) == []
        assert tracemalloc.get_traced_memory()[1] / OBJECTS <= BYTES_PER_CONTENT_MAX
    finally:
        tracemalloc.stop()
