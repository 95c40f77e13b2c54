"""botocore as the reference client: what it sends, and what it reads of an answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import botocore.awsrequest
import botocore.handlers
import botocore.model
import botocore.parsers
import botocore.serialize

from gateway.addressing import Addressing
from gateway.protocol.model import load
from gateway.protocol.plans import compile_plans
from gateway.protocol.shapes import attribute

MODEL: Final = load()
PLANS: Final = compile_plans(frozenset(MODEL.operations))
_SERVICE: Final = botocore.model.ServiceModel(
    {"metadata": {"protocol": "rest-xml", "apiVersion": "2006-03-01"}}
    | {"operations": MODEL.operations, "shapes": MODEL.shapes},
    "s3",
)
_SERIALIZER: Final = botocore.serialize.create_serializer("rest-xml", include_validation=False)
_PARSER: Final = botocore.parsers.create_parser("rest-xml")
_ENDPOINT: Final = "http://localhost"


class Sent(NamedTuple):
    """A request as it arrives at the pipeline."""

    method: str
    level: str
    bucket: str | None
    key: str | None
    query: bytes
    headers: dict[bytes, bytes]
    body: bytes


def send(operation: str, value: Mapping[str, Any]) -> Sent:
    """What botocore sends for an input."""
    request = _SERIALIZER.serialize_to_request(value, _SERVICE.operation_model(operation))
    botocore.awsrequest.prepare_request_dict(request, _ENDPOINT)
    path, _, query = request["url"].removeprefix("http://").partition("?")
    target = Addressing(()).resolve("localhost", b"/" + path.partition("/")[2].encode())
    return Sent(
        request["method"],
        "object" if target.key else "bucket" if target.bucket else "service",
        target.bucket,
        target.key.decode() if target.key else None,
        query.encode(),
        {name.lower().encode(): str(text).encode() for name, text in request["headers"].items()},
        request["body"],
    )


def receive(
    operation: str, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None
) -> dict[str, Any]:
    """What botocore reads of an answer."""
    raw: Any = botocore.awsrequest.HeadersDict(
        {name.decode(): text.decode() for name, text in headers}
    )
    answer = {"status_code": status, "headers": raw, "body": body or b""}
    shape = _SERVICE.operation_model(operation).output_shape
    parsed: dict[str, Any] = _PARSER.parse(answer, shape)
    if operation == "GetBucketLocation" and status == 200:
        botocore.handlers.parse_get_bucket_location(parsed, _Raw(body or b""))
    return parsed


class _Raw:
    """The part of an HTTP response that botocore's own handler looks at."""

    raw: Final = True

    def __init__(self, content: bytes) -> None:
        self.content = content


def as_attributes(shape_name: str, value: Any) -> Any:
    """A value as botocore has it, in our spelling: attributes, times in milliseconds."""
    shape = MODEL.shapes[shape_name]
    match shape["type"]:
        case "structure":
            return {
                attribute(member): as_attributes(shape["members"][member]["shape"], one)
                for member, one in value.items()
            }
        case "list":
            return [as_attributes(shape["member"]["shape"], one) for one in value]
        case "timestamp":
            return int(value.timestamp() * 1000)
    return value


def plain(value: Any) -> Any:
    """One of our structures as a dictionary of what is set."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    names = getattr(value, "__struct_fields__", None)
    if names is None:
        return value
    return {name: plain(found) for name in names if (found := getattr(value, name)) is not None}


def moment(milliseconds: int) -> datetime:
    """A time as botocore has it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
