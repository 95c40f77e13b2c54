"""ListObjects, ListObjectsV2."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from functools import partial
from typing import Any, Final, cast
from urllib.parse import quote

from gateway.call import Call
from gateway.operations.common import check_encoding_type, owner_of_version, quoted
from gateway.operations.contents import written
from gateway.operations.restore import restore_status
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.scalars import INTEGER_MAX
from gateway.registry import operation
from storage.listing import MAX_KEYS, Page, common_prefix
from storage.naming import KEY_BYTES_MAX
from storage.pages import ROWS_MAX
from storage.records import ObjectVersion

_TOKEN_CHARS_MAX: Final = 4096
_AFTER: Final = b"1"
_CUT: Final = b"2"
# End the marker of a page that was cut within a group of which it had seen no object yet: any
# other marker there passes over the whole group.  Filled up, it is longer than any key can be, and
# so is nobody's key; the first says where the filling begins, whatever the key itself ends with.
_WITHIN: Final = "\U00105349"
_FILLING: Final = "\U00104e54"
_FILLING_BYTES: Final = len(_FILLING.encode())


@operation("ListObjects", "s3:ListBucket")
async def list_objects(call: Call, ask: t.ListObjectsRequest) -> t.ListObjectsOutput:
    """Source: API Reference, ListObjects."""
    encode = check_encoding_type(ask.encoding_type)
    max_keys = read_max_keys(ask.max_keys, "max-keys")
    after, cut = _read_marker(ask.marker or "")
    page = await _page(call, ask, after, max_keys, rows_max=ROWS_MAX, cut=cut)
    following = _next_marker(page, ask)
    return t.ListObjectsOutput(
        is_truncated=page.is_truncated,
        marker=shown(ask.marker or "", encode=encode),
        next_marker=shown(following, encode=encode) if following is not None else None,
        contents=_contents(call, ask, page, encode=encode, owner=True),
        name=ask.bucket,
        prefix=shown(ask.prefix or "", encode=encode),
        delimiter=shown(ask.delimiter, encode=encode) if ask.delimiter else None,
        max_keys=max_keys,
        common_prefixes=common_prefixes(page, encode=encode),
        encoding_type=ask.encoding_type or None,
    )


@operation("ListObjectsV2", "s3:ListBucket")
async def list_objects_v2(call: Call, ask: t.ListObjectsV2Request) -> t.ListObjectsV2Output:
    """Source: API Reference, ListObjectsV2."""
    encode = check_encoding_type(ask.encoding_type)
    max_keys = read_max_keys(ask.max_keys, "max-keys")
    after, cut = (ask.start_after or "").encode(), None
    if ask.continuation_token is not None:
        after, cut = _read_token(ask.continuation_token)
    page = await _page(call, ask, after, max_keys, rows_max=ROWS_MAX, cut=cut)
    return t.ListObjectsV2Output(
        is_truncated=page.is_truncated,
        contents=_contents(call, ask, page, encode=encode, owner=bool(ask.fetch_owner)),
        name=ask.bucket,
        prefix=shown(ask.prefix or "", encode=encode),
        delimiter=shown(ask.delimiter, encode=encode) if ask.delimiter else None,
        max_keys=max_keys,
        common_prefixes=common_prefixes(page, encode=encode),
        encoding_type=ask.encoding_type or None,
        key_count=len(page),
        continuation_token=ask.continuation_token,
        next_continuation_token=_next_token(page) if page.is_truncated else None,
        start_after=shown(ask.start_after, encode=encode) if ask.start_after else None,
    )


async def _page(
    call: Call,
    ask: Any,
    after: bytes,
    max_keys: int,
    *,
    rows_max: int | None = None,
    cut: bytes | None = None,
) -> Page[ObjectVersion]:
    return await call.services.listings.objects(
        call.bucket,
        prefix=(ask.prefix or "").encode(),
        delimiter=(ask.delimiter or "").encode(),
        after=after,
        max_keys=max_keys,
        rows_max=rows_max,
        cut=cut,
    )


def read_max_keys(value: int | None, name: str) -> int:
    """How many entries a page may have; more than S3's limit is the limit.

    Raises:
        ProtocolError: InvalidArgument
    """
    return MAX_KEYS if value is None else min(read_count(value, name), MAX_KEYS)


def read_count(value: int, name: str) -> int:
    """A number that counts something.

    Raises:
        ProtocolError: InvalidArgument
    """
    if not 0 <= value <= INTEGER_MAX:
        raise invalid_argument(
            f"Argument {name} must be an integer between 0 and {INTEGER_MAX}", name, str(value)
        )
    return value


def shown(text: str, *, encode: bool) -> str:
    """A key as the answer shows it."""
    return quote(text, safe="/*-._") if encode else text


def common_prefixes(page: Page[Any], *, encode: bool) -> list[t.CommonPrefix]:
    """The groups of a page."""
    return [
        t.CommonPrefix(prefix=shown(one.decode(errors="replace"), encode=encode))
        for one in page.common_prefixes
    ]


def wants_restores(ask: Any) -> bool:
    """Whether a listing is to tell which archived objects are restored."""
    return "RestoreStatus" in (ask.optional_object_attributes or ())


def _contents(
    call: Call, ask: Any, page: Page[ObjectVersion], *, encode: bool, owner: bool
) -> list[t.ObjectShape]:
    """The objects of a page."""
    owner_of = partial(owner_of_version, call) if owner else None
    if not wants_restores(ask):
        show = partial(shown, encode=True) if encode else None
        # A list to all but the writer of documents, who finds it written.
        return cast("list[t.ObjectShape]", written(page.entries, shown=show, owner_of=owner_of))
    return [
        t.ObjectShape(
            key=shown(key.decode(), encode=encode),
            last_modified=found.modified_ms,
            etag=quoted(found.etag),
            checksum_algorithm=[found.checksum.algorithm] if found.checksum else None,
            checksum_type=found.checksum.type if found.checksum else None,
            size=found.size,
            storage_class=found.attributes.storage_class,
            restore_status=restore_status(call, found),
            owner=owner_of(found) if owner_of is not None else None,
        )
        for key, found in page.entries
    ]


def _next_marker(page: Page[Any], ask: t.ListObjectsRequest) -> str | None:
    """After what the next page begins, if a client could not tell from this one.

    API Reference, ListObjects: it is given only with a delimiter, for without
    one the last key tells.  But a page that was cut may have none.
    """
    if page.cut is None:
        return page.last.decode() if page.is_truncated and ask.delimiter else None
    if not page.cut.endswith(b"\0"):
        return page.last.decode()  # the common prefix whose end it has looked up to
    seen = page.cut[:-1]
    group = common_prefix(seen, (ask.prefix or "").encode(), (ask.delimiter or "").encode())
    return _marker_within(seen) if group is not None else seen.decode()


def _marker_within(seen: bytes) -> str:
    """The shortest such marker that is longer than a key."""
    marker = seen.decode() + _WITHIN
    missing = KEY_BYTES_MAX + 1 - len(marker.encode())
    return marker + _FILLING * max(0, -(-missing // _FILLING_BYTES))


def _read_marker(marker: str) -> tuple[bytes, bytes | None]:
    """After what a page begins, or where the last one was cut."""
    raw = marker.encode()
    if len(raw) > KEY_BYTES_MAX:
        seen = marker.rstrip(_FILLING)
        if seen.endswith(_WITHIN):
            return b"", seen.removesuffix(_WITHIN).encode() + b"\0"
    return raw, None


def make_token(last: bytes) -> str:
    """After what the next page begins: opaque, and good for any prefix."""
    return urlsafe_b64encode(_AFTER + last).decode()


def _next_token(page: Page[Any]) -> str:
    if page.cut is None:
        return make_token(page.last)
    return urlsafe_b64encode(_CUT + page.cut).decode()


def read_token(text: str) -> str:
    """After what the next page begins.

    Raises:
        ProtocolError: InvalidArgument
    """
    try:
        return _read_token(text)[0].decode()
    except UnicodeDecodeError:
        raise _bad_token(text) from None


def _read_token(text: str) -> tuple[bytes, bytes | None]:
    """After what the next page begins, or where the last one was cut."""
    try:
        raw = urlsafe_b64decode(text) if len(text) <= _TOKEN_CHARS_MAX else b""
    except (Base64Error, ValueError):
        raw = b""
    kind, place = raw[:1], raw[1:]
    if kind == _AFTER:
        return place, None
    if kind == _CUT:
        return b"", place
    raise _bad_token(text)


def _bad_token(text: str) -> ProtocolError:
    return invalid_argument(
        "The continuation token provided is incorrect", "continuation-token", text
    )
