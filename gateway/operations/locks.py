"""The operations of Object Lock: a bucket's configuration, a version's retention and legal hold."""

from typing import Final

import msgspec

from gateway.call import Call
from gateway.configurations import kept, object_lock
from gateway.operations.locking import (
    GET_LEGAL_HOLD,
    GET_RETENTION,
    PUT_LEGAL_HOLD,
    PUT_RETENTION,
    bypasses,
    check_has_lock,
)
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.lockdocument import KIND, default_of
from storage.records import Attributes, Bucket, ObjectVersion, Versioning
from storage.retention import ON, UNLOCKED, held, retained, until_ms

_read: Final = kept.decoder_of(t.ObjectLockConfiguration)


@operation("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration")
async def get_object_lock_configuration(
    call: Call, _ask: t.GetObjectLockConfigurationRequest
) -> t.GetObjectLockConfigurationOutput:
    """Source: API Reference, GetObjectLockConfiguration."""
    record = call.bucket.record
    if not record.object_lock:
        raise ProtocolError("ObjectLockConfigurationNotFoundError", BucketName=record.name)
    value = await call.services.configurations.read(call.bucket, KIND)
    document = object_lock.ENABLED if value is None else _read(value)
    return t.GetObjectLockConfigurationOutput(object_lock_configuration=document)


@operation("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration")
async def put_object_lock_configuration(
    call: Call, ask: t.PutObjectLockConfigurationRequest
) -> t.PutObjectLockConfigurationOutput:
    """Once enabled it stays; what changes is the default.

    Source: API Reference, PutObjectLockConfiguration; User Guide, "Configuring S3
    Object Lock".
    """
    document = ask.object_lock_configuration
    if document is None:
        raise ProtocolError("MalformedXML")
    object_lock.check(document)
    value = kept.encode(document)
    default = default_of(value)

    def change(record: Bucket) -> Bucket:
        if record.versioning is not Versioning.ENABLED:
            text = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
            raise ProtocolError("InvalidBucketState", text)
        return msgspec.structs.replace(record, object_lock=True, default_lock=default)

    await call.services.configurations.put(call.bucket, KIND, value, change=change)
    return t.PutObjectLockConfigurationOutput()


@operation("GetObjectRetention", GET_RETENTION)
async def get_object_retention(
    call: Call, ask: t.GetObjectRetentionRequest
) -> t.GetObjectRetentionOutput:
    """Of an event hold that is ON, the date as it is now.

    Source: API Reference, GetObjectRetention.
    """
    check_has_lock(call)
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    lock = found.attributes.lock or UNLOCKED
    if not lock.mode:
        raise ProtocolError("NoSuchObjectLockConfiguration")
    shown = t.ObjectLockRetention(
        mode=lock.mode, retain_until_date=until_ms(lock, call.services.clock.now_ms())
    )
    shown.event_hold = lock.event_hold or None
    if lock.event_hold == ON:
        shown.event_hold_duration = t.EventHoldDuration(
            days=lock.event_days or None, years=lock.event_years or None
        )
    return t.GetObjectRetentionOutput(retention=shown)


@operation("PutObjectRetention", PUT_RETENTION)
async def put_object_retention(
    call: Call, ask: t.PutObjectRetentionRequest
) -> t.PutObjectRetentionOutput:
    """Source: API Reference, PutObjectRetention."""
    if ask.retention is None:
        raise ProtocolError("MalformedXML")
    check_has_lock(call)
    now_ms = call.services.clock.now_ms()
    asked = object_lock.asked(ask.retention, now_ms)
    bypass = bypasses(call, ask)

    def change(old: ObjectVersion) -> Attributes:
        lock = retained(old.attributes.lock, asked, now_ms, bypass=bypass)
        return msgspec.structs.replace(old.attributes, lock=lock)

    await call.services.objects.change(call.bucket, call.key, ask.version_id, change)
    return t.PutObjectRetentionOutput()


@operation("GetObjectLegalHold", GET_LEGAL_HOLD)
async def get_object_legal_hold(
    call: Call, ask: t.GetObjectLegalHoldRequest
) -> t.GetObjectLegalHoldOutput:
    """Source: API Reference, GetObjectLegalHold."""
    check_has_lock(call)
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    lock = found.attributes.lock or UNLOCKED
    if not lock.legal_hold:
        raise ProtocolError("NoSuchObjectLockConfiguration")
    return t.GetObjectLegalHoldOutput(legal_hold=t.ObjectLockLegalHold(status=lock.legal_hold))


@operation("PutObjectLegalHold", PUT_LEGAL_HOLD)
async def put_object_legal_hold(
    call: Call, ask: t.PutObjectLegalHoldRequest
) -> t.PutObjectLegalHoldOutput:
    """Source: API Reference, PutObjectLegalHold."""
    if ask.legal_hold is None or ask.legal_hold.status is None:
        raise ProtocolError("MalformedXML")
    check_has_lock(call)
    status = ask.legal_hold.status  # ON or OFF: the schema has no other

    def change(old: ObjectVersion) -> Attributes:
        return msgspec.structs.replace(old.attributes, lock=held(old.attributes.lock, status))

    await call.services.objects.change(call.bucket, call.key, ask.version_id, change)
    return t.PutObjectLegalHoldOutput()
