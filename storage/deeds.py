"""What a lifecycle asks for, done as a client would do it.

Each deed is one commit of the services, in which it is decided again: the
bucket, the key's current version and the version that was looked at have to be
what they were then.  A version that was replaced, tagged or locked meanwhile
is left alone, and so is everything of a bucket that was configured anew.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from storage.changes import Trace
from storage.errors import NoSuchBucket, NoSuchUpload, ObjectLocked, PreconditionFailed
from storage.lifecycle import Action, Do
from storage.objects import Objects
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes, ObjectVersion
from storage.rows import BucketRef, Stored
from storage.uploads import Uploads
from storage.versioning import NULL


class Moved(Exception):
    """Something is no longer what was looked at: look again."""


class Deed(NamedTuple):
    """What is asked for, and all that it was decided by."""

    bucket: BucketRef
    key: bytes
    action: Action
    current: Stored | None = None
    found: Stored | None = None  # the version that is meant
    upload_id: str = ""

    def check(self, bucket: BucketRef, current: Stored | None, found: Stored | None) -> None:
        """Refuse what was not looked at.

        Raises:
            Moved
        """
        if (
            bucket.revision != self.bucket.revision
            or _revision(current) != _revision(self.current)
            or _revision(found) != _revision(self.found)
        ):
            raise Moved

    @property
    def version_id(self) -> str:
        """The id of the version that is meant."""
        assert self.found is not None, "no upload"
        return self.found.version.version_id or NULL


class Deeds:
    """Does them."""

    def __init__(
        self,
        objects: Objects,
        uploads: Uploads,
        trace_of: Callable[[Deed], Trace] | None = None,
    ) -> None:
        """``trace_of`` tells change logs of a deed."""
        self._trace_of = trace_of
        self._objects = objects
        self._uploads = uploads

    async def do(self, deed: Deed) -> bool:
        """Whether it was done: what is gone by itself, or has to stay, is not.

        Raises:
            Moved, Busy, StoreFull, StoreUnavailable, Uncertain
        """
        if self._trace_of is not None:
            deed = deed._replace(bucket=deed.bucket.traced(self._trace_of(deed)))
        try:
            match deed.action.do:
                case Do.EXPIRE:
                    await self._delete(deed, None)
                case Do.REMOVE:
                    await self._delete(deed, deed.version_id)
                case Do.TRANSITION:
                    await self._move(deed)
                case Do.ABORT:
                    await self._abort(deed)
        except (NoSuchBucket, NoSuchUpload, ObjectLocked):
            return False
        return True

    async def _delete(self, deed: Deed, version_id: str | None) -> None:
        """A delete marker, if there is to be one, belongs to the bucket's owner."""
        await self._objects.delete(
            deed.bucket,
            deed.key,
            version_id,
            owner=deed.bucket.record.account,
            condition=UNCONDITIONAL,
            guard=deed.check,
        )

    async def _move(self, deed: Deed) -> None:
        def colder(old: ObjectVersion) -> Attributes:
            return msgspec.structs.replace(old.attributes, storage_class=deed.action.storage_class)

        await self._objects.change(deed.bucket, deed.key, deed.version_id, colder, guard=deed.check)

    async def _abort(self, deed: Deed) -> None:
        try:
            await self._uploads.abort(
                deed.bucket, deed.key, deed.upload_id, revision=deed.bucket.revision
            )
        except PreconditionFailed:
            raise Moved from None


def _revision(stored: Stored | None) -> int | None:
    return None if stored is None else stored.revision
