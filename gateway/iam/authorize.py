"""One decision: who may do something to a bucket or an object, by all that says so.

Pure: what the bucket, its policy and the object say comes in.  In this order:

1. What the scope of a key does not allow is refused, whoever holds it.
2. An explicit deny of the bucket's policy ends it, but for the policy itself,
   which the account that owns the bucket can always read, replace and delete.
3. The account that owns the bucket may do everything to it, and to all objects
   that are its own.
4. What the policy allows is allowed, on the bucket and on objects of the
   bucket's owner; under RestrictPublicBuckets to no other account, if the
   policy is public.
5. Where ACLs count, those of the bucket and of the object allow.
6. To a user or a session, what they give his account is given only if his own
   policies allow it, too (``decision.weigh``).

Source: User Guide, "How Amazon S3 authorizes a request", "Blocking public
access to your Amazon S3 storage"; API Reference, PutBucketPolicy; IAM User
Guide, "Policy evaluation logic".
"""

from typing import Final, NamedTuple

from gateway.iam import acl, blocks
from gateway.iam.decision import DENY, NOTHING, OWNER, Decision, Given, scoped, weigh
from gateway.iam.evaluate import SILENT, Effect, Request, Source, evaluate
from gateway.iam.identity import Identity
from gateway.iam.ownership import has_lists
from gateway.iam.policy import Policy
from gateway.iam.principals import Level
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
    sources: tuple[Source, ...]  # as the evaluator takes it

    @classmethod
    def of(cls, policy: Policy) -> "BucketPolicy":
        """Find out once."""
        return cls(policy, is_public(policy), (Source("bucket", policy),))


class Object(NamedTuple):
    """What counts of the object that is asked for."""

    owner: str  # account
    owner_id: str  # canonical id
    grants: tuple[Grant, ...] | None


_NOTHING: Final = Decision(False, NOTHING)
_OWNER: Final = Decision(True, OWNER)
_NOT_GIVEN: Final = Given()

# Members of an enumeration are slow to look up.
_NONE: Final = Level.NONE
_DIRECT: Final = Level.DIRECT
_DENIED: Final = Effect.DENY
_ALLOW: Final = Effect.ALLOW


def needs_object(bucket: Bucket, action: str) -> bool:
    """Whether whose the object is, and its list, have a say."""
    return has_lists(bucket) and (action in _OF_OBJECT_OWNERS or action in acl.OF_OWN_OBJECTS)


def authorize(
    request: Request,
    bucket: Bucket,
    owner_id: str,
    policy: BucketPolicy | None,
    found: Object | None,
    identity: Identity | None = None,
) -> Decision:
    """Decide; ``owner_id`` is the canonical id of the bucket's owner.

    ``found`` is the object, where ``needs_object``; None if there is none.
    ``identity`` is of a user or a session; None of an account itself and of nobody.
    """
    if identity is not None and identity.scope is not None:
        refusal = scoped(identity, request)
        if refusal is not None:
            return refusal
    who, action = request.who, request.action
    is_own = bool(who.account) and who.account == bucket.account
    verdict = SILENT
    if policy is not None:
        verdict = evaluate(policy.sources, request)
        if verdict.effect is _DENIED:
            if is_own and who.is_root and action in OF_POLICIES:
                return _OWNER
            return Decision(False, DENY, verdict)
    depends = needs_object(bucket, action) and action in _OF_OBJECT_OWNERS
    is_bucket_owners = not depends or found is None or found.owner == bucket.account
    if is_own and who.is_root and is_bucket_owners:
        return _OWNER
    given = _NOT_GIVEN
    restricted = policy is not None and policy.is_public and blocks.restricts(bucket)
    if verdict.effect is _ALLOW and is_bucket_owners and (is_own or not restricted):
        given = Given(verdict.level, "policy", verdict)
    if given.level is not _DIRECT and has_lists(bucket):
        given = max(given, _by_lists(request, bucket, owner_id, found), key=_level)
    if identity is None or who.is_root:
        is_given = given.level is not _NONE
        return Decision(True, given.by, given.verdict) if is_given else _NOTHING
    return weigh(identity, request, given, is_own=is_own and is_bucket_owners)


def _level(given: Given) -> Level:
    return given.level


def _by_lists(request: Request, bucket: Bucket, owner_id: str, found: Object | None) -> Given:
    who, action = request.who, request.action
    permission = acl.OF_BUCKETS.get(action)
    is_own_object = found is not None and found.owner == who.account
    if permission is None and is_own_object:
        permission = acl.OF_OWN_OBJECTS.get(action)
    if permission is not None:
        grants = acl.of_owner(owner_id) if bucket.acl is None else bucket.acl
        return Given(acl.level(_counting(bucket, grants), permission, who), "bucket ACL")
    permission = acl.OF_OBJECTS.get(action)
    if permission is None or found is None:
        return _NOT_GIVEN
    if is_own_object and action in acl.OF_OWNERS:
        return Given(Level.ACCOUNT, OWNER)
    grants = acl.of_owner(found.owner_id) if found.grants is None else found.grants
    return Given(acl.level(_counting(bucket, grants), permission, who), "object ACL")


def _counting(bucket: Bucket, grants: acl.Grants) -> acl.Grants:
    return acl.without_public(grants) if blocks.ignores_lists(bucket) else grants
