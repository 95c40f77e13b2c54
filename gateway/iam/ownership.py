"""Whose an object is, and whether lists have a say at all.

Source: User Guide, "Controlling ownership of objects and disabling ACLs for
your bucket".
"""

from typing import Final, NamedTuple

from storage.records import Bucket, Ownership, PublicAccessBlock

NAMES: Final = {
    "BucketOwnerEnforced": Ownership.ENFORCED,
    "BucketOwnerPreferred": Ownership.PREFERRED,
    "ObjectWriter": Ownership.WRITER,
}
SHOWN: Final = {ownership: name for name, ownership in NAMES.items()}
_TO_BUCKET_OWNER: Final = "bucket-owner-full-control"


class Defaults(NamedTuple):
    """What a new bucket begins with, if its maker says nothing else."""

    ownership: Ownership = Ownership.ENFORCED
    blocked: PublicAccessBlock | None = PublicAccessBlock()


def has_lists(bucket: Bucket) -> bool:
    """Whether ACLs have an effect."""
    return bucket.ownership is not Ownership.ENFORCED


def owner_of_new(bucket: Bucket, writer: str, canned: str | None) -> str:
    """The account that a new object belongs to."""
    if bucket.ownership is Ownership.ENFORCED:
        return bucket.account
    if bucket.ownership is Ownership.PREFERRED and canned == _TO_BUCKET_OWNER:
        return bucket.account
    return writer


def owner_of(bucket: Bucket, stored: str) -> str:
    """The account that an object belongs to, which was stored with that owner."""
    return bucket.account if bucket.ownership is Ownership.ENFORCED else stored
