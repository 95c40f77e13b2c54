"""Is a content there, and is it still what it was?  Looks at every segment, and reads it if asked.

An object that came in one piece is compared with the MD5 in its ETag; one
uploaded in parts with the checksum that each of its segments keeps; a part
under way with the MD5 in its own ETag.
"""

from collections.abc import Sequence

from storage import keys
from storage.blob import READ_BYTES, BlobStore
from storage.checksums import ALGORITHMS, Hasher
from storage.content import Contents
from storage.digests import Digests
from storage.errors import BlobDamaged, BlobMissing
from storage.meta import MetaStore
from storage.reads import BoardReads, ReadsBoard
from storage.records import ObjectVersion, Part, Segment


class Examiner:
    """Examines what versions and parts name.  For a store that nobody serves."""

    def __init__(self, data: MetaStore, blobs: BlobStore, *, deep: bool = False) -> None:
        """``deep`` reads every content and compares its hash."""
        self._data = data
        self._blobs = blobs
        self._deep = deep
        self._contents = Contents(data, blobs, BoardReads(ReadsBoard(), 0))
        self.bytes = 0  # that were looked at

    async def version(self, bucket_id: bytes, version: ObjectVersion) -> None:
        """Look at an object's content.

        Raises:
            BlobMissing, BlobDamaged
        """
        in_parts = "-" in version.etag
        whole = Digests({"MD5"} if self._deep and not in_parts else ())
        size = 0
        async for segment in self._contents.segments(bucket_id, version):
            size += segment.size
            own = None
            if self._deep and in_parts and segment.checksum is not None and version.checksum:
                own = ALGORITHMS[version.checksum.algorithm].make()
            await self._segment(bucket_id, segment, whole, own)
            if own is not None and own.digest() != segment.checksum:
                raise BlobDamaged(f"part {segment.number} has another checksum")
        if size != version.size:
            raise BlobDamaged(f"{size} bytes, not {version.size}")
        _check_md5(whole, version.etag)

    async def part(self, bucket_id: bytes, part: Part) -> None:
        """Look at the content of a part under way.

        Raises:
            BlobMissing, BlobDamaged
        """
        if part.segment is not None:
            whole = Digests({"MD5"} if self._deep else ())
            await self._segment(bucket_id, part.segment, whole, None)
            _check_md5(whole, part.etag)

    async def _segment(
        self, bucket_id: bytes, segment: Segment, whole: Digests, own: Hasher | None
    ) -> None:
        self.bytes += segment.size
        if segment.inline:
            row = await self._data.get(keys.inline(bucket_id, segment.content))
            if row is None:
                raise BlobMissing
            if len(row.value) != segment.size:
                raise BlobDamaged(f"{len(row.value)} bytes, not {segment.size}")
            await _feed(row.value, whole, own)
            return
        reader = await self._blobs.read(segment.blob, 0, segment.size)
        try:
            while self._deep and (piece := await reader.read(READ_BYTES)):
                await _feed(piece, whole, own)
        finally:
            await reader.close()


async def _feed(piece: bytes, whole: Digests, own: Hasher | None) -> None:
    await whole.update(piece)
    if own is not None:
        own.update(piece)


def _check_md5(whole: Digests, etag: str) -> None:
    computed: Sequence[bytes] = list(whole.finish().values())
    if computed and computed[0].hex() != etag:
        raise BlobDamaged("it has another MD5")
