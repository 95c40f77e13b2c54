"""GetObject, HeadObject: which bytes, under which headers.

Everything that can be refused is, before the content is opened: what was
opened belongs to the answer, and nothing may fail between the two.

Source: API Reference, GetObject and HeadObject; RFC 9110, sections 13 and 14.
"""

from typing import Any, Final, NamedTuple

from gateway.call import Answer, Call
from gateway.headers import Prepared
from gateway.iam.permissions import READ
from gateway.operations.common import (
    DEFAULT_TYPE,
    last_modified,
    quoted,
    read_condition,
    version_id,
)
from gateway.operations.encryption import (
    check_asks_nothing,
    check_has_key,
    customer_key_of,
    encryption_headers,
)
from gateway.operations.lifecycle import expiration, has_lifecycle, lifecycle_of
from gateway.operations.locking import lock_headers, look
from gateway.operations.parts import Part, checksum_of, parts_of
from gateway.operations.restore import restore_header
from gateway.operations.stored import as_bytes, stored_headers
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.protocol.scalars import http_date, read_time
from gateway.registry import operation
from storage.archive import check_readable, is_archived
from storage.errors import Busy, Conflict, InvalidPartNumber, NotModified
from storage.naming import check_part_number
from storage.preconditions import ReadCondition
from storage.ranges import Span, parse_range
from storage.reading import REREADS_MAX
from storage.records import Checksum, ObjectVersion, Versioning

# What a GET may override, if it is signed.  API Reference, GetObject.
_OVERRIDES: Final = (
    ("response_cache_control", b"cache-control"),
    ("response_content_disposition", b"content-disposition"),
    ("response_content_encoding", b"content-encoding"),
    ("response_content_language", b"content-language"),
)
# What an answer of 304 has of one of 200.  RFC 9110, section 15.4.5; S3 tells the version too.
_FRESH: Final = (b"last-modified", b"etag", b"cache-control", b"expires", b"x-amz-version-id")


SHOWN_MAX: Final = 8192  # versions whose headers are kept
SHOWN_BYTES_MAX: Final = 1024
_SSE: Final = b"x-amz-server-side-encryption"


class _Replaced(Exception):
    """The version that a part was found in is no longer the one that is read."""


class _Head(NamedTuple):
    """Everything of an answer but its content."""

    status: int
    headers: list[tuple[bytes, bytes]]


class _Shown:
    """The headers of versions, to whoever asks for nothing in particular."""

    def __init__(self) -> None:
        # By identity: a version is a record that never changes, and is held here.
        self._kept: dict[int, tuple[ObjectVersion, Versioning, Prepared]] = {}

    def get(self, call: Call, found: ObjectVersion, ask: t.GetObjectRequest) -> Prepared:
        """Those of an answer."""
        versioning = call.bucket.record.versioning
        kept = self._kept.get(id(found))
        if kept is not None and kept[0] is found and kept[1] is versioning:
            return kept[2]
        made = Prepared(_head(call, ask, found, None).headers)
        if len(made.lines) <= SHOWN_BYTES_MAX:
            if len(self._kept) >= SHOWN_MAX:
                self._kept.clear()
            self._kept[id(found)] = found, versioning, made
        return made


_shown: Final = _Shown()


def _at_hand(call: Call, ask: t.GetObjectRequest) -> Answer | None:
    """All of an object, as it is, if nothing has to be waited for or asked; None: the long way."""
    record = call.bucket.record
    if (
        record.object_lock
        or has_lifecycle(call)
        or _SSE in call.headers
        or ask != t.GetObjectRequest(bucket=ask.bucket, key=ask.key)
    ):
        return None
    known = call.services.objects.known(call.bucket, call.key)
    if known is None:
        return None
    found, content = known
    attributes = found.attributes
    if attributes.storage_class != "STANDARD" or attributes.lock is not None:
        return None
    call.seen = found
    return Answer(None, content, prepared=_shown.get(call, found, ask))


