"""Pages of versions against the obvious program: a sorted list, cut by hand."""

import asyncio
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from storage import keys
from storage.history import VersionEntry
from storage.meta import Batch
from storage.meta.memory import MemoryMeta
from storage.pages import Listings
from storage.records import Bucket, ObjectVersion, encode
from storage.rows import BucketRef
from storage.versioning import NULL, VersionId

_ID = b"0123456789abcdef"
_BUCKET = BucketRef(_ID, 1, Bucket("b", "account", 0, "us-east-1"))
# Of few bytes, those among them that an escape is made of.
_KEYS = st.text(alphabet="a/\0\1\xff", min_size=1, max_size=4).map(str.encode)
_VERSIONS = st.dictionaries(_KEYS, st.sets(st.integers(1, 9), min_size=1, max_size=5), max_size=12)
_NULLS = st.integers(0, 9)


def _id_of(sequence: int, null: int) -> str:
    return "" if sequence == null else str(VersionId.make(sequence, bytes))


async def _listings(versions: dict[bytes, set[int]], null: int) -> Listings:
    meta = MemoryMeta()
    rows = {}
    for key, sequences in versions.items():
        newest, *older = sorted(sequences, reverse=True)
        where = null if null in older else 0
        current = ObjectVersion(newest, _id_of(newest, null), 0, null_sequence=where)
        rows[keys.current(_ID, key)] = encode(current)
        for one in older:
            rows[keys.noncurrent(_ID, key, one)] = encode(ObjectVersion(one, _id_of(one, null), 0))
    await meta.commit(Batch(b"b" + _ID, put=rows))
    return Listings(meta)


def _expected(
    versions: dict[bytes, set[int]], prefix: bytes, delimiter: bytes
) -> list[tuple[bytes, int]]:
    """Versions by key and number; a group is its prefix and no number."""
    found = []
    for key in sorted(versions):
        if not key.startswith(prefix):
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        if end >= 0:
            found.append((key[: end + len(delimiter)], 0))
        else:
            found += [(key, number) for number in sorted(versions[key], reverse=True)]
    return [two for one, two in pairwise([(b"", 0), *found]) if one != two]


def _shown(entry: VersionEntry) -> tuple[bytes, int]:
    return entry.key, entry.version.sequence


@settings(deadline=None)
@given(
    versions=_VERSIONS,
    null=_NULLS,
    prefix=st.just(b"") | _KEYS.map(lambda key: key[:1]),
    delimiter=st.sampled_from([b"", b"/", b"\0", b"\1", b"a"]),
    max_keys=st.integers(1, 7),
)
def test_pages_show_everything_once(
    versions: dict[bytes, set[int]], null: int, prefix: bytes, delimiter: bytes, max_keys: int
) -> None:
    try:
        prefix.decode()
    except UnicodeDecodeError:
        prefix = b""

    async def read() -> list[tuple[bytes, int]]:
        listings = await _listings(versions, null)
        found: list[tuple[bytes, int]] = []
        key_marker, version_id_marker, more = b"", None, True
        while more:
            page = await listings.versions(
                _BUCKET,
                prefix=prefix,
                delimiter=delimiter,
                key_marker=key_marker,
                version_id_marker=version_id_marker,
                max_keys=max_keys,
            )
            groups = [(group, 0) for group in page.common_prefixes]
            items = [_shown(entry.item) for entry in page.entries]
            assert len(page) == max_keys or not page.is_truncated
            for entry in page.entries:
                newest = max(versions[entry.item.key])
                assert entry.item.is_latest == (entry.item.version.sequence == newest)
            found += sorted(items + groups, key=lambda one: (one[0], -one[1]))
            more = page.is_truncated
            if found:
                key_marker, number = found[-1]
                version_id_marker = (_id_of(number, null) or NULL) if number else None
        return found

    assert asyncio.run(read()) == _expected(versions, prefix, delimiter)


async def test_a_null_marker_that_is_gone_passes_over_nothing() -> None:
    listings = await _listings({b"a": {1, 2}, b"b": {1}}, 0)
    page = await listings.versions(
        _BUCKET,
        prefix=b"",
        delimiter=b"",
        key_marker=b"a",
        version_id_marker=NULL,
        max_keys=10,
    )
    assert [_shown(entry.item) for entry in page.entries] == [(b"a", 2), (b"a", 1), (b"b", 1)]


async def test_a_marker_passes_over_what_came_before_it() -> None:
    listings = await _listings({b"a": {1, 2}, b"b": {1}}, 0)
    for marker, expected in ((b"a", [(b"b", 1)]), (b"aa", [(b"b", 1)]), (b"b", [])):
        page = await listings.versions(
            _BUCKET,
            prefix=b"",
            delimiter=b"",
            key_marker=marker,
            version_id_marker=None,
            max_keys=10,
        )
        assert [_shown(entry.item) for entry in page.entries] == expected
