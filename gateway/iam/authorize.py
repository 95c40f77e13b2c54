"""One decision: who may do something to a bucket or an object, by all that says so.

Pure: what the bucket, its policy and the object say comes in.  In this order:

1. An explicit deny of the bucket's policy ends it, but for the policy itself,
   which the account that owns the bucket can always read, replace and delete.
2. The account that owns the bucket may do everything to it, and to all objects
   that are its own.
3. What the policy allows is allowed, on the bucket and on objects of the
   bucket's owner; under RestrictPublicBuckets to no other account, if the
   policy is public.
4. Where ACLs count, those of the bucket and of the object allow.

Source: User Guide, "How Amazon S3 authorizes a request", "Blocking public
access to your Amazon S3 storage"; API Reference, PutBucketPolicy.
"""

from typing import Final, NamedTuple

from gateway.iam import acl, blocks
from gateway.iam.evaluate import SILENT, Effect, Request, Source, Verdict, evaluate
from gateway.iam.ownership import has_lists
from gateway.iam.policy import Policy
from gateway.iam.principals import Who
from gateway.iam.public import is_public
from storage.records import Bucket, Grant

# Never denied to the owner's account, so that nobody locks himself out.
OF_POLICIES: Final = frozenset(
    ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
)
# Which depend on whose the object is; everything else in a bucket is its owner's to do.
_OF_OBJECT_OWNERS: Final = acl.OF_OBJECTS.keys()


class BucketPolicy(NamedTuple):
    """A bucket's policy, and whether it is public."""

    policy: Policy
    is_public: bool

    @classmethod
    def of(cls, policy: Policy) -> "BucketPolicy":
        """Find out once."""
        return cls(policy, is_public(policy))


class Object(NamedTuple):
    """What counts of the object that is asked for."""

    owner: str  # account
    owner_id: str  # canonical id
    grants: tuple[Grant, ...] | None


class Decision(NamedTuple):
    """Whether it is allowed, and by what."""

    allowed: bool
    by: str  # "owner", "policy", "bucket ACL", "object ACL"; what denies; "nothing"
    verdict: Verdict = SILENT


_NOTHING: Final = Decision(False, "nothing")
_OWNER: Final = Decision(True, "owner")


def needs_object(bucket: Bucket, action: str) -> bool:
    """Whether whose the object is, and its list, have a say."""
    return has_lists(bucket) and (action in _OF_OBJECT_OWNERS or action in acl.OF_OWN_OBJECTS)


def authorize(
    request: Request,
    bucket: Bucket,
    owner_id: str,
    policy: BucketPolicy | None,
    found: Object | None,
) -> Decision:
    """Decide; ``owner_id`` is the canonical id of the bucket's owner.

    ``found`` is the object, where ``needs_object``; None if there is none.
    """
    who, action = request.who, request.action
    is_own = bool(who.account) and who.account == bucket.account
    verdict = SILENT
    if policy is not None:
        verdict = evaluate((Source("bucket", policy.policy),), request)
        if verdict.effect is Effect.DENY:
            if is_own and who.is_root and action in OF_POLICIES:
                return _OWNER
            return Decision(False, "explicit deny", verdict)
    depends = needs_object(bucket, action) and action in _OF_OBJECT_OWNERS
    is_bucket_owners = not depends or found is None or found.owner == bucket.account
    if is_own and who.is_root and is_bucket_owners:
        return _OWNER
    restricted = policy is not None and policy.is_public and blocks.restricts(bucket)
    if verdict.effect is Effect.ALLOW and is_bucket_owners and (is_own or not restricted):
        return Decision(True, "policy", verdict)
    if has_lists(bucket):
        return _by_lists(who, action, bucket, owner_id, found)
    return _NOTHING


def _by_lists(
    who: Who, action: str, bucket: Bucket, owner_id: str, found: Object | None
) -> Decision:
    permission = acl.OF_BUCKETS.get(action)
    is_own_object = found is not None and found.owner == who.account
    if permission is None and is_own_object:
        permission = acl.OF_OWN_OBJECTS.get(action)
    if permission is not None:
        grants = acl.of_owner(owner_id) if bucket.acl is None else bucket.acl
        allowed = acl.allows(_counting(bucket, grants), permission, who)
        return Decision(True, "bucket ACL") if allowed else _NOTHING
    permission = acl.OF_OBJECTS.get(action)
    if permission is None or found is None:
        return _NOTHING
    if is_own_object and action in acl.OF_OWNERS:
        return _OWNER
    grants = acl.of_owner(found.owner_id) if found.grants is None else found.grants
    allowed = acl.allows(_counting(bucket, grants), permission, who)
    return Decision(True, "object ACL") if allowed else _NOTHING


def _counting(bucket: Bucket, grants: acl.Grants) -> acl.Grants:
    return acl.without_public(grants) if blocks.ignores_lists(bucket) else grants