@operation("GetObject", READ)
async def get_object(call: Call, ask: t.GetObjectRequest) -> Answer:
    """Source: API Reference, GetObject."""
    answer = _at_hand(call, ask)
    if answer is not None:
        return answer
    condition, customer_key = await _prepare(call, ask)
    if ask.part_number is None:
        return await _get(call, ask, condition, None, customer_key)
    for _ in range(REREADS_MAX):
        try:
            part = await _find_part(call, ask, condition, customer_key)
            return await _get(call, ask, condition, part, customer_key)
        except (Conflict, _Replaced):
            continue
    raise Busy


async def _prepare(call: Call, ask: Any) -> tuple[ReadCondition, bytes | None]:
    """The conditions, and the key of a customer; in the call, what answers tell of the bucket.

    Raises:
        ProtocolError: InvalidArgument, InvalidRequest, InvalidEncryptionAlgorithmError
    """
    check_asks_nothing(call)
    customer_key = customer_key_of(call, ask)
    condition = read_condition(ask)
    if has_lifecycle(call):
        call.lifecycle = await lifecycle_of(call)
    if call.bucket.record.object_lock:
        await look(call, ask.version_id)
    return condition, customer_key


async def _get(
    call: Call,
    ask: t.GetObjectRequest,
    condition: ReadCondition,
    part: Part | None,
    customer_key: bytes | None,
) -> Answer:
    head = _Head(200, [])

    def choose(found: ObjectVersion) -> tuple[int, int]:
        nonlocal head
        call.seen = found
        _check(call, ask, condition, found, customer_key)
        if is_archived(found):
            check_readable(found, call.services.clock.now_ms())
        if part is not None and part.content != found.content:
            raise _Replaced
        stretch = _stretch(call, ask, found, part)
        head = _head(call, ask, found, stretch, part)
        return stretch or (0, found.size)

    opened = await call.services.objects.open(
        call.bucket, call.key, ask.version_id, choose, customer_key
    )
    return Answer(None, opened.body, *head)


@operation("HeadObject", READ)
async def head_object(call: Call, ask: t.HeadObjectRequest) -> Answer:
    """Source: API Reference, HeadObject."""
    condition, customer_key = await _prepare(call, ask)
    for _ in range(REREADS_MAX):
        part = None
        if ask.part_number is not None:
            try:
                part = await _find_part(call, ask, condition, customer_key)
            except Conflict:
                continue
        found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
        call.seen = found
        _check(call, ask, condition, found, customer_key)
        if part is None or part.content == found.content:
            stretch = _stretch(call, ask, found, part)
            return Answer(None, b"", *_head(call, ask, found, stretch, part))
    raise Busy


def _check(
    call: Call,
    ask: Any,
    condition: ReadCondition,
    found: ObjectVersion,
    customer_key: bytes | None,
) -> None:
    """Whether the object is to be read.

    Raises:
        NoSuchKey, PreconditionFailed, WrongCustomerKey
        ProtocolError: InvalidRequest, of its encryption
        ProtocolError: NotModified, with the headers that keep a cache's copy fresh
    """
    if found.encryption is not None or customer_key is not None:
        check_has_key(call.bucket.id, found, customer_key)
    try:
        condition.check(found)
    except NotModified:
        headers = [pair for pair in _head(call, ask, found, None).headers if pair[0] in _FRESH]
        raise ProtocolError("NotModified", headers=tuple(headers)) from None


def _stretch(call: Call, ask: Any, found: ObjectVersion, part: Part | None) -> Span | None:
    """The bytes that were asked for; None is the whole, not as a part of itself."""
    if part is not None:
        # An object without content has no bytes that could be a part of it.
        return Span(part.offset, part.size) if found.size else None
    if ask.range is None:
        return None
    validator = call.headers.get(b"if-range")
    if validator is not None and not _is_same(validator.decode("latin-1"), found):
        return None
    return parse_range(ask.range, found.size)


def _is_same(validator: str, found: ObjectVersion) -> bool:
    """Whether the client's copy, of which it wants more, is of this very content.

    An entity tag is compared strongly, a date exactly: RFC 9110, section 13.1.5.
    """
    if validator.startswith('"'):
        return validator == quoted(found.etag)
    moment = read_time(validator)
    return moment is not None and moment // 1000 == found.modified_ms // 1000


