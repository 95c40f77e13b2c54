"""Which operation a request means, and what is refused rather than mistaken for another."""

import itertools
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol import errata
from gateway.protocol.errors import ProtocolError
from gateway.protocol.model import load
from gateway.protocol.plan import Plan
from gateway.protocol.plans import compile_plans
from gateway.protocol.query import Query

PLANS: Final = compile_plans()
COPY: Final = {b"x-amz-copy-source": b"b/k"}


def route(method: str, level: str, query: str, headers: dict[bytes, bytes] | None = None) -> str:
    return PLANS.route(method, level, Query(query.encode()), headers or {}).name


@pytest.mark.parametrize(
    ("method", "level", "query", "operation"),
    [
        pytest.param("GET", "service", "", "ListBuckets", id="the service itself"),
        pytest.param("GET", "service", "max-buckets=3", "ListBuckets", id="a page of it"),
        pytest.param("GET", "bucket", "", "ListObjects", id="a listing, the old way"),
        pytest.param("GET", "bucket", "list-type=2", "ListObjectsV2", id="a listing, the new way"),
        pytest.param("GET", "bucket", "prefix=acl", "ListObjects", id="a value names nothing"),
        pytest.param(
            "GET", "bucket", "foo=bar", "ListObjects", id="unknown parameters are passed over"
        ),
        pytest.param("GET", "bucket", "Versions", "ListObjects", id="names are case-sensitive"),
        pytest.param(
            "GET", "bucket", "versioning=1", "GetBucketVersioning", id="its value is ignored"
        ),
        pytest.param(
            "GET", "bucket", "analytics", "ListBucketAnalyticsConfigurations", id="all of them"
        ),
        pytest.param(
            "GET", "bucket", "analytics&id=1", "GetBucketAnalyticsConfiguration", id="one of them"
        ),
        pytest.param("POST", "bucket", "", "PostObject", id="a browser's form"),
        pytest.param("POST", "bucket", "delete", "DeleteObjects", id="many deletions"),
        pytest.param("GET", "object", "", "GetObject", id="an object"),
        pytest.param("GET", "object", "x-id=PutObject", "GetObject", id="x-id decides nothing"),
        pytest.param(
            "GET", "object", "versionId=1&partNumber=2", "GetObject", id="a part of a version"
        ),
        pytest.param("GET", "object", "uploadId=1", "ListParts", id="the parts of an upload"),
        pytest.param(
            "GET", "object", "uploadId=1&part-number-marker=2", "ListParts", id="more of them"
        ),
        pytest.param("PUT", "object", "uploadId=1&partNumber=2", "UploadPart", id="a part"),
        pytest.param("POST", "object", "uploads", "CreateMultipartUpload", id="begins an upload"),
        pytest.param("POST", "object", "uploadId=1", "CompleteMultipartUpload", id="ends it"),
        pytest.param("DELETE", "object", "uploadId=1", "AbortMultipartUpload", id="gives it up"),
        pytest.param(
            "POST",
            "object",
            "select&select-type=2",
            "SelectObjectContent",
            id="two names, one meaning",
        ),
        pytest.param("PUT", "object", "t%61gging", "PutObjectTagging", id="a name in escapes"),
    ],
)
def test_a_request_means(method: str, level: str, query: str, operation: str) -> None:
    assert route(method, level, query) == operation


@pytest.mark.parametrize(
    ("query", "headers", "operation"),
    [
        pytest.param("", {}, "PutObject", id="without a source it is a put"),
        pytest.param("", COPY, "CopyObject", id="with a source it is a copy"),
        pytest.param("uploadId=1&partNumber=1", COPY, "UploadPartCopy", id="of a part too"),
        pytest.param("tagging", COPY, "PutObjectTagging", id="a sub-resource goes first"),
    ],
)
def test_a_copy_is_known_by_its_source(
    query: str, headers: dict[bytes, bytes], operation: str
) -> None:
    assert route("PUT", "object", query, headers) == operation


