"""Listings of a bucket: its objects, and its uploads under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from storage import keys
from storage.listing import Entry, Page, common_prefix, list_page
from storage.meta import SCAN_ROWS_MAX, MetaStore, Range, prefix_range
from storage.records import ObjectVersion, Upload, decode_upload, decode_version
from storage.rows import BucketRef

MAX_UPLOADS: Final = 1000  # API Reference, ListMultipartUploads


@dataclass(frozen=True, slots=True)
class UploadEntry:
    """An upload as a listing shows it."""

    key: bytes
    upload_id: bytes
    upload: Upload


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
    ) -> Page[ObjectVersion]:
        """A page of the current objects; keys under a delete marker are not among them."""
        begin = keys.objects_prefix(bucket.id)
        end = prefix_range(begin).end

        async def scan(start: bytes, limit: int) -> Sequence[Entry[ObjectVersion]]:
            found: list[Entry[ObjectVersion]] = []
            at = begin + start
            while len(found) < limit:
                asked = min(limit - len(found), SCAN_ROWS_MAX)
                rows = await self._data.scan([Range(at, end)], asked)
                for row in rows:
                    version = decode_version(row.value)
                    if not version.delete_marker:
                        found.append(Entry(row.key[len(begin) :], version))
                if len(rows) < asked:
                    break
                at = rows[-1].key + b"\x00"
            return found

        return await list_page(
            scan, prefix=prefix, delimiter=delimiter, after=after, max_keys=max_keys
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

        async def scan(start: bytes, limit: int) -> Sequence[Entry[UploadEntry]]:
            rows = await self._data.scan([Range(begin + start, end)], min(limit, SCAN_ROWS_MAX))
            found = []
            for row in rows:
                place = row.key[len(begin) :]
                key, upload_id = keys.unescape(place)
                found.append(Entry(place, UploadEntry(key, upload_id, decode_upload(row.value))))
            return found

        escaped_prefix, escaped_delimiter = map(keys.escape_prefix, (prefix, delimiter))

        def group(place: bytes) -> bytes | None:
            # An upload's id is any bytes: a delimiter in it divides nothing.
            return common_prefix(keys.escaped_key(place), escaped_prefix, escaped_delimiter)

        after = b""
        if key_marker:
            after = keys.escape(key_marker) + (upload_id_marker or b"\xff" * 17)
            if delimiter and not upload_id_marker and key_marker.endswith(delimiter):
                after = keys.escape_prefix(key_marker)  # a common prefix that was shown
        page = await list_page(
            scan, prefix=escaped_prefix, after=after, max_keys=max_uploads, group=group
        )
        page.common_prefixes = [one.replace(b"\x00\xff", b"\x00") for one in page.common_prefixes]
        return page