async def _find_part(
    call: Call, ask: Any, condition: ReadCondition, customer_key: bytes | None
) -> Part:
    """Where a part lies; an object that was not uploaded in parts is its own first.

    Raises:
        InvalidPartNumber; what a read of the object raises
        Conflict: the object was replaced meanwhile
    """
    if ask.range is not None:
        text = "Cannot specify both Range header and partNumber query parameter"
        raise ProtocolError("InvalidRequest", text)
    number = ask.part_number
    check_part_number(number)
    found = await call.services.objects.stat(call.bucket, call.key, ask.version_id)
    _check(call, ask, condition, found, customer_key)
    if found.parts_count == 0:
        if number == 1:
            return Part(found.content, 1, 0, found.size)
        raise InvalidPartNumber(number, 1)
    for part in await parts_of(call, found):
        if part.number == number:
            return part
    raise InvalidPartNumber(number, found.parts_count)


def _head(
    call: Call, ask: Any, found: ObjectVersion, stretch: Span | None, part: Part | None = None
) -> _Head:
    attributes = found.attributes
    if ask.response_content_type:
        content_type = ask.response_content_type.encode("latin-1")
    else:
        content_type = as_bytes(attributes.headers.get("content-type", "")) or DEFAULT_TYPE
    length = found.size if stretch is None else stretch.length
    headers = [
        last_modified(found),
        (b"etag", quoted(found.etag).encode()),
        (b"accept-ranges", b"bytes"),
        (b"content-type", content_type),
        (b"content-length", b"%d" % length),
    ]
    overrides = _overrides(ask)
    headers += [pair for pair in stored_headers(found) if pair[0] not in overrides]
    headers += overrides.items()
    shown = version_id(call, found)
    if shown is not None:
        headers.append((b"x-amz-version-id", shown.encode()))
    if found.encryption is not None:
        headers += encryption_headers(found.encryption, ask)
    if attributes.storage_class != "STANDARD":
        headers.append((b"x-amz-storage-class", attributes.storage_class.encode()))
        restore = restore_header(call, found)
        if restore is not None:
            headers.append((b"x-amz-restore", restore.encode()))
    # S3 tells it of no version that was asked for by its id, were it the current one.
    if call.lifecycle is not None and ask.version_id is None:
        ends = expiration(call.lifecycle, call.key, found)
        if ends is not None:
            headers.append((b"x-amz-expiration", ends.encode()))
    if attributes.tags:
        headers.append((b"x-amz-tagging-count", b"%d" % len(attributes.tags)))
    if found.parts_count and ask.part_number is not None:
        headers.append((b"x-amz-mp-parts-count", b"%d" % found.parts_count))
    if attributes.lock is not None:
        headers += lock_headers(call, found).items()
    checksum = _checksum(ask, found, length, part)
    if checksum is not None:
        name = f"x-amz-checksum-{checksum.algorithm.lower()}"
        headers.append((name.encode(), checksum.value.encode()))
        headers.append((b"x-amz-checksum-type", checksum.type.encode()))
    if stretch is None:
        return _Head(200, headers)
    if length:  # Content-Range has no form for an empty part
        headers.append((b"content-range", stretch.content_range(found.size).encode()))
    return _Head(206, headers)


def _checksum(ask: Any, found: ObjectVersion, length: int, part: Part | None) -> Checksum | None:
    """What the client can compare the bytes with that it gets; None if it did not ask.

    A part has its own where the object's is made of the parts'; else the
    object's is told, with all of its bytes.  Source: the recordings that
    ``gateway.operations.parts`` names.
    """
    if ask.checksum_mode != "ENABLED":
        return None
    own = checksum_of(found, part) if part is not None else None
    if own is not None:
        return own
    return found.checksum if length == found.size else None


def _overrides(ask: Any) -> dict[bytes, bytes]:
    found = {
        header: value.encode("latin-1")  # values.read_response_header
        for name, header in _OVERRIDES
        if (value := getattr(ask, name)) is not None
    }
    if ask.response_expires is not None:
        found[b"expires"] = http_date(ask.response_expires).encode()
    return found
