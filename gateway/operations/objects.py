"""PutObject, DeleteObject, DeleteObjects, GetObjectAttributes."""

import asyncio
from typing import Any, Final

from gateway.authority import Place
from gateway.bodies import read_promises
from gateway.call import Answer, Call
from gateway.failures import describe
from gateway.iam.permissions import BYPASS, DELETE, NOTHING, READ, asks_for_etag, needs
from gateway.operations.common import (
    attributes_of,
    check_mfa,
    checksum_members,
    checksum_value,
    new_version_id,
    quoted,
    version_id,
    write_condition,
)
from gateway.operations.encryption import (
    check_has_key,
    customer_key_of,
    encryption_members,
    wish_of,
)
from gateway.operations.grants import for_object
from gateway.operations.lifecycle import expiration_of, has_lifecycle
from gateway.operations.listing import read_count, read_max_keys
from gateway.operations.locking import bypasses, check_integrity
from gateway.operations.parts import Part, checksum_of, parts_of
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.registry import operation
from sigv4 import Chunked
from storage.checksums import COMPOSITE
from storage.errors import Busy, Conflict, NoSuchVersion, StorageError
from storage.naming import check_key
from storage.preconditions import WriteCondition
from storage.reading import REREADS_MAX
from storage.records import UNDECODABLE, ObjectVersion
from storage.versioning import is_version_id

DELETE_KEYS_MAX: Final = 1000  # API Reference, DeleteObjects
ATTRIBUTE_PARTS_MAX: Final = 1000
_DELETES_AT_ONCE: Final = 16


@operation("PutObject", "s3:PutObject", refused=("write_offset_bytes",))
async def put_object(call: Call, ask: t.PutObjectRequest) -> t.PutObjectOutput:
    """Source: API Reference, PutObject."""
    owner, acl = for_object(call, ask)
    call.body.check_has_length()
    attributes = attributes_of(call, ask, acl)
    check_integrity(call, attributes.lock)
    put = await call.services.objects.put(
        call.bucket,
        call.key,
        call.body,
        attributes=attributes,
        owner=owner,
        promises=read_promises(call.headers, announced_trailers(call)),
        condition=write_condition(ask),
        wish=await wish_of(call, ask),
    )
    call.seen = put
    return t.PutObjectOutput(
        expiration=await expiration_of(call, put) if has_lifecycle(call) else None,
        etag=quoted(put.etag),
        version_id=new_version_id(put),
        **checksum_members(put.checksum),
        **encryption_members(t.PutObjectOutput, put.encryption, ask),
    )


def announced_trailers(call: Call) -> tuple[str, ...]:
    """The trailers that the request says will follow its body."""
    payload = _verified(call).payload
    return payload.trailers if isinstance(payload, Chunked) else ()


def _verified(call: Call) -> Any:
    assert call.verified is not None, "no handler without a verified request"
    return call.verified


@operation(
    "DeleteObject",
    DELETE,
    refused=("if_match_last_modified_time", "if_match_size"),
)
async def delete_object(call: Call, ask: t.DeleteObjectRequest) -> t.DeleteObjectOutput:
    """Source: API Reference, DeleteObject."""
    check_mfa(ask.mfa)
    gone = await call.services.objects.delete(
        call.bucket,
        call.key,
        ask.version_id,
        owner=call.who.account,
        condition=WriteCondition(ask.if_match),
        bypass=bypasses(call, ask),
    )
    return t.DeleteObjectOutput(
        version_id=gone.version_id, delete_marker=True if gone.delete_marker else None
    )


@operation("DeleteObjects", NOTHING)
async def delete_objects(call: Call, ask: t.DeleteObjectsRequest) -> t.DeleteObjectsOutput:
    """Each key is decided on its own.  Source: API Reference, DeleteObjects."""
    check_mfa(ask.mfa)
    assert ask.delete is not None, "the document is required"
    wanted = ask.delete.objects or []
    if not 1 <= len(wanted) <= DELETE_KEYS_MAX:
        raise ProtocolError("MalformedXML")
    if any(item.version_id == "" for item in wanted):
        # Taken for no id at all it would delete what is current.
        raise invalid_argument("Version id cannot be the empty string", "versionId", "")
    gate, turn = asyncio.Semaphore(_DELETES_AT_ONCE), asyncio.Lock()
    bypass = bypasses(call, ask)

    async def one(item: t.ObjectIdentifier) -> t.DeletedObject | t.ErrorShape:
        async with gate:
            async with turn:  # to decide on a thousand keys may take a while: others come between
                await asyncio.sleep(0)
            return await _delete_one(call, item, bypass=bypass)

    # All of them end before a bug in one is heard: nothing goes on once there is an answer.
    ended = await asyncio.gather(*[one(item) for item in wanted], return_exceptions=True)
    call.batch = results = [_unless_failed(outcome) for outcome in ended]
    deleted = [result for result in results if isinstance(result, t.DeletedObject)]
    failed = [result for result in results if isinstance(result, t.ErrorShape)]
    return t.DeleteObjectsOutput(
        deleted=None if ask.delete.quiet else deleted or None, errors=failed or None
    )


