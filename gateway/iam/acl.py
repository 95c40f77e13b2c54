"""Access control lists: what each permission allows, and what canned ACLs stand for.

Pure.  A list is a tuple of grants, each to a canonical id or to a group's URI;
None in a record is the list that says nothing: everything to the owner.

Source: User Guide, "Access control list (ACL) overview".
"""

from collections.abc import Iterable
from typing import Final

from gateway.iam.principals import ANONYMOUS_ID, Level, Who
from storage.records import Grant

ALL_USERS: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS: Final = frozenset((ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY))
# A grant to the canonical id of those who do not say who they are is one to everybody.
_PUBLIC: Final = frozenset((ALL_USERS, AUTHENTICATED_USERS, ANONYMOUS_ID))
LOG_DELIVERY_SERVICE: Final = "logging.s3.amazonaws.com"

FULL_CONTROL: Final = "FULL_CONTROL"
PERMISSIONS: Final = frozenset(("READ", "WRITE", "READ_ACP", "WRITE_ACP", FULL_CONTROL))
GRANTS_MAX: Final = 100  # User Guide, "ACL overview": an ACL can have up to 100 grants

# Amazon EC2, which aws-exec-read lets read a bundle.
_EC2_ID: Final = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"

Grants = tuple[Grant, ...]

# Which permission of which list allows an action; what is in neither no list allows.
OF_BUCKETS: Final = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
OF_OBJECTS: Final = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:GetObjectVersionAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
    "s3:PutObjectVersionAcl": "WRITE_ACP",
}
# Whoever may write into a bucket may take away what is his own in it.
OF_OWN_OBJECTS: Final = {"s3:DeleteObject": "WRITE"}
# An owner reads and writes the list of what he owns, whatever it says.
OF_OWNERS: Final = frozenset(
    (
        *("s3:GetBucketAcl", "s3:PutBucketAcl"),
        *("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
        *("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    )
)

_CANNED: Final[dict[str, Grants]] = {
    "private": (),
    "public-read": (Grant(ALL_USERS, "READ"),),
    "public-read-write": (Grant(ALL_USERS, "READ"), Grant(ALL_USERS, "WRITE")),
    "authenticated-read": (Grant(AUTHENTICATED_USERS, "READ"),),
    "aws-exec-read": (Grant(_EC2_ID, "READ"),),
}
_CANNED_OF_BUCKETS: Final[dict[str, Grants]] = {
    **_CANNED,
    "log-delivery-write": (Grant(LOG_DELIVERY, "WRITE"), Grant(LOG_DELIVERY, "READ_ACP")),
}
_OF_BUCKET_OWNERS: Final = {
    "bucket-owner-read": "READ",
    "bucket-owner-full-control": FULL_CONTROL,
}


def of_owner(owner: str) -> Grants:
    """The list of what nobody said anything about; ``owner`` is a canonical id."""
    return (Grant(owner, FULL_CONTROL),)


def canned_of_bucket(name: str, owner: str) -> Grants:
    """The list that a canned ACL of a bucket stands for.

    Raises:
        KeyError: there is none of that name
    """
    return (*_CANNED_OF_BUCKETS[name], *of_owner(owner))


def canned_of_object(name: str, owner: str, bucket_owner: str) -> Grants:
    """The same of an object, which may be another's than its bucket.

    Raises:
        KeyError: there is none of that name
    """
    permission = _OF_BUCKET_OWNERS.get(name)
    if permission is None:
        return (*_CANNED[name], *of_owner(owner))
    if owner == bucket_owner:
        return of_owner(owner)
    return (*of_owner(owner), Grant(bucket_owner, permission))


def is_public(grants: Iterable[Grant]) -> bool:
    """Whether a list gives anything to everybody, or to everybody with an account.

    Source: User Guide, "Blocking public access", "The meaning of public".
    """
    return any(grant.grantee in _PUBLIC for grant in grants)


def without_public(grants: Iterable[Grant]) -> Grants:
    """What IgnorePublicAcls leaves of a list."""
    return tuple(grant for grant in grants if grant.grantee not in _PUBLIC)


def allows(grants: Iterable[Grant], permission: str, who: Who) -> bool:
    """Whether a list gives somebody, or his account, a permission."""
    return level(grants, permission, who) is not Level.NONE


def level(grants: Iterable[Grant], permission: str, who: Who) -> Level:
    """How directly a list gives somebody a permission: to his account, or to all with him."""
    return max(
        (
            _level(grant.grantee, who)
            for grant in grants
            if grant.permission in (permission, FULL_CONTROL)
        ),
        default=Level.NONE,
    )


def _level(grantee: str, who: Who) -> Level:
    if grantee == ALL_USERS:
        return Level.DIRECT
    if grantee == AUTHENTICATED_USERS:
        return Level.NONE if who.is_anonymous else Level.DIRECT
    if grantee == LOG_DELIVERY:
        return Level.DIRECT if who.service == LOG_DELIVERY_SERVICE else Level.NONE
    if not who.canonical_id or grantee != who.canonical_id:
        return Level.NONE
    return Level.DIRECT if who.is_root or who.is_anonymous else Level.ACCOUNT
