"""Signature Version 2: documented examples, botocore's URLs, and what it leaves unsigned."""

from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

import boto3
import botocore.auth
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from sigv4 import (
    Anonymous,
    ClaimV2,
    Exact,
    KeyCache,
    Request,
    SigError,
    Unsigned,
    Verified,
    check,
    read,
)
from sigv4.canonical import fold_headers
from sigv4.sigv2 import SUBRESOURCES, canonical_resources, sign, string_to_sign
from tests.sigv4.signing import EMPTY, HOST, KEYS, NOW, REGION, by_url, with_headers
from tests.sigv4.vectors import DIRECTORY, Vector, of_kind, request_of, to_bytes

MISMATCH = ("SignatureDoesNotMatch", 403)
DENIED = ("AccessDenied", 403)
DOMAINS = ("s3.amazonaws.com", "s3.example.com")


def bucket_of_host(host: str) -> str | None:
    name = host.partition(":")[0]
    for domain in DOMAINS:
        if name.endswith(f".{domain}"):
            return name.removesuffix(f".{domain}")
    return name if name == "static.johnsmith.net" else None


def accept(request: Request, *, now: int = NOW, secret: str = KEYS.secret_key) -> Verified:
    claim = read(request, now=now, regions=(REGION,), v2_bucket_of_host=bucket_of_host)
    assert isinstance(claim, ClaimV2)
    known = claim.unverified_access_key == KEYS.access_key
    return check(claim, secret if known else None, KeyCache())


def refusal(request: Request, *, now: int = NOW) -> SigError:
    with pytest.raises(SigError) as caught:
        accept(request, now=now)
    return caught.value


def refused(request: Request, *, now: int = NOW) -> tuple[str, int]:
    error = refusal(request, now=now)
    return error.code, error.status


def presigned(
    method: str = "GET",
    target: bytes = b"/bkt/key",
    headers: dict[bytes, bytes] | None = None,
    *,
    host: tuple[bytes, bytes] = HOST,
    expires: str = str(NOW + 60),
) -> Request:
    """A URL with all its signed headers, signed with the functions that the vectors test."""
    given = headers or {}
    resource, *_ = canonical_resources(target, bucket_of_host(host[1].decode()))
    signature = sign(KEYS.secret_key, string_to_sign(method, expires, given, resource))
    joint = "&" if b"?" in target else "?"
    query = (
        f"{joint}AWSAccessKeyId={KEYS.access_key}&Expires={expires}"
        f"&Signature={quote(signature, safe='')}"
    )
    return Request(method, target + query.encode(), [host, *given.items()])


def edited(request: Request, old: bytes, new: bytes) -> Request:
    assert old in request.target, "nothing to replace"
    return request._replace(target=request.target.replace(old, new))


# The documented examples


def vectors() -> list[Any]:
    if not DIRECTORY.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip("the published vectors are not here"))]
    found = of_kind("sigv2", algorithm=None)
    return [pytest.param(vector, id=vector["name"]) for vector in found]


def sent(vector: Vector) -> dict[str, Any]:
    shape: dict[str, Any] = vector.get("request") or vector["signed_request"]
    return shape


@pytest.mark.parametrize("vector", vectors())
def test_the_documented_examples(vector: Vector) -> None:
    request, expected = request_of(sent(vector)), vector["expected"]
    headers = fold_headers(request.headers)
    date = headers.get(b"date", b"").decode()
    if vector["name"] == "aws-docs/sigv2/delete":  # an older form, x-amz-date in the other's place
        date = headers.pop(b"x-amz-date").decode()
    elif b"x-amz-date" in headers:
        date = ""
    if vector["options"]["signature_location"] == "query":
        date = request.target.partition(b"Expires=")[2].partition(b"&")[0].decode()
    resource, *_ = canonical_resources(
        request.target, bucket_of_host(headers[b"host"].decode().strip())
    )
    text = string_to_sign(request.method, date, headers, resource)
    assert text == to_bytes(expected["string_to_sign"])
    secret = vector["credentials"]["secret_access_key"]
    assert sign(secret, text).decode() == expected["signature"]


