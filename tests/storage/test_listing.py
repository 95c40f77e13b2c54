"""Pages join up to the whole listing, whatever is asked for, and cost what they show.

The oracle is the obvious program.  Source: API Reference, ListObjectsV2 and
ListMultipartUploads.
"""

from bisect import bisect_left
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any, TypeVar

import pytest

from storage import keys, pages
from storage.listing import (
    MAX_KEYS,
    Entry,
    Page,
    Scan,
    Scanned,
    after_prefix,
    common_prefix,
    list_page,
)
from storage.meta import Batch, Range, Row
from storage.meta.memory import MemoryMeta
from storage.records import Attributes, ObjectVersion, encode
from storage.rows import BucketRef
from tests.chance import tried
from tests.storage.engine import Engine

LETTERS = [b"a", b"b", b"/", b"\0", "é".encode(), "\U0010ffff".encode()]
DELIMITERS = [b"", b"/", b"a", b"ab", b"b/", b"\0", "\U0010ffff".encode()]


def word(chance: Random, least: int, most: int) -> bytes:
    """Of few letters, so that many begin alike."""
    return b"".join(chance.choices(LETTERS, k=chance.randint(least, most)))


def some_keys(chance: Random) -> set[bytes]:
    return {word(chance, 1, 4) for _ in range(chance.choice([0, 1, 2, 4, 8, 16]))}


def a_prefix(chance: Random) -> bytes:
    return word(chance, 0, 2)


Result = TypeVar("Result")


def listing(found: set[bytes], prefix: bytes, delimiter: bytes) -> list[bytes]:
    """Keys and common prefixes in order: no pages, no seeking, no cleverness."""
    matching = (key for key in found if key.startswith(prefix))
    return sorted({common_prefix(key, prefix, delimiter) or key for key in matching})


def shown(page: Page[ObjectVersion] | Page[None]) -> list[bytes]:
    return sorted([entry.key for entry in page.entries] + page.common_prefixes)


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """What comes of work that only lets others go first: it needs no loop."""
    while True:
        try:
            assert work.send(None) is None, "it waits"
        except StopIteration as ended:
            result: Result = ended.value
            return result


class Counting:
    """A sorted list as a scan, which counts the rows it gave."""

    def __init__(self, found: Sequence[bytes]) -> None:
        self.keys = sorted(found)
        self.rows = 0

    async def __call__(self, start: bytes, limit: int) -> Scanned[None]:
        first = bisect_left(self.keys, start)
        rows = [Entry(key, None) for key in self.keys[first : first + limit]]
        self.rows += len(rows)
        return Scanned(rows)


@tried(2000)
def test_pages_join_up_to_the_whole_listing(chance: Random) -> None:
    found, prefix = some_keys(chance), a_prefix(chance)
    delimiter, max_keys = chance.choice(DELIMITERS), chance.randint(1, 5)
    scan: Scan[None] = Counting(list(found))

    async def all_pages() -> list[Page[None]]:
        joined: list[Page[None]] = []
        while not joined or joined[-1].is_truncated:
            joined.append(
                await list_page(
                    scan,
                    prefix=prefix,
                    delimiter=delimiter,
                    after=joined[-1].last if joined else b"",
                    max_keys=max_keys,
                )
            )
        return joined

    joined = at_once(all_pages())
    assert [one for page in joined for one in shown(page)] == listing(found, prefix, delimiter)
    assert all(len(page) == max_keys for page in joined[:-1])


@tried(500)
def test_a_page_after_anything_begins_after_it(chance: Random) -> None:
    found, prefix, after = some_keys(chance), a_prefix(chance), a_prefix(chance)
    delimiter = chance.choice(DELIMITERS)
    page = at_once(
        list_page(Counting(list(found)), prefix=prefix, delimiter=delimiter, after=after)
    )
    assert shown(page) == [one for one in listing(found, prefix, delimiter) if one > after]