def _unless_failed(
    outcome: t.DeletedObject | t.ErrorShape | BaseException,
) -> t.DeletedObject | t.ErrorShape:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def _delete_one(
    call: Call, item: t.ObjectIdentifier, *, bypass: bool
) -> t.DeletedObject | t.ErrorShape:
    key, bucket = item.key or "", call.bucket
    try:
        if not key:
            raise ProtocolError("MalformedXML")
        if item.last_modified_time is not None or item.size is not None:
            raise ProtocolError("NotImplemented", Header="LastModifiedTime, Size")
        if item.version_id is not None and not is_version_id(item.version_id):
            # S3 answers so here, where DeleteObject says InvalidArgument.
            raise NoSuchVersion(key, item.version_id)
        place = Place(call.bucket, key.encode(), item.version_id)
        await call.check_allowed(DELETE, item.version_id, ask=item, place=place)
        if bypass:
            await call.check_allowed(needs(BYPASS), place=place)
        if asks_for_etag(item.etag):
            await call.check_allowed(needs(*READ.current), place=place)
        bucket = call.bucket_for_one()
        gone = await call.services.objects.delete(
            bucket,
            key.encode(),
            item.version_id,
            owner=call.who.account,
            condition=WriteCondition(item.etag),
            bypass=bypass,
        )
    except (StorageError, ProtocolError, *UNDECODABLE) as error:
        failure = describe(error)
        call.ended_one(bucket, key, item.version_id, failure.code)
        return t.ErrorShape(
            key=key, version_id=item.version_id, code=failure.code, message=failure.message
        )
    call.ended_one(bucket, key, item.version_id)
    if not gone.delete_marker:
        return t.DeletedObject(key=key, version_id=item.version_id)
    return t.DeletedObject(
        key=key,
        version_id=item.version_id,
        delete_marker=True,
        delete_marker_version_id=gone.version_id,
    )


_SEE_ATTRIBUTES: Final = needs(
    *("s3:GetObject", "s3:GetObjectAttributes"),
    version=("s3:GetObjectVersion", "s3:GetObjectVersionAttributes"),
)
_ATTRIBUTE_NAMES: Final = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


@operation("GetObjectAttributes", _SEE_ATTRIBUTES)
async def get_object_attributes(call: Call, ask: t.GetObjectAttributesRequest) -> Answer:
    """Source: API Reference, GetObjectAttributes."""
    wanted = set(ask.object_attributes or ())
    if not wanted or not wanted <= set(_ATTRIBUTE_NAMES):
        raise invalid_argument(
            "Invalid attribute name specified.",
            "x-amz-object-attributes",
            ",".join(ask.object_attributes or ()),
        )
    check_key(call.key)
    customer_key = customer_key_of(call, ask)
    for _ in range(REREADS_MAX):
        found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
        check_has_key(call.bucket.id, found, customer_key)
        try:
            return Answer(await _attributes_of(call, ask, found, wanted))
        except Conflict:
            continue
    raise Busy


async def _attributes_of(
    call: Call, ask: t.GetObjectAttributesRequest, found: ObjectVersion, wanted: set[str]
) -> t.GetObjectAttributesOutput:
    """Raises Conflict if the object was replaced before its parts were listed."""
    output = t.GetObjectAttributesOutput(
        last_modified=found.modified_ms, version_id=version_id(call, found)
    )
    if "ETag" in wanted:
        output.etag = found.etag
    if "Checksum" in wanted and found.checksum is not None:
        members = checksum_members(found.checksum)
        members |= checksum_value(found.checksum.algorithm, found.checksum.value.partition("-")[0])
        output.checksum = t.Checksum(**members)
    if "ObjectParts" in wanted and found.parts_count:
        output.object_parts = await _parts_of(call, ask, found)
    if "StorageClass" in wanted:
        output.storage_class = found.attributes.storage_class
    if "ObjectSize" in wanted:
        output.object_size = found.size
    return output


async def _parts_of(
    call: Call, ask: t.GetObjectAttributesRequest, found: ObjectVersion
) -> t.GetObjectAttributesParts:
    """Pages as ListParts has them of a COMPOSITE object; of any other the count alone.

    Only parts with checksums of their own are listed, and where nothing is
    listed nothing is said of pages: a client would ask for the next for ever.

    Raises:
        InvalidArgument, Conflict

    Source: API Reference, GetObjectAttributes, "Parts"; recordings of S3,
    LocalStack's test_complete_multipart_parts_checksum_full_object.
    """
    limit = min(read_max_keys(ask.max_parts, "max-parts"), ATTRIBUTE_PARTS_MAX)
    marker = read_count(ask.part_number_marker or 0, "part-number-marker")
    shown = t.GetObjectAttributesParts(total_parts_count=found.parts_count)
    if found.checksum is None or found.checksum.type != COMPOSITE:
        return shown
    rest = [part for part in await parts_of(call, found) if part.number > marker]
    listed = rest[:limit]
    shown.part_number_marker = marker
    shown.max_parts = limit
    shown.is_truncated = 0 < limit < len(rest)
    shown.next_part_number_marker = listed[-1].number if listed else 0
    shown.parts = [_shown(found, part) for part in listed]
    return shown


def _shown(found: ObjectVersion, part: Part) -> t.ObjectPart:
    own = checksum_of(found, part)
    members = checksum_value(own.algorithm, own.value) if own is not None else {}
    return t.ObjectPart(part_number=part.number, size=part.size, **members)
