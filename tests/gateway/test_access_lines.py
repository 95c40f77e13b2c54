"""A line of a server access log is what its documented fields say, whatever a client sent.

Source: User Guide, "Amazon S3 server access log format"; the readers'
expression stands in tests/gateway/accesslogs.py.
"""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.observe.access import Entry, line, operation_name
from gateway.protocol.plans import compile_plans
from tests.gateway.accesslogs import read_line

ENTRY: Final = Entry(
    owner="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    bucket="bucket",
    time_ms=1_549_411_238_999,
    remote="192.0.2.3",
    requester="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    request_id="3E57427F3EXAMPLE",
    method="GET",
    operation="GetBucketVersioning",
    is_site=False,
    key=None,
    target=b"/bucket?versioning",
    status=200,
    error=None,
    sent=113,
    object_size=None,
    total_ms=7,
    own_ms=5,
    referer=b"",
    agent=b"S3Console/0.4",
    version_id=None,
    host_id="s9lzHYrFp76Z",
    signature="SigV4",
    cipher="ECDHE-RSA-AES128-GCM-SHA256",
    authentication="AuthHeader",
    host="bucket.s3.us-west-1.amazonaws.com",
    tls="TLSv1.2",
)


def test_the_user_guides_first_example() -> None:
    owner = ENTRY.owner
    assert line(ENTRY) == (
        f"{owner} bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 {owner} 3E57427F3EXAMPLE "
        'REST.GET.VERSIONING - "GET /bucket?versioning HTTP/1.1" 200 - 113 - 7 5 "-" '
        '"S3Console/0.4" - s9lzHYrFp76Z SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader '
        "bucket.s3.us-west-1.amazonaws.com TLSv1.2 - - -"
    )


def test_what_nobody_can_say_is_a_dash() -> None:
    entry = ENTRY._replace(
        remote="", requester=None, sent=0, signature=None, cipher=None, authentication=None,
        tls=None, agent=b"", host="",
    )  # fmt: skip
    found = read_line(line(entry))
    dashes = {name for name, text in found.items() if text == "-"}
    assert dashes == {
        *("remote", "requester", "key", "error", "sent", "size", "referer", "agent", "version"),
        *("signature", "cipher", "authentication", "host", "tls"),
        *("access_point", "acl_required", "source_region"),
    }


@pytest.mark.parametrize(
    ("method", "operation", "key", "expected"),
    [
        # Those that the User Guide and its neighbours name.
        ("GET", "GetObject", b"k", "REST.GET.OBJECT"),
        ("HEAD", "HeadObject", b"k", "REST.HEAD.OBJECT"),
        ("PUT", "PutObject", b"k", "REST.PUT.OBJECT"),
        ("DELETE", "DeleteObject", b"k", "REST.DELETE.OBJECT"),
        ("POST", "PostObject", None, "REST.POST.OBJECT"),
        ("PUT", "CopyObject", b"k", "REST.COPY.OBJECT"),
        ("PUT", "UploadPart", b"k", "REST.PUT.PART"),
        ("PUT", "UploadPartCopy", b"k", "REST.COPY.PART"),
        ("POST", "CreateMultipartUpload", b"k", "REST.POST.UPLOADS"),
        ("POST", "CompleteMultipartUpload", b"k", "REST.POST.UPLOAD"),
        ("DELETE", "AbortMultipartUpload", b"k", "REST.DELETE.UPLOAD"),
        ("GET", "ListParts", b"k", "REST.GET.UPLOAD"),
        ("GET", "ListMultipartUploads", None, "REST.GET.UPLOADS"),
        ("GET", "ListObjectsV2", None, "REST.GET.BUCKET"),
        ("GET", "ListObjectVersions", None, "REST.GET.BUCKETVERSIONS"),
        ("HEAD", "HeadBucket", None, "REST.HEAD.BUCKET"),
        ("DELETE", "DeleteBucket", None, "REST.DELETE.BUCKET"),
        ("POST", "DeleteObjects", None, "REST.POST.MULTI_OBJECT_DELETE"),
        ("GET", "GetBucketPolicy", None, "REST.GET.BUCKETPOLICY"),
        ("GET", "GetBucketPolicyStatus", None, "REST.GET.POLICY_STATUS"),
        ("GET", "GetBucketLogging", None, "REST.GET.LOGGING_STATUS"),
        ("GET", "GetBucketLocation", None, "REST.GET.LOCATION"),
        ("GET", "GetBucketAcl", None, "REST.GET.ACL"),
        ("PUT", "PutObjectTagging", b"k", "REST.PUT.OBJECT_TAGGING"),
        ("GET", "GetBucketTagging", None, "REST.GET.TAGGING"),
        ("GET", "GetBucketRequestPayment", None, "REST.GET.REQUEST_PAYMENT"),
        ("GET", "ListBucketInventoryConfigurations", None, "REST.GET.INVENTORY"),
        ("OPTIONS", "", b"k", "REST.OPTIONS.PREFLIGHT"),
        ("GET", "", b"k", "REST.GET.OBJECT"),
        ("GET", "", None, "REST.GET.BUCKET"),
    ],
)
def test_operations_have_their_names(
    method: str, operation: str, key: bytes | None, expected: str
) -> None:
    assert operation_name(ENTRY._replace(method=method, operation=operation, key=key)) == expected


def test_every_operation_has_some_name() -> None:
    for plan in compile_plans().by_name.values():
        name = operation_name(ENTRY._replace(operation=plan.name, method=plan.route.method))
        assert re.fullmatch(r"REST\.[A-Z]+\.[A-Z0-9_]+", name), plan.name


def test_a_websites_pages_are_told_apart() -> None:
    assert operation_name(ENTRY._replace(is_site=True, method="HEAD")) == "WEBSITE.HEAD.OBJECT"


@pytest.mark.parametrize(
    "secret",
    [
        "X-Amz-Signature=0123abc",
        "X-Amz-Security-Token=0123abc",
        "Signature=0123abc",
        "x-amz-server-side-encryption-customer-key=0123abc",
        "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key=0123abc",
        "a%26x-amz-server-side-encryption-customer-key%3D0123abc",
    ],
)
def test_what_a_presigned_url_is_good_for_is_not_logged(secret: str) -> None:
    target = f"/bucket/k?X-Amz-Date=1&{secret}&x=y".encode()
    uri = read_line(line(ENTRY._replace(target=target)))["uri"]
    assert "0123abc" not in uri
    assert "X-Amz-Date=1" in uri
    assert uri.endswith("&x=y HTTP/1.1")


HEADER: Final = st.binary(max_size=30)


@given(key=st.binary(min_size=1, max_size=30), target=HEADER, referer=HEADER, agent=HEADER)
def test_a_client_ends_neither_a_field_nor_a_line(
    key: bytes, target: bytes, referer: bytes, agent: bytes
) -> None:
    text = line(ENTRY._replace(key=key, target=b"/" + target, referer=referer, agent=agent))
    assert "\n" not in text
    found = read_line(text)
    assert (found["owner"], found["status"], found["tls"]) == (ENTRY.owner, "200", "TLSv1.2")


@given(host=st.text(max_size=20), method=st.text('ABC "\n', min_size=1, max_size=5))
def test_neither_do_a_strange_host_or_method(host: str, method: str) -> None:
    found = read_line(line(ENTRY._replace(host=host, method=f"X{method}")))
    assert found["owner"] == ENTRY.owner
