"""Which rows a change of a key touches.  Pure: rows read in, a Batch out.

Two tables in ``versioning`` say what a write adds and removes; this module
turns that into puts and deletes.  Nothing here awaits.
"""

from dataclasses import dataclass, field

import msgspec

from storage import keys
from storage.changes import Trace
from storage.errors import Rejudge
from storage.meta import ABSENT, Batch, Delta, Row
from storage.records import Bucket, Garbage, ObjectVersion, Reference, decode_reference, encode
from storage.retention import check_removable


@dataclass(frozen=True, slots=True)
class Judged:
    """An object as it was when somebody was let in because of what it was, or because it was not.

    Between the decision and the reading it may be replaced: by what he may not read.
    """

    key: bytes
    version_id: str | None
    version: ObjectVersion | None  # None: there was none

    def check(self, key: bytes, version_id: str | None, found: ObjectVersion | None) -> None:
        """Refuse to read another object than the one that was judged.

        Raises:
            Rejudge
        """
        if (key, version_id) == (self.key, self.version_id):
            now = None if found is None or found.delete_marker else found
            if _basis(now) != _basis(self.version):
                raise Rejudge


def _basis(version: ObjectVersion | None) -> tuple[object, ...] | None:
    """What of an object permissions depend on: that it is there, its owner, its list, its tags."""
    if version is None:
        return None
    return version.owner, version.attributes.acl, version.attributes.tags


@dataclass(frozen=True, slots=True)
class BucketRef:
    """A bucket's row as read: every object commit expects this revision.

    ``trace`` says for whom somebody has it; what is committed by it is told by
    that in the bucket's change log.  ``judged`` is the one object by which he was
    let in, if it is by one.
    """

    id: bytes
    revision: int
    record: Bucket
    trace: Trace | None = field(default=None, repr=False, compare=False)
    judged: Judged | None = field(default=None, repr=False, compare=False)

    def traced(self, trace: Trace | None) -> "BucketRef":
        """The same in somebody's hands."""
        return BucketRef(self.id, self.revision, self.record, trace, self.judged)

    def judged_by(self, judged: Judged) -> "BucketRef":
        """The same for somebody who may read an object only as it was judged.

        Raises:
            Rejudge: it was judged before, when it was another
        """
        if self.judged is not None:
            self.judged.check(judged.key, judged.version_id, judged.version)
        return BucketRef(self.id, self.revision, self.record, self.trace, judged)

    def unjudged(self) -> "BucketRef":
        """The same for whoever looks what has become of what he did himself."""
        return BucketRef(self.id, self.revision, self.record, self.trace)


@dataclass(frozen=True, slots=True)
class Stored:
    """A version and the revision of the row that holds it."""

    version: ObjectVersion
    revision: int


@dataclass(slots=True)
class KeyState:
    """What a decision about one key needs to have read."""

    key: bytes
    current: Stored | None = None
    null: Stored | None = None  # the noncurrent null version
    next: Stored | None = None  # the newest noncurrent version
    references: dict[bytes, Row | None] = field(default_factory=dict)  # by content
    now_ms: int = 0  # by which locks are judged; at 0 none has ended
    bypass: bool = False  # whoever decides may remove what governance retains


def begin(bucket: BucketRef, state: KeyState) -> Batch:
    """A batch that expects the bucket and the key's current row as they were read."""
    batch = Batch(keys.bucket(bucket.id), routine=True)
    batch.expect[keys.bucket(bucket.id)] = bucket.revision
    revision = state.current.revision if state.current else ABSENT
    batch.expect[keys.current(bucket.id, state.key)] = revision
    return batch


def next_sequence(state: KeyState) -> int:
    """One above the row replaced, never a clock."""
    return state.current.version.sequence + 1 if state.current else 1


def replace_current(
    batch: Batch, bucket: BucketRef, state: KeyState, new: ObjectVersion, *, removes_null: bool
) -> None:
    """Make ``new`` the current version; ``state.null`` is read if ``removes_null`` needs it.

    Raises:
        ObjectLocked: the null version that it takes the place of has to stay.
    """
    null_sequence = 0
    if state.current is not None:
        old = state.current.version
        if old.version_id == "" and removes_null:
            release(batch, bucket, state, old)
        else:
            _make_noncurrent(batch, bucket, state.key, old)
            null_sequence = old.sequence if old.version_id == "" else old.null_sequence
            if removes_null and state.null is not None:
                _drop_noncurrent(batch, bucket, state, state.null)
                null_sequence = 0
    new = msgspec.structs.replace(new, null_sequence=null_sequence)
    batch.put[keys.current(bucket.id, state.key)] = encode(new)
    _count(batch, bucket, new, 1)


