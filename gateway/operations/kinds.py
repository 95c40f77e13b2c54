"""What the operations of a bucket's documents have in common: one maker of their handlers.

Put checks a document and keeps it, Get gives it back, Delete takes it away.  Of
some kinds a bucket has one document, of others several, each with an id.

Source: API Reference, PutBucketCors and PutBucketAnalyticsConfiguration, and
those like them.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from gateway.call import Call
from gateway.configurations import kept
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation
from storage.buckets import Change, same

# API Reference, MetricsConfiguration: 64 characters of these.
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z", re.ASCII)


async def _as_given(_: Call, document: Any) -> Any:
    return document


def _never(_: Any) -> bool:
    return False


class Kind(NamedTuple):
    """One kind of document."""

    kind: str  # as rows and the bucket's record name it
    noun: str  # what follows Put and Get in its operations' names
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
    has_id: bool = False  # a bucket has several, each under the id that a request names


def register(kind: Kind) -> None:
    """Make the handlers of a kind's Put, Get and, if there is one, Delete."""
    put, get = f"s3:Put{kind.permission}", f"s3:Get{kind.permission}"
    stored = kind.stored
    operation(f"Put{kind.noun}", put, refused=kind.refused, stored=stored)(_putter(kind))
    operation(f"Get{kind.noun}", get, stored=stored)(_getter(kind))
    if kind.deletes is not None:
        operation(kind.deletes, kind.deletes_by or put, stored=stored)(_deleter(kind))


def _putter(kind: Kind) -> Callable[[Call, Any], Any]:
    async def put_document(call: Call, ask: Any) -> None:
        given = getattr(ask, kind.member)
        if given is None:
            raise ProtocolError("MalformedXML")
        if kind.has_id and given.id != ask.id:
            raise ProtocolError("IdMismatch")
        identity = _identity(kind, ask)
        kind.check(given)
        configurations = call.services.configurations
        if kind.is_none(given):
            await configurations.remove(call.bucket, kind.kind, identity)
            return
        value = kept.encode(await kind.prepare(call, given))
        await configurations.put(call.bucket, kind.kind, value, identity, change=kind.change)

    return put_document


def _getter(kind: Kind) -> Callable[[Call, Any], Any]:
    decode = kept.decoder_of(kind.shape)
    is_payload = kind.member in kind.give.__struct_fields__

    async def get_document(call: Call, ask: Any) -> Any:
        identity = _identity(kind, ask)
        value = await call.services.configurations.read(call.bucket, kind.kind, identity)
        if value is None:
            return _nothing(kind, call)
        found = decode(value)
        if is_payload:
            return kind.give(**{kind.member: found})
        return kind.give(**msgspec.structs.asdict(found))

    return get_document


def _deleter(kind: Kind) -> Callable[[Call, Any], Any]:
    async def delete_document(call: Call, ask: Any) -> None:
        identity = _identity(kind, ask)
        was_there = await call.services.configurations.remove(call.bucket, kind.kind, identity)
        if kind.has_id and not was_there:
            _nothing(kind, call)

    return delete_document


def _identity(kind: Kind, ask: Any) -> str:
    """The id of what a request is about; "" where a bucket has but one.

    Raises:
        ProtocolError: InvalidConfigurationId
    """
    if not kind.has_id:
        return ""
    identity: str = ask.id
    if not _ID.match(identity):
        raise ProtocolError("InvalidConfigurationId")
    return identity


def _nothing(kind: Kind, call: Call) -> msgspec.Struct:
    """What stands for a document that nobody has put.

    Raises:
        ProtocolError: the kind's own code
    """
    if not isinstance(kind.absent, str):
        return kind.absent
    if kind.has_id:
        raise ProtocolError(kind.absent)
    raise ProtocolError(kind.absent, BucketName=call.bucket.record.name)
