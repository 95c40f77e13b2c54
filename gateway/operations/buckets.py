"""ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation."""

from typing import Final

import msgspec

from gateway.authority import Place
from gateway.call import Answer, Call
from gateway.configurations import kept, object_lock, tagging
from gateway.iam.acl import canned_of_bucket, is_public, of_owner
from gateway.iam.blocks import refuses_lists
from gateway.iam.ownership import NAMES, has_lists
from gateway.iam.permissions import needs
from gateway.operations.common import owner_of
from gateway.operations.grants import canonical_id, grants_of
from gateway.operations.listing import make_token, read_token
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.model import load
from gateway.registry import operation
from storage import lockdocument
from storage.buckets import Change
from storage.errors import BucketAlreadyOwnedByYou
from storage.records import Bucket, Ownership, Versioning

WITH_LOCK: Final = needs("s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning")
LEGACY_REGION: Final = "us-east-1"
MAX_BUCKETS: Final = 10_000  # API Reference, ListBuckets


@operation("ListBuckets", "s3:ListAllMyBuckets")
async def list_buckets(call: Call, ask: t.ListBucketsRequest) -> t.ListBucketsOutput:
    """Source: API Reference, ListBuckets."""
    limit = MAX_BUCKETS if ask.max_buckets is None else ask.max_buckets
    if not 1 <= limit <= MAX_BUCKETS:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {MAX_BUCKETS}",
            "max-buckets",
            str(limit),
        )
    region = call.services.region
    after = read_token(ask.continuation_token) if ask.continuation_token else ""
    prefix = ask.prefix or ""
    found: list[t.Bucket] = []
    last, more = after, True
    while more and len(found) < limit:
        page, more = await call.services.buckets.list(
            call.account.id, prefix=prefix, after=last, limit=min(limit - len(found), 1000)
        )
        last = page[-1].name if page else last
        found += [
            t.Bucket(name=one.name, creation_date=one.created_ms, bucket_region=region)
            for one in page
            if ask.bucket_region in (None, region)
        ]
    return t.ListBucketsOutput(
        buckets=found,
        owner=owner_of(call, call.account.id),
        continuation_token=make_token(last.encode()) if more else None,
        prefix=ask.prefix,
    )


@operation(
    "CreateBucket",
    "s3:CreateBucket",
    refused=("bucket_namespace",),
)
async def create_bucket(call: Call, ask: t.CreateBucketRequest) -> Answer:
    """Source: API Reference, CreateBucket."""
    change = _access(call, ask)
    region = call.services.region
    wanted = ask.create_bucket_configuration
    if wanted is not None:
        if wanted.location is not None or wanted.bucket is not None:
            raise ProtocolError("NotImplemented", Header="CreateBucketConfiguration")
        _check_location(wanted.location_constraint, region)
    name = ask.bucket or ""
    documents = _documents(wanted)
    if ask.object_lock_enabled_for_bucket:
        await call.check_allowed(WITH_LOCK, place=Place(), ask=ask)
        documents[lockdocument.KIND] = kept.encode(object_lock.ENABLED)
        change = _locked(change)
    try:
        await call.services.buckets.create(
            name,
            account=call.account.id,
            region=region,
            change=change,
            documents=documents,
            trace=call.trace,
        )
    except BucketAlreadyOwnedByYou:
        # API Reference: in us-east-1, for compatibility, creating it again is a success; not if
        # it was to have tags (LocalStack's test_create_bucket_with_tags_us_east_1_idempotency).
        if region != LEGACY_REGION or documents:
            raise
        await _reset_acl(call, name, change)
    return Answer(t.CreateBucketOutput(location=f"/{name}", bucket_arn=f"arn:aws:s3:::{name}"))


def _locked(change: Change) -> Change:
    """With Object Lock comes versioning.  Source: API Reference, CreateBucket."""

    def locked(record: Bucket) -> Bucket:
        return msgspec.structs.replace(
            change(record), object_lock=True, versioning=Versioning.ENABLED
        )

    return locked