def remove_current(batch: Batch, bucket: BucketRef, state: KeyState) -> None:
    """Take the current version away; the newest noncurrent one takes its place.

    Raises:
        ObjectLocked
    """
    assert state.current is not None
    batch.frees = True
    old = state.current.version
    release(batch, bucket, state, old)
    if state.next is None:
        batch.delete.add(keys.current(bucket.id, state.key))
        return
    promoted = state.next.version
    from_key = keys.noncurrent(bucket.id, state.key, promoted.sequence)
    batch.expect[from_key] = state.next.revision
    batch.delete.add(from_key)
    null_sequence = 0 if old.null_sequence == promoted.sequence else old.null_sequence
    batch.put[keys.current(bucket.id, state.key)] = encode(
        msgspec.structs.replace(promoted, null_sequence=null_sequence)
    )


def remove_noncurrent(batch: Batch, bucket: BucketRef, state: KeyState, found: Stored) -> None:
    """Take one noncurrent version away.

    Raises:
        ObjectLocked
    """
    assert state.current is not None
    batch.frees = True
    _drop_noncurrent(batch, bucket, state, found)
    if found.version.version_id == "":
        batch.put[keys.current(bucket.id, state.key)] = encode(
            msgspec.structs.replace(state.current.version, null_sequence=0)
        )


def is_private_inline(version: ObjectVersion) -> bool:
    """Whether the content is one row that no other version shares."""
    segments = version.segments
    return len(segments) == 1 and segments[0].inline and segments[0].content == version.content


def has_reference(version: ObjectVersion) -> bool:
    """Whether the content is counted in a reference row."""
    return version.segment_count > 0 and not is_private_inline(version)


def release(batch: Batch, bucket: BucketRef, state: KeyState, old: ObjectVersion) -> None:
    """One version fewer names this content; the last one leaves it to the keeper.

    Every way to lose a version leads through here.

    Raises:
        ObjectLocked: it has to stay.
    """
    check_removable(old, state.now_ms, bypass=state.bypass)
    _count(batch, bucket, old, -1)
    if is_private_inline(old):
        # Readers took it whole before their first byte, or read the row again.
        batch.delete.add(keys.inline(bucket.id, old.content))
        return
    if not has_reference(old):
        return
    row = state.references[old.content]
    if row is None:
        return  # damaged metadata: fsck reports it; there is nothing to give back
    count = decode_reference(row.value).count
    batch.expect[row.key] = row.revision
    batch.put[row.key] = encode(Reference(max(count - 1, 0)))
    if count <= 1:
        batch.append.append((keys.garbage(bucket.id), encode(_garbage_of(old))))


def _garbage_of(old: ObjectVersion) -> Garbage:
    return Garbage(
        blobs=tuple(segment.content for segment in old.segments if not segment.inline),
        inlines=tuple(segment.content for segment in old.segments if segment.inline),
        content=old.content,
    )


def _make_noncurrent(batch: Batch, bucket: BucketRef, key: bytes, old: ObjectVersion) -> None:
    row_key = keys.noncurrent(bucket.id, key, old.sequence)
    batch.put[row_key] = encode(msgspec.structs.replace(old, null_sequence=0))


def _drop_noncurrent(batch: Batch, bucket: BucketRef, state: KeyState, found: Stored) -> None:
    row_key = keys.noncurrent(bucket.id, state.key, found.version.sequence)
    batch.expect[row_key] = found.revision
    batch.delete.add(row_key)
    release(batch, bucket, state, found.version)


def _count(batch: Batch, bucket: BucketRef, version: ObjectVersion, sign: int) -> None:
    """Keep the bucket's usage, exactly: in the commit that changes it."""
    if version.delete_marker:
        return
    size, objects = _ceilings(bucket)
    for key, by, ceiling in (
        (keys.usage_objects(bucket.id), sign, objects),
        (keys.usage_bytes(bucket.id), sign * version.size, size),
    ):
        before = batch.add.get(key)
        batch.add[key] = Delta(by + (before.by if before else 0), ceiling)


def count_part(batch: Batch, bucket: BucketRef, by: int) -> None:
    """The same of parts of uploads under way: they hold bytes, and are no versions."""
    row_key = keys.usage_bytes(bucket.id)
    before = batch.add.get(row_key)
    batch.add[row_key] = Delta(by + (before.by if before else 0), _ceilings(bucket)[0])


def _ceilings(bucket: BucketRef) -> tuple[int | None, int | None]:
    """How many bytes and versions the bucket may hold, by its quota and its account's."""
    quota, granted = bucket.record.quota, bucket.record.granted
    if granted is None:
        return (None, None) if quota is None else (quota.bytes, quota.objects)
    if quota is None:
        return granted.bytes, granted.objects
    return min(quota.bytes, granted.bytes), min(quota.objects, granted.objects)