@pytest.mark.parametrize(
    "vector",
    [v for v in vectors() if v.values[0] and "AWSAccessKeyId" in sent(v.values[0])["target"]],
)
def test_a_published_url_is_accepted_to_its_second(vector: Vector) -> None:
    request = request_of(sent(vector))
    expires = int(request.target.partition(b"Expires=")[2].partition(b"&")[0])
    claim = read(request, now=expires, regions=(REGION,), v2_bucket_of_host=bucket_of_host)
    assert isinstance(claim, ClaimV2)
    verified = check(claim, vector["credentials"]["secret_access_key"], KeyCache())
    assert (verified.location, verified.expires_at) == ("query", expires)


# botocore


@pytest.fixture(autouse=True)
def _same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth.time, "time", lambda: NOW)


def client(token: str | None = None, style: str = "path") -> Any:
    return boto3.client(
        "s3",
        endpoint_url="http://s3.example.com",
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        aws_session_token=token,
        region_name=REGION,
        config=Config(signature_version="s3", s3={"addressing_style": style}),
    )


def by_botocore(
    operation: str,
    parameters: dict[str, Any],
    headers: dict[bytes, bytes] | None = None,
    **options: Any,
) -> Request:
    url = urlsplit(
        client(**options).generate_presigned_url(
            operation, {"Bucket": "bkt", **parameters}, ExpiresIn=60
        )
    )
    method = {"get": "GET", "put": "PUT", "hea": "HEAD", "del": "DELETE"}.get(operation[:3], "POST")
    target = f"{url.path}?{url.query}".encode()
    return Request(method, target, [(b"Host", url.netloc.encode()), *(headers or {}).items()])


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_object", {"Key": "key"}),
        ("get_object", {"Key": "a b/ü+~%2F"}),
        ("get_object", {"Key": "key", "VersionId": "v+/=1"}),
        ("get_object", {"Key": "key", "ResponseContentDisposition": 'attachment; filename="ä +b"'}),
        ("head_object", {"Key": "key"}),
        ("delete_object", {"Key": "key"}),
        ("put_object", {"Key": "key"}),
        ("put_object", {"Key": "key", "ContentType": "text/plain"}),
        ("put_object", {"Key": "key", "Metadata": {"a": "1  2"}, "ACL": "private"}),
        ("upload_part", {"Key": "key", "PartNumber": 3, "UploadId": "u"}),
        ("get_bucket_acl", {}),
        ("get_object_tagging", {"Key": "key"}),
        ("create_multipart_upload", {"Key": "key"}),
    ],
)
def test_a_url_of_botocore(operation: str, parameters: dict[str, Any], style: str) -> None:
    method = {"upload_part": "PUT"}.get(operation)
    request = by_botocore(operation, parameters, style=style)
    request = request._replace(method=method or request.method)
    verified = accept(request)
    assert (verified.access_key, verified.scope) == (KEYS.access_key, None)
    assert (verified.location, verified.expires_at) == ("query", NOW + 60)
    assert verified.payload == Unsigned()
    assert refused(request._replace(method="PATCH")) == MISMATCH


def test_headers_that_stand_in_the_url_are_as_good_as_sent() -> None:
    parameters = {"Key": "key", "ContentType": "text/plain", "Metadata": {"a": "b"}}
    request = by_botocore("put_object", parameters)
    expected = {b"content-type": b"text/plain", b"x-amz-meta-a": b"b"}
    assert expected.items() <= accept(request).headers.items()
    sent = with_headers(request, expected.items())
    assert expected.items() <= accept(sent).headers.items()
    assert expected.keys() <= accept(sent).signed_headers
    for name in expected:
        other = with_headers(request, [(name, b"other")])
        assert refused(other) == DENIED
        assert dict(refusal(other).fields) == {"ParametersNotSigned": name.decode()}


def test_in_the_url_too_a_header_has_a_name_in_any_case() -> None:
    signed = presigned("PUT", headers={b"x-amz-acl": b"private"})
    in_url = Request("PUT", signed.target + b"&X-Amz-ACL=private", [HOST])
    assert accept(in_url).headers[b"x-amz-acl"] == b"private"


