"""Is a content there, and is it still what it was?  Looks at every segment, and reads it if asked.

An object that came in one piece is compared with the MD5 in its ETag; one
uploaded in parts with the checksum that each of its segments keeps; a part
under way with the MD5 in its own ETag.  What is encrypted authenticates itself
besides; of what only a customer has the key to, the length is all there is.
"""

from typing import Final, NamedTuple

from storage import keys
from storage.blob import READ_BYTES, BlobReader, BlobStore
from storage.checksums import ALGORITHMS, Hasher
from storage.content import Contents, open_whole
from storage.digests import Digests
from storage.encryption import sealed_size
from storage.errors import (
    BlobDamaged,
    BlobMissing,
    KmsKeyDisabled,
    KmsKeyNotFound,
    KmsKeyUnusable,
    KmsUnavailable,
    MasterKeyMissing,
    StorageError,
)
from storage.etags import single_etag
from storage.meta import MetaStore
from storage.protection import CUSTOMER, Protection, Sealing, layers_of
from storage.reads import BoardReads, ReadsBoard
from storage.records import Encryption, ObjectVersion, Part, Segment, Upload
from storage.sealing import open_sealed

# What the lack of a key raises; of a content it says nothing.
KEYLESS: Final = (
    MasterKeyMissing,
    KmsKeyNotFound,
    KmsKeyDisabled,
    KmsKeyUnusable,
    KmsUnavailable,
)


class Examiner:
    """Examines what versions and parts name.  For a store that nobody serves."""

    def __init__(
        self,
        data: MetaStore,
        blobs: BlobStore,
        *,
        deep: bool = False,
        protection: Protection | None = None,
    ) -> None:
        """``deep`` reads every content and compares its hash; ``protection`` has the keys."""
        self._data = data
        self._blobs = blobs
        self._deep = deep
        self._protection = protection
        self._contents = Contents(data, blobs, BoardReads(ReadsBoard(), 0))
        self.bytes = 0  # that were looked at

    async def version(self, bucket_id: bytes, version: ObjectVersion) -> None:
        """Look at an object's content.

        Raises:
            BlobMissing, BlobDamaged
            one of KEYLESS: it is as long as it should be, but cannot be read.
        """
        look = await self._look(bucket_id, version.encryption)
        in_parts = "-" in version.etag
        whole = Digests({"MD5"} if look.reads and not in_parts else ())
        size = 0
        async for segment in self._contents.segments(bucket_id, version):
            size += segment.size
            own = None
            if look.reads and in_parts and segment.checksum is not None and version.checksum:
                own = ALGORITHMS[version.checksum.algorithm].make()
            await self._segment(bucket_id, segment, look, whole, own)
            if own is not None and own.digest() != segment.checksum:
                raise BlobDamaged(f"part {segment.number} has another checksum")
        if size != version.size:
            raise BlobDamaged(f"{size} bytes, not {version.size}")
        _check_md5(whole, version.etag, look)

    async def part(self, bucket_id: bytes, upload: Upload, part: Part) -> None:
        """Look at the content of a part under way.

        Raises:
            as ``version``
        """
        if part.segment is not None:
            look = await self._look(bucket_id, upload.encryption)
            whole = Digests({"MD5"} if look.reads else ())
            await self._segment(bucket_id, part.segment, look, whole, None)
            _check_md5(whole, part.etag, look)

    async def _look(self, bucket_id: bytes, encryption: Encryption | None) -> "_Look":
        layers = layers_of(encryption)
        if not self._deep or encryption is None:
            return _Look(layers, self._deep)
        if encryption.algorithm == CUSTOMER or self._protection is None:
            return _Look(layers, reads=False)
        try:
            sealing = await self._protection.open(bucket_id, encryption, None)
        except KEYLESS as error:
            return _Look(layers, reads=False, trouble=error)
        return _Look(layers, reads=True, sealing=sealing)

    async def _segment(
        self,
        bucket_id: bytes,
        segment: Segment,
        look: "_Look",
        whole: Digests,
        own: Hasher | None,
    ) -> None:
        self.bytes += segment.size
        stored = sealed_size(segment.size, look.layers)
        if segment.inline:
            row = await self._data.get(keys.inline(bucket_id, segment.content))
            if row is None:
                raise BlobMissing
            if len(row.value) != stored:
                raise BlobDamaged(f"{len(row.value)} bytes, not {stored}")
            data = row.value
            if look.sealing is not None:
                data = open_whole(look.sealing.cipher(segment.content), segment.size, data)
            await _feed(data, whole, own)
            return
        reader: BlobReader
        if look.sealing is None:
            reader = await self._blobs.read(segment.blob, 0, stored)
        else:
            cipher = look.sealing.cipher(segment.content)
            size = segment.size
            reader = await open_sealed(self._blobs, segment.blob, cipher, size, 0, size)
        try:
            while look.reads and (piece := await reader.read(READ_BYTES)):
                await _feed(piece, whole, own)
        finally:
            await reader.close()


class _Look(NamedTuple):
    """How closely a content can be looked at."""

    layers: int  # of encryption
    reads: bool  # its bytes are read, not only counted
    sealing: Sealing | None = None
    trouble: StorageError | None = None  # why its bytes are not read


async def _feed(piece: bytes, whole: Digests, own: Hasher | None) -> None:
    await whole.update(piece)
    if own is not None:
        own.update(piece)


def _check_md5(whole: Digests, etag: str, look: _Look) -> None:
    if look.trouble is not None:
        raise look.trouble
    for md5 in whole.finish().values():
        # What was encrypted anew by another kind of key keeps its tag.
        if etag not in (md5.hex(), single_etag(md5, look.sealing)):
            raise BlobDamaged("it has another MD5")
