"""What a bucket's rows name, counted anew, against what its counting rows say."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import msgspec

from storage import keys
from storage.findings import Kind, Report
from storage.garbage import SEGMENT_ROWS_MAX, pages
from storage.meta import ABSENT, Batch, Delta, MetaStore, Row, counter_value, prefix_range
from storage.records import (
    Garbage,
    ObjectVersion,
    Reference,
    Segment,
    decode_garbage,
    decode_part,
    decode_reference,
    decode_segments,
    decode_version,
    encode,
)
from storage.rows import BucketRef, has_reference


@dataclass(slots=True)
class Census:
    """What one bucket's rows name."""

    names: Counter[bytes] = field(default_factory=Counter)  # of contents, by versions
    pieces: set[bytes] = field(default_factory=set)  # blobs of versions, of parts under way
    left: set[bytes] = field(default_factory=set)  # what waits for the keeper
    wrongly: dict[bytes, list[Row]] = field(default_factory=dict)  # what does, and is named
    size: int = 0
    objects: int = 0

    def has(self, content: bytes) -> bool:
        """Whether something names it."""
        return content in self.names or content in self.pieces

    def spare(self, left: Garbage) -> Garbage:
        """What is left without a name in truth."""
        if self.has(left.content):  # and all that it is made of
            return Garbage(upload=left.upload, upload_blobs=left.upload_blobs)
        blobs = tuple(blob for blob in left.blobs if not self.has(blob))
        return msgspec.structs.replace(left, blobs=blobs)


class Counts:
    """Counts one bucket, and compares."""

    def __init__(self, data: MetaStore, bucket: BucketRef, report: Report, *, repair: bool) -> None:
        self._data = data
        self._bucket = bucket
        self._report = report
        self._repair = repair
        self._census = Census()
        self._taken_back = set[bytes]()  # rows of the log

    async def check(self) -> None:
        """Count, compare, and set right what is wrong, if asked to."""
        bucket_id, live = self._bucket.id, set[bytes]()
        for prefix in (keys.objects_prefix, keys.versions_prefix):
            async for page in pages(self._data, prefix_range(prefix(bucket_id))):
                for row in page:
                    await self._count(decode_version(row.value))
        uploads = keys.uploads_prefix(bucket_id)
        async for page in pages(self._data, prefix_range(uploads)):
            live |= {keys.unescape(row.key[len(uploads) :])[1] for row in page}
        async for page in pages(self._data, keys.all_parts(bucket_id)):
            for row in page:
                if not keys.is_parts_counter(row.key):
                    is_live = keys.upload_of_part(bucket_id, row.key) in live
                    self._hold(decode_part(row.value).segment, is_live=is_live)
        async for page in pages(self._data, prefix_range(keys.garbage(bucket_id))):
            for row in page:
                await self._leave(row)
        await self._check_references()
        await self._check_usage()

    async def _count(self, version: ObjectVersion) -> None:
        if version.delete_marker:
            return
        self._census.size += version.size
        self._census.objects += 1
        if not has_reference(version):
            return
        self._census.names[version.content] += 1
        for segment in version.segments:
            self._hold(segment)
        if not version.segments:
            async for segment in self._listed(version.content):
                self._hold(segment)

    def _hold(self, segment: Segment | None, *, is_live: bool = True) -> None:
        """A part whose upload is over waits for the keeper, unless a version has its blob."""
        if segment is not None and not segment.inline:
            (self._census.pieces if is_live else self._census.left).add(segment.content)

    async def _leave(self, row: Row) -> None:
        """What the log tells; by now it is known what is named."""
        left, census = decode_garbage(row.value), self._census
        census.left |= {*left.blobs, left.content}
        whole = census.has(left.content)
        for content in [left.content] if whole else filter(census.has, left.blobs):
            census.wrongly.setdefault(content, []).append(row)
        if left.content:
            async for segment in self._listed(left.content):
                self._census.left.add(segment.content)

    async def _listed(self, content: bytes) -> AsyncIterator[Segment]:
        told = keys.segments_of(self._bucket.id, content)
        for row in await self._data.scan([told], SEGMENT_ROWS_MAX):
            for segment in decode_segments(row.value).segments:
                yield segment

    async def _check_references(self) -> None:
        census, bucket_id = self._census, self._bucket.id
        prefix = keys.reference(bucket_id, b"")
        uncounted = census.pieces | census.names.keys()
        async for page in pages(self._data, keys.references(bucket_id)):
            for row in page:
                content = row.key[len(prefix) :]
                uncounted.discard(content)
                await self._compare(content, decode_reference(row.value).count, row.revision)
        for content in sorted(uncounted):
            await self._compare(content, 0, ABSENT)

    async def _compare(self, content: bytes, count: int, revision: int) -> None:
        named = self._census.names[content] or int(content in self._census.pieces)
        wrongly = self._census.wrongly.get(content, [])
        # Condemned, or waiting for the keeper: nobody will name it any more.
        right = named == count if named else count < 0 or content in self._census.left
        if right and not wrongly:
            return
        kind = Kind.MISCOUNTED if named else Kind.LEAKED
        what = f"{content.hex()}: {count} for {named}" + (", to be deleted" if wrongly else "")
        self._report.add(kind, self._bucket.record.name, what, repaired=self._repair)
        if not self._repair:
            return
        row_key = keys.reference(self._bucket.id, content)
        batch = Batch(keys.bucket(self._bucket.id), expect={row_key: revision})
        batch.put[row_key] = encode(Reference(named))
        if not named:
            left = encode(Garbage(blobs=(content,), content=content))
            batch.append.append((keys.garbage(self._bucket.id), left))
        self._take_back(batch, wrongly)
        await self._data.commit(batch)

    def _take_back(self, batch: Batch, wrongly: Sequence[Row]) -> None:
        """Keep the keeper from what is named: else it deletes what was just set right."""
        for row in wrongly:
            if row.key in self._taken_back:  # with another content
                continue
            self._taken_back.add(row.key)
            spared = self._census.spare(decode_garbage(row.value))
            if spared == Garbage():
                batch.delete.add(row.key)
            else:
                batch.put[row.key] = encode(spared)

    async def _check_usage(self) -> None:
        bucket_id = self._bucket.id
        for key, actual in (
            (keys.usage_bytes(bucket_id), self._census.size),
            (keys.usage_objects(bucket_id), self._census.objects),
        ):
            said = counter_value(await self._data.get(key))
            if said == actual:
                continue
            what = f"{key[len(keys.bucket(bucket_id)) + 1 :].decode()}: {said} for {actual}"
            self._report.add(Kind.USAGE, self._bucket.record.name, what, repaired=self._repair)
            if self._repair:
                batch = Batch(keys.bucket(bucket_id), add={key: Delta(actual - said)})
                await self._data.commit(batch)