def test_a_token_is_seen() -> None:
    request = by_botocore("get_object", {"Key": "key"}, token="TOKEN/+=")
    claim = read(request, now=NOW, regions=(REGION,), v2_bucket_of_host=bucket_of_host)
    assert isinstance(claim, ClaimV2)
    assert claim.session_token == "TOKEN/+="
    assert accept(request).access_key == KEYS.access_key
    plain = read(presigned(), now=NOW, regions=(REGION,), v2_bucket_of_host=bucket_of_host)
    assert not isinstance(plain, Anonymous)
    assert plain.session_token is None


# Whether it is allowed at all


def test_it_is_off_unless_it_is_asked_for() -> None:
    with pytest.raises(SigError) as caught:
        read(presigned(), now=NOW, regions=(REGION,))
    assert (caught.value.code, caught.value.status) == ("InvalidRequest", 400)
    assert caught.value.message == (
        "The authorization mechanism you have provided is not supported. "
        "Please use AWS4-HMAC-SHA256."
    )


def test_a_header_of_version_2_is_never_allowed() -> None:
    request = Request("GET", b"/bkt/key", [HOST, (b"Authorization", b"AWS AKIDEXAMPLE:c2ln")])
    with pytest.raises(SigError, match="Please use AWS4-HMAC-SHA256"):
        read(request, now=NOW, regions=(REGION,), v2_bucket_of_host=bucket_of_host)


def test_two_mechanisms_are_one_too_many() -> None:
    query = presigned().target.partition(b"?")[2]
    both = by_url()._replace(target=by_url().target + b"&" + query)
    for request in (both, with_headers(presigned(), [(b"Authorization", b"AWS a:b")])):
        with pytest.raises(SigError, match="Only one auth mechanism"):
            read(request, now=NOW, regions=(REGION,), v2_bucket_of_host=bucket_of_host)


# Parameters of the signature


def test_a_parameter_that_no_header_can_be_is_refused() -> None:
    for other in (b"x-amz-meta-a%0D%0Ab=", b"x-amz-meta-a%3Ab=", b"x-amz-meta-a=%0Ab"):
        error = refusal(edited(presigned(), b"Expires=", other + b"&Expires="))
        assert (error.code, error.status) == ("AuthorizationQueryParametersError", 400)


@pytest.mark.parametrize("name", [b"AWSAccessKeyId", b"Expires", b"Signature"])
def test_all_three_parameters_are_needed(name: bytes) -> None:
    for other in (b"x-amz-meta-a=", name + b"=&x-amz-meta-a="):
        error = refusal(edited(presigned(), name + b"=", other))
        assert (error.code, error.status) == DENIED
        assert error.message.endswith(" the Signature, Expires and AWSAccessKeyId parameters")


@pytest.mark.parametrize(
    "expires", ["tomorrow", "-1", "+1787307072", "1e10", "１", "9" * 12, "1.5"]
)
def test_expires_is_a_number_of_seconds(expires: str) -> None:
    request = edited(presigned(), b"Expires=%d" % (NOW + 60), b"Expires=" + quote(expires).encode())
    error = refusal(request)
    assert (error.code, error.status) == DENIED
    expected = expires.replace("+", " ") if "+" in quote(expires) else expires
    assert error.message == f"Invalid date (should be seconds since epoch): {expected}"


def test_a_url_is_good_to_its_second() -> None:
    assert accept(presigned(), now=NOW + 60).expires_at == NOW + 60
    error = refusal(presigned(), now=NOW + 61)
    assert (error.code, error.status, error.message) == (*DENIED, "Request has expired")
    assert dict(error.fields) == {
        "Expires": "2026-08-21T10:12:12Z",
        "ServerTime": "2026-08-21T10:12:13Z",
    }


