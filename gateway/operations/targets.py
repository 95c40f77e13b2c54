"""What a document has to be held against beside itself: its bucket, and those that it names.

Each gives the document as it is kept.
"""

from typing import Final

from gateway.call import Call
from gateway.configurations import accelerate, logs, notification, payment, replication
from gateway.configurations.arns import bucket_of
from gateway.identity.permission import About, decide
from gateway.operations import grants
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from storage.errors import InvalidBucketName, NoSuchBucket
from storage.identity.names import split_arn
from storage.records import Versioning
from storage.rows import BucketRef

SERVICE: Final = "s3.amazonaws.com"  # as roles are passed to S3


async def accelerated(call: Call, document: t.AccelerateConfiguration) -> t.AccelerateConfiguration:
    """Refuse a bucket that cannot have such a name."""
    accelerate.check_bucket(call.bucket.record.name)
    return document


async def notified(_: Call, document: t.NotificationConfiguration) -> t.NotificationConfiguration:
    """Give each configuration an id."""
    return notification.completed(document)


async def logged(call: Call, document: t.BucketLoggingStatus) -> t.BucketLoggingStatus:
    """Refuse a bucket that no logs are delivered to.

    Source: User Guide, "Enabling Amazon S3 server access logging".

    Raises:
        ProtocolError: InvalidTargetBucketForLogging, AccessControlListNotSupported
    """
    enabled = document.logging_enabled
    if enabled is None:
        return document
    name = enabled.target_bucket or ""
    target = await _find(call, name)
    if target is None:
        raise logs.invalid_target("The target bucket for logging does not exist", name)
    if target.record.account != call.bucket.record.account:
        raise logs.invalid_target(
            "The owner for the bucket to be logged and the target bucket must be the same.", name
        )
    if target.record.default_lock is not None:
        text = "The target bucket for logging must not have a default retention of Object Lock"
        raise logs.invalid_target(text, name)
    configurations = call.services.configurations
    if await configurations.compiled(target, payment.KIND, payment.compiled):
        text = "The target bucket for logging must not have Requester Pays enabled"
        raise logs.invalid_target(text, name)
    if enabled.target_grants:
        grants.of_logs(call, enabled.target_grants, target.record)
    return document


async def replicated(
    call: Call, document: t.ReplicationConfiguration
) -> t.ReplicationConfiguration:
    """Refuse destinations that could not take a copy of each version.

    Raises:
        ProtocolError: AccessDenied, InvalidRequest, InvalidArgument
    """
    await _check_passes(call, document.role or "")
    replication.check_source(call.bucket.record)
    for rule in document.rules or ():
        place = rule.destination
        assert place is not None, "the document was checked"
        target = await _find(call, bucket_of(place.bucket or "") or "")
        if target is None or target.record.versioning is not Versioning.ENABLED:
            raise replication.unversioned_destination()
        if place.account is not None and place.account != target.record.account:
            raise ProtocolError(
                "InvalidArgument",
                "The AWS account specified in the <Account> element must match the destination "
                "bucket owner.",
            )
    return replication.completed(document)


async def _check_passes(call: Call, role: str) -> None:
    """Refuse to let S3 act in a role that whoever asks may not pass to it.

    Else he would do by S3's hand what only the role may.  Of a role's ARN with other
    capitals or another path the role decides: a denial is not got round by those.

    Source: API Reference, PutBucketReplication, "Permissions"; IAM User Guide, "Grant a
    user permissions to pass a role to an AWS service".

    Raises:
        ProtocolError: AccessDenied
    """
    about = About(given={"iam:passedtoservice": (SERVICE,)})
    is_account = call.principal is not None and call.principal.identity is None
    if is_account:
        return
    named = split_arn(role, "role")
    if named is not None:
        found = await call.services.directory.entities.roles.find(named[0], named[2])
        role = role if found is None else found.arn
    if not decide(call, "iam:PassRole", role, about).allowed:
        raise ProtocolError("AccessDenied")


async def _find(call: Call, name: str) -> BucketRef | None:
    try:
        return await call.services.buckets.find(name)
    except (NoSuchBucket, InvalidBucketName):
        return None
