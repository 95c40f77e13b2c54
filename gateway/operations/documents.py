"""A bucket's configuration documents: each is a row of one table.

Put checks a document and keeps it, Get gives it back, Delete takes it away;
what a document means is read where it takes effect.  What is not in the table
has more to do than that, and a module of its own.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from gateway.call import Call
from gateway.configurations import kept, payment, tagging
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.registry import operation


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


DOCUMENTS: Final = (
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
)


def _register(document: Document) -> None:
    put, get = f"s3:Put{document.permission}", f"s3:Get{document.permission}"
    stored = document.stored
    operation(f"Put{document.noun}", put, stored=stored)(_putter(document))
    operation(f"Get{document.noun}", get, stored=stored)(_getter(document))
    if document.deletes is not None:
        operation(document.deletes, put, stored=stored)(_deleter(document))


def _putter(document: Document) -> Callable[[Call, Any], Any]:
    async def put_document(call: Call, ask: Any) -> None:
        given = getattr(ask, document.member)
        if given is None:
            raise ProtocolError("MalformedXML")
        document.check(given)
        value = kept.encode(given)
        await call.services.configurations.put(call.bucket, document.kind, value)

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