@pytest.mark.parametrize(
    ("per_prefix", "rows_max"),
    [
        pytest.param(0, 1001, id="keys"),
        pytest.param(1, 3000, id="prefixes of one key"),
        pytest.param(30, 3000, id="prefixes of thirty keys"),
    ],
)
async def test_a_page_costs_what_it_shows(per_prefix: int, rows_max: int) -> None:
    prefixes = [b"%04d" % number for number in range(2000)]
    found = [b"%s/%d" % (one, n) for one in prefixes for n in range(per_prefix)] or prefixes
    scan = Counting(found)
    page = await list_page(scan, delimiter=b"/")
    assert (len(page), page.is_truncated) == (1000, True)
    assert scan.rows <= rows_max


async def test_nothing_is_asked_for_no_keys() -> None:
    scan = Counting([b"a"])
    page = await list_page(scan, max_keys=0)
    assert (len(page), page.is_truncated, scan.rows) == (0, False, 0)


@tried(500)
def test_after_a_prefix_comes_what_does_not_begin_with_it(chance: Random) -> None:
    prefix, found = word(chance, 1, 2), some_keys(chance)
    following = after_prefix(prefix)
    assert following is not None
    for key in found:
        assert (key >= following) == (key > prefix and not key.startswith(prefix))


# Delete markers


class CountingMeta(MemoryMeta):
    """Counts the rows it gave, and remembers how many it gave at once."""

    rows = 0
    most = 0

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        found = await super().scan(ranges, limit)
        self.rows += len(found)
        self.most = max(self.most, limit)
        return found


async def filled(meta: MemoryMeta, found: set[bytes], deleted: set[bytes]) -> BucketRef:
    bucket = await Engine(meta=meta).buckets.create("bucket", account="1", region="r")
    batch = Batch(keys.bucket(bucket.id))
    for key in found | deleted:
        version = ObjectVersion(1, "", 0, content=b"c" * 24, delete_marker=key in deleted)
        batch.put[keys.current(bucket.id, key)] = encode(version)
    await meta.commit(batch)
    return bucket


async def check_cut_pages(
    found: set[bytes],
    deleted: set[bytes],
    prefix: bytes,
    delimiter: bytes,
    max_keys: int,
    rows_max: int,
) -> None:
    meta = CountingMeta()
    bucket = await filled(meta, found, deleted)
    listings, joined = pages.Listings(meta), list[bytes]()
    page: Page[ObjectVersion] = Page(is_truncated=True)
    while page.is_truncated:
        before = meta.rows
        page = await listings.objects(
            bucket,
            prefix=prefix,
            delimiter=delimiter,
            after=page.last,
            max_keys=max_keys,
            rows_max=rows_max,
            cut=page.cut,
        )
        assert meta.rows - before <= rows_max
        assert len(page) <= max_keys
        joined += shown(page)
    assert joined == listing(found - deleted, prefix, delimiter)


@tried(1000)
def test_pages_that_were_cut_join_up_too(chance: Random) -> None:
    at_once(
        check_cut_pages(
            *(some_keys(chance), some_keys(chance), a_prefix(chance), chance.choice(DELIMITERS)),
            *(chance.randint(1, 5), chance.randint(1, 4)),
        )
    )


async def test_pages_that_were_cut_between_markers_join_up_too() -> None:
    await check_cut_pages({b"m/2"}, {b"m/0", b"m/1"}, b"", b"/", 1, 1)


