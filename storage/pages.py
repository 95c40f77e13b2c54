"""Listings of a bucket: its objects, all their versions, and its uploads under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage import keys
from storage.history import AFTER_ALL_VERSIONS, History, VersionEntry
from storage.listing import (
    MAX_KEYS,
    Entry,
    Item,
    Page,
    Scan,
    Scanned,
    common_prefix,
    list_page,
)
from storage.meta import SCAN_ROWS_MAX, MetaStore, Range, Row, prefix_range
from storage.records import ObjectVersion, Upload, decode_upload, decode_version
from storage.rows import BucketRef
from storage.uploadids import UPLOAD_ID_BYTES
from storage.versioning import VersionId

ROWS_MAX: Final = 10_000  # looked at for one page: some 50 ms
ROWS_AT_ONCE: Final = MAX_KEYS + 1  # the one more tells that there are more
assert ROWS_AT_ONCE <= SCAN_ROWS_MAX

AFTER_ALL: Final = b"\xff" * (UPLOAD_ID_BYTES + 1)
assert len(AFTER_ALL) >= len(AFTER_ALL_VERSIONS)


@dataclass(frozen=True, slots=True)
class UploadEntry:
    """An upload as a listing shows it."""

    key: bytes
    upload_id: bytes
    upload: Upload


class _Scan:
    """Scans a bucket's current versions for one page, passing over delete markers."""

    def __init__(
        self, data: MetaStore, bucket: BucketRef, prefix: bytes, rows_max: int | None
    ) -> None:
        self._data = data
        self._begin = keys.objects_prefix(bucket.id)
        self._end = prefix_range(self._begin + prefix).end
        self._left = rows_max

    async def __call__(self, start: bytes, limit: int) -> Scanned[ObjectVersion]:
        found: list[Entry[ObjectVersion]] = []
        at, asked = self._begin + start, limit
        while len(found) < limit and at < self._end:
            asked = min(asked, ROWS_AT_ONCE)
            if self._left is not None:
                asked = min(asked, self._left)
                if asked == 0:
                    return Scanned(found, cut=at[len(self._begin) :])
                self._left -= asked
            rows = await self._data.scan([Range(at, self._end)], asked)
            found += _entries(rows, len(self._begin))
            if len(rows) < asked:
                break
            at = rows[-1].key + b"\x00"
            # Markers seldom come alone: more and more, so that long scans leave the loop.
            asked *= 2
        return Scanned(found[:limit])


def _entries(rows: Sequence[Row], begin: int) -> list[Entry[ObjectVersion]]:
    """The objects among current versions; their keys are what follows ``begin`` bytes."""
    make, decode = tuple.__new__, decode_version  # a named tuple's own way costs three times that
    found = [make(Entry, (key[begin:], decode(value))) for key, value, _ in rows]
    return [one for one in found if not one[1].delete_marker]


class Listings:
    """The service behind the listing operations."""

    def __init__(self, data: MetaStore) -> None:
        self._data = data

    async def objects(
        self,
        bucket: BucketRef,
        *,
        prefix: bytes,
        delimiter: bytes,
        after: bytes,
        max_keys: int,
        rows_max: int | None = None,
        cut: bytes | None = None,
    ) -> Page[ObjectVersion]:
        """A page of the current objects; keys under a delete marker are not among them.

        Of those there may be any number: a page is cut after ``rows_max`` rows
        and goes on with the next one's ``cut``.
        """
        scan = _Scan(self._data, bucket, prefix, rows_max)
        return await list_page(
            scan, prefix=prefix, delimiter=delimiter, after=after, max_keys=max_keys, cut=cut
        )

    async def uploads(
        self,
        bucket: BucketRef,
        *,
        prefix: bytes,
        delimiter: bytes,
        key_marker: bytes,
        upload_id_marker: bytes,
        max_uploads: int,
    ) -> Page[UploadEntry]:
        """A page of uploads, by key and then by age.

        The walk runs over the escaped keys with the ids after them, which are
        unique; a marker without an id passes over all uploads of its key.
        """
        begin = keys.uploads_prefix(bucket.id)
        end = prefix_range(begin).end

        async def scan(start: bytes, limit: int) -> Scanned[UploadEntry]:
            rows = await self._data.scan([Range(begin + start, end)], min(limit, SCAN_ROWS_MAX))
            found = []
            for row in rows:
                place = row.key[len(begin) :]
                key, upload_id = keys.unescape(place)
                found.append(Entry(place, UploadEntry(key, upload_id, decode_upload(row.value))))
            return Scanned(found)

        return await _grouped(
            scan, prefix, delimiter, key_marker, upload_id_marker or None, max_uploads
        )

    async def versions(
        self,
        bucket: BucketRef,
        *,
        prefix: bytes,
        delimiter: bytes,
        key_marker: bytes,
        version_id_marker: str | None,
        max_keys: int,
    ) -> Page[VersionEntry]:
        """A page of all versions, by key and then the newest first; delete markers too.

        A marker without a version's id passes over all versions of its key.  One
        with the id of the null version begins with the newest, should there be no
        null version any more: to show some twice is better than to pass over any.
        """
        within: bytes | None = None
        if version_id_marker is not None:
            sequence = await self._sequence(bucket, key_marker, version_id_marker)
            if sequence is None:
                within = b""
            else:
                escaped = len(keys.escape(key_marker))
                within = keys.place_of_version(key_marker, sequence)[escaped:]
        scan = History(self._data, bucket, prefix)
        return await _grouped(scan, prefix, delimiter, key_marker, within, max_keys)

    async def _sequence(self, bucket: BucketRef, key: bytes, version_id: str) -> int | None:
        """Where a version is, or was, among those of its key."""
        parsed = VersionId.parse(version_id)
        if parsed is not None:
            return parsed.sequence
        row = await self._data.get(keys.current(bucket.id, key))
        current = decode_version(row.value) if row else None
        if current is None:
            return None
        return current.null_sequence or None if current.version_id else current.sequence


async def _grouped(
    scan: Scan[Item],
    prefix: bytes,
    delimiter: bytes,
    key_marker: bytes,
    within: bytes | None,
    limit: int,
) -> Page[Item]:
    """A page over escaped keys with something after them that makes them unique.

    ``within`` is what follows the marker's key; without it all of that key is passed over.
    """
    escaped_prefix, escaped_delimiter = map(keys.escape_prefix, (prefix, delimiter))

    def group(place: bytes) -> bytes | None:
        # What follows the key is any bytes: a delimiter in it divides nothing.
        return common_prefix(keys.escaped_key(place), escaped_prefix, escaped_delimiter)

    after = keys.escape_prefix(key_marker)
    shown = common_prefix(after, escaped_prefix, escaped_delimiter)
    if key_marker and (within is not None or shown != after):
        # Not a common prefix that was shown, but a key.
        after = keys.escape(key_marker) + (AFTER_ALL if within is None else within)
    page = await list_page(scan, prefix=escaped_prefix, after=after, max_keys=limit, group=group)
    page.common_prefixes = [keys.unescape_prefix(one) for one in page.common_prefixes]
    return page
