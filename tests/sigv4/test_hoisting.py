"""Headers that stand in a query: whoever signed it, and only what could be a header."""

from collections.abc import Callable

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from freezegun import freeze_time

from sigv4 import Request
from tests.sigv4.signing import HOST, KEYS, REGION, accept, by_header, by_url, refused

BAD_QUERY = ("AuthorizationQueryParametersError", 400)


def by_nobody(method: str, target: bytes) -> Request:
    return Request(method, target, [HOST])


SENT = pytest.mark.parametrize(
    "make",
    [
        pytest.param(by_url, id="a presigned URL"),
        pytest.param(by_header, id="a header"),
        pytest.param(by_nobody, id="nobody"),
    ],
)
Make = Callable[[str, bytes], Request]


@SENT
def test_headers_in_a_query_are_headers(make: Make) -> None:
    target = b"/bkt/key?x-amz-acl=private&X-Amz-Meta-A=%C3%A9&X-Amz-Meta-B=&x-id=PutObject"
    target += b"&x-amz-meta-c=%20c%09"
    seen = accept(make("PUT", target)).headers
    assert seen[b"x-amz-acl"] == b"private"
    assert seen[b"x-amz-meta-a"] == "é".encode()
    assert seen[b"x-amz-meta-b"] == b""
    assert seen[b"x-amz-meta-c"] == b"c"
    assert b"x-id" not in seen


@SENT
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"x-amz-checksum-crc32", id="its checksum"),
        pytest.param(b"x-amz-sdk-checksum-algorithm", id="the checksum's name"),
        pytest.param(b"x-amz-decoded-content-length", id="its length"),
        pytest.param(b"x-amz-trailer", id="its trailers"),
    ],
)
def test_headers_of_a_body_in_a_query_are_passed_over(make: Make, name: bytes) -> None:
    """aws-sdk-js-v3 signs the checksum of the empty body that it had."""
    assert name not in accept(make("PUT", b"/bkt/key?" + name + b"=AAAAAA%3D%3D")).headers


@SENT
@pytest.mark.parametrize(
    "parameter",
    [
        pytest.param(b"x-amz-meta-a%0d%0aSet-Cookie%3a%20evil=1", id="a line in the name"),
        pytest.param(b"x-amz-meta-a%0aset-cookie=1", id="half a line in the name"),
        pytest.param(b"x-amz-meta-a%00=1", id="a NUL in the name"),
        pytest.param(b"x-amz-meta-a%3ab=1", id="a colon in the name"),
        pytest.param(b"x-amz-meta-a+b=1", id="a space in the name"),
        pytest.param(b"x-amz-meta-%C3%A9=1", id="a name beyond ASCII"),
        pytest.param(b"x-amz-meta-%FF=1", id="a name that is no text"),
        pytest.param(b"x-amz-meta-a=1%0d%0aSet-Cookie:%20evil", id="a line in the value"),
        pytest.param(b"x-amz-meta-a=1&X-Amz-Meta-A=1", id="a name twice"),
    ],
)
def test_what_no_header_can_be_is_refused(make: Make, parameter: bytes) -> None:
    """What is stored as metadata comes back as a header of every answer."""
    assert refused(make("PUT", b"/bkt/key?" + parameter)) == BAD_QUERY


def test_a_header_and_its_parameter_may_not_differ() -> None:
    request = by_header("PUT", b"/bkt/key?x-amz-acl=private", [(b"x-amz-acl", b"public-read")])
    assert refused(request) == ("SignatureDoesNotMatch", 403)
    request = by_header("PUT", b"/bkt/key?x-amz-acl=private", [(b"x-amz-acl", b"private")])
    assert accept(request).headers[b"x-amz-acl"] == b"private"


def test_nobodys_header_outranks_its_parameter() -> None:
    request = by_nobody("PUT", b"/bkt/key?x-amz-acl=private")
    request = request._replace(headers=[HOST, (b"x-amz-acl", b"public-read")])
    assert accept(request).headers[b"x-amz-acl"] == b"public-read"


def test_a_signed_header_does_not_arrive_as_a_parameter_beside_a_header_of_authorization() -> None:
    signed = by_header("PUT", b"/bkt/key?x-amz-acl=private", [(b"x-amz-acl", b"private")])
    kept = [pair for pair in signed.headers if pair[0] != b"x-amz-acl"]
    assert refused(signed._replace(headers=kept)) == ("SignatureDoesNotMatch", 403)


@pytest.mark.parametrize("name", ["X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"])
@freeze_time("2026-08-21T10:11:12Z")
def test_what_could_remain_of_a_presigned_url_is_a_parameter_beside_a_header(name: str) -> None:
    """Without a signature, an algorithm or a credential it claims nothing: the header does."""
    sent = AWSRequest("GET", f"https://s3.example.com/bkt/key?{name}=60")
    credentials = Credentials(KEYS.access_key, KEYS.secret_key)
    S3SigV4Auth(credentials, "s3", REGION).add_auth(sent)  # which signs what it is given
    target = f"/bkt/key?{name}=60".encode()
    headers = [(key.encode(), value.encode()) for key, value in sent.headers.items()]
    assert accept(Request("GET", target, [HOST, *headers])).location == "header"
    assert refused(by_nobody("GET", target)) == BAD_QUERY
