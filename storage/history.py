"""All versions of all keys, in order: of each key the newest first.

Current versions lie apart from noncurrent ones (``storage.keys``), and a commit
moves a version from the one place to the other: both are read in one snapshot,
so that none is seen twice or missed.

Source: API Reference, ListObjectVersions; User Guide, "Listing objects in a
versioning-enabled bucket".
"""

from dataclasses import dataclass
from typing import Final

from storage import keys
from storage.listing import MAX_KEYS, Entry, Scanned
from storage.meta import SCAN_ROWS_MAX, MetaStore, Range, Row, prefix_range
from storage.records import ObjectVersion, decode_version
from storage.rows import BucketRef

AFTER_ALL_VERSIONS: Final = b"\xff" * (keys.SEQUENCE_BYTES + 1)
_AT_ONCE: Final = MAX_KEYS + 1

assert 2 * _AT_ONCE + 1 <= SCAN_ROWS_MAX


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version as a listing shows it."""

    key: bytes
    version: ObjectVersion
    is_latest: bool


class History:
    """Scans the versions of keys with a prefix; a place is the escaped key and what orders it."""

    def __init__(self, data: MetaStore, bucket: BucketRef, prefix: bytes) -> None:
        self._data = data
        self._current = keys.objects_prefix(bucket.id)
        self._older = keys.versions_prefix(bucket.id)
        self._current_end = prefix_range(self._current + prefix).end
        self._older_end = prefix_range(self._older + keys.escape_prefix(prefix)).end

    async def __call__(self, start: bytes, limit: int) -> Scanned[VersionEntry]:
        """Up to ``limit`` versions from a place on."""
        found: list[Entry[VersionEntry]] = []
        at: bytes | None = start
        while at is not None and len(found) < limit:
            more, at = await self._stretch(at, min(limit - len(found), _AT_ONCE))
            found += more
        return Scanned(found[:limit])

    async def _stretch(
        self, start: bytes, count: int
    ) -> tuple[list[Entry[VersionEntry]], bytes | None]:
        """Some of the versions from ``start`` on, and where the next ones begin, if there are."""
        first = self._current + _key_at(start)
        current, older = (
            Range(first, self._current_end),
            Range(self._older + start, self._older_end),
        )
        following: bytes | None = None
        # How far the current versions go, so that noncurrent ones are read of the same keys.
        seen = await self._data.scan([current], count) if first < self._current_end else ()
        if len(seen) == count:
            after_last = seen[-1].key + b"\x00"
            following = keys.escape_prefix(after_last[len(self._current) :])
            current = Range(first, after_last)
            older = Range(older.start, self._older + following)
        ranges = [one for one in (current, older) if one.start < one.end]
        limit = len(seen) + count + 1
        rows = await self._data.scan(ranges, limit) if ranges else ()
        if len(rows) == limit:
            if not rows[-1].key.startswith(self._older):
                return [], start  # so many keys are new meanwhile: look again
            following = rows[-1].key[len(self._older) :] + b"\x00"
        found = [self._entry(row) for row in rows]
        return [
            one
            for one in sorted(found, key=lambda one: one.key)
            if start <= one.key and (following is None or one.key < following)
        ], following

    def _entry(self, row: Row) -> Entry[VersionEntry]:
        version = decode_version(row.value)
        if row.key.startswith(self._older):
            place = row.key[len(self._older) :]
            return Entry(place, VersionEntry(keys.unescape(place)[0], version, is_latest=False))
        key = row.key[len(self._current) :]
        place = keys.place_of_version(key, version.sequence)
        return Entry(place, VersionEntry(key, version, is_latest=True))


def _key_at(place: bytes) -> bytes:
    """The first key that a version from this place on can be of."""
    if keys.is_escaped_whole(place):
        return keys.unescape(place)[0]
    return keys.unescape_prefix(place)