@pytest.mark.parametrize("name", [b"AWSAccessKeyId", b"Expires", b"Signature"])
def test_cve_2022_2385_a_parameter_is_given_once(name: bytes) -> None:
    for request in (
        presigned()._replace(target=presigned().target + b"&" + name + b"=x"),
        edited(presigned(), b"?", b"?" + name + b"=x&"),
    ):
        assert refused(request) == ("AuthorizationQueryParametersError", 400)


def test_another_spelling_is_a_parameter_that_is_not_signed() -> None:
    request = presigned()._replace(target=presigned().target + b"&awsaccesskeyid=x")
    assert dict(refusal(request).fields) == {"ParametersNotSigned": "awsaccesskeyid"}


def test_an_unknown_key_is_refused() -> None:
    request = edited(presigned(), KEYS.access_key.encode(), b"AKIDOTHER")
    assert refused(request) == ("InvalidAccessKeyId", 403)


def test_a_mismatch_shows_what_was_signed() -> None:
    request = edited(presigned(), b"Signature=", b"Signature=A")
    error = refusal(request)
    text = f"GET\n\n\n{NOW + 60}\n/bkt/key"
    fields = dict(error.fields)
    assert (error.code, error.status) == MISMATCH
    assert fields["StringToSign"] == text
    assert fields["StringToSignBytes"] == text.encode().hex(" ")
    assert "CanonicalRequest" not in fields


# What is signed


@pytest.mark.parametrize("name", sorted(SUBRESOURCES))
def test_a_sub_resource_is_signed(name: str) -> None:
    request = presigned(target=b"/bkt/key?" + name.encode() + b"=1")
    assert accept(request).access_key == KEYS.access_key
    assert refused(edited(request, name.encode() + b"=1", name.encode() + b"=2")) == MISMATCH
    assert refused(edited(request, name.encode() + b"=1&", b"")) == MISMATCH
    bare = presigned()
    added = bare._replace(target=bare.target + b"&" + name.encode() + b"=1")
    assert refused(added) == MISMATCH


@pytest.mark.parametrize(
    "added",
    [
        *(b"prefix=secret", b"max-keys=1", b"marker=a", b"delimiter=%2F", b"list-type=2"),
        *(b"encoding-type=url", b"retention", b"legal-hold", b"publicAccessBlock", b"attributes"),
        *(b"encryption", b"unknown", b"ACL", b"Prefix=a", b"%70refix=a", b"=a"),
    ],
)
def test_sigv2_by_design_what_is_not_signed_and_has_an_effect_is_refused(added: bytes) -> None:
    request = presigned()._replace(target=presigned().target + b"&" + added)
    error = refusal(request)
    assert (error.code, error.status) == DENIED
    assert [name for name, _ in error.fields] == ["ParametersNotSigned"]


@pytest.mark.parametrize("added", [b"x-id=GetObject", b"", b"&"])
def test_what_has_no_effect_is_let_through(added: bytes) -> None:
    request = presigned()._replace(target=presigned().target + b"&" + added)
    assert accept(request).access_key == KEYS.access_key


def test_every_amz_header_is_signed() -> None:
    request = presigned("PUT", headers={b"x-amz-meta-a": b"1", b"content-md5": b"2"})
    assert accept(request).headers[b"x-amz-meta-a"] == b"1"
    for name in (b"x-amz-copy-source", b"x-amz-acl", b"content-type", b"Content-MD5"):
        assert refused(with_headers(request, [(name, b"x")])) == MISMATCH
    assert refused(request._replace(headers=[HOST])) == MISMATCH
    in_url = request._replace(target=request.target + b"&x-amz-acl=public-read")
    assert refused(in_url) == MISMATCH


def test_a_handler_sees_signed_headers_and_the_table_of_unsigned_ones() -> None:
    request = with_headers(presigned(), [(b"Range", b"bytes=0-1"), (b"X-Other", b"1")])
    assert accept(request).headers == {b"host": HOST[1], b"range": b"bytes=0-1"}


@pytest.mark.parametrize("twice", [b"&x-amz-acl=a&x-amz-acl=b", b"&x-amz-acl=a%0Ab"])
def test_a_header_in_the_url_comes_once_and_is_one(twice: bytes) -> None:
    request = presigned()._replace(target=presigned().target + twice)
    assert refused(request) == ("AuthorizationQueryParametersError", 400)


