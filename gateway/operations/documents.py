"""A bucket's configuration documents: each is a row of one table.

What a document means is read where it takes effect.  What is not in the table
has more to do than to be put, got and deleted, and a module of its own.
"""

from typing import Final

from gateway.configurations import (
    accelerate,
    cors,
    logs,
    notification,
    payment,
    replication,
    tagging,
    website,
)
from gateway.operations import targets
from gateway.operations.kinds import Kind, register
from gateway.protocol import types as t

DOCUMENTS: Final = (
    Kind(
        kind=accelerate.KIND,
        noun="BucketAccelerateConfiguration",
        member="accelerate_configuration",
        shape=t.AccelerateConfiguration,
        check=accelerate.check,
        give=t.GetBucketAccelerateConfigurationOutput,
        absent=accelerate.NONE,
        permission="AccelerateConfiguration",
        prepare=targets.accelerated,
    ),
    Kind(
        kind=cors.KIND,
        noun="BucketCors",
        member="cors_configuration",
        shape=t.CORSConfiguration,
        check=cors.check,
        give=t.GetBucketCorsOutput,
        absent="NoSuchCORSConfiguration",
        permission="BucketCORS",
        deletes="DeleteBucketCors",
    ),
    Kind(
        kind=logs.KIND,
        noun="BucketLogging",
        member="bucket_logging_status",
        shape=t.BucketLoggingStatus,
        check=logs.check,
        give=t.GetBucketLoggingOutput,
        absent=logs.NONE,
        permission="BucketLogging",
        prepare=targets.logged,
        is_none=logs.is_none,
    ),
    Kind(
        kind=notification.KIND,
        noun="BucketNotificationConfiguration",
        member="notification_configuration",
        shape=t.NotificationConfiguration,
        check=notification.check,
        give=t.NotificationConfiguration,
        absent=notification.NONE,
        permission="BucketNotification",
        stored=True,
        prepare=targets.notified,
        is_none=notification.is_none,
    ),
    Kind(
        kind=replication.KIND,
        noun="BucketReplication",
        member="replication_configuration",
        shape=t.ReplicationConfiguration,
        check=replication.check,
        give=t.GetBucketReplicationOutput,
        absent="ReplicationConfigurationNotFoundError",
        permission="ReplicationConfiguration",
        deletes="DeleteBucketReplication",
        stored=True,
        prepare=targets.replicated,
        change=replication.check_source,
        refused=("token",),
    ),
    Kind(
        kind=payment.KIND,
        noun="BucketRequestPayment",
        member="request_payment_configuration",
        shape=t.RequestPaymentConfiguration,
        check=payment.check,
        give=t.GetBucketRequestPaymentOutput,
        absent=payment.OWNER,
        permission="BucketRequestPayment",
    ),
    Kind(
        kind=tagging.KIND,
        noun="BucketTagging",
        member="tagging",
        shape=t.Tagging,
        check=tagging.check,
        give=t.GetBucketTaggingOutput,
        absent="NoSuchTagSet",
        permission="BucketTagging",
        deletes="DeleteBucketTagging",
    ),
    Kind(
        kind=website.KIND,
        noun="BucketWebsite",
        member="website_configuration",
        shape=t.WebsiteConfiguration,
        check=website.check,
        give=t.GetBucketWebsiteOutput,
        absent="NoSuchWebsiteConfiguration",
        permission="BucketWebsite",
        deletes="DeleteBucketWebsite",
        deletes_by="s3:DeleteBucketWebsite",
    ),
)


for _document in DOCUMENTS:
    register(_document)
