"""The keeper's walk over buckets that have a lifecycle: what falls due is done.

A pass over a bucket looks at its noncurrent versions, its current versions and
its uploads, a bounded number of rows each turn, and goes on where the last turn
ended.  A new pass begins at midnight and at noon (UTC), with the rules that the
bucket has by then.

What falls due is decided again when it is done (``storage.deeds``).  Where
something was changed under the walk, the next pass comes an hour later.  A
keeper that begins begins with a pass, and finds what was done to be done.

Source: User Guide, "Managing the lifecycle of objects".
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from storage import keys
from storage.deeds import Deed, Deeds, Moved
from storage.errors import Busy
from storage.garbage import Done, Stopped, never
from storage.legible import is_legible
from storage.lifecycle import Do, Lifecycle
from storage.meta import SCAN_ROWS_MAX, MetaStore, Range, Row, prefix_range
from storage.records import decode_upload, decode_version
from storage.rows import BucketRef, Stored
from storage.seam import Clock
from storage.uploadids import print_id

KIND: Final = "lifecycle"  # of the document
PAGE_ROWS: Final = 500
ROWS_PER_TURN: Final = 5_000  # some 50 ms, unless much falls due
LOOKS_IN_A_ROW: Final = 10_000  # rules held against rows before others get their turn: some 10 ms
DEEDS_AT_ONCE: Final = 16  # they share commits
PASSES_PER_DAY: Final = 2
AGAIN_PER_DAY: Final = 24  # at most, where something changed under the walk

assert PAGE_ROWS <= SCAN_ROWS_MAX

# What a document means, and how long its days are.
Compile = Callable[[bytes], Lifecycle]


class _Group(NamedTuple):
    """How far the noncurrent versions of a key were looked at."""

    key: bytes
    current: Stored
    since_ms: int  # when the next one was replaced
    newer: int  # that were seen and stay


@dataclass(slots=True)
class _Pass:
    """Where a bucket's walk is."""

    config_revision: int
    document_revision: int
    rules: Lifecycle
    began_ms: int
    left: list[Range]  # of rows; the first range is under way
    group: _Group | None = None
    moved: bool = False  # something has to be looked at again
    done: bool = False


@dataclass(slots=True)
class _Turn:
    """One look at a bucket."""

    bucket: BucketRef
    now_ms: int
    done: Done
    walk: _Pass
    deeds: list[Deed] = field(default_factory=list)


