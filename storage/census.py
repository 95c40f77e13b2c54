"""What a bucket's rows name: counted anew, in one pass over them.

The names of all contents of one bucket are in memory at once, each of them one
time (docs/fsck.md has the figure).
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec

from storage import keys
from storage.assembly import NumberedPart
from storage.garbage import SEGMENT_ROWS_MAX, pages
from storage.meta import MetaStore, Row, prefix_range
from storage.records import (
    Garbage,
    ObjectVersion,
    Segment,
    decode_garbage,
    decode_part,
    decode_segments,
    decode_version,
)
from storage.rows import has_reference


@dataclass(slots=True)
class Census:
    """What one bucket's rows name."""

    # How many versions name a content; 0: it is only a piece of one, or of a part under way.
    named: dict[bytes, int] = field(default_factory=dict)
    small: set[bytes] = field(default_factory=set)  # pieces in rows of their own: not counted
    left: set[bytes] = field(default_factory=set)  # what waits for the keeper
    wrongly: dict[bytes, list[Row]] = field(default_factory=dict)  # what does, and is named
    lost: dict[bytes, list[NumberedPart]] = field(default_factory=dict)  # by uploads not there
    size: int = 0
    objects: int = 0

    def has(self, content: bytes) -> bool:
        """Whether something names it."""
        return content in self.named or content in self.small

    def count_of(self, content: bytes) -> int:
        """What its counting row should say."""
        return max(self.named[content], 1) if content in self.named else 0

    def hold(self, segment: Segment) -> None:
        """Something names this segment."""
        if segment.inline:
            self.small.add(segment.content)
        else:
            self.named.setdefault(segment.content, 0)

    def spare(self, left: Garbage) -> Garbage:
        """What is left without a name in truth."""
        if self.has(left.content):  # and all that it is made of
            return Garbage(upload=left.upload, upload_blobs=left.upload_blobs)
        blobs, inlines = (
            tuple(content for content in contents if not self.has(content))
            for contents in (left.blobs, left.inlines)
        )
        return msgspec.structs.replace(left, blobs=blobs, inlines=inlines)


async def take(data: MetaStore, bucket_id: bytes) -> Census:
    """Count what the rows of a bucket name."""
    census = Census()
    for prefix in (keys.objects_prefix, keys.versions_prefix):
        async for page in pages(data, prefix_range(prefix(bucket_id))):
            for row in page:
                await _count(census, data, bucket_id, decode_version(row.value))
    await _count_parts(census, data, bucket_id)
    async for page in pages(data, prefix_range(keys.garbage(bucket_id))):
        for row in page:
            await _leave(census, data, bucket_id, row)
    return census


async def listed(data: MetaStore, bucket_id: bytes, content: bytes) -> AsyncIterator[Segment]:
    """The segments of a long list."""
    for row in await data.scan([keys.segments_of(bucket_id, content)], SEGMENT_ROWS_MAX):
        for segment in decode_segments(row.value).segments:
            yield segment


async def _count(census: Census, data: MetaStore, bucket_id: bytes, version: ObjectVersion) -> None:
    if version.delete_marker:
        return
    census.size += version.size
    census.objects += 1
    for segment in version.segments:
        census.hold(segment)
    if has_reference(version):
        census.named[version.content] = census.named.get(version.content, 0) + 1
        if not version.segments:
            async for segment in listed(data, bucket_id, version.content):
                census.hold(segment)


async def _count_parts(census: Census, data: MetaStore, bucket_id: bytes) -> None:
    """Those of uploads under way are named, those of aborted ones wait for the keeper.

    Of completed ones the version names some, and the log tells the others one by one.
    """
    live, over = set[bytes](), dict[bytes, bool]()
    lost = defaultdict[bytes, list[NumberedPart]](list)
    uploads = keys.uploads_prefix(bucket_id)
    async for page in pages(data, prefix_range(uploads)):
        live |= {keys.unescape(row.key[len(uploads) :])[1] for row in page}
    async for page in pages(data, prefix_range(keys.garbage(bucket_id))):
        left = [decode_garbage(row.value) for row in page]
        over |= {one.upload: one.upload_blobs for one in left}
    async for page in pages(data, keys.all_parts(bucket_id)):
        for row in page:
            upload = keys.upload_of_part(bucket_id, row.key)
            if upload not in live and upload not in over:
                lost[upload] += _numbered(row)
                continue
            numbered = _numbered(row)
            if upload in live or over[upload]:
                census.size += sum(part.size for _, part in numbered)
            own = [part.segment for _, part in numbered if part.segment is not None]
            for segment in own:
                if upload in live:
                    census.hold(segment)
                elif over[upload]:
                    census.left.add(segment.content)
    census.lost = dict(lost)


def _numbered(row: Row) -> list[NumberedPart]:
    """Nothing, if it is the counter of their changes."""
    if keys.is_parts_counter(row.key):
        return []
    return [NumberedPart(int.from_bytes(row.key[-2:], "big"), decode_part(row.value))]


async def _leave(census: Census, data: MetaStore, bucket_id: bytes, row: Row) -> None:
    """What the log tells; by now it is known what is named."""
    left = decode_garbage(row.value)
    census.left |= {*left.blobs, *left.inlines, left.content}
    whole = census.has(left.content)
    for content in [left.content] if whole else filter(census.has, left.blobs + left.inlines):
        census.wrongly.setdefault(content, []).append(row)
    if left.content:
        async for segment in listed(data, bucket_id, left.content):
            census.left.add(segment.content)
