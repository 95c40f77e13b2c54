"""What a plan makes of a request: values, refusals, and members that nothing implements."""

from typing import Any, Final

import pytest

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from gateway.protocol.plan import Plan
from gateway.protocol.query import Query
from tests.gateway.protocol.reference import PLANS

_ETAGS: Final = "<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>"


def ask(
    operation: str,
    query: bytes = b"",
    headers: dict[bytes, bytes] | None = None,
    refused: frozenset[str] = frozenset(),
) -> Any:
    plan = PLANS.by_name[operation]
    key = "k" if plan.route.level == "object" else None
    return plan.parse("b", key, Query(query), headers or {}, refused)


def test_members_that_were_not_sent_are_none() -> None:
    assert ask("GetObject") == t.GetObjectRequest(bucket="b", key="k")


def test_metadata_loses_its_prefix_and_keeps_its_words() -> None:
    headers = {b"x-amz-meta-a": b"1", b"x-amz-meta-": b"2", b"x-amz-meta-b": "é".encode()}
    assert ask("PutObject", headers=headers).metadata == {"a": "1", "": "2", "b": "é"}


def test_a_header_that_is_no_utf_8_is_latin_1() -> None:
    assert ask("PutObject", headers={b"x-amz-meta-a": b"\xe9"}).metadata == {"a": "é"}


def test_a_list_in_a_header_is_split_at_its_commas() -> None:
    headers = {b"x-amz-object-attributes": b"ETag, ObjectSize,,Checksum"}
    assert ask("GetObjectAttributes", headers=headers).object_attributes == [
        "ETag",
        "ObjectSize",
        "Checksum",
    ]


def test_an_unreadable_date_is_ignored_where_http_says_so() -> None:
    headers = {b"if-modified-since": b"yesterday", b"if-unmodified-since": b"tomorrow"}
    assert ask("GetObject", headers=headers) == t.GetObjectRequest(bucket="b", key="k")


@pytest.mark.parametrize(
    ("operation", "query", "headers", "name", "value"),
    [
        pytest.param("ListObjects", b"max-keys=x", {}, "max-keys", "x", id="no number"),
        pytest.param("GetObject", b"partNumber=1.5", {}, "partNumber", "1.5", id="half a part"),
        pytest.param(
            "GetObject",
            b"versionId=null&versionId=2",
            {},
            "versionId",
            "null",
            id="a version twice",
        ),
        pytest.param(
            "PutObject", b"partNumber=1", {}, "partNumber", "1", id="a part without an upload"
        ),
        pytest.param(
            "PutObject",
            b"",
            {b"x-amz-object-lock-retain-until-date": b"forever"},
            "x-amz-object-lock-retain-until-date",
            "forever",
            id="a lock until no date",
        ),
        pytest.param(
            "DeleteObject",
            b"",
            {b"x-amz-if-match-last-modified-time": b"lately"},
            "x-amz-if-match-last-modified-time",
            "lately",
            id="a condition that cannot be read",
        ),
        pytest.param(
            "DeleteObject",
            b"",
            {b"x-amz-bypass-governance-retention": b"1"},
            "x-amz-bypass-governance-retention",
            "1",
            id="neither true nor false",
        ),
    ],
)
def test_a_bad_argument_is_named(
    operation: str, query: bytes, headers: dict[bytes, bytes], name: str, value: str
) -> None:
    with pytest.raises(ProtocolError) as refusal:
        ask(operation, query, headers)
    assert refusal.value.code == "InvalidArgument"
    assert refusal.value.fields == (("ArgumentName", name), ("ArgumentValue", value))


def test_an_unknown_parameter_may_come_twice() -> None:
    assert ask("GetObject", b"foo=1&foo=2") == t.GetObjectRequest(bucket="b", key="k")


def test_a_member_that_nothing_implements_is_refused_by_its_header() -> None:
    headers = {b"x-amz-server-side-encryption": b"AES256"}
    with pytest.raises(ProtocolError) as refusal:
        ask("PutObject", b"", headers, frozenset({"server_side_encryption"}))
    assert refusal.value.code == "NotImplemented"
    assert refusal.value.fields == (("Header", "x-amz-server-side-encryption"),)


# Documents


def read(operation: str, body: str) -> Any:
    plan = PLANS.by_name[operation]
    assert plan.make is not None
    found = plan.make()
    plan.read_body(found, body.encode())
    return found


