"""Every operation of the model, there and back, with botocore at the other end."""

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.protocol import errata
from gateway.protocol.classes import Classes
from gateway.protocol.errors import ERRORS, error_document
from gateway.protocol.query import Query
from tests.chance import cases
from tests.gateway.protocol.reference import (
    MODEL,
    PLANS,
    as_attributes,
    moment,
    plain,
    receive,
    send,
)
from tests.gateway.protocol.shapes import values

_CLASSES: Final = Classes(MODEL)
_OURS: Final = sorted(MODEL.operations.keys() - errata.SHADOWED.keys())
# It has a host of its own, by which it is known; the path is not a bucket's.
_ELSEWHERE: Final = {"WriteGetObjectResponse"}
# An answer whose root is its value, below; and a stream of events, which no plan renders.
_OWN_TESTS: Final = {"GetBucketLocation", "SelectObjectContent"}
_EXAMPLES: Final = settings(
    max_examples=cases(10), deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.mark.parametrize("operation", [name for name in _OURS if name not in _ELSEWHERE])
def test_what_botocore_sends_is_understood(operation: str) -> None:
    shape = MODEL.operations[operation]["input"]["shape"]

    @_EXAMPLES
    @given(value=values(shape, sent=True))
    def check(value: dict[str, Any]) -> None:
        sent = send(operation, value)
        query = Query(sent.query)
        plan = PLANS.route(sent.method, sent.level, query, sent.headers)
        assert plan.name == operation
        ask = plan.parse(sent.bucket, sent.key, query, sent.headers)
        if plan.document is not None and sent.body:
            plan.read_body(ask, sent.body)
        assert plain(ask) == as_attributes(shape, value)

    check()


@pytest.mark.parametrize(("operation", "meant"), [*errata.SHADOWED.items()])
def test_an_operation_that_looks_like_another_is_the_other(operation: str, meant: str) -> None:
    shape = MODEL.operations[operation]["input"]["shape"]

    @_EXAMPLES
    @given(value=values(shape, sent=True))
    def check(value: dict[str, Any]) -> None:
        sent = send(operation, value)
        assert PLANS.route(sent.method, sent.level, Query(sent.query), sent.headers).name == meant

    check()


@pytest.mark.parametrize("operation", sorted(_ELSEWHERE))
@_EXAMPLES
@given(data=st.data())
def test_an_operation_with_a_host_of_its_own_is_still_known(
    operation: str, data: st.DataObject
) -> None:
    value = data.draw(values(MODEL.operations[operation]["input"]["shape"], sent=True))
    sent = send(operation, value)
    assert PLANS.route(sent.method, sent.level, Query(sent.query), sent.headers).name == operation


@pytest.mark.parametrize(
    "operation",
    [name for name in _OURS if "output" in MODEL.operations[name] and name not in _OWN_TESTS],
)
def test_what_we_answer_is_understood_by_botocore(operation: str) -> None:
    shape = MODEL.operations[operation]["output"]["shape"]
    plan = PLANS.by_name[operation]

    @_EXAMPLES
    @given(value=values(shape, sent=False))
    def check(value: dict[str, Any]) -> None:
        headers, body = plan.render(_build(shape, value))
        read = receive(operation, plan.status, headers, body)
        del read["ResponseMetadata"]
        if plan.streaming_output:
            (streamed,) = read.keys() - value.keys()
            del read[streamed]
        assert read == value

    check()


def _build(shape_name: str, value: Any) -> Any:
    """A value as an instance of our classes."""
    shape = MODEL.shapes[shape_name]
    match shape["type"]:
        case "structure":
            members = {
                name: _build(shape["members"][member]["shape"], one)
                for member, one in value.items()
                for name in as_attributes(shape_name, {member: value[member]})
            }
            return _CLASSES.of(shape_name)(**members)
        case "list":
            return [_build(shape["member"]["shape"], one) for one in value]
    return as_attributes(shape_name, value)


@given(
    code=st.sampled_from(sorted(ERRORS)),
    message=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    key=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
@settings(deadline=None, database=None)
def test_an_error_is_understood_by_botocore(code: str, message: str, key: str) -> None:
    fields = (("Key", key), ("ArgumentName", "versionId"))
    document = error_document(
        code, message, fields, resource=f"/b/{key}", request_id="R1", host_id="H1"
    )
    status = max(ERRORS[code].status, 400)
    read = receive("GetObject", status, [(b"x-amz-request-id", b"R1")], document)
    assert read["Error"]["Code"] == code
    assert read["Error"]["ArgumentName"] == "versionId"
    assert read["Error"]["Message"] == (_legal(message) or None)
    assert read["Error"]["Key"] == (_legal(key) or None)
    assert read["ResponseMetadata"]["HTTPStatusCode"] == status


def _legal(text: str) -> str:
    """Text with what XML 1.0 cannot hold replaced: Extensible Markup Language, section 2.2."""
    legal = [
        char
        if char in "\t\n\r"
        or " " <= char <= "\ud7ff"
        or "\ue000" <= char <= "\ufffd"
        or char > "\uffff"
        else "\ufffd"
        for char in text
    ]
    return "".join(legal)


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_a_bucket_in_us_east_1_has_an_empty_location(region: str | None) -> None:
    plan = PLANS.by_name["GetBucketLocation"]
    assert plan.give is not None
    headers, body = plan.render(plan.give(location_constraint=region))
    assert receive("GetBucketLocation", 200, headers, body)["LocationConstraint"] == region


def test_a_time_in_a_document_has_milliseconds_as_s3_shows_them() -> None:
    plan = PLANS.by_name["CopyObject"]
    assert plan.give is not None
    result = _CLASSES.of("CopyObjectResult")(last_modified=1_792_540_800_123)
    _, body = plan.render(plan.give(copy_object_result=result))
    assert body is not None
    assert b"<LastModified>2026-10-21T00:00:00.123Z</LastModified>" in body
    read = receive("CopyObject", 200, [], body)
    assert read["CopyObjectResult"]["LastModified"] == moment(1_792_540_800_123)
