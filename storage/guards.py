"""What may be done only to the object that it was decided of.  Pure."""

from collections.abc import Callable

from storage.rows import BucketRef, Stored

# Looks at what a commit expects, the bucket, the key's current version and the one that is meant,
# and raises if that is not what it was decided of.
Guard = Callable[[BucketRef, Stored | None, Stored | None], None]


def unguarded(_bucket: BucketRef, _current: Stored | None, _found: Stored | None) -> None:
    """Whatever is there is meant."""


def judging(bucket: BucketRef, key: bytes, version_id: str | None, guard: Guard) -> Guard:
    """A guard that lets nothing be done to another object than a permission was given by.

    It raises Rejudge, or what ``guard`` does.
    """
    judged = bucket.judged
    if judged is None:
        return guard

    def both(now: BucketRef, current: Stored | None, found: Stored | None) -> None:
        judged.check(key, version_id, found.version if found else None)
        guard(now, current, found)

    return both
