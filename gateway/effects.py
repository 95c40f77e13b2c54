"""What a bucket's documents do to requests of every kind; a bucket without any pays nothing.

Each document has a module of its own; this says when they are asked.
"""

import logging
from contextlib import suppress
from typing import Final

from gateway import logged, payers, preflight
from gateway.call import Call
from gateway.configurations import accelerate, cors, logs, metrics, payment
from gateway.exchange import Exchange, Reply
from storage.errors import StorageError
from storage.records import UNDECODABLE
from storage.rows import BucketRef

_log = logging.getLogger(__name__)

# Operations that address no existing bucket.
WITHOUT_BUCKET: Final = frozenset(("ListBuckets", "CreateBucket"))


async def check(call: Call, bucket: BucketRef) -> None:
    """Refuse what a bucket's documents refuse, or want of one; after the permissions.

    Raises:
        ProtocolError: AccessDenied, InvalidRequest
        StorageError
    """
    assert call.target is not None, "set by the pipeline"
    if call.target.is_accelerated and call.target.bucket == bucket.record.name:
        configurations = call.services.configurations
        enabled = await configurations.compiled(bucket, accelerate.KIND, accelerate.compiled)
        if not enabled:
            raise accelerate.refusal(enabled)
    if payment.KIND in bucket.record.documents:
        await payers.check_payer(call, bucket)


async def find_bucket(call: Call) -> None:
    """Find the bucket of a request that failed before anybody had looked for it."""
    if call.found is not None or call.operation in WITHOUT_BUCKET:
        return
    if call.target is None or call.target.bucket is None:
        return
    with suppress(StorageError, *UNDECODABLE):  # there is none; or the request failed by that
        call.bucket = await call.services.buckets.find(call.target.bucket)


async def apply(call: Call, exchange: Exchange, reply: Reply) -> None:
    """Add to an answer what its buckets' documents say, and note the request for their logs."""
    if call.pays and reply.status < 400:
        reply.headers.append(payers.CHARGED)
    try:
        if call.found is not None:
            await _apply(call, exchange, reply, call.found)
        if call.copied is not None:
            place = await _log_of(call, call.copied.bucket)
            if place is not None:
                call.noted.append(logged.note_source(call, exchange, call.copied, place))
    except (StorageError, *UNDECODABLE):
        # The answer stands, and may have an open content: it goes out without.
        _log.exception("what a bucket's documents add to an answer could not be read")


async def _apply(call: Call, exchange: Exchange, reply: Reply, bucket: BucketRef) -> None:
    documents = bucket.record.documents
    if cors.KIND in documents and exchange.method != "OPTIONS":
        reply.headers += await preflight.headers_of(call, exchange, bucket)
    if metrics.KIND in documents:
        call.counted = await _counted(call, bucket)
    place = await _log_of(call, bucket)
    if place is not None:
        call.noted.append(logged.note(call, exchange, bucket, place))


async def _log_of(call: Call, bucket: BucketRef) -> logs.Place | None:
    """Where the bucket's log goes, if it has one."""
    if logs.KIND not in bucket.record.documents:
        return None
    return await call.services.configurations.compiled(bucket, logs.KIND, logs.compiled)


async def _counted(call: Call, bucket: BucketRef) -> tuple[tuple[str, str], ...]:
    """The bucket's metrics filters that a request belongs to."""
    configurations = call.services.configurations
    filters = await configurations.compiled_all(bucket, metrics.KIND, metrics.compiled)
    key = call.target.key if call.target is not None else None
    tags = call.seen.attributes.tags if call.seen is not None else {}
    name = bucket.record.name
    return tuple((name, identity) for identity, one in filters if one.counts(key, tags))