def _access(call: Call, ask: t.CreateBucketRequest) -> Change:
    """Who may do what in a bucket from its first moment.

    Raises:
        ProtocolError: InvalidArgument, InvalidBucketAclWithObjectOwnership,
            InvalidBucketAclWithBlockPublicAccessError; as ``grants_of``

    Source: API Reference, CreateBucket; User Guide, "Default settings for new S3
    buckets FAQ".
    """
    ownership, blocked = call.services.defaults
    if ask.object_ownership is not None:
        if ask.object_ownership not in NAMES:
            raise invalid_argument(
                "Invalid x-amz-object-ownership header: " + ask.object_ownership,
                "x-amz-object-ownership",
                ask.object_ownership,
            )
        ownership = NAMES[ask.object_ownership]
    owner_id = canonical_id(call, call.account.id)
    given = grants_of(call, ask, lambda name: canned_of_bucket(name, owner_id))
    if given == of_owner(owner_id):
        given = None
    if given is not None:
        if ownership is Ownership.ENFORCED:
            raise ProtocolError("InvalidBucketAclWithObjectOwnership")
        if blocked is not None and blocked.public_acls and is_public(given):
            raise ProtocolError("InvalidBucketAclWithBlockPublicAccessError")
    return lambda record: msgspec.structs.replace(
        record, ownership=ownership, blocked=blocked, acl=given
    )


async def _reset_acl(call: Call, name: str, change: Change) -> None:
    """Source: API Reference, CreateBucket, "BucketAlreadyOwnedByYou"."""
    bucket = (await call.services.buckets.find(name)).traced(call.trace)
    wanted = change(bucket.record).acl
    if wanted is not None and not has_lists(bucket.record):
        raise ProtocolError("InvalidBucketAclWithObjectOwnership")
    if wanted is not None and refuses_lists(bucket.record) and is_public(wanted):
        raise ProtocolError("InvalidBucketAclWithBlockPublicAccessError")
    if bucket.record.acl != wanted:
        await call.services.configurations.change(
            bucket, lambda record: msgspec.structs.replace(record, acl=wanted)
        )


def _documents(wanted: t.CreateBucketConfiguration | None) -> dict[str, bytes]:
    """What is configured of a bucket from its first moment.

    Source: API Reference, CreateBucketConfiguration, "Tags".

    Raises:
        ProtocolError: InvalidTag
        InvalidTag, TooManyTags
    """
    if wanted is None or not wanted.tags:
        return {}
    tags = t.Tagging(tag_set=wanted.tags)
    tagging.check_new(tags)
    return {tagging.KIND: kept.encode(tags)}


def _check_location(constraint: str | None, region: str) -> None:
    """Refuse every other place; us-east-1 has no name here, and says if there is no such place.

    Source: API Reference, CreateBucketConfiguration, "LocationConstraint".
    """
    if not constraint or (constraint == region != LEGACY_REGION):
        return
    if constraint == "EU" and region == "eu-west-1":
        return
    known = load().shapes["BucketLocationConstraint"]["enum"]
    if region == LEGACY_REGION and constraint not in known:
        raise ProtocolError("InvalidLocationConstraint", LocationConstraint=constraint)
    raise ProtocolError(
        "IllegalLocationConstraintException",
        f"The {constraint} location constraint is incompatible for the region specific endpoint "
        "this request was sent to.",
    )


@operation("HeadBucket", "s3:ListBucket")
async def head_bucket(call: Call, _ask: t.HeadBucketRequest) -> t.HeadBucketOutput:
    """Source: API Reference, HeadBucket.

    Every bucket is in the region that is served now, wherever it was made: a
    client signs for the region that it is told, and only this one is taken.
    """
    return t.HeadBucketOutput(bucket_region=call.services.region, access_point_alias=False)


@operation("DeleteBucket", "s3:DeleteBucket")
async def delete_bucket(call: Call, _ask: t.DeleteBucketRequest) -> None:
    """Source: API Reference, DeleteBucket."""
    await call.services.buckets.delete(call.bucket)


@operation("GetBucketLocation", "s3:GetBucketLocation")
async def get_bucket_location(
    call: Call, _ask: t.GetBucketLocationRequest
) -> t.GetBucketLocationOutput:
    """Source: API Reference, GetBucketLocation; of HeadBucket's region."""
    region = call.services.region
    return t.GetBucketLocationOutput(
        location_constraint=None if region == LEGACY_REGION else region
    )
