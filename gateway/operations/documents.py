"""A bucket's configuration documents: each is a row of one table.

Put checks a document and keeps it, Get gives it back, Delete takes it away;
what a document means is read where it takes effect.  What is not in the table
has more to do than that, and a module of its own.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from gateway.call import Call
from gateway.configurations import (
    accelerate,
    cors,
    kept,
    logs,
    notification,
    payment,
    replication,
    tagging,
    website,
)
from gateway.operations import targets
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.buckets import Change, same


async def _as_given(_: Call, document: Any) -> Any:
    return document


def _never(_: Any) -> bool:
    return False


class Document(NamedTuple):
    """One kind of document."""

    kind: str  # as rows and the bucket's record name it
    noun: str  # what follows Put, Get and Delete in its operations' names
    member: str  # the attribute of Put's input that holds it
    shape: type[msgspec.Struct]
    check: Callable[[Any], None]  # raises what S3 answers to a document it does not take
    give: type[msgspec.Struct]  # Get's output
    absent: str | msgspec.Struct  # Get's error code, or its output, where nothing was put
    permission: str  # what follows s3:Put and s3:Get
    deletes: str | None = None  # the operation that takes it away; it needs the permission of Put
    stored: bool = False  # kept and given back, no more
    # What is kept of a document, once it has been held against other buckets, too.
    prepare: Callable[[Call, Any], Awaitable[Any]] = _as_given
    change: Change = same  # of the bucket's row, with the document
    is_none: Callable[[Any], bool] = _never  # whether it takes away what there was
    refused: tuple[str, ...] = ()  # members of Put's input
    deletes_by: str = ""  # the permission to take it away, if not that of Put


DOCUMENTS: Final = (
    Document(
        kind="accelerate",
        noun="BucketAccelerateConfiguration",
        member="accelerate_configuration",
        shape=t.AccelerateConfiguration,
        check=accelerate.check,
        give=t.GetBucketAccelerateConfigurationOutput,
        absent=accelerate.NONE,
        permission="AccelerateConfiguration",
        prepare=targets.accelerated,
    ),
    Document(
        kind="cors",
        noun="BucketCors",
        member="cors_configuration",
        shape=t.CORSConfiguration,
        check=cors.check,
        give=t.GetBucketCorsOutput,
        absent="NoSuchCORSConfiguration",
        permission="BucketCORS",
        deletes="DeleteBucketCors",
    ),
    Document(
        kind="logging",
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
    Document(
        kind="notification",
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
    Document(
        kind="replication",
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
    Document(
        kind="request-payment",
        noun="BucketRequestPayment",
        member="request_payment_configuration",
        shape=t.RequestPaymentConfiguration,
        check=payment.check,
        give=t.GetBucketRequestPaymentOutput,
        absent=payment.OWNER,
        permission="BucketRequestPayment",
    ),
    Document(
        kind="tagging",
        noun="BucketTagging",
        member="tagging",
        shape=t.Tagging,
        check=tagging.check,
        give=t.GetBucketTaggingOutput,
        absent="NoSuchTagSet",
        permission="BucketTagging",
        deletes="DeleteBucketTagging",
    ),
    Document(
        kind="website",
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


def _register(document: Document) -> None:
    put, get = f"s3:Put{document.permission}", f"s3:Get{document.permission}"
    stored = document.stored
    refused = document.refused
    operation(f"Put{document.noun}", put, refused=refused, stored=stored)(_putter(document))
    operation(f"Get{document.noun}", get, stored=stored)(_getter(document))
    if document.deletes is not None:
        needed = document.deletes_by or put
        operation(document.deletes, needed, stored=stored)(_deleter(document))


def _putter(document: Document) -> Callable[[Call, Any], Any]:
    async def put_document(call: Call, ask: Any) -> None:
        given = getattr(ask, document.member)
        if given is None:
            raise ProtocolError("MalformedXML")
        document.check(given)
        configurations = call.services.configurations
        if document.is_none(given):
            await configurations.remove(call.bucket, document.kind)
            return
        value = kept.encode(await document.prepare(call, given))
        await configurations.put(call.bucket, document.kind, value, change=document.change)

    return put_document


def _getter(document: Document) -> Callable[[Call, Any], Any]:
    decode = kept.decoder_of(document.shape)
    is_payload = document.member in document.give.__struct_fields__

    async def get_document(call: Call, _ask: Any) -> Any:
        value = await call.services.configurations.read(call.bucket, document.kind)
        if value is None:
            if isinstance(document.absent, str):
                raise ProtocolError(document.absent, BucketName=call.bucket.record.name)
            return document.absent
        found = decode(value)
        if is_payload:
            return document.give(**{document.member: found})
        return document.give(**msgspec.structs.asdict(found))

    return get_document


def _deleter(document: Document) -> Callable[[Call, Any], Any]:
    async def delete_document(call: Call, _ask: Any) -> None:
        await call.services.configurations.remove(call.bucket, document.kind)

    return delete_document


for _document in DOCUMENTS:
    _register(_document)