@pytest.mark.parametrize(
    "root",
    [
        pytest.param("CompleteMultipartUpload", id="as documented"),
        pytest.param(
            'CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
            id="in S3's namespace",
        ),
        pytest.param("CompleteMultipartUploadRequest", id="by its other name"),
    ],
)
def test_a_completion_is_read(root: str) -> None:
    parts = _ETAGS.format(1, "a") + _ETAGS.format(2, "b")
    found = read("CompleteMultipartUpload", f"<{root}>\n{parts}\n</{root.partition(' ')[0]}>")
    assert found.multipart_upload == t.CompletedMultipartUpload(
        parts=[
            t.CompletedPart(part_number=1, etag='"a"'),
            t.CompletedPart(part_number=2, etag='"b"'),
        ]
    )


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        pytest.param("DeleteObjects", "x", id="no XML"),
        pytest.param("DeleteObjects", "<Tagging/>", id="another document"),
        pytest.param("DeleteObjects", "<Delete/>", id="without what is required"),
        pytest.param("DeleteObjects", "<Delete><Object/></Delete>", id="within a list too"),
        pytest.param(
            "DeleteObjects",
            "<Delete><Quiet>maybe</Quiet><Object><Key>k</Key></Object></Delete>",
            id="neither true nor false",
        ),
        pytest.param(
            "DeleteObjects",
            "<Delete><Object><Key>k</Key><Key>l</Key></Object></Delete>",
            id="one thing twice",
        ),
        pytest.param(
            "DeleteObjects", "<Delete><Object><Key><a/></Key></Object></Delete>", id="no text"
        ),
        pytest.param(
            "CompleteMultipartUpload",
            "<CompleteMultipartUpload><Part><PartNumber>one</PartNumber></Part>"
            "</CompleteMultipartUpload>",
            id="no number",
        ),
        pytest.param(
            "CompleteMultipartUpload",
            "<CompleteMultipartUpload><Part><PartNumber/></Part></CompleteMultipartUpload>",
            id="an empty number",
        ),
        pytest.param(
            "PutBucketVersioning",
            "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>",
            id="a value that S3 does not have",
        ),
        pytest.param(
            "PutObjectRetention",
            "<Retention><RetainUntilDate>forever</RetainUntilDate></Retention>",
            id="no date",
        ),
        pytest.param(
            "PutObjectTagging", "<Tagging><TagSet><Tag/></TagSet></Tagging>", id="a tag of nothing"
        ),
        pytest.param(
            "DeleteObjects",
            "<Delete><Object><Key>k</Key><IfUnchanged>yes</IfUnchanged></Object></Delete>",
            id="what the shape does not have",
        ),
    ],
)
def test_a_document_that_the_shape_does_not_allow_is_malformed(operation: str, body: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read(operation, body)
    assert (refusal.value.code, refusal.value.status) == ("MalformedXML", 400)


def test_a_region_that_s3_does_not_know_is_not_malformed() -> None:
    found = read(
        "CreateBucket",
        "<CreateBucketConfiguration><LocationConstraint>moon-1</LocationConstraint>"
        "</CreateBucketConfiguration>",
    )
    assert found.create_bucket_configuration.location_constraint == "moon-1"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("DeleteObjects", "MissingRequestBodyError"),
        ("PutObjectTagging", "MissingRequestBodyError"),
        ("CompleteMultipartUpload", "InvalidRequest"),
        ("PutBucketPolicy", "MissingRequestBodyError"),
    ],
)
def test_a_document_that_is_needed_is_missed(operation: str, code: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read(operation, "")
    assert refusal.value.code == code


def test_a_bucket_needs_no_document() -> None:
    assert read("CreateBucket", "") == t.CreateBucketRequest()


def test_a_grantees_type_is_an_attribute() -> None:
    found = read(
        "PutBucketAcl",
        "<AccessControlPolicy><AccessControlList><Grant>"
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
        "<ID>1</ID></Grantee><Permission>READ</Permission>"
        "</Grant></AccessControlList></AccessControlPolicy>",
    )
    (grant,) = found.access_control_policy.grants
    assert (grant.grantee.type, grant.grantee.id, grant.permission) == (
        "CanonicalUser",
        "1",
        "READ",
    )


# What the plans say of themselves


@pytest.mark.parametrize("plan", PLANS.by_name.values(), ids=lambda plan: str(plan.name))
def test_every_member_is_found_in_one_place(plan: Plan) -> None:
    attributes = [member.attribute for member in plan.members]
    assert len(attributes) == len(set(attributes)), "two members became one attribute"
    for member in plan.members:
        match member.location:
            case "querystring":
                assert plan.query[member.wire_name][0] == member.attribute
            case "header":
                assert plan.headers[member.wire_name.lower().encode()][0] == member.attribute
            case "headers":
                assert (member.wire_name.lower().encode(), member.attribute) in plan.prefixes
            case "body":
                assert plan.document is not None
            case "stream":
                assert plan.streaming_input
            case where:
                assert where == "uri"


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ("GetObject", 200),
        ("DeleteObject", 204),
        ("DeleteObjects", 200),
        ("DeleteBucket", 204),
        ("AbortMultipartUpload", 204),
        ("PutBucketPolicy", 204),
    ],
)
def test_an_operation_answers_with_its_status(operation: str, status: int) -> None:
    assert PLANS.by_name[operation].status == status


def test_a_plan_can_be_read() -> None:
    text = PLANS.by_name["UploadPart"].describe()
    assert text.startswith("UploadPart: PUT on the object ?partNumber ?uploadId\n")
    assert "querystring  partNumber                                    -> part_number" in text
