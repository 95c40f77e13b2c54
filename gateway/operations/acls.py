"""GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl."""

from typing import Any, Final

import msgspec

from gateway.call import Call
from gateway.iam import acl
from gateway.iam.acl import Grants
from gateway.iam.ownership import has_lists, owner_of
from gateway.iam.permissions import needs
from gateway.operations import common
from gateway.operations.grants import (
    canonical_id,
    check_needless,
    check_not_blocked,
    document_of,
    grants_of,
    shown,
)
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.records import Attributes, Bucket, ObjectVersion
from storage.rows import BucketRef, Stored

_GET: Final = needs("s3:GetObjectAcl", version=("s3:GetObjectVersionAcl",))
_PUT: Final = needs("s3:PutObjectAcl", version=("s3:PutObjectVersionAcl",))


@operation("GetBucketAcl", "s3:GetBucketAcl")
async def get_bucket_acl(call: Call, _ask: t.GetBucketAclRequest) -> t.GetBucketAclOutput:
    """Source: API Reference, GetBucketAcl."""
    record = call.bucket.record
    grants = acl.of_owner(canonical_id(call, record.account))
    if record.acl is not None and has_lists(record):
        grants = record.acl
    return t.GetBucketAclOutput(
        owner=common.owner_of(call, record.account), grants=shown(call, grants)
    )


@operation("PutBucketAcl", "s3:PutBucketAcl")
async def put_bucket_acl(call: Call, ask: t.PutBucketAclRequest) -> None:
    """Source: API Reference, PutBucketAcl."""
    owner_id = canonical_id(call, call.bucket.record.account)
    by_headers = grants_of(call, ask, lambda name: acl.canned_of_bucket(name, owner_id))
    given = _given(call, ask.access_control_policy, by_headers, owner_id)

    def change(record: Bucket) -> Bucket:
        if not has_lists(record):
            check_needless(given, ask.acl, owner_id)
            return record
        check_not_blocked(record, given)
        return msgspec.structs.replace(record, acl=given)

    await call.services.configurations.change(call.bucket, change)


@operation("GetObjectAcl", _GET)
async def get_object_acl(call: Call, ask: t.GetObjectAclRequest) -> t.GetObjectAclOutput:
    """Source: API Reference, GetObjectAcl."""
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    owner = owner_of(call.bucket.record, found.owner)
    grants = acl.of_owner(canonical_id(call, owner))
    if found.attributes.acl is not None and has_lists(call.bucket.record):
        grants = found.attributes.acl
    return t.GetObjectAclOutput(owner=common.owner_of(call, owner), grants=shown(call, grants))


@operation("PutObjectAcl", _PUT)
async def put_object_acl(call: Call, ask: t.PutObjectAclRequest) -> t.PutObjectAclOutput:
    """Source: API Reference, PutObjectAcl."""
    record = call.bucket.record
    bucket_owner_id = canonical_id(call, record.account)
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    owner = owner_of(record, found.owner)
    owner_id = canonical_id(call, owner)
    by_headers = grants_of(
        call, ask, lambda name: acl.canned_of_object(name, owner_id, bucket_owner_id)
    )
    given = _given(call, ask.access_control_policy, by_headers, owner_id)
    if not has_lists(record):
        check_needless(given, ask.acl, owner_id)
        return t.PutObjectAclOutput()

    def guard(now: BucketRef, _current: Stored | None, _found: Stored | None) -> None:
        check_not_blocked(now.record, given)

    def change(old: ObjectVersion) -> Attributes:
        if old.owner != found.owner:
            raise ProtocolError("OperationAborted")  # another object meanwhile, of somebody else
        return msgspec.structs.replace(old.attributes, acl=given)

    await call.services.objects.change(call.bucket, call.key, ask.version_id, change, guard)
    return t.PutObjectAclOutput()


def _given(call: Call, document: Any, by_headers: Grants | None, owner_id: str) -> Grants:
    """The one ACL of a request.

    Raises:
        ProtocolError: UnexpectedContent, it has two; MissingSecurityHeader, it has none;
            as ``document_of``
    """
    if document is None:
        if by_headers is None:
            raise ProtocolError("MissingSecurityHeader", MissingHeaderName="x-amz-acl")
        return by_headers
    if by_headers is not None:
        raise ProtocolError("UnexpectedContent")
    return document_of(call, document, owner_id)