@pytest.mark.parametrize(
    ("method", "level", "query", "code", "fields"),
    [
        pytest.param(
            "POST",
            "service",
            "",
            "MethodNotAllowed",
            {"Method": "POST", "ResourceType": "SERVICE"},
            id="the service takes no POST",
        ),
        pytest.param(
            "PATCH",
            "object",
            "",
            "MethodNotAllowed",
            {"Method": "PATCH", "ResourceType": "OBJECT"},
            id="a method that S3 does not have",
        ),
        pytest.param(
            "DELETE",
            "bucket",
            "accelerate",
            "MethodNotAllowed",
            {"Method": "DELETE", "ResourceType": "ACCELERATE"},
            id="a setting that is never deleted",
        ),
        pytest.param(
            "PUT",
            "object",
            "uploadId=1",
            "MethodNotAllowed",
            {"Method": "PUT", "ResourceType": "UPLOAD"},
            id="a part without a number",
        ),
        pytest.param(
            "GET",
            "bucket",
            "acl&policy",
            "InvalidArgument",
            {"ArgumentName": "ResourceType", "ArgumentValue": "acl"},
            id="two sub-resources at once",
        ),
        pytest.param(
            "GET",
            "object",
            "uploads&uploadId=1",
            "InvalidArgument",
            {"ArgumentName": "ResourceType", "ArgumentValue": "uploadId"},
            id="in order of name",
        ),
        pytest.param(
            "GET",
            "bucket",
            "list-type=3",
            "InvalidArgument",
            {"ArgumentName": "list-type", "ArgumentValue": "3"},
            id="a listing nobody knows",
        ),
        pytest.param(
            "GET",
            "bucket",
            "list-type=2&list-type=1",
            "InvalidArgument",
            {"ArgumentName": "list-type", "ArgumentValue": "2"},
            id="two kinds of listing",
        ),
        pytest.param("GET", "object", "versions", "InvalidRequest", {}, id="versions of a key"),
        pytest.param("GET", "object", "logging", "NoLoggingStatusForKey", {}, id="a key's log"),
        pytest.param("GET", "bucket", "uploadId=1", "InvalidRequest", {}, id="an upload to no key"),
        pytest.param(
            "GET",
            "object",
            "cors",
            "NotImplemented",
            {"Resource": "?cors"},
            id="of a bucket only",
        ),
        pytest.param(
            "DELETE",
            "bucket",
            "torrent",
            "NotImplemented",
            {"Resource": "?torrent"},
            id="of an object only",
        ),
    ],
)
def test_a_request_that_means_nothing_is_refused(
    method: str, level: str, query: str, code: str, fields: dict[str, str]
) -> None:
    with pytest.raises(ProtocolError) as refusal:
        route(method, level, query)
    assert (refusal.value.code, dict(refusal.value.fields)) == (code, fields)


def test_a_method_not_allowed_names_those_that_are() -> None:
    with pytest.raises(ProtocolError) as refusal:
        route("POST", "object", "tagging")
    assert refusal.value.headers == ((b"allow", b"DELETE, GET, PUT"),)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("level", ["service", "bucket", "object"])
def test_a_sub_resource_is_never_passed_over(method: str, level: str) -> None:
    names = sorted(PLANS.subresources)
    for asked in [*map(frozenset, itertools.combinations(names, 1)), *_pairs(names)]:
        query = "&".join(f"{name}=2" for name in asked)
        found = _route_or_refusal(method, level, query.encode())
        if isinstance(found, Plan):
            assert found.route.subresources == asked
            assert (found.route.method, found.route.level) == (method, level)
        else:
            assert found.status in (400, 405, 501)


def _route_or_refusal(method: str, level: str, query: bytes) -> Plan | ProtocolError:
    try:
        return PLANS.route(method, level, Query(query), COPY)
    except ProtocolError as refusal:
        return refusal


def _pairs(names: list[str]) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in itertools.combinations(names, 2)]


def test_every_operation_of_the_model_has_a_route_or_a_reason() -> None:
    routed = PLANS.by_name.keys() - {errata.POST_OBJECT}
    assert routed | errata.SHADOWED.keys() == load().operations.keys()
    assert routed.isdisjoint(errata.SHADOWED)
    assert set(errata.SHADOWED.values()) <= routed


@given(st.binary(max_size=60))
def test_no_query_makes_routing_fail_otherwise_than_by_refusal(raw: bytes) -> None:
    found = _route_or_refusal("DELETE", "bucket", raw)
    if isinstance(found, Plan):
        assert found.route.subresources == PLANS.subresources.intersection(Query(raw).values)
    else:
        assert 400 <= found.status <= 501
