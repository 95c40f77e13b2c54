"""Copies: another name for the same content where it can be, else its bytes once through here.

Within a bucket a copy shares the source's content, which is counted.  Across
buckets its one blob is cloned, where the store can do that and nothing has to
be computed; else the bytes are read and taken in like a body.

What is encrypted is shared only with a copy that is to be encrypted alike, by the
same key, whose newest version then wraps its data key; else its plaintext passes
through here.

A copy is one object, however its source was uploaded: its ETag and its
checksum are of its bytes.  Where they are not known, a shared content is read
for them too, but not written.

Source: API Reference, CopyObject; User Guide, "Checking object integrity",
on copies of multipart uploads.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from storage import keys, rows
from storage.blob import READ_BYTES, BlobId, BlobReader, BlobStore
from storage.checksums import FULL_OBJECT
from storage.content import Stretches
from storage.digests import Digests
from storage.errors import BlobMissing, Busy, InvalidRequest
from storage.etags import single_etag
from storage.intake import Names, Taken, take_in
from storage.integrity import DEFAULT_ALGORITHM, Promises
from storage.meta import Batch, MetaStore
from storage.naming import check_key
from storage.objects import OBJECT_BYTES_MAX, Objects
from storage.preconditions import WriteCondition
from storage.protection import Sealing, Wish
from storage.records import Attributes, Checksum, ObjectVersion, Segment
from storage.rows import BucketRef, KeyState
from storage.stamps import Stamped


class Original(NamedTuple):
    """What is copied: a version as it was found, and where."""

    bucket: BucketRef
    key: bytes
    version: ObjectVersion


class VersionSource:
    """A stretch of a stored version as a body to take in.  Use it in ``async with``."""

    def __init__(
        self,
        objects: Objects,
        original: Original,
        offset: int,
        length: int,
        customer_key: bytes | None = None,
    ) -> None:
        self.size: int | None = length
        self._customer_key = customer_key
        self._objects = objects
        self._original = original
        self._offset = offset
        self._length = length
        self._body: bytes | Stretches = b""
        self._reader: BlobReader | None = None

    async def __aenter__(self) -> Self:
        self._body = await self._objects.open_version(
            *self._original, self._offset, self._length, self._customer_key
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reader is not None:
            await self._reader.close()
        if isinstance(self._body, Stretches):
            await self._body.aclose()

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        if isinstance(self._body, bytes):
            whole, self._body = self._body, b""
            return whole
        while True:
            if self._reader is None:
                self._reader = await anext(self._body, None)
                if self._reader is None:
                    return b""
            piece = await self._reader.read(READ_BYTES)
            if piece:
                return piece
            await self._reader.close()
            self._reader = None

    def trailers(self) -> Mapping[str, str]:
        """A stored content has none."""
        return {}


class Copies:
    """The service behind CopyObject."""

    def __init__(
        self,
        *,
        objects: Objects,
        data: MetaStore,
        blobs: BlobStore,
        names: Names,
        inline_max: int,
    ) -> None:
        self._objects = objects
        self._data = data
        self._blobs = blobs
        self._names = names
        self._inline_max = inline_max

    def source(
        self, original: Original, offset: int, length: int, customer_key: bytes | None = None
    ) -> VersionSource:
        """A stretch of a version as a body, for UploadPartCopy.

        Entering it raises:
            Busy: it was replaced or deleted meanwhile.
            BlobMissing, BlobDamaged, what ``Protection.open`` raises
        """
        return VersionSource(self._objects, original, offset, length, customer_key)

    async def copy(
        self,
        original: Original,
        bucket: BucketRef,
        key: bytes,
        *,
        attributes: Attributes,
        owner: str,
        algorithm: str | None,
        condition: WriteCondition,
        wish: Wish | None = None,
        customer_key: bytes | None = None,
    ) -> ObjectVersion:
        """Make ``key`` a new version with the content of ``original``.

        ``algorithm`` is the additional checksum the copy is to have; None
        keeps the source's.  ``wish`` says how it is to be encrypted, and
        ``customer_key`` is the source's, of SSE-C.

        Raises:
            as Objects.put, and Protection.open; InvalidRequest if the source is too large;
            Busy if it is replaced meanwhile; BlobMissing, BlobDamaged if its content is
        """
        check_key(key)
        if original.version.size > OBJECT_BYTES_MAX:
            raise InvalidRequest(
                "The specified copy source is larger than the maximum allowable size for a "
                f"copy source: {OBJECT_BYTES_MAX}"
            )
        if self._can_share(original, bucket, wish):
            draft = await self._as_one(original, algorithm, customer_key)
            if draft.encryption is not None and wish is not None and wish.customer_key is None:
                protection = self._objects.protection
                record = await protection.rewrap(bucket.id, draft.encryption, wish)
                draft = msgspec.structs.replace(draft, encryption=record)
            return await self._share(bucket, draft, key, attributes, owner, condition)
        sealing = None
        if wish is not None:
            sealing = await self._objects.protection.begin(bucket.id, wish)
        taken, checksum = await self._take(original, bucket, algorithm, sealing, customer_key)
        return await self._objects.put_taken(
            bucket, key, taken, sealing, checksum, attributes, owner, condition
        )

    def _can_share(self, original: Original, bucket: BucketRef, wish: Wish | None) -> bool:
        """Whether the copy may name the source's content: nothing of it is to change.

        A small content of its own is encrypted under its name, which a copy of it has not.
        """
        source = original.version
        if original.bucket.id != bucket.id:
            return False
        if source.encryption is None:
            return wish is None
        if rows.is_private_inline(source):
            return False
        return self._objects.protection.matches(bucket.id, source.encryption, wish)

    async def _take(
        self,
        original: Original,
        bucket: BucketRef,
        algorithm: str | None,
        sealing: Sealing | None,
        customer_key: bytes | None,
    ) -> tuple[Taken, Checksum]:
        source = original.version
        if sealing is None and source.encryption is None:
            cloned = await self._clone(original, bucket, algorithm)
            if cloned is not None:
                return cloned
        kept = source.checksum.algorithm if source.checksum else None
        promises = Promises(algorithm=algorithm or kept)
        async with self.source(original, 0, source.size, customer_key) as body:
            taken = await take_in(
                body,
                self._names.content(bucket.id),
                self._blobs,
                algorithms=promises.algorithms(),
                inline_max=self._inline_max,
                size_max=OBJECT_BYTES_MAX,
                sealing=sealing,
            )
        return taken, promises.check(taken.digests, {})

    async def _clone(
        self, original: Original, bucket: BucketRef, algorithm: str | None
    ) -> tuple[Taken, Checksum] | None:
        """The source's blob under another name; None if its bytes have to pass through here.

        Raises:
            Busy, BlobMissing, BlobDamaged, StoreFull, StoreUnavailable
        """
        source, kept = original.version, original.version.checksum
        if kept is None or kept.type != FULL_OBJECT or algorithm not in (None, kept.algorithm):
            return None
        if source.parts_count or source.segment_count != 1 or source.segments[0].inline:
            return None
        await self._objects.check_whole(*original)
        content = self._names.content(bucket.id)
        try:
            if not await self._blobs.clone(BlobId(source.segments[0].content), content):
                return None
        except BlobMissing:
            return None  # it went away just now: who reads it finds out why
        digests = {"MD5": bytes.fromhex(source.etag), kept.algorithm: b64decode(kept.value)}
        return Taken(content, source.size, digests, None, self._blobs, written=True), kept

    async def _as_one(
        self, original: Original, algorithm: str | None, customer_key: bytes | None
    ) -> ObjectVersion:
        """The source as an object that was put at once; it is read if need be.

        Raises:
            Busy, BlobMissing, BlobDamaged
        """
        source = original.version
        kept = source.checksum
        name = algorithm or (kept.algorithm if kept is not None else DEFAULT_ALGORITHM)
        has_checksum = kept is not None and (kept.algorithm, kept.type) == (name, FULL_OBJECT)
        wanted = ({"MD5"} if source.parts_count else set()) | (set() if has_checksum else {name})
        if not wanted:
            await self._objects.check_whole(*original)
            return source
        digests = Digests(wanted)
        async with self.source(original, 0, source.size, customer_key) as body:
            while piece := await body.read():
                await digests.update(piece)
        found = digests.finish()
        if not has_checksum:
            kept = Checksum(name, FULL_OBJECT, b64encode(found[name]).decode())
        etag = source.etag
        if source.parts_count:
            sealing = None
            if source.encryption is not None:
                sealing = await self._objects.protection.open(
                    original.bucket.id, source.encryption, customer_key
                )
            etag = single_etag(found["MD5"], sealing)
        return msgspec.structs.replace(source, etag=etag, checksum=kept, parts_count=0)

    async def _share(
        self,
        bucket: BucketRef,
        source: ObjectVersion,
        key: bytes,
        attributes: Attributes,
        owner: str,
        condition: WriteCondition,
    ) -> ObjectVersion:
        draft = msgspec.structs.replace(source, attributes=attributes, owner=owner, null_sequence=0)

        async def prepare(batch: Batch, state: KeyState, stamped: Stamped) -> ObjectVersion:
            if rows.is_private_inline(source):
                return stamped.apply(await self._copy_inline(batch, bucket, draft))
            if rows.has_reference(source) and not await self._objects.share(
                batch, bucket, state, source
            ):
                raise Busy  # its last name went away meanwhile
            return stamped.apply(draft)

        return await self._objects.write(bucket, key, prepare, condition)

    async def _copy_inline(
        self, batch: Batch, bucket: BucketRef, draft: ObjectVersion
    ) -> ObjectVersion:
        row = await self._data.get(keys.inline(bucket.id, draft.content))
        if row is None:
            raise Busy  # replaced meanwhile
        content = self._names.content(bucket.id)
        batch.put[keys.inline(bucket.id, content)] = row.value
        segments = (Segment(content, draft.size, inline=True),)
        return msgspec.structs.replace(draft, content=content, segments=segments)
