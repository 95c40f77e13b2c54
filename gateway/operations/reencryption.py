"""PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption, UpdateObjectEncryption."""

from typing import Final

import msgspec

from gateway.call import Call
from gateway.configurations import encryption as document
from gateway.configurations import kept
from gateway.operations.encryption import kms_key_of
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.errors import Busy
from storage.kms import parse_arn
from storage.protection import AES256, KMS, Wish
from storage.reading import REREADS_MAX
from storage.records import Encryption, ObjectVersion
from storage.retention import is_protected

_PUT: Final = "s3:PutEncryptionConfiguration"
_GET: Final = "s3:GetEncryptionConfiguration"
_ONLY: Final = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
_RETRY: Final = "and then try again."


@operation("PutBucketEncryption", _PUT)
async def put_bucket_encryption(call: Call, ask: t.PutBucketEncryptionRequest) -> None:
    """Whether a KMS key is there is seen when it is used.  Source: API Reference."""
    given = ask.server_side_encryption_configuration
    if given is None:
        raise ProtocolError("MalformedXML")
    document.check(given)

    def make(before: bytes | None) -> bytes:
        return kept.encode(document.completed(given, before))

    await call.services.configurations.put(call.bucket, document.KIND, make)


@operation("GetBucketEncryption", _GET)
async def get_bucket_encryption(
    call: Call, _ask: t.GetBucketEncryptionRequest
) -> t.GetBucketEncryptionOutput:
    """Without a document it tells what is done: S3 encrypts all, we where the operator says so.

    Source: API Reference, GetBucketEncryption.
    """
    value = await call.services.configurations.read(call.bucket, document.KIND)
    if value is not None:
        found = document.decode(value)
    elif call.services.encrypts:
        found = document.of_algorithm(AES256)
    else:
        raise ProtocolError(
            "ServerSideEncryptionConfigurationNotFoundError", BucketName=call.bucket.record.name
        )
    return t.GetBucketEncryptionOutput(server_side_encryption_configuration=found)


@operation("DeleteBucketEncryption", _PUT)
async def delete_bucket_encryption(call: Call, _ask: t.DeleteBucketEncryptionRequest) -> None:
    """Source: API Reference, DeleteBucketEncryption."""
    await call.services.configurations.remove(call.bucket, document.KIND)


@operation("UpdateObjectEncryption", "s3:UpdateObjectEncryption")
async def update_object_encryption(
    call: Call, ask: t.UpdateObjectEncryptionRequest
) -> t.UpdateObjectEncryptionResponse:
    """The data key is wrapped anew; content, dates and tags stay.

    Source: API Reference, UpdateObjectEncryption; User Guide, "Updating server-side
    encryption for existing data".
    """
    wish = await _wish(call, ask.object_encryption)
    objects = call.services.objects
    for _ in range(REREADS_MAX):
        found = await objects.stat(call.bucket, call.key, ask.version_id)
        record = _updatable(call, found)
        made = await objects.protection.rewrap(call.bucket.id, record, wish)

        def change(
            old: ObjectVersion, record: Encryption = record, made: Encryption = made
        ) -> ObjectVersion:
            if _updatable(call, old) != record:
                return old  # replaced meanwhile: it is looked at again
            return msgspec.structs.replace(old, encryption=made)

        new = await objects.replace(call.bucket, call.key, ask.version_id, change)
        if new.encryption == made:
            return t.UpdateObjectEncryptionResponse()
    raise Busy


async def _wish(call: Call, asked: t.ObjectEncryption | None) -> Wish:
    if asked is None or asked.ssekms is None:
        raise _refused(
            "Requests that modify an object encryption configuration require a valid new "
            "encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for "
            "the updated encryption type,"
        )
    arn = asked.ssekms.kms_key_arn
    if not arn:
        raise _refused(
            "Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key "
            "Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN,"
        )
    parsed = parse_arn(arn)
    if parsed is None or parsed.name.startswith("alias/"):
        raise _refused(
            "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS "
            "key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key "
            "ARN in your request,"
        )
    if parsed.account != call.bucket.record.account:
        raise ProtocolError(
            "AccessDenied",
            "The AWS KMS key in the request must be owned by the same account as the bucket. "
            f"Modify the request to specify a KMS key from the same account, {_RETRY}",
        )
    key = await kms_key_of(call, arn)
    return Wish(KMS, key, bucket_key=bool(asked.ssekms.bucket_key_enabled))


def _updatable(call: Call, found: ObjectVersion) -> Encryption:
    record = found.encryption
    if record is None:
        raise ProtocolError(
            "InvalidRequest",
            "The UpdateObjectEncryption operation doesn't supported unencrypted source objects. "
            + _ONLY,
        )
    if record.algorithm not in (AES256, KMS):
        raise ProtocolError(
            "InvalidRequest",
            "The UpdateObjectEncryption operation doesn't support source objects with the "
            f"encryption type DSSE-KMS or SSE-C. {_ONLY}",
        )
    if is_protected(found.attributes.lock, call.services.clock.now_ms()):
        raise ProtocolError(
            "AccessDenied",
            "The encryption type for the specified object can't be updated because that object is "
            "protected by S3 Object Lock. If the object has a governance-mode retention period or "
            "a legal hold, you must first remove the Object Lock status on the object before you "
            "issue your UpdateObjectEncryption request. You can't use the UpdateObjectEncryption "
            "operation with objects that have an Object Lock compliance mode retention period "
            "applied to them.",
        )
    return record


def _refused(text: str) -> ProtocolError:
    return ProtocolError("InvalidRequest", f"{text} {_RETRY}")
