"""What was allowed a moment ago is allowed again, while nothing that decided it is another.

Where no policy asks for anything but who, what and where, and no list counts, a decision follows
from the caller's identity, the bucket's row, the action and the key.  The row is another whenever a
document of the bucket is, its policy too; an identity is another whenever it is read anew.
"""

from typing import Final, NamedTuple

from gateway.iam.accounts import Principal
from gateway.iam.decision import Decision
from storage.records import Bucket
from storage.rows import BucketRef

PERMISSIONS_MAX: Final = 8192  # a key has a thousand bytes at most


class _Kept(NamedTuple):
    principal: Principal
    record: Bucket
    decision: Decision


class Permissions:
    """The decisions of one worker."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, bytes | None, bytes], _Kept] = {}

    def get(
        self, principal: Principal | None, action: str, bucket: BucketRef, key: bytes | None
    ) -> Decision | None:
        """What was decided, None if it has to be decided again."""
        if principal is None:
            return None
        kept = self._kept.get((principal.access_key, action, key, bucket.id))
        if kept is None or kept[0] is not principal or kept[1] is not bucket.record:
            return None
        return kept[2]

    def keep(
        self,
        principal: Principal | None,
        action: str,
        bucket: BucketRef,
        key: bytes | None,
        decision: Decision,
    ) -> None:
        """Know it the next time; of nobody in particular there is nothing to tell by."""
        if principal is None:
            return
        if len(self._kept) >= PERMISSIONS_MAX:
            self._kept.clear()
        name = principal.access_key, action, key, bucket.id
        self._kept[name] = _Kept(principal, bucket.record, decision)

    def __len__(self) -> int:
        return len(self._kept)
