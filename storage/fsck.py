"""Checks a data directory against itself: what metadata names must be there, and nothing else.

It reports findings and changes nothing unless asked to repair.  Meant for a
store nobody is serving; on a live one, what is under way looks like a finding.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from storage import keys
from storage.blob import BlobId, BlobStore
from storage.content import Contents, Stretches
from storage.errors import BlobDamaged, BlobMissing
from storage.meta import Batch, Delta, MetaStore, Range, Row, counter_value, prefix_range
from storage.reads import BoardReads, ReadsBoard
from storage.records import (
    Bucket,
    Garbage,
    ObjectVersion,
    Reference,
    Segment,
    decode_bucket,
    decode_garbage,
    decode_name,
    decode_part,
    decode_reference,
    decode_version,
    encode,
)
from storage.rows import has_reference, is_private_inline

PAGE_ROWS: Final = 1000
READ_BYTES: Final = 1024 * 1024


class Kind(StrEnum):
    """What can be wrong."""

    MISSING = "missing content"  # a version names a content that is not there
    DAMAGED = "damaged content"  # it is there, but shorter or of another hash
    ORPHAN = "unnamed blob"  # nothing names it
    LEAKED = "unnamed content"  # counted, but no version names it
    MISCOUNTED = "wrong count"  # of a content's names
    USAGE = "wrong usage"  # of a bucket's bytes or objects
    NAME = "dangling name"  # of a bucket that has no row


class Finding(NamedTuple):
    """One thing that is wrong."""

    kind: Kind
    bucket: str
    what: str
    repaired: bool = False


@dataclass(slots=True)
class Report:
    """What was looked at and what was found."""

    buckets: int = 0
    versions: int = 0
    blobs: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Census:
    """What one bucket's rows name."""

    bucket_id: bytes
    bucket: Bucket
    names: Counter[bytes] = field(default_factory=Counter)  # of contents, by version rows
    held: set[bytes] = field(default_factory=set)  # blobs of parts, of garbage, within contents
    bytes: int = 0
    objects: int = 0


