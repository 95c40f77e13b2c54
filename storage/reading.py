"""Finding versions and opening what they name.

A read takes no lock.  What was replaced while it looked it reads again; what
it has begun to send stays readable, for the keeper waits.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from storage import keys, rows
from storage.content import Contents, Stretches
from storage.errors import (
    BlobMissing,
    Busy,
    Conflict,
    IsDeleteMarker,
    NoSuchKey,
    NoSuchVersion,
)
from storage.kept import Currents
from storage.meta import MetaStore
from storage.protection import Protection
from storage.records import Encryption, ObjectVersion, Segment, decode_version
from storage.rows import BucketRef, KeyState, Stored
from storage.versioning import NULL, Rule, VersionId

REREADS_MAX: Final = 16  # of a row that was replaced between it and what it leads to


@dataclass(frozen=True, slots=True)
class Opened:
    """A version and the part of its content that was asked for."""

    version: ObjectVersion
    body: bytes | Stretches
    offset: int
    length: int


# Which bytes of a version to read; it may raise (a condition, a range).
Choose = Callable[[ObjectVersion], tuple[int, int]]


class Reading:
    """Looks at the versions of a key."""

    def __init__(self, data: MetaStore, contents: Contents) -> None:
        self._data = data
        self._contents = contents
        self._currents = Currents(data)

    @property
    def protection(self) -> Protection:
        """What encrypts and decrypts."""
        return self._contents.protection

    async def find(
        self, bucket: BucketRef, key: bytes, version_id: str | None = None
    ) -> ObjectVersion | None:
        """The version as it is stored, a delete marker too; None if there is none.

        Raises:
            Busy: others changed the key whenever it was looked at.
            Rejudge: it is not what a permission was given by (``BucketRef.judged``)
        """
        for _ in range(REREADS_MAX):
            current = await self._current(bucket, key)
            try:
                found = await self._among(bucket, key, current, version_id)
            except Conflict:
                continue
            version = found.version if found else None
            if bucket.judged is not None:
                bucket.judged.check(key, version_id, version)
            return version
        raise Busy

    async def stat(
        self, bucket: BucketRef, key: bytes, version_id: str | None = None
    ) -> ObjectVersion:
        """The version, which is an object.

        Raises:
            NoSuchKey, NoSuchVersion, IsDeleteMarker, Busy
        """
        found = await self.find(bucket, key, version_id)
        return self._readable(key, version_id, found)

    @staticmethod
    def _readable(key: bytes, version_id: str | None, found: ObjectVersion | None) -> ObjectVersion:
        text = key.decode()
        if found is None:
            raise NoSuchKey(text) if version_id is None else NoSuchVersion(text, version_id)
        if found.delete_marker:
            shown = found.version_id or NULL
            if version_id is None:
                raise NoSuchKey(text, delete_marker=shown)
            raise IsDeleteMarker(text, shown, found.modified_ms)
        return found

    def known(self, bucket: BucketRef, key: bytes) -> tuple[ObjectVersion, bytes] | None:
        """An object and all of its content, if that can be said without waiting.

        None says nothing of either: ask ``open``.

        Raises:
            Rejudge: it is not what a permission was given by (``BucketRef.judged``)
        """
        current = self._currents.known(bucket.id, key)
        if current is None or current.version.delete_marker:
            return None
        if bucket.judged is not None:
            bucket.judged.check(key, None, current.version)
        content = self._contents.known(current.version)
        return None if content is None else (current.version, content)

    async def open(
        self,
        bucket: BucketRef,
        key: bytes,
        version_id: str | None,
        choose: Choose,
        customer_key: bytes | None = None,
    ) -> Opened:
        """The version and the bytes of it that ``choose`` names, opened.

        Raises:
            NoSuchKey, NoSuchVersion, IsDeleteMarker, what ``choose`` raises, Busy;
            BlobMissing, BlobDamaged: metadata names what is not there;
            WrongCustomerKey and what else ``Protection.open`` raises
        """
        for _ in range(REREADS_MAX):
            version = await self.stat(bucket, key, version_id)
            offset, length = choose(version)
            try:
                body = await self._open(bucket, key, version, offset, length, customer_key)
            except Conflict:
                continue
            return Opened(version, body, offset, length)
        raise Busy

    async def open_version(
        self,
        bucket: BucketRef,
        key: bytes,
        version: ObjectVersion,
        offset: int,
        length: int,
        customer_key: bytes | None = None,
    ) -> bytes | Stretches:
        """Bytes of a version that was found before.

        Raises:
            Busy: it was replaced or deleted meanwhile.
            BlobMissing, BlobDamaged: metadata names what is not there;
            WrongCustomerKey and what else ``Protection.open`` raises
        """
        try:
            return await self._open(bucket, key, version, offset, length, customer_key)
        except Conflict:
            raise Busy from None

    async def check_whole(self, bucket: BucketRef, key: bytes, version: ObjectVersion) -> None:
        """See that everything the version names is there.

        Raises:
            as ``open_version``
        """
        with self.holding():
            if not await self._is_there(bucket, key, version):
                raise Busy
            segments = [one async for one in self.segments(bucket, version)]
            await self.check(bucket, segments, version.encryption)

    async def list_segments(
        self, bucket: BucketRef, key: bytes, version: ObjectVersion
    ) -> list[Segment]:
        """The segments of a version that was found before, in order.

        Raises:
            Conflict: it was replaced or deleted meanwhile, and the one that is there has others.
            BlobMissing: metadata names what is not there.
        """
        if not version.segment_rows:
            return list(version.segments)
        with self.holding():
            if not await self._is_there(bucket, key, version):
                raise Conflict
            return [one async for one in self.segments(bucket, version)]

    @contextmanager
    def holding(self) -> Iterator[None]:
        """What has a name when it is read in here is not reclaimed before the end."""
        token = self._contents.begin()
        try:
            yield
        finally:
            self._contents.end(token)

    async def check(
        self, bucket: BucketRef, segments: Iterable[Segment], encryption: Encryption | None
    ) -> None:
        """See that these segments are there; to be called while ``holding``.

        Raises:
            BlobMissing, BlobDamaged
        """
        await self._contents.check(bucket.id, segments, encryption)

    async def _open(
        self,
        bucket: BucketRef,
        key: bytes,
        version: ObjectVersion,
        offset: int,
        length: int,
        customer_key: bytes | None,
    ) -> bytes | Stretches:
        """Raises Conflict if the version is there no more."""
        token = None
        if version.segment_count > 1:
            # The segments are opened one after another: nothing may be reclaimed until
            # the last.  Said first, then read again: a row replaced in between is seen.
            token = self._contents.begin()
        try:
            if token is not None and not await self._is_there(bucket, key, version):
                raise Conflict
            return await self._contents.open(
                bucket.id, version, offset, length, token, customer_key
            )
        except BlobMissing:
            self._contents.end(token)
            if await self._is_there(bucket, key, version):
                raise
            raise Conflict from None  # replaced between row and content
        except BaseException:
            self._contents.end(token)
            raise

    async def _is_there(self, bucket: BucketRef, key: bytes, version: ObjectVersion) -> bool:
        """Whether the version is still stored."""
        again = await self.find(bucket, key, version.version_id or NULL)
        return again is not None and again.content == version.content

    def segments(self, bucket: BucketRef, version: ObjectVersion) -> AsyncGenerator[Segment, None]:
        """The segments of a version, in order."""
        return self._contents.segments(bucket.id, version)

    # What decisions read

    async def _current(self, bucket: BucketRef, key: bytes) -> Stored | None:
        return await self._currents.get(bucket.id, key)

    async def _among(
        self, bucket: BucketRef, key: bytes, current: Stored | None, version_id: str | None
    ) -> Stored | None:
        """The version of that id: the current one, or one that it leads to.

        Raises:
            Conflict: the current one was changed meanwhile, and there is none.
        """
        if current is None or version_id is None:
            return current
        if current.version.version_id == ("" if version_id == NULL else version_id):
            return current
        if version_id == NULL:
            found = await self._null_version(bucket, key, current)
        else:
            parsed = VersionId.parse(version_id)
            found = await self._noncurrent(bucket, key, parsed.sequence) if parsed else None
            if found is not None and found.version.version_id != version_id:
                found = None
        if found is None and await self._has_moved(bucket, key, current):
            raise Conflict  # perhaps it is the current one now
        return found

    async def _has_moved(self, bucket: BucketRef, key: bytes, current: Stored) -> bool:
        again = await self._current(bucket, key)
        return again is None or again.revision != current.revision

    async def _null_version(self, bucket: BucketRef, key: bytes, current: Stored) -> Stored | None:
        sequence = current.version.null_sequence
        return await self._noncurrent(bucket, key, sequence) if sequence else None

    async def _noncurrent(self, bucket: BucketRef, key: bytes, sequence: int) -> Stored | None:
        row = await self._data.get(keys.noncurrent(bucket.id, key, sequence))
        return Stored(decode_version(row.value), row.revision) if row else None

    async def _newest_noncurrent(self, bucket: BucketRef, key: bytes) -> Stored | None:
        found = await self._data.scan([keys.noncurrent_of(bucket.id, key)], 1)
        return Stored(decode_version(found[0].value), found[0].revision) if found else None

    async def _state(self, bucket: BucketRef, key: bytes, rule: Rule) -> KeyState:
        """What a write by that rule has to know of the key."""
        state = KeyState(key, current=await self._current(bucket, key))
        if state.current is None or rule.removes != "null version":
            return state
        removed: ObjectVersion | None = state.current.version
        if state.current.version.version_id != "":
            state.null = await self._null_version(bucket, key, state.current)
            removed = state.null.version if state.null else None
        if removed is not None:
            await self._load_reference(bucket, state, removed)
        return state

    async def _load_reference(
        self, bucket: BucketRef, state: KeyState, version: ObjectVersion
    ) -> None:
        if rows.has_reference(version):
            row = await self._data.get(keys.reference(bucket.id, version.content))
            state.references[version.content] = row
