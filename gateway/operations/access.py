"""Who may do what in a bucket: its policy, its public access block, its ownership controls."""

import msgspec

from gateway.authority import POLICY, compiled
from gateway.call import Call
from gateway.iam import blocks, ownership
from gateway.iam.bucket_policy import parse_bucket_policy
from gateway.iam.policy import MalformedPolicy
from gateway.iam.public import is_public
from gateway.operations.grants import canonical_id
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.records import Bucket, Ownership, PublicAccessBlock

# Policies


@operation("PutBucketPolicy", "s3:PutBucketPolicy")
async def put_bucket_policy(call: Call, ask: t.PutBucketPolicyRequest) -> None:
    """Source: API Reference, PutBucketPolicy."""
    document = (ask.policy or "").encode()
    name, is_known = call.bucket.record.name, call.services.accounts.is_known
    try:
        policy = parse_bucket_policy(document, name, is_known)
    except MalformedPolicy as error:
        raise ProtocolError("MalformedPolicy", str(error)) from None
    open_to_all = is_public(policy)

    def change(record: Bucket) -> Bucket:
        if open_to_all and blocks.refuses_policies(record):
            raise ProtocolError("AccessDenied")
        return record

    await call.services.configurations.put(call.bucket, POLICY, document, change=change)


@operation("GetBucketPolicy", "s3:GetBucketPolicy")
async def get_bucket_policy(call: Call, _ask: t.GetBucketPolicyRequest) -> t.GetBucketPolicyOutput:
    """Source: API Reference, GetBucketPolicy."""
    found = await call.services.configurations.read(call.bucket, POLICY)
    if found is None:
        raise _no_policy(call)
    return t.GetBucketPolicyOutput(policy=found.decode())


@operation("DeleteBucketPolicy", "s3:DeleteBucketPolicy")
async def delete_bucket_policy(call: Call, _ask: t.DeleteBucketPolicyRequest) -> None:
    """Source: API Reference, DeleteBucketPolicy."""
    await call.services.configurations.remove(call.bucket, POLICY)


@operation("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus")
async def get_bucket_policy_status(
    call: Call, _ask: t.GetBucketPolicyStatusRequest
) -> t.GetBucketPolicyStatusOutput:
    """Source: API Reference, GetBucketPolicyStatus."""
    found = await call.services.configurations.compiled(call.bucket, POLICY, compiled)
    if found is None:
        raise _no_policy(call)
    return t.GetBucketPolicyStatusOutput(policy_status=t.PolicyStatus(is_public=found.is_public))


def _no_policy(call: Call) -> ProtocolError:
    return ProtocolError("NoSuchBucketPolicy", BucketName=call.bucket.record.name)


# Public access


@operation("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock")
async def put_public_access_block(call: Call, ask: t.PutPublicAccessBlockRequest) -> None:
    """Source: API Reference, PutPublicAccessBlock."""
    given = ask.public_access_block_configuration
    if given is None:
        raise ProtocolError("MalformedXML")
    switches = PublicAccessBlock(
        public_acls=bool(given.block_public_acls),
        by_acls=bool(given.ignore_public_acls),
        public_policy=bool(given.block_public_policy),
        by_policy=bool(given.restrict_public_buckets),
    )
    await _block(call, switches)


@operation("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock")
async def get_public_access_block(
    call: Call, _ask: t.GetPublicAccessBlockRequest
) -> t.GetPublicAccessBlockOutput:
    """Source: API Reference, GetPublicAccessBlock."""
    found = call.bucket.record.blocked
    if found is None:
        name = call.bucket.record.name
        raise ProtocolError("NoSuchPublicAccessBlockConfiguration", BucketName=name)
    return t.GetPublicAccessBlockOutput(
        public_access_block_configuration=t.PublicAccessBlockConfiguration(
            block_public_acls=found.public_acls,
            ignore_public_acls=found.by_acls,
            block_public_policy=found.public_policy,
            restrict_public_buckets=found.by_policy,
        )
    )


@operation("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock")
async def delete_public_access_block(call: Call, _ask: t.DeletePublicAccessBlockRequest) -> None:
    """Source: API Reference, DeletePublicAccessBlock."""
    await _block(call, None)


async def _block(call: Call, switches: PublicAccessBlock | None) -> None:
    await call.services.configurations.change(
        call.bucket, lambda record: msgspec.structs.replace(record, blocked=switches)
    )


# Ownership


@operation("PutBucketOwnershipControls", "s3:PutBucketOwnershipControls")
async def put_bucket_ownership_controls(
    call: Call, ask: t.PutBucketOwnershipControlsRequest
) -> None:
    """Source: API Reference, PutBucketOwnershipControls."""
    rules = ask.ownership_controls.rules if ask.ownership_controls is not None else None
    if rules is None or len(rules) != 1:
        raise ProtocolError("MalformedXML")
    wanted = ownership.NAMES.get(rules[0].object_ownership or "")
    if wanted is None:
        raise ProtocolError("MalformedXML")
    owner_id = canonical_id(call, call.bucket.record.account)

    def change(record: Bucket) -> Bucket:
        if wanted is Ownership.ENFORCED:
            if record.acl is not None and any(one.grantee != owner_id for one in record.acl):
                raise ProtocolError("InvalidBucketAclWithObjectOwnership")
            return msgspec.structs.replace(record, ownership=wanted, acl=None)
        return msgspec.structs.replace(record, ownership=wanted)

    await call.services.configurations.change(call.bucket, change)


@operation("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls")
async def get_bucket_ownership_controls(
    call: Call, _ask: t.GetBucketOwnershipControlsRequest
) -> t.GetBucketOwnershipControlsOutput:
    """Source: API Reference, GetBucketOwnershipControls."""
    shown = ownership.SHOWN.get(call.bucket.record.ownership)
    if shown is None:
        name = call.bucket.record.name
        raise ProtocolError("OwnershipControlsNotFoundError", BucketName=name)
    rule = t.OwnershipControlsRule(object_ownership=shown)
    return t.GetBucketOwnershipControlsOutput(ownership_controls=t.OwnershipControls(rules=[rule]))


@operation("DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls")
async def delete_bucket_ownership_controls(
    call: Call, _ask: t.DeleteBucketOwnershipControlsRequest
) -> None:
    """Source: API Reference, DeleteBucketOwnershipControls."""
    await call.services.configurations.change(
        call.bucket, lambda record: msgspec.structs.replace(record, ownership=Ownership.UNSAID)
    )
