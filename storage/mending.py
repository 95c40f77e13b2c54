"""Taking out what is damaged beyond use: its remains are kept, then the service deletes it.

What an object was can no longer be served, and a client that is told so can
bring it again.  Nothing is destroyed: see ``storage.quarantine``.
"""

from collections.abc import Sequence
from typing import Self

import msgspec

from storage import keys
from storage.assembly import give_back
from storage.blob import BlobId, BlobStore
from storage.buckets import Buckets
from storage.content import Contents
from storage.errors import ObjectLocked
from storage.garbage import SEGMENT_ROWS_MAX
from storage.meta import Batch, Delta, MetaStore, Row
from storage.objects import Objects
from storage.preconditions import UNCONDITIONAL
from storage.quarantine import Quarantine, Remains, pieces
from storage.reads import BoardReads, ReadsBoard
from storage.records import ObjectVersion, Segment, decode_part, decode_segments
from storage.retention import is_protected
from storage.rows import BucketRef
from storage.seam import Clock, SystemClock, SystemRandomness
from storage.versioning import NULL


class Mender:
    """Takes out versions and parts.  For a store that nobody serves."""

    def __init__(
        self,
        data: MetaStore,
        objects: Objects,
        quarantine: Quarantine,
        clock: Clock | None = None,
    ) -> None:
        self._data = data
        self._objects = objects
        self._clock = clock or SystemClock()
        self.quarantine = quarantine

    @classmethod
    def over(cls, meta: MetaStore, blobs: BlobStore, quarantine: Quarantine) -> Self:
        """One with services of its own, for a store that nobody has open."""
        clock, randomness = SystemClock(), SystemRandomness()
        objects = Objects(
            buckets=Buckets(meta, meta, clock=clock, randomness=randomness),
            data=meta,
            blobs=blobs,
            contents=Contents(meta, blobs, BoardReads(ReadsBoard(), 0)),
            clock=clock,
            randomness=randomness,
            inline_max=0,
        )
        return cls(meta, objects, quarantine)

    async def version(self, bucket: BucketRef, key: bytes, version: ObjectVersion, why: str) -> str:
        """Take a version out, as a delete of it does, and say where its remains are.

        Raises:
            ObjectLocked: it has to stay, damaged or not.
            StorageError: it is still there.
        """
        if is_protected(version.attributes.lock, self._clock.now_ms()):
            raise ObjectLocked("retention or a hold keeps it")
        shown = version.version_id or NULL
        segments = await self._segments(bucket.id, version)
        remains = Remains(
            bucket.record.name,
            b"\x00".join((bucket.id, key, shown.encode(), version.content)),
            {
                "why": why,
                "bucket": bucket.record.name,
                "key": _text(key),
                "version_id": shown,
                "modified_ms": version.modified_ms,
                "size": version.size,
                "etag": version.etag,
                "attributes": msgspec.to_builtins(version.attributes),
                "checksum": msgspec.to_builtins(version.checksum),
                "encryption": msgspec.to_builtins(version.encryption),
                "pieces": pieces(segments),
            },
            _blobs(segments),
            await self._inline(bucket.id, segments),
        )
        kept = self.quarantine.keep(remains)
        await self._objects.delete(bucket, key, shown, owner="", condition=UNCONDITIONAL)
        return kept

    async def part(
        self, bucket: BucketRef, key: bytes, upload_id: bytes, row: Row, why: str
    ) -> str:
        """Take a part out of an upload under way, and say where its remains are.

        Raises:
            StorageError: it is still there.
        """
        part, number = decode_part(row.value), int.from_bytes(row.key[-2:], "big")
        segments = [part.segment] if part.segment is not None else []
        remains = Remains(
            bucket.record.name,
            b"\x00".join((row.key, *(segment.content for segment in segments))),
            {
                "why": why,
                "bucket": bucket.record.name,
                "key": _text(key),
                "upload": upload_id.hex(),
                "part": number,
                "size": part.size,
                "etag": part.etag,
                "pieces": pieces(segments),
            },
            _blobs(segments),
            await self._inline(bucket.id, segments),
        )
        kept = self.quarantine.keep(remains)
        batch = Batch(keys.bucket(bucket.id), expect={row.key: row.revision}, delete={row.key})
        batch.add[keys.parts_counter(bucket.id, upload_id)] = Delta(1)
        batch.add[keys.usage_bytes(bucket.id)] = Delta(-part.size)
        for segment in segments:
            give_back(batch, bucket.id, segment)
        await self._data.commit(batch)
        return kept

    async def _segments(self, bucket_id: bytes, version: ObjectVersion) -> Sequence[Segment]:
        """Those that are known: rows of a long list may be lost."""
        if version.segments:
            return version.segments
        told = keys.segments_of(bucket_id, version.content)
        rows = await self._data.scan([told], SEGMENT_ROWS_MAX)
        return [segment for row in rows for segment in decode_segments(row.value).segments]

    async def _inline(self, bucket_id: bytes, segments: Sequence[Segment]) -> dict[bytes, bytes]:
        found = {}
        for segment in segments:
            if segment.inline:
                row = await self._data.get(keys.inline(bucket_id, segment.content))
                if row is not None:
                    found[segment.content] = row.value
        return found


def _text(key: bytes) -> str:
    return key.decode(errors="backslashreplace")


def _blobs(segments: Sequence[Segment]) -> Sequence[BlobId]:
    return [segment.blob for segment in segments if not segment.inline]
