"""Objects and their versions: read, decide, commit.  Reading them is ``storage.reading``.

A put takes the body in first and names it last; the commit is the only moment
at which an object exists.  What versioning adds and removes is a table.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from storage import keys, rows
from storage.blob import BlobStore
from storage.buckets import Buckets
from storage.changes import What, note
from storage.content import Contents
from storage.errors import Busy, ConditionalConflict, Exceeded, IsDeleteMarker, QuotaExceeded
from storage.etags import single_etag
from storage.guards import Guard, judging, unguarded
from storage.intake import Names, Source, Taken, take_in
from storage.integrity import Promises
from storage.meta import ABSENT, Batch, MetaStore, Row
from storage.naming import check_key
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.protection import Sealing, Wish
from storage.reading import Reading
from storage.records import (
    Attributes,
    Checksum,
    ObjectVersion,
    Reference,
    Versioning,
    decode_reference,
    encode,
)
from storage.retention import with_default
from storage.rows import BucketRef, KeyState
from storage.seam import Clock, Randomness
from storage.stamps import Deleted, Stamped
from storage.transact import KeyLocks, transact
from storage.versioning import DELETE, NULL, PUT, Rule, VersionId

# Of what an account's quota leaves, for one commit; then it hears SlowDown.
DRAWS_MAX: Final = 24
OBJECT_BYTES_MAX: Final = 5 * 1024**3  # API Reference, PutObject: 5 GB in a single operation


Result = TypeVar("Result")


# What is to be said of a version, instead of what it says.
ChangeOfVersion = Callable[[ObjectVersion], Attributes]
# Adds to a batch what a new version needs, and says what the version is.
Prepare = Callable[[Batch, KeyState, Stamped], Awaitable[ObjectVersion]]


class Objects(Reading):
    """The service behind every object operation."""

    def __init__(
        self,
        *,
        buckets: Buckets,
        data: MetaStore,
        blobs: BlobStore,
        contents: Contents,
        clock: Clock,
        randomness: Randomness,
        inline_max: int,
    ) -> None:
        super().__init__(data, contents)
        self._buckets = buckets
        self._blobs = blobs
        self._clock = clock
        self._randomness = randomness
        self._inline_max = inline_max
        self._names = Names(clock, randomness)
        self._locks = KeyLocks()

    async def put(
        self,
        bucket: BucketRef,
        key: bytes,
        source: Source,
        *,
        attributes: Attributes,
        owner: str,
        promises: Promises,
        condition: WriteCondition,
        wish: Wish | None = None,
    ) -> ObjectVersion:
        """Store a new version whose content is ``source``, encrypted as ``wish`` says.

        Raises:
            what ``Protection.begin`` raises;
            KeyTooLong, EntityTooLarge, BadDigest, ChecksumMismatch,
            PreconditionFailed, NoSuchKey, NoSuchBucket, ConditionalConflict,
            Busy, StoreFull, StoreUnavailable, Uncertain; what the source raises
        """
        check_key(key)
        await self._expect_room(bucket, key, source.size)
        sealing = None if wish is None else await self.protection.begin(bucket.id, wish)
        taken = await take_in(
            source,
            self._names.content(bucket.id),
            self._blobs,
            algorithms=promises.algorithms(),
            inline_max=self._inline_max,
            size_max=OBJECT_BYTES_MAX,
            sealing=sealing,
        )
        try:
            checksum = promises.check(taken.digests, source.trailers())
        except BaseException:
            await taken.discard()
            raise
        return await self.put_taken(
            bucket, key, taken, sealing, checksum, attributes, owner, condition
        )

    async def put_taken(
        self,
        bucket: BucketRef,
        key: bytes,
        taken: Taken,
        sealing: Sealing | None,
        checksum: Checksum | None,
        attributes: Attributes,
        owner: str,
        condition: WriteCondition,
    ) -> ObjectVersion:
        """Name what was taken in; it is discarded if that certainly fails."""
        segment = taken.segment
        draft = ObjectVersion(
            sequence=0,
            version_id="",
            modified_ms=0,
            size=taken.size,
            etag=single_etag(taken.digests["MD5"], sealing),
            owner=owner,
            attributes=attributes,
            checksum=checksum,
            content=taken.content,
            segments=(segment,) if segment else (),
            segment_count=1 if segment else 0,
            encryption=None if sealing is None else sealing.record,
        )

        async def prepare(batch: Batch, _state: KeyState, stamped: Stamped) -> ObjectVersion:
            if taken.size and taken.inline is not None:
                batch.put[keys.inline(bucket.id, taken.content)] = taken.inline
            elif taken.size:
                await self.claim(batch, bucket, taken.content)
            return stamped.apply(draft)

        async with taken.naming():
            return await self.write(bucket, key, prepare, condition)

    async def _expect_room(self, bucket: BucketRef, key: bytes, size: int | None) -> None:
        """Refuse what would not fit before it is received; the commit looks again, exactly.

        Raises:
            QuotaExceeded, Busy, StoreFull, StoreUnavailable, Uncertain
        """
        quotas = self._buckets.quotas
        if size is None or not quotas.bind(bucket):
            return
        try:
            await quotas.expect(bucket.id, size, 1)
        except QuotaExceeded:
            versioning = bucket.record.versioning
            if versioning is Versioning.ENABLED:
                raise
            replaced = await self.find(
                bucket, key, None if versioning is Versioning.NEVER else NULL
            )
            if replaced is None or replaced.delete_marker:
                raise
            await quotas.expect(bucket.id, size - replaced.size, 0)

    async def claim(self, batch: Batch, bucket: BucketRef, content: bytes) -> None:
        """Give a written blob its first name: of this and the sweeper exactly one wins."""
        row_key = keys.reference(bucket.id, content)
        if await self._data.get(row_key) is not None:
            raise Busy  # condemned while the writer slept
        batch.expect[row_key] = ABSENT
        batch.put[row_key] = encode(Reference(1))

    async def write(
        self, bucket: BucketRef, key: bytes, prepare: Prepare, condition: WriteCondition
    ) -> ObjectVersion:
        """Make what ``prepare`` returns the current version of ``key``, decided in the commit.

        ``prepare`` runs anew in every attempt and adds to the batch what gives
        the content its name.
        """

        async def decide() -> tuple[Batch, ObjectVersion]:
            now = await self._buckets.hold(bucket)
            rule = PUT[now.record.versioning]
            state = await self._state(now, key, rule)
            condition.check(_visible(state), key)
            batch = rows.begin(now, state)
            stamped = self._stamp(state, rule)
            state.now_ms = stamped.modified_ms
            new = await prepare(batch, state, stamped)
            default = now.record.default_lock
            if default is not None:
                new = with_default(new, default)
            rows.replace_current(
                batch, now, state, new, removes_null=rule.removes == "null version"
            )
            note(
                batch,
                bucket.trace,
                What.PUT,
                new.modified_ms,
                key,
                version_id=new.version_id,
                size=new.size,
                etag=new.etag,
            )
            return batch, new

        async def happened(new: ObjectVersion) -> bool:
            return await self._is_stored(bucket, key, new)

        return await self._decided(bucket, key, decide, happened, condition)

    async def _decided(
        self,
        bucket: BucketRef,
        key: bytes,
        decide: Callable[[], Awaitable[tuple[Batch | None, Result]]],
        happened: Callable[[Result], Awaitable[bool]],
        condition: WriteCondition,
    ) -> Result:
        """Commit it once those are done who came first; a condition that loses for good says so."""
        async with self._locks.hold(keys.current(bucket.id, key)):
            try:
                return await self.with_room(bucket, decide, happened)
            except Busy:
                if condition:
                    raise ConditionalConflict(key.decode()) from None
                raise

    async def with_room(
        self,
        bucket: BucketRef,
        decide: Callable[[], Awaitable[tuple[Batch | None, Result]]],
        happened: Callable[[Result], Awaitable[bool]],
    ) -> Result:
        """Commit it; where what the bucket was granted is used up, draw more and try again.

        Raises:
            QuotaExceeded
        """
        last: Batch | None = None

        async def remembered() -> tuple[Batch | None, Result]:
            nonlocal last
            last, result = await decide()
            return last, result

        for _ in range(DRAWS_MAX):
            try:
                return await transact(self._data, remembered, happened=happened, trace=bucket.trace)
            except Exceeded:
                assert last is not None, "what was refused was decided"
                await self._buckets.quotas.make_room(bucket.id, last)
        raise Busy

    async def delete(
        self,
        bucket: BucketRef,
        key: bytes,
        version_id: str | None,
        *,
        owner: str,
        condition: WriteCondition,
        bypass: bool = False,
        guard: Guard = unguarded,
    ) -> Deleted:
        """Delete a key (perhaps by a marker) or one version for good.

        What is not there counts as deleted.  ``bypass`` is of someone who may
        bypass governance, and wants to.

        Raises:
            ObjectLocked, PreconditionFailed, NoSuchBucket, ConditionalConflict, Busy,
            StoreUnavailable, Uncertain; what ``guard`` raises
            Rejudge: it is not what a permission was given by (``BucketRef.judged``)
        """
        check_key(key)
        guard, bucket = judging(bucket, key, version_id, guard), bucket.unjudged()

        async def decide() -> tuple[Batch | None, Deleted]:
            now = (await self._buckets.hold(bucket)).traced(bucket.trace)
            if version_id is not None:
                return await self._delete_version(
                    now, key, version_id, condition, bypass=bypass, guard=guard
                )
            return await self._delete_key(now, key, owner, condition, guard)

        async def happened(gone: Deleted) -> bool:
            if version_id is not None:
                return await self.find(bucket, key, version_id) is None
            current = await self.find(bucket, key)
            if current is None:
                return not gone.delete_marker
            return current.delete_marker and (current.version_id or NULL) == gone.version_id

        return await self._decided(bucket, key, decide, happened, condition)

    async def _delete_key(
        self, bucket: BucketRef, key: bytes, owner: str, condition: WriteCondition, guard: Guard
    ) -> tuple[Batch | None, Deleted]:
        rule = DELETE[bucket.record.versioning]
        state = await self._state(bucket, key, rule)
        guard(bucket, state.current, state.current)
        state.now_ms = self._clock.now_ms()
        condition.check(_visible(state), key)
        batch = rows.begin(bucket, state)
        if rule.adds == "nothing":
            if state.current is None:
                return None, Deleted(None, delete_marker=False)
            rows.remove_current(batch, bucket, state)
            note(batch, bucket.trace, What.REMOVED, state.now_ms, key)
            return batch, Deleted(None, delete_marker=False)
        content = self._names.content(bucket.id)
        draft = ObjectVersion(0, "", 0, owner=owner, delete_marker=True, content=content)
        marker = self._stamp(state, rule).apply(draft)
        rows.replace_current(
            batch, bucket, state, marker, removes_null=rule.removes == "null version"
        )
        note(batch, bucket.trace, What.MARKED, state.now_ms, key, version_id=marker.version_id)
        return batch, Deleted(marker.version_id or NULL, delete_marker=True)

    async def _delete_version(
        self,
        bucket: BucketRef,
        key: bytes,
        version_id: str,
        condition: WriteCondition,
        *,
        bypass: bool,
        guard: Guard,
    ) -> tuple[Batch | None, Deleted]:
        state = KeyState(key, current=await self._current(bucket, key), bypass=bypass)
        state.now_ms = self._clock.now_ms()
        found = await self._among(bucket, key, state.current, version_id)
        guard(bucket, state.current, found)
        condition.check(found.version if found else None, key)
        if found is None:
            return None, Deleted(version_id, delete_marker=False)
        await self._load_reference(bucket, state, found.version)
        batch = rows.begin(bucket, state)
        if found is state.current:
            state.next = await self._newest_noncurrent(bucket, key)
            rows.remove_current(batch, bucket, state)
        else:
            rows.remove_noncurrent(batch, bucket, state, found)
        note(
            batch,
            bucket.trace,
            What.REMOVED,
            state.now_ms,
            key,
            version_id=version_id,
            size=found.version.size,
            etag=found.version.etag,
        )
        return batch, Deleted(version_id, delete_marker=found.version.delete_marker)

    async def set_tags(
        self, bucket: BucketRef, key: bytes, version_id: str | None, tags: dict[str, str]
    ) -> ObjectVersion:
        """Replace the tags of a version.

        Raises:
            as ``change``
        """
        return await self.change(
            bucket, key, version_id, lambda old: msgspec.structs.replace(old.attributes, tags=tags)
        )

    async def change(
        self,
        bucket: BucketRef,
        key: bytes,
        version_id: str | None,
        change: ChangeOfVersion,
        guard: Guard = unguarded,
    ) -> ObjectVersion:
        """Change what is said of a version; its content and date stay.

        ``change`` runs anew in every attempt, sees the version as it is, and may refuse.

        Raises:
            NoSuchKey, NoSuchVersion, IsDeleteMarker, NoSuchBucket, Busy, StoreFull,
            StoreUnavailable, Uncertain; what ``change`` and ``guard`` raise
            Rejudge: it is not what a permission was given by (``BucketRef.judged``)
        """

        def changed(old: ObjectVersion) -> ObjectVersion:
            return msgspec.structs.replace(old, attributes=change(old))

        return await self.replace(bucket, key, version_id, changed, guard)

    async def replace(
        self,
        bucket: BucketRef,
        key: bytes,
        version_id: str | None,
        change: Callable[[ObjectVersion], ObjectVersion],
        guard: Guard = unguarded,
    ) -> ObjectVersion:
        """The same of any of a version's members but those that rows are counted by.

        Raises:
            as ``change``
        """
        guard, bucket = judging(bucket, key, version_id, guard), bucket.unjudged()

        async def decide() -> tuple[Batch, ObjectVersion]:
            now = await self._buckets.hold(bucket)
            state = KeyState(key, current=await self._current(now, key))
            found = await self._among(now, key, state.current, version_id)
            guard(now, state.current, found)
            old = self._changeable(key, version_id, found.version if found else None)
            new = change(old)
            batch = rows.begin(now, state)
            if found is state.current:
                batch.put[keys.current(now.id, key)] = encode(new)
            else:
                row_key = keys.noncurrent(now.id, key, new.sequence)
                assert found is not None
                batch.expect[row_key] = found.revision
                batch.put[row_key] = encode(new)
            at_ms, version = self._clock.now_ms(), new.version_id
            note(batch, bucket.trace, What.CHANGED, at_ms, key, version_id=version)
            return batch, new

        async def happened(new: ObjectVersion) -> bool:
            return await self._is_stored(bucket, key, new)

        return await self._decided(bucket, key, decide, happened, UNCONDITIONAL)

    def _changeable(
        self, key: bytes, version_id: str | None, found: ObjectVersion | None
    ) -> ObjectVersion:
        """Of a delete marker S3 says that it is one, to whoever wants to change it."""
        if found is not None and found.delete_marker:
            raise IsDeleteMarker(key.decode(), found.version_id or NULL, found.modified_ms)
        return self._readable(key, version_id, found)

    async def share(
        self, batch: Batch, bucket: BucketRef, state: KeyState, version: ObjectVersion
    ) -> bool:
        """One more version will name this content; False if it is being given back."""
        row = state.references.get(version.content) or await self._data.get(
            keys.reference(bucket.id, version.content)
        )
        if row is None or (count := decode_reference(row.value).count) < 1:
            return False
        value = encode(Reference(count + 1))
        batch.expect[row.key] = row.revision
        batch.put[row.key] = value
        state.references[version.content] = Row(row.key, value, row.revision)
        return True

    def _stamp(self, state: KeyState, rule: Rule) -> Stamped:
        sequence = rows.next_sequence(state)
        version_id = ""
        if rule.adds == "new id":
            version_id = str(VersionId.make(sequence, self._randomness.bytes))
        return Stamped(sequence, version_id, self._clock.now_ms())

    async def _is_stored(self, bucket: BucketRef, key: bytes, new: ObjectVersion) -> bool:
        """Whether exactly this version is there, by whomever: then to say so is true.

        A content tells nothing (copies share it), nor does an id that was there
        before (of a version that got other tags).
        """
        found = await self.find(bucket, key, new.version_id or NULL)
        return found is not None and _anywhere(found) == _anywhere(new)


def _anywhere(version: ObjectVersion) -> ObjectVersion:
    """The version without what only the current row says of another one."""
    return msgspec.structs.replace(version, null_sequence=0)


def _visible(state: KeyState) -> ObjectVersion | None:
    """The current object as a condition sees it: under a delete marker there is none."""
    current = state.current
    return current.version if current and not current.version.delete_marker else None
