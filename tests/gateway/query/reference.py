"""botocore as the reference client of the query protocol."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import botocore.awsrequest
import botocore.model
import botocore.parsers
import botocore.serialize

from gateway.query.plans import SERVICES, service

_SERIALIZER: Final = botocore.serialize.create_serializer("query", include_validation=False)
_PARSER: Final = botocore.parsers.create_parser("query")


class Case(NamedTuple):
    """An operation of a service."""

    service: str
    name: str


CASES: Final = [
    Case(name, one) for name in SERVICES for one in sorted(service(name).model.operations)
]


@cache
def _model(name: str) -> Any:
    found = service(name).model
    raw = {"metadata": found.metadata, "operations": found.operations, "shapes": found.shapes}
    return botocore.model.ServiceModel(raw, name)


def send(case: Case, value: Mapping[str, Any]) -> bytes:
    """The body that botocore sends for an input."""
    request = _SERIALIZER.serialize_to_request(
        value, _model(case.service).operation_model(case.name)
    )
    botocore.awsrequest.prepare_request_dict(request, "http://localhost")
    prepared = botocore.awsrequest.create_request_object(request).prepare()
    body = prepared.body
    return body if isinstance(body, bytes) else body.encode()


def receive(case: Case, status: int, body: bytes) -> dict[str, Any]:
    """What botocore reads of an answer."""
    shape = _model(case.service).operation_model(case.name).output_shape
    answer = {"status_code": status, "headers": {}, "body": body}
    parsed: dict[str, Any] = _PARSER.parse(answer, shape)
    return parsed