def test_the_bucket_of_the_host_is_signed() -> None:
    virtual = presigned(target=b"/key", host=(b"Host", b"bkt.s3.example.com"))
    assert accept(virtual).access_key == KEYS.access_key
    other = virtual._replace(headers=[(b"Host", b"other.s3.example.com")])
    assert refused(other) == MISMATCH
    # One resource, two ways to address it: version 2 signs the resource.
    assert accept(virtual._replace(headers=[HOST], target=b"/bkt" + virtual.target)).access_key


def test_the_path_is_signed_as_it_was_sent() -> None:
    request = presigned(target=b"/bkt/a%2fb//../c")
    assert accept(request).access_key == KEYS.access_key
    assert refused(edited(request, b"%2f", b"%2F")) == MISMATCH
    assert canonical_resources(b"", None) == (b"/",)
    assert canonical_resources(b"/bkt?acl", None) == (b"/bkt?acl", b"/bkt/?acl")
    assert canonical_resources(b"/b", None) == (b"/b", b"/b/")
    assert canonical_resources(b"/", None) == (b"/",)
    assert canonical_resources(b"/bkt/key", None) == (b"/bkt/key",)
    assert canonical_resources(b"/", "bkt") == (b"/bkt/",)


def test_a_key_with_a_slash_at_its_end_is_another_key() -> None:
    """Only a bucket's name may lack the slash that was signed."""
    request = presigned(target=b"/bkt/key/")
    assert accept(request).access_key == KEYS.access_key
    assert refused(edited(request, b"/key/?", b"/key?")) == MISMATCH


def test_sub_resources_are_signed_by_name_whatever_their_values() -> None:
    """User Guide, "Signing and authenticating REST requests": sorted by name."""
    target = b"/bkt/key?uploadId=1&partNumber=2"
    assert canonical_resources(target, None) == (b"/bkt/key?partNumber=2&uploadId=1",)


def test_the_hash_of_the_body_is_held_against_it() -> None:
    request = presigned("PUT", headers={b"x-amz-content-sha256": EMPTY})
    assert accept(request).payload == Exact(EMPTY.decode())


def test_a_streaming_value_is_of_no_use_there() -> None:
    """S3 takes no chunks apart under version 2: it finds a length missing or wrong, or a hash."""
    value = {b"x-amz-content-sha256": b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    assert refused(presigned("PUT", headers=value)) == ("MissingContentLength", 411)
    value[b"x-amz-decoded-content-length"] = b"32"
    with pytest.raises(SigError, match="XAmzContentSHA256Mismatch"):
        accept(presigned("PUT", headers=value)).body().finish()
    # What is no number is for HTTP to refuse.
    for sent, refusing in ((b"39", True), (b"032", False), (b"32", False), (b"x", False)):
        request = with_headers(presigned("PUT", headers=value), [(b"Content-Length", sent)])
        if refusing:
            assert refused(request) == ("IncompleteBody", 400)
        else:
            assert accept(request).access_key == KEYS.access_key


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 200), st.integers(1, 255))
def test_every_byte_of_the_target_counts(at: int, change: int) -> None:
    request = presigned(target=b"/bkt/key?versionId=a", headers={b"x-amz-meta-a": b"1"})
    at %= len(request.target)
    target = bytearray(request.target)
    target[at] ^= change
    if unquote_to_bytes(bytes(target).replace(b"+", b"%20")) == unquote_to_bytes(request.target):
        return  # an escape in small letters, say, is the same text
    with pytest.raises(SigError):
        outcome(request._replace(target=bytes(target)))


def outcome(request: Request) -> Verified:
    claim = read(request, now=NOW, regions=(REGION,), v2_bucket_of_host=bucket_of_host)
    if isinstance(claim, Anonymous):
        raise SigError("AccessDenied", 403, "anonymous, and so for policy to decide")
    known = claim.unverified_access_key == KEYS.access_key
    return check(claim, KEYS.secret_key if known else None, KeyCache())
