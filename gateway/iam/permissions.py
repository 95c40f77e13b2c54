"""Which permissions an operation needs: by itself, and by what is sent with it.

Source: User Guide, "Required permissions for Amazon S3 API operations"; API
Reference, each operation's "Permissions".
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Needs(NamedTuple):
    """Permissions on what is addressed: all of ``current``, or of ``version`` if one is named."""

    current: tuple[str, ...]
    version: tuple[str, ...]

    def of(self, version_id: str | None) -> tuple[str, ...]:
        """Those for the version that is named, or for what is current."""
        return self.current if version_id is None else self.version


def needs(*current: str, version: tuple[str, ...] = ()) -> Needs:
    """The same for versions, unless they have permissions of their own."""
    return Needs(current, version or current)


NOTHING: Final = needs()  # each thing that is asked for is decided on its own
READ: Final = needs("s3:GetObject", version=("s3:GetObjectVersion",))
DELETE: Final = needs("s3:DeleteObject", version=("s3:DeleteObjectVersion",))
READ_TAGS: Final = needs("s3:GetObjectTagging", version=("s3:GetObjectVersionTagging",))
PUT_ACL: Final = "s3:PutObjectAcl"
PUT_TAGS: Final = "s3:PutObjectTagging"
BYPASS: Final = "s3:BypassGovernanceRetention"

# What more a request needs that sends this, by the input's attribute.
_BY_MEMBER: Final = {
    "acl": PUT_ACL,
    "grant_full_control": PUT_ACL,
    "grant_read": PUT_ACL,
    "grant_read_acp": PUT_ACL,
    "grant_write_acp": PUT_ACL,
    "tagging": PUT_TAGS,
    "object_lock_mode": "s3:PutObjectRetention",
    "object_lock_retain_until_date": "s3:PutObjectRetention",
    "object_lock_event_hold": "s3:PutObjectRetention",
    "object_lock_event_hold_duration_days": "s3:PutObjectRetention",
    "object_lock_event_hold_duration_years": "s3:PutObjectRetention",
    "object_lock_legal_hold_status": "s3:PutObjectLegalHold",
}
# The same of a bucket that is made.
_OF_BUCKETS: Final = {
    "acl": "s3:PutBucketAcl",
    "grant_full_control": "s3:PutBucketAcl",
    "grant_read": "s3:PutBucketAcl",
    "grant_read_acp": "s3:PutBucketAcl",
    "grant_write": "s3:PutBucketAcl",
    "grant_write_acp": "s3:PutBucketAcl",
    "object_ownership": "s3:PutBucketOwnershipControls",
}
# Takes nothing from the bucket's owner.  User Guide, "Bucket policy examples", "Granting
# cross-account permissions to upload objects": its statement allows s3:PutObject alone.
_GIVEN_AWAY: Final = "bucket-owner-full-control"
_WRITES: Final = frozenset(("PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"))
_BY_ETAG: Final = frozenset(
    ("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject")
)
_BYPASSES: Final = frozenset(("DeleteObject", "PutObjectRetention"))


def more_needs(operation: str, ask: Any) -> tuple[str, ...]:
    """Permissions that an operation needs by what was sent, beside its own."""
    if operation == "CreateBucket":
        return _of_members(_OF_BUCKETS, ask)
    found: tuple[str, ...] = ()
    if operation in _WRITES:
        found = _of_members(_BY_MEMBER, ask)
        if PUT_ACL in found and ask.acl == _GIVEN_AWAY:
            found = tuple(one for one in found if one != PUT_ACL)
    if operation in _BYPASSES and getattr(ask, "bypass_governance_retention", None):
        found = (BYPASS,)
    if operation in _BY_ETAG and asks_for_etag(ask.if_match):
        found += READ.current
    return found


def asks_for_etag(condition: str | None) -> bool:
    """Whether a condition tells something of an object's ETag: then it needs what reading needs.

    Source: User Guide, "How to prevent object overwrites with conditional writes", on
    If-Match; "How to perform conditional deletes".
    """
    return condition is not None and condition.strip() != "*"


def _of_members(table: Mapping[str, str], ask: Any) -> tuple[str, ...]:
    """The permissions of the members that were sent, each once."""
    found = dict.fromkeys(
        permission for member, permission in table.items() if getattr(ask, member, None) is not None
    )
    return tuple(found)