class Aging:
    """Applies lifecycles.  One at a time per data directory."""

    def __init__(
        self,
        *,
        deeds: Deeds,
        data: MetaStore,
        clock: Clock,
        compiled: Compile,
    ) -> None:
        self._deeds = deeds
        self._data = data
        self._clock = clock
        self._compile = compiled
        self._passes: dict[bytes, _Pass] = {}
        self._is_new = True  # what was left when the one before ended is not waited with

    async def advance(self, bucket: BucketRef, done: Done, stopped: Stopped = never) -> None:
        """Take a bucket's turn; ``done.more`` says that its pass is not at its end.

        Raises:
            StoreFull, StoreUnavailable, Uncertain: the turn is taken again.
        """
        if KIND not in bucket.record.documents:
            self._passes.pop(bucket.id, None)
            return
        walk = await self._pass_of(bucket)
        if walk is None or walk.done:
            return
        turn = _Turn(bucket, self._clock.now_ms(), done, walk)
        rows = 0
        while walk.left and rows < ROWS_PER_TURN and not stopped():
            rows += await self._page(turn)
            await asyncio.sleep(0)  # a signal wants to be heard
        walk.done = not walk.left
        done.more |= not walk.done

    def forget(self, buckets: set[bytes]) -> None:
        """Keep in mind only what concerns these ``buckets``: there are no others.

        Each of them has had its turn.
        """
        self._is_new = False
        for gone in self._passes.keys() - buckets:
            del self._passes[gone]

    async def _pass_of(self, bucket: BucketRef) -> _Pass | None:
        """The pass that is under way, or waited for, or a new one; None without a document."""
        known = self._passes.get(bucket.id)
        if known is None or known.config_revision != bucket.record.config_revision:
            row = await self._data.get(keys.document(bucket.id, KIND))
            if row is None:
                return None
            if known is None or known.document_revision != row.revision:
                known = self._begin(bucket, row.revision, self._compile(row.value))
                known.done = not self._is_new  # it waits: who configured it may think again
            # Of before the document was read: if that is newer, it is read once more.
            known.config_revision = bucket.record.config_revision
        if known.done and self._is_over(known):
            return self._begin(bucket, known.document_revision, known.rules)
        return known

    def _begin(self, bucket: BucketRef, document_revision: int, rules: Lifecycle) -> _Pass:
        walk = _Pass(
            bucket.record.config_revision,
            document_revision,
            rules,
            self._clock.now_ms(),
            _ranges(bucket.id, rules),
        )
        self._passes[bucket.id] = walk
        return walk

    def _is_over(self, known: _Pass) -> bool:
        """Whether it is time for the next one."""
        now_ms, day_ms = self._clock.now_ms(), known.rules.day_ms
        tick = day_ms // PASSES_PER_DAY
        if now_ms // tick != known.began_ms // tick:
            return True
        return known.moved and now_ms - known.began_ms >= day_ms // AGAIN_PER_DAY

    async def _page(self, turn: _Turn) -> int:
        """Look at a page of rows and do what they ask for; how many rows there were."""
        walk, bucket_id = turn.walk, turn.bucket.id
        wanted = walk.left[0]
        rows = await self._data.scan([wanted], PAGE_ROWS)
        group = walk.group
        if wanted.start.startswith(keys.objects_prefix(bucket_id)):
            await self._look_at_objects(turn, rows)
        elif wanted.start.startswith(keys.versions_prefix(bucket_id)):
            group = await self._look_at_versions(turn, rows, group)
        else:
            await self._look_at_uploads(turn, rows)
        deeds, turn.deeds = turn.deeds, []
        for first in range(0, len(deeds), DEEDS_AT_ONCE):
            some = deeds[first : first + DEEDS_AT_ONCE]
            # All of them end before one's failure is heard: nothing goes on unseen.
            ended = await asyncio.gather(
                *[self._do(turn, deed) for deed in some], return_exceptions=True
            )
            for outcome in ended:
                if isinstance(outcome, BaseException):
                    raise outcome
        walk.group = group
        if len(rows) < PAGE_ROWS:
            del walk.left[0]
            walk.group = None
        else:
            walk.left[0] = Range(rows[-1].key + b"\x00", wanted.end)
        return len(rows)

    # Looking

    async def _look_at_objects(self, turn: _Turn, rows: Sequence[Row]) -> None:
        cut = len(keys.objects_prefix(turn.bucket.id))
        async for row in _legible(rows, turn.walk.rules):
            key, version = row.key[cut:], decode_version(row.value)
            stored = Stored(version, row.revision)
            if not version.delete_marker:
                action = turn.walk.rules.of_current(
                    key, version, turn.now_ms, turn.bucket.record.versioning
                )
            else:
                action = turn.walk.rules.of_marker(key, version, turn.now_ms)
                # Nothing can be added below a current version that stays what it is.
                if action is not None and not await self._is_alone(turn.bucket, key):
                    action = None
            if action is not None:
                turn.deeds.append(Deed(turn.bucket, key, action, stored, stored))

    async def _is_alone(self, bucket: BucketRef, key: bytes) -> bool:
        return not await self._data.scan([keys.noncurrent_of(bucket.id, key)], 1)

    async def _look_at_versions(
        self, turn: _Turn, rows: Sequence[Row], group: _Group | None
    ) -> _Group | None:
        """The noncurrent versions, newest first of each key; returns how far the last key is."""
        cut = len(keys.versions_prefix(turn.bucket.id))
        async for row in _legible(rows, turn.walk.rules):
            key, _ = keys.unescape(row.key[cut:])
            if group is None or group.key != key:
                group = await self._group_of(turn.bucket, key)
                if group is None:
                    continue  # it has no current version any more: it is being deleted
            version = decode_version(row.value)
            if version.sequence >= group.current.version.sequence:
                continue  # it was the current one when the others were looked for
            action = turn.walk.rules.of_noncurrent(
                key, version, group.since_ms, group.newer, turn.now_ms
            )
            stays = action is None or action.do is not Do.REMOVE
            if action is not None:
                found = Stored(version, row.revision)
                turn.deeds.append(Deed(turn.bucket, key, action, group.current, found))
            group = group._replace(since_ms=version.modified_ms, newer=group.newer + stays)
        return group

    async def _group_of(self, bucket: BucketRef, key: bytes) -> _Group | None:
        row = await self._data.get(keys.current(bucket.id, key))
        if row is None or not is_legible(row):
            return None
        current = Stored(decode_version(row.value), row.revision)
        return _Group(key, current, current.version.modified_ms, 0)

    async def _look_at_uploads(self, turn: _Turn, rows: Sequence[Row]) -> None:
        cut = len(keys.uploads_prefix(turn.bucket.id))
        async for row in _legible(rows, turn.walk.rules):
            key, upload_id = keys.unescape(row.key[cut:])
            initiated_ms = decode_upload(row.value).initiated_ms
            action = turn.walk.rules.of_upload(key, initiated_ms, turn.now_ms)
            if action is not None:
                turn.deeds.append(Deed(turn.bucket, key, action, upload_id=print_id(upload_id)))

    async def _do(self, turn: _Turn, deed: Deed) -> None:
        try:
            was_done = await self._deeds.do(deed)
            turn.done.aged += was_done  # others count meanwhile
        except (Moved, Busy):
            turn.walk.moved = True


async def _legible(rows: Sequence[Row], rules: Lifecycle) -> AsyncIterator[Row]:
    """The rows that decode (fsck tells of the others); with pauses, for others on the loop."""
    in_a_row = max(1, LOOKS_IN_A_ROW // max(1, len(rules.rules)))
    for number, row in enumerate(rows, 1):
        if number % in_a_row == 0:
            await asyncio.sleep(0)
        if is_legible(row):
            yield row


def _ranges(bucket_id: bytes, rules: Lifecycle) -> list[Range]:
    """The rows that any rule is about."""
    return [
        # First, for a delete marker may be alone after that.
        *(
            prefix_range(keys.versions_prefix(bucket_id) + keys.escape_prefix(one))
            for one in rules.noncurrent_prefixes()
        ),
        *(prefix_range(keys.current(bucket_id, one)) for one in rules.current_prefixes()),
        *(
            prefix_range(keys.uploads_prefix(bucket_id) + keys.escape_prefix(one))
            for one in rules.upload_prefixes()
        ),
    ]
