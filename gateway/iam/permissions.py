"""Which permissions an operation needs, and who has them.

Source: User Guide, "Required permissions for Amazon S3 API operations"; API
Reference, each operation's "Permissions".
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.iam.accounts import Principal
from storage.rows import BucketRef

# Whether somebody (None: anonymous) may do this; None for a bucket: in his account.
Allows = Callable[[Principal | None, str, BucketRef | None], bool]


class Needs(NamedTuple):
    """Permissions on what is addressed: all of ``current``, or of ``version`` if one is named."""

    current: tuple[str, ...]
    version: tuple[str, ...]


def needs(*current: str, version: tuple[str, ...] = ()) -> Needs:
    """The same for versions, unless they have permissions of their own."""
    return Needs(current, version or current)


READ: Final = needs("s3:GetObject", version=("s3:GetObjectVersion",))
DELETE: Final = needs("s3:DeleteObject", version=("s3:DeleteObjectVersion",))


def owner_alone(principal: Principal | None, _action: str, bucket: BucketRef | None) -> bool:
    """The account that owns a bucket may do everything in it, and nobody else anything."""
    if principal is None:
        return False
    return bucket is None or bucket.record.account == principal.account.id
