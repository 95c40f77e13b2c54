"""The multipart operations, but for UploadPartCopy."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Sequence
from typing import Any, Final

from gateway import threads
from gateway.bodies import read_promises
from gateway.call import Answer, Call
from gateway.exchange import Reply
from gateway.failures import Failure, describe
from gateway.operations.common import (
    attributes_of,
    check_encoding_type,
    checksum_members,
    checksum_value,
    claimed_checksums,
    owner_of,
    part_number_of,
    quoted,
    read_algorithm,
    write_condition,
)
from gateway.operations.encryption import (
    asked_of,
    check_asks_nothing,
    check_part_key,
    customer_key_of,
    encryption_headers,
    encryption_members,
    part_key_of,
    wish_of,
)
from gateway.operations.grants import check_not_blocked, for_object
from gateway.operations.lifecycle import abort_of, expiration_of
from gateway.operations.listing import common_prefixes, read_count, read_max_keys, shown
from gateway.operations.locking import check_integrity
from gateway.operations.objects import announced_trailers
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, error_document
from gateway.registry import operation
from storage.assembly import Claimed, Wanted
from storage.checksums import ALGORITHMS, COMPOSITE, FULL_OBJECT, check_type
from storage.errors import BadDigest, NoSuchUpload
from storage.naming import PART_NUMBER_MAX, check_part_number
from storage.pages import UploadEntry
from storage.protection import Protection
from storage.records import Completed, Upload
from storage.uploadids import begun_ms, parse_id, print_id
from storage.versioning import NULL

# A Complete that takes longer keeps its connection alive, as S3 does: 200 first, then
# white space, then the result, which may be an error.
KEEP_ALIVE_S: Final = 5.0

_log = logging.getLogger(__name__)
_endings: Final[set[asyncio.Future[Any]]] = set()  # a loop alone does not keep its tasks


@operation("CreateMultipartUpload", "s3:PutObject")
async def create_multipart_upload(call: Call, ask: t.CreateMultipartUploadRequest) -> Answer:
    """Source: API Reference, CreateMultipartUpload.

    Nobody in particular may begin one, whatever policies say: User Guide, "Multipart
    upload API and permissions"; S3's words from users' reports.
    """
    if call.principal is None:
        text = "Anonymous users cannot initiate multipart uploads.  Please authenticate."
        raise ProtocolError("AccessDenied", text)
    owner, acl = for_object(call, ask)
    algorithm = read_algorithm(ask.checksum_algorithm)
    kind = ask.checksum_type.upper() if ask.checksum_type is not None else None
    if kind is not None and algorithm is None:
        raise ProtocolError(
            "InvalidRequest",
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            "header.",
        )
    if algorithm is not None:
        kind = kind or ALGORITHMS[algorithm].types[0]
        if kind not in (COMPOSITE, FULL_OBJECT):
            text = "Value for x-amz-checksum-type header is invalid."
            raise ProtocolError("InvalidRequest", text)
        check_type(algorithm, kind)
    wish = await wish_of(call, ask)
    upload_id = await call.services.uploads.create(
        call.bucket,
        call.key,
        attributes=attributes_of(call, ask, acl),
        owner=owner,
        initiator="" if owner == call.who.initiator else call.who.initiator,
        checksum_algorithm=algorithm or "",
        checksum_type=kind or "",
        wish=wish,
        asked=asked_of(ask),
    )
    abort_date, abort_rule_id = await abort_of(call, begun_ms(parse_id(upload_id)))
    return Answer(
        t.CreateMultipartUploadOutput(
            abort_date=abort_date,
            abort_rule_id=abort_rule_id,
            bucket=ask.bucket,
            key=ask.key,
            upload_id=upload_id,
            checksum_algorithm=algorithm,
            checksum_type=kind,
            **encryption_members(t.CreateMultipartUploadOutput, wish, ask),
        )
    )


@operation("UploadPart", "s3:PutObject")
async def upload_part(call: Call, ask: t.UploadPartRequest) -> t.UploadPartOutput:
    """Source: API Reference, UploadPart."""
    assert ask.upload_id is not None, "routed by it"
    number = part_number_of(ask)
    call.body.check_has_length()
    upload = await call.services.uploads.find(call.bucket, call.key, ask.upload_id)
    if call.bucket.record.object_lock:
        check_integrity(call, upload.attributes.lock, "Put Part")
    check_asks_nothing(call, upload.encryption)
    customer_key = await part_key_of(call, ask, upload)
    try:
        part, checksum = await call.services.uploads.put_part(
            call.bucket,
            call.key,
            ask.upload_id,
            number,
            call.body,
            read_promises(call.headers, announced_trailers(call)),
            upload=upload,
            customer_key=customer_key,
        )
    except BadDigest as error:
        # S3 shows the digest of a part as it was sent, and that of an object in hexadecimal.
        sent = b64encode(bytes.fromhex(error.expected)).decode()
        raise BadDigest(sent, error.calculated) from None
    members = checksum_members(checksum)
    members.pop("checksum_type", None)
    members |= encryption_members(t.UploadPartOutput, upload.encryption, ask)
    return t.UploadPartOutput(etag=quoted(part.etag), **members)


@operation("CompleteMultipartUpload", "s3:PutObject")
async def complete_multipart_upload(
    call: Call, ask: t.CompleteMultipartUploadRequest
) -> Answer | Reply:
    """Source: API Reference, CompleteMultipartUpload."""
    claimed = await _take_claimed(ask)
    given = claimed_checksums(ask)
    if len(given) > 1:
        raise ProtocolError(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    wanted = Wanted(next(iter(given.items()), None), ask.checksum_type, ask.mpu_object_size)
    assert ask.upload_id is not None, "routed by it"
    await _check_completes(call, ask, ask.upload_id)
    working = asyncio.ensure_future(
        call.services.uploads.complete(
            call.bucket, call.key, ask.upload_id, claimed, wanted, write_condition(ask)
        )
    )
    assert call.room is not None, "the operation has a document"
    call.room.hand_over(working)  # with what is claimed, which it keeps for longer than this
    done, _ = await asyncio.wait((working,), timeout=KEEP_ALIVE_S)
    if done:
        return await _answer(call, ask, working.result())
    ending = asyncio.ensure_future(_end(call, ask, working))
    _endings.add(ending)
    ending.add_done_callback(_endings.discard)
    headers = [(b"content-type", b"application/xml")]
    return Reply(200, headers, _alive(call, ending))


async def _check_completes(call: Call, ask: Any, upload_id: str) -> None:
    """Refuse what may not be completed; without a word of an upload that is not there.

    Of SSE-C the key is needed where there are checksums, which S3 keeps encrypted by it.
    A public ACL may have been blocked since it was given.

    Source: API Reference, CompleteMultipartUpload, "x-amz-server-side-encryption-customer-key";
    User Guide, "Blocking public access to your Amazon S3 storage": no new object gets one.
    """
    customer_key = customer_key_of(call, ask)
    try:
        upload = await call.services.uploads.find(call.bucket, call.key, upload_id)
    except NoSuchUpload:
        return  # perhaps it is completed, and is said so again
    check_not_blocked(call.bucket.record, upload.attributes.acl or ())
    if customer_key is not None or upload.checksum_algorithm:
        check_part_key(call, upload, customer_key)


async def _answer(call: Call, ask: t.CompleteMultipartUploadRequest, done: Completed) -> Answer:
    """With the customer's key, of which the model's output says nothing."""
    headers, customer_key = [], customer_key_of(call, ask)
    if done.encryption is not None and customer_key is not None:
        # An answer that is given again is not given to another key.
        Protection.open_customers(call.bucket.id, done.encryption, customer_key)
        headers = encryption_headers(done.encryption, ask)
    output = _completed(call, ask, done)
    if call.has_effects:
        await _look_at(call, done)
        output.expiration = await expiration_of(call, call.seen)
    return Answer(output, headers=headers)


async def _end(
    call: Call, ask: t.CompleteMultipartUploadRequest, working: Awaitable[Completed]
) -> t.CompleteMultipartUploadOutput | Failure:
    """What became of it; a failure is logged, for perhaps nobody is there any more to be told."""
    try:
        return _completed(call, ask, await working)
    except Exception as error:  # noqa: BLE001 - the status is sent: the document has to say it
        failure = describe(error)
        _log.warning(
            "%s failed after its head of 200: %s, request %s",
            *(call.operation, failure.code, call.request_id),
        )
        return failure


async def _alive(
    call: Call, ending: asyncio.Future[t.CompleteMultipartUploadOutput | Failure]
) -> AsyncGenerator[bytes, None]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    while not (await asyncio.wait((ending,), timeout=KEEP_ALIVE_S))[0]:
        yield b" "
    ended = ending.result()
    if isinstance(ended, Failure):
        call.told = ended.status
        document = error_document(
            ended.code,
            ended.message,
            ended.fields,
            resource=call.target.path if call.target else None,
            request_id=call.request_id,
            host_id=call.services.host_id,
        )
    else:
        _, rendered = call.services.plans.by_name["CompleteMultipartUpload"].render(ended)
        document = rendered or b""
    yield document.partition(b"\n")[2]


async def _take_claimed(ask: t.CompleteMultipartUploadRequest) -> list[Claimed]:
    """What the document claims; the document itself is let go, for the request may last long."""
    parts = ask.multipart_upload.parts if ask.multipart_upload is not None else None
    ask.multipart_upload = None
    if parts is not None and len(parts) >= threads.PARSE_ITEMS_MIN:
        return await threads.beside(threads.parsing, _claimed, parts)
    return _claimed(parts)


def _claimed(parts: Sequence[t.CompletedPart] | None) -> list[Claimed]:
    if not parts or len(parts) > PART_NUMBER_MAX:
        raise ProtocolError("MalformedXML")
    claimed = []
    for part in parts:
        if part.part_number is None or part.etag is None:
            raise ProtocolError("MalformedXML")
        check_part_number(part.part_number)
        claimed.append(
            Claimed(part.part_number, part.etag.strip().strip('"'), claimed_checksums(part))
        )
    return claimed


def _completed(
    call: Call, ask: t.CompleteMultipartUploadRequest, done: Completed
) -> t.CompleteMultipartUploadOutput:
    scheme = "https" if call.secure else "http"
    path = call.target.path if call.target is not None else ""
    return t.CompleteMultipartUploadOutput(
        location=f"{scheme}://{call.host}{path}",
        bucket=ask.bucket,
        key=ask.key,
        etag=quoted(done.etag),
        version_id=done.version_id or None,
        **checksum_members(done.checksum),
        **encryption_members(t.CompleteMultipartUploadOutput, done.encryption, ask),
    )


async def _look_at(call: Call, done: Completed) -> None:
    """Find the object that was made, for what documents say of it; it may be replaced already."""
    found = await call.services.objects.find(call.bucket, call.key, done.version_id or NULL)
    if found is not None and found.etag == done.etag:
        call.seen = found


@operation("AbortMultipartUpload", "s3:AbortMultipartUpload", refused=("if_match_initiated_time",))
async def abort_multipart_upload(
    call: Call, ask: t.AbortMultipartUploadRequest
) -> t.AbortMultipartUploadOutput:
    """Source: API Reference, AbortMultipartUpload."""
    assert ask.upload_id is not None, "routed by it"
    await call.services.uploads.abort(call.bucket, call.key, ask.upload_id)
    return t.AbortMultipartUploadOutput()


@operation("ListParts", "s3:ListMultipartUploadParts")
async def list_parts(call: Call, ask: t.ListPartsRequest) -> t.ListPartsOutput:
    """Source: API Reference, ListParts."""
    assert ask.upload_id is not None, "routed by it"
    upload = await call.services.uploads.find(call.bucket, call.key, ask.upload_id)
    if customer_key_of(call, ask) is not None:
        check_part_key(call, upload, customer_key_of(call, ask))
    limit = read_max_keys(ask.max_parts, "max-parts")
    marker = read_count(ask.part_number_marker or 0, "part-number-marker")
    found = await call.services.uploads.parts(
        call.bucket, ask.upload_id, after=min(marker, PART_NUMBER_MAX), limit=limit + 1
    )
    page = found[:limit]
    algorithm = upload.checksum_algorithm
    parts = []
    for number, part in page:
        members: dict[str, Any] = {}
        if algorithm and algorithm in part.checksums:
            members = checksum_value(algorithm, b64encode(part.checksums[algorithm]).decode())
        parts.append(
            t.Part(
                part_number=number,
                last_modified=part.modified_ms,
                etag=quoted(part.etag),
                size=part.size,
                **members,
            )
        )
    owner = owner_of(call, upload.owner)
    abort_date, abort_rule_id = await abort_of(call, upload.initiated_ms)
    return t.ListPartsOutput(
        abort_date=abort_date,
        abort_rule_id=abort_rule_id,
        bucket=ask.bucket,
        key=ask.key,
        upload_id=ask.upload_id,
        part_number_marker=marker,
        next_part_number_marker=page[-1].number if page else 0,
        max_parts=limit,
        is_truncated=len(found) > limit > 0,  # none wanted: there is no next page
        parts=parts,
        initiator=_initiator(call, upload),
        owner=owner,
        storage_class=upload.attributes.storage_class,
        checksum_algorithm=algorithm or None,
        checksum_type=upload.checksum_type or None,
    )


@operation("ListMultipartUploads", "s3:ListBucketMultipartUploads")
async def list_multipart_uploads(
    call: Call, ask: t.ListMultipartUploadsRequest
) -> t.ListMultipartUploadsOutput:
    """Source: API Reference, ListMultipartUploads."""
    encode = check_encoding_type(ask.encoding_type)
    limit = read_max_keys(ask.max_uploads, "max-uploads")
    # API Reference: without a key marker, the upload id marker is ignored.
    upload_id_marker = ask.upload_id_marker if ask.key_marker else None
    page = await call.services.listings.uploads(
        call.bucket,
        prefix=(ask.prefix or "").encode(),
        delimiter=(ask.delimiter or "").encode(),
        key_marker=(ask.key_marker or "").encode(),
        upload_id_marker=parse_id(upload_id_marker) if upload_id_marker else b"",
        max_uploads=limit,
    )
    uploads = [_upload(call, one.item, encode=encode) for one in page.entries]
    output = t.ListMultipartUploadsOutput(
        bucket=ask.bucket,
        key_marker=shown(ask.key_marker or "", encode=encode),
        upload_id_marker=ask.upload_id_marker or "",
        prefix=shown(ask.prefix or "", encode=encode),
        delimiter=shown(ask.delimiter, encode=encode) if ask.delimiter else None,
        max_uploads=limit,
        is_truncated=page.is_truncated,
        uploads=uploads,
        common_prefixes=common_prefixes(page, encode=encode),
        encoding_type=ask.encoding_type or None,
    )
    if page.is_truncated:
        last = page.entries[-1].item if page.entries else None
        if last is not None and page.last == page.entries[-1].key:
            output.next_key_marker = shown(last.key.decode(), encode=encode)
            output.next_upload_id_marker = print_id(last.upload_id)
        else:
            group = page.common_prefixes[-1].decode(errors="replace")
            output.next_key_marker = shown(group, encode=encode)
    return output


def _initiator(call: Call, upload: Upload) -> t.Initiator:
    """Who began an upload, as listings show it.

    API Reference, ListParts, "Initiator": the canonical id of an account, the ARN of a user.
    """
    arn = upload.initiator
    if arn.startswith("arn:"):
        return t.Initiator(id=arn, display_name=arn.rpartition("/")[2])
    found = owner_of(call, upload.initiator or upload.owner)
    return t.Initiator(id=found.id, display_name=found.display_name)


def _upload(call: Call, one: UploadEntry, *, encode: bool) -> t.MultipartUpload:
    owner = owner_of(call, one.upload.owner)
    return t.MultipartUpload(
        upload_id=print_id(one.upload_id),
        key=shown(one.key.decode(), encode=encode),
        initiated=one.upload.initiated_ms,
        storage_class=one.upload.attributes.storage_class,
        owner=owner,
        initiator=_initiator(call, one.upload),
        checksum_algorithm=one.upload.checksum_algorithm or None,
        checksum_type=one.upload.checksum_type or None,
    )