class Fsck:
    """One run over a data directory."""

    def __init__(
        self,
        *,
        control: MetaStore,
        data: MetaStore,
        blobs: BlobStore,
        repair: bool = False,
        deep: bool = False,
    ) -> None:
        """``deep`` reads every content and compares its MD5 where the ETag is one."""
        self._control = control
        self._data = data
        self._blobs = blobs
        self._repair = repair
        self._deep = deep
        self._contents = Contents(data, blobs, BoardReads(ReadsBoard(), 0))
        self._report = Report()

    async def run(self) -> Report:
        """Look at everything once."""
        await self._check_names()
        start = keys.all_buckets()
        while found := await self._data.scan([start], 1):
            bucket_id = keys.bucket_id_of(found[0].key)
            row = await self._data.get(keys.bucket(bucket_id))
            if row is not None:
                await self._check_bucket(_Census(bucket_id, decode_bucket(row.value)))
            start = Range(keys.everything(bucket_id).end, start.end)
        await self._check_blobs()
        return self._report

    def _found(self, kind: Kind, bucket: str, what: str) -> None:
        self._report.findings.append(Finding(kind, bucket, what, repaired=self._repair))

    async def _rows(self, wanted: Range) -> AsyncIterator[Row]:
        start = wanted.start
        while page := await self._data.scan([Range(start, wanted.end)], PAGE_ROWS):
            for row in page:
                yield row
            start = page[-1].key + b"\x00"

    async def _check_names(self) -> None:
        names = prefix_range(keys.NAMES)
        start = names.start
        while page := await self._control.scan([Range(start, names.end)], PAGE_ROWS):
            for row in page:
                record = decode_name(row.value)
                if await self._data.get(keys.bucket(record.bucket_id)) is not None:
                    continue
                name = row.key[len(keys.NAMES) :].decode()
                self._found(Kind.NAME, name, record.bucket_id.hex())
                if self._repair:
                    listed = keys.account_bucket(record.account, name)
                    await self._control.commit(Batch(keys.CONTROL, delete={row.key, listed}))
            start = page[-1].key + b"\x00"

    async def _check_bucket(self, census: _Census) -> None:
        self._report.buckets += 1
        for prefix in (keys.objects_prefix, keys.versions_prefix):
            async for row in self._rows(prefix_range(prefix(census.bucket_id))):
                await self._check_version(census, row)
        async for row in self._rows(prefix_range(b"b" + census.bucket_id + b"p")):
            if row.key[-2:] != b"\x00\x00":
                segment = decode_part(row.value).segment
                if segment is not None:
                    census.held.add(segment.content)
        async for row in self._rows(prefix_range(keys.garbage(census.bucket_id))):
            await self._hold(census, decode_garbage(row.value))
        await self._check_references(census)
        await self._check_usage(census)

    async def _hold(self, census: _Census, left: Garbage) -> None:
        census.held |= {*left.blobs, *left.inlines, left.content}
        if left.content:
            gone = ObjectVersion(0, "", 0, content=left.content, segment_rows=tuple(range(64)))
            try:
                async for segment in self._contents.segments(census.bucket_id, gone):
                    census.held.add(segment.content)
            except BlobMissing:
                pass  # the row after the last

    async def _check_version(self, census: _Census, row: Row) -> None:
        version = decode_version(row.value)
        self._report.versions += 1
        if version.delete_marker:
            return
        census.bytes += version.size
        census.objects += 1
        if has_reference(version):
            census.names[version.content] += 1
        key = repr(row.key[len(keys.current(census.bucket_id, b"")) :])
        try:
            segments = [s async for s in self._contents.segments(census.bucket_id, version)]
            for segment in segments:
                census.held.add(segment.content)
                await self._check_segment(census.bucket_id, segment)
            if self._deep:
                await self._check_hash(census.bucket_id, version)
        except BlobMissing:
            self._found(Kind.MISSING, census.bucket.name, key)
        except BlobDamaged:
            self._found(Kind.DAMAGED, census.bucket.name, key)
        else:
            return
        if self._repair:
            await self._remove(census, row, version)

    async def _check_segment(self, bucket_id: bytes, segment: Segment) -> None:
        self._report.bytes += segment.size
        if not segment.inline:
            reader = await self._blobs.read(segment.blob, 0, segment.size)
            await reader.close()
            return
        row = await self._data.get(keys.inline(bucket_id, segment.content))
        if row is None:
            raise BlobMissing
        if len(row.value) != segment.size:
            raise BlobDamaged

    async def _check_hash(self, bucket_id: bytes, version: ObjectVersion) -> None:
        if "-" in version.etag or version.size == 0:
            return
        token = self._contents.begin()
        body = await self._contents.open(bucket_id, version, 0, version.size, token)
        md5 = hashlib.md5(usedforsecurity=False)
        if isinstance(body, Stretches):
            async for reader in body:
                while piece := await reader.read(READ_BYTES):
                    md5.update(piece)
                await reader.close()
            await body.aclose()
        else:
            md5.update(body)
        if md5.hexdigest() != version.etag:
            raise BlobDamaged

    async def _remove(self, census: _Census, row: Row, version: ObjectVersion) -> None:
        """Take the version out; what is left of its content is found below as unnamed."""
        batch = Batch(keys.bucket(census.bucket_id), expect={row.key: row.revision})
        batch.delete.add(row.key)
        if is_private_inline(version):
            batch.delete.add(keys.inline(census.bucket_id, version.content))
        if has_reference(version):
            census.names[version.content] -= 1
        census.bytes -= version.size
        census.objects -= 1
        await self._data.commit(batch)

    async def _check_references(self, census: _Census) -> None:
        prefix = keys.reference(census.bucket_id, b"")
        async for row in self._rows(keys.references(census.bucket_id)):
            content = row.key[len(prefix) :]
            count = decode_reference(row.value).count
            named = census.names[content]
            if named == count or (not named and (content in census.held or count < 0)):
                continue
            kind = Kind.MISCOUNTED if named else Kind.LEAKED
            self._found(kind, census.bucket.name, f"{content.hex()}: {count} for {named}")
            if self._repair:
                batch = Batch(keys.bucket(census.bucket_id), expect={row.key: row.revision})
                batch.put[row.key] = encode(Reference(named))
                if not named:
                    left = encode(Garbage(blobs=(content,), content=content))
                    batch.append.append((keys.garbage(census.bucket_id), left))
                await self._data.commit(batch)

    async def _check_usage(self, census: _Census) -> None:
        for key, actual in (
            (keys.usage_bytes(census.bucket_id), census.bytes),
            (keys.usage_objects(census.bucket_id), census.objects),
        ):
            said = counter_value(await self._data.get(key))
            if said == actual:
                continue
            what = key[len(keys.bucket(census.bucket_id)) + 1 :].decode()
            self._found(Kind.USAGE, census.bucket.name, f"{what}: {said} for {actual}")
            if self._repair:
                batch = Batch(keys.bucket(census.bucket_id))
                batch.add[key] = Delta(actual - said)
                await self._data.commit(batch)

    async def _check_blobs(self) -> None:
        async for info in self._blobs.list():
            self._report.blobs += 1
            bucket_id = keys.bucket_of_blob(info.blob)
            if await self._data.get(keys.reference(bucket_id, info.blob)) is not None:
                continue
            self._found(Kind.ORPHAN, bucket_id.hex(), info.blob.hex())
            if self._repair:
                await self._blobs.delete([BlobId(info.blob)])
