"""What a page of another origin may ask: answered to a preflight, and told with every answer.

A preflight is not signed, and needs no permission: it is answered by the
bucket's configuration alone.

Source: User Guide, "Using cross-origin resource sharing (CORS)", "Testing CORS";
Fetch Standard, "CORS protocol"; recordings of S3, LocalStack's test_s3_cors.
"""

from collections.abc import Sequence
from typing import Final

from gateway.call import Call
from gateway.configurations import cors
from gateway.configurations.cors import Wanted
from gateway.exchange import Exchange, Reply
from gateway.protocol.errors import ProtocolError
from storage.errors import InvalidBucketName, NoSuchBucket
from storage.rows import BucketRef

_ASKED: Final = b"access-control-request-method"
_NOT_ALLOWED: Final = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are "
    "not whitelisted by the resource's CORS spec."
)


async def preflight(call: Call, exchange: Exchange) -> Reply:
    """The answer to OPTIONS.

    Raises:
        ProtocolError: BadRequest, AccessForbidden
    """
    wanted = Wanted.of(exchange.headers, exchange.method)
    if wanted is None:
        text = "Insufficient information. Origin request header needed."
        raise ProtocolError("BadRequest", text)
    bucket = await _bucket(call)
    if bucket is None:
        raise _forbidden("CORSResponse: Bucket not found", wanted, "BUCKET")
    call.bucket = bucket
    rules = await rules_of(call, bucket)
    if not rules:
        text = "CORSResponse: CORS is not enabled for this bucket."
        raise _forbidden(text, wanted, "BUCKET")
    if wanted.method not in cors.METHODS:
        said = next((v for n, v in exchange.headers if n.lower() == _ASKED), b"null")
        text = f"Invalid Access-Control-Request-Method: {said.decode('latin-1')}"
        raise ProtocolError("BadRequest", text)
    headers = cors.answer(rules, wanted)
    if headers is None:
        assert call.target is not None, "set by the pipeline"
        raise _forbidden(_NOT_ALLOWED, wanted, "OBJECT" if call.target.key else "BUCKET")
    return Reply(200, headers, close=exchange.has_body)


def _forbidden(text: str, wanted: Wanted, resource: str) -> ProtocolError:
    return ProtocolError("AccessForbidden", text, Method=wanted.method, ResourceType=resource)


async def _bucket(call: Call) -> BucketRef | None:
    assert call.target is not None, "set by the pipeline"
    if call.target.bucket is None:
        return None
    try:
        return await call.services.buckets.find(call.target.bucket)
    except (NoSuchBucket, InvalidBucketName):
        return None


async def rules_of(call: Call, bucket: BucketRef) -> Sequence[cors.Rule]:
    """The bucket's rules; none if it has no configuration."""
    found = await call.services.configurations.compiled(bucket, cors.KIND, cors.compiled)
    return found or ()


async def headers_of(
    call: Call, exchange: Exchange, bucket: BucketRef
) -> list[tuple[bytes, bytes]]:
    """What an answer to anything but a preflight has in addition."""
    wanted = Wanted.of(exchange.headers, exchange.method)
    if wanted is None:
        return []
    return cors.answer(await rules_of(call, bucket), wanted) or []