@pytest.mark.parametrize("max_keys", [1, 1000])
@pytest.mark.parametrize("delimiter", [b"", b"/"])
async def test_many_markers_are_passed_over_in_few_scans(
    max_keys: int, delimiter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = {b"m%04d" % number for number in range(4000)}
    meta = CountingMeta()
    bucket = await filled(meta, {b"a/1", b"z"}, deleted)
    listings, scans = pages.Listings(meta), 0
    scan, meta.most = meta.scan, 0

    async def counted(ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        nonlocal scans
        scans += 1
        return await scan(ranges, limit)

    monkeypatch.setattr(meta, "scan", counted)
    page = await listings.objects(
        bucket, prefix=b"", delimiter=delimiter, after=b"b", max_keys=max_keys
    )
    assert shown(page) == [b"z"]
    assert scans < 20
    assert meta.most <= pages.ROWS_AT_ONCE


async def test_a_full_page_reads_one_row_more_than_it_shows() -> None:
    meta = CountingMeta()
    bucket = await filled(meta, {b"%04d" % number for number in range(2500)}, set())
    page = await pages.Listings(meta).objects(
        bucket, prefix=b"", delimiter=b"", after=b"", max_keys=MAX_KEYS
    )
    assert (len(page), page.is_truncated) == (MAX_KEYS, True)
    assert meta.rows == MAX_KEYS + 1


async def test_markers_beyond_the_prefix_are_not_looked_at() -> None:
    meta = CountingMeta()
    bucket = await filled(meta, {b"a/1"}, {b"b%04d" % number for number in range(3000)})
    page = await pages.Listings(meta).objects(
        bucket, prefix=b"a/", delimiter=b"", after=b"", max_keys=1000
    )
    assert shown(page) == [b"a/1"]
    assert meta.rows == 1


# Uploads


async def check_pages_of_uploads(
    found: list[bytes], prefix: bytes, delimiter: bytes, max_uploads: int, with_id: bool
) -> None:
    """With the id marker every upload is shown; without it the others of the last key are not."""
    engine = Engine()
    bucket = await engine.buckets.create("bucket", account="1", region="r")
    for key in found:
        await engine.uploads.create(bucket, key, attributes=Attributes(), owner="1")
        engine.clock.ms += 1
    expected = sorted(
        common_prefix(key, prefix, delimiter) or key for key in found if key.startswith(prefix)
    )
    key_marker, id_marker, joined = b"", b"", list[bytes]()
    for _ in range(2 * len(found) + 2):
        page = await engine.listings.uploads(
            bucket,
            prefix=prefix,
            delimiter=delimiter,
            key_marker=key_marker,
            upload_id_marker=id_marker,
            max_uploads=max_uploads,
        )
        joined += sorted([entry.item.key for entry in page.entries] + page.common_prefixes)
        if not page.is_truncated:
            break
        last = page.entries[-1] if page.entries else None
        if last is not None and last.key == page.last:
            key_marker, id_marker = last.item.key, last.item.upload_id if with_id else b""
        else:
            key_marker, id_marker = page.common_prefixes[-1], b""
    assert not page.is_truncated
    grouped = {one for one in expected if common_prefix(one, prefix, delimiter)}
    single = [one for one in expected if one not in grouped]
    assert sorted(set(joined)) == sorted(set(expected))
    if with_id:
        assert [one for one in joined if one not in grouped] == single
        assert [one for one in joined if one in grouped] == sorted(grouped)


@tried(500)
def test_pages_of_uploads_join_up(chance: Random) -> None:
    found = [word(chance, 1, 3) for _ in range(chance.randint(0, 6))]
    at_once(
        check_pages_of_uploads(
            *(found, a_prefix(chance), chance.choice(DELIMITERS)),
            *(chance.randint(1, 3), chance.random() < 0.5),
        )
    )


@pytest.mark.parametrize(
    ("found", "prefix", "with_id"),
    [([b"a/", b"a/"], b"a/", True), ([b"a/", b"a/b", b"b"], b"", False)],
)
async def test_pages_of_uploads_of_one_key_join_up(
    found: list[bytes], prefix: bytes, with_id: bool
) -> None:
    await check_pages_of_uploads(found, prefix, b"/", 1, with_id)


async def test_a_key_marker_that_is_a_key_shows_no_upload_of_it_again() -> None:
    engine = Engine()
    bucket = await engine.buckets.create("bucket", account="1", region="r")
    for _ in range(2):
        await engine.uploads.create(bucket, b"a/", attributes=Attributes(), owner="1")
    page = await engine.listings.uploads(
        bucket,
        prefix=b"a/",
        delimiter=b"/",
        key_marker=b"a/",
        upload_id_marker=b"",
        max_uploads=1,
    )
    assert (page.entries, page.is_truncated) == ([], False)
