"""CopyObject, UploadPartCopy."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from gateway.authority import Place
from gateway.call import Answer, Call
from gateway.configurations import encryption
from gateway.iam.acl import Grants
from gateway.iam.permissions import PUT_TAGS, READ, READ_TAGS, needs
from gateway.operations.common import (
    attributes_of,
    checksum_members,
    new_version_id,
    part_number_of,
    quoted,
    read_algorithm,
    source_condition,
    write_condition,
)
from gateway.operations.encryption import (
    check_asks_nothing,
    check_has_key,
    encryption_members,
    is_asked,
    part_key_of,
    source_key_of,
    wish_of,
)
from gateway.operations.grants import for_object
from gateway.operations.lifecycle import expiration_of
from gateway.operations.locking import lock_of
from gateway.operations.stored import system_headers
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.registry import operation
from storage.archive import NOT_TO_COPY, check_readable
from storage.copying import Original
from storage.errors import InvalidRequest
from storage.integrity import Promises
from storage.naming import check_storage_class
from storage.ranges import Span, parse_copy_range
from storage.records import Attributes, ObjectVersion, Versioning
from storage.rows import BucketRef
from storage.tags import parse_tagging
from storage.versioning import NULL

_DIRECTIVES: Final = (None, "COPY", "REPLACE")


@operation(
    "CopyObject",
    "s3:PutObject",
    source=READ,
    refused=("annotation_directive",),
)
async def copy_object(call: Call, ask: t.CopyObjectRequest) -> Answer:
    """Source: API Reference, CopyObject."""
    if ask.metadata_directive not in _DIRECTIVES:
        raise invalid_argument(
            "Unknown metadata directive.", "x-amz-metadata-directive", ask.metadata_directive or ""
        )
    if ask.tagging_directive not in _DIRECTIVES:
        raise invalid_argument(
            "Unknown tagging directive.", "x-amz-tagging-directive", ask.tagging_directive or ""
        )
    customer_key = source_key_of(call, ask)
    original = await _source(call, ask, customer_key)
    await _check_tags_allowed(call, ask, original.version)
    call.count_copied(original.version.size)
    owner, acl = for_object(call, ask)
    attributes = _attributes(call, ask, original.version, acl)
    algorithm = read_algorithm(ask.checksum_algorithm)
    _check_changes(call, ask, original.bucket, original.key)
    copied = await call.services.copies.copy(
        original,
        call.bucket,
        call.key,
        attributes=attributes,
        owner=owner,
        algorithm=algorithm,
        condition=write_condition(ask),
        wish=await wish_of(call, ask),
        customer_key=customer_key,
    )
    call.seen = copied
    return Answer(
        t.CopyObjectOutput(
            copy_object_result=t.CopyObjectResult(
                etag=quoted(copied.etag),
                last_modified=copied.modified_ms,
                **checksum_members(copied.checksum),
            ),
            expiration=await expiration_of(call, copied),
            copy_source_version_id=_source_version(original),
            version_id=new_version_id(copied),
            **encryption_members(t.CopyObjectOutput, copied.encryption, ask),
        )
    )


def _check_changes(call: Call, ask: Any, bucket: BucketRef, key: bytes) -> None:
    """A copy of an object onto itself has to change something.

    Other tags or another checksum are not enough for S3, without REPLACE of the
    metadata: cloudserver pull request 6188, which asked S3; LocalStack's
    provider, against its recordings (test_s3_copy_object_in_place and others).  It is
    enough that the bucket has a default encryption.
    """
    same = bucket.id == call.bucket.id and key == call.key
    changes = (
        ask.metadata_directive == "REPLACE"
        or ask.storage_class is not None
        or ask.website_redirect_location is not None
        or call.source.version_id is not None
        or is_asked(ask)
        or encryption.KIND in call.bucket.record.documents
    )
    if same and not changes:
        raise ProtocolError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself "
            "without changing the object's metadata, storage class, website redirect location "
            "or encryption attributes.",
        )


async def _source(call: Call, ask: Any, customer_key: bytes | None) -> Original:
    """The version to copy, of what the pipeline has authorized."""
    named = call.source
    found = await call.services.objects.find(named.bucket, named.key, named.version_id)
    if found is not None and found.delete_marker and named.version_id is not None:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a "
            "delete marker by version id."
        )
    found = await call.services.objects.stat(named.bucket, named.key, named.version_id)
    check_has_key(named.bucket.id, found, customer_key)
    source_condition(ask).check_source(found)
    check_readable(found, call.services.clock.now_ms(), NOT_TO_COPY)
    return Original(named.bucket, named.key, found)


async def _check_tags_allowed(call: Call, ask: t.CopyObjectRequest, source: ObjectVersion) -> None:
    """Tags that are copied have to be allowed at both ends, as if they were sent.

    Raises:
        ProtocolError: AccessDenied

    Source: API Reference, CopyObject, "Permissions".
    """
    if ask.tagging_directive == "REPLACE" or not source.attributes.tags:
        return
    named = call.source
    await call.check_allowed(READ_TAGS, named.version_id, ask=ask, place=named.place)
    given = msgspec.structs.replace(
        ask, tagging_directive="REPLACE", tagging=urlencode(source.attributes.tags)
    )
    wanted = needs("s3:PutObject", PUT_TAGS)
    await call.check_allowed(wanted, ask=given, place=Place(call.bucket, call.key))


def _source_version(original: Original) -> str | None:
    if original.bucket.record.versioning is Versioning.NEVER:
        return None
    return original.version.version_id or NULL


def _attributes(
    call: Call, ask: t.CopyObjectRequest, source: ObjectVersion, acl: Grants | None
) -> Attributes:
    kept = msgspec.structs.replace(source.attributes, acl=acl)  # a list is not copied
    storage_class = ask.storage_class or "STANDARD"
    check_storage_class(storage_class)
    if ask.metadata_directive == "REPLACE":
        made = attributes_of(call, ask, acl)
        kept = msgspec.structs.replace(kept, headers=made.headers, metadata=made.metadata)
    else:
        redirect = "x-amz-website-redirect-location"
        # API Reference, CopyObject: the redirect location is not copied.
        headers = {name: text for name, text in kept.headers.items() if name != redirect}
        given = system_headers(call.headers).get(redirect)
        if given is not None:
            headers[redirect] = given
        kept = msgspec.structs.replace(kept, headers=headers)
    tags = kept.tags
    if ask.tagging_directive == "REPLACE":
        tags = parse_tagging(ask.tagging) if ask.tagging else {}
    return msgspec.structs.replace(
        kept,
        storage_class=storage_class,
        tags=tags,
        # User Guide, "Copying, moving, and renaming objects": no lock is copied.
        lock=lock_of(call, ask),
        restored_until_ms=0,
    )


@operation("UploadPartCopy", "s3:PutObject", source=READ)
async def upload_part_copy(call: Call, ask: t.UploadPartCopyRequest) -> t.UploadPartCopyOutput:
    """Source: API Reference, UploadPartCopy."""
    assert ask.upload_id is not None, "routed by it"
    number = part_number_of(ask)
    upload = await call.services.uploads.find(call.bucket, call.key, ask.upload_id)
    check_asks_nothing(call, upload.encryption)
    customer_key = await part_key_of(call, ask, upload)
    source_key = source_key_of(call, ask)
    original = await _source(call, ask, source_key)
    span = Span(0, original.version.size)
    if ask.copy_source_range is not None:
        span = parse_copy_range(ask.copy_source_range, original.version.size)
    promises = Promises(algorithm=upload.checksum_algorithm or None)
    call.count_copied(span.length)
    async with call.services.copies.source(original, *span, source_key) as body:
        part, checksum = await call.services.uploads.put_part(
            call.bucket,
            call.key,
            ask.upload_id,
            number,
            body,
            promises,
            upload=upload,
            customer_key=customer_key,
        )
    members = checksum_members(checksum)
    members.pop("checksum_type", None)
    return t.UploadPartCopyOutput(
        copy_source_version_id=_source_version(original),
        copy_part_result=t.CopyPartResult(
            etag=quoted(part.etag), last_modified=part.modified_ms, **members
        ),
        **encryption_members(t.UploadPartCopyOutput, upload.encryption, ask),
    )
