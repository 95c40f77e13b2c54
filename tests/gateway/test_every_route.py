"""Every route of the server refuses a bad signature, whatever carries it and whatever the body is.

A kind of authentication that one handler forgot was accepted there unverified:
CVE-2026-40344 (GHSA-9c4q-hq6p-c237).  So the test walks the table of routes.
"""

import hashlib
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import pytest

from gateway.protocol.plan import Plan
from gateway.protocol.plans import compile_plans
from sigv4 import ECDSA_SHA256, Credentials, Request, Signer
from tests.gateway.server.wire import Wire
from tests.serving import KEY, SECRET, Server

PLANS: Final = compile_plans()
SIGNER: Final = Signer(Credentials(KEY, SECRET), "us-east-1")
SIGNER_4A: Final = Signer(Credentials(KEY, SECRET), "us-east-1", algorithm=ECDSA_SHA256)
CONTENT: Final = b"content"
VALUES: Final = {"list-type": "2", "uploadId": "u", "x-amz-copy-source": "/{bucket}/kept"}
_DIGIT: Final = re.compile(rb"(Signature=[0-9a-f]{20})([0-9a-f])")


class Mode(NamedTuple):
    """What carries the signature, and what it says of the body."""

    signer: Signer
    payload: bytes  # x-amz-content-sha256; empty for a presigned URL
    body: bytes = CONTENT


def chunks(end: bytes) -> bytes:
    return b"%x;chunk-signature=%b\r\n%b\r\n0;chunk-signature=%b\r\n%b\r\n" % (
        *(len(CONTENT), b"0" * 64, CONTENT),
        *(b"0" * 64, end),
    )


TRAILERS: Final = b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n"
MODES: Final = {
    "exact": Mode(SIGNER, hashlib.sha256(CONTENT).hexdigest().encode()),
    "unsigned": Mode(SIGNER, b"UNSIGNED-PAYLOAD"),
    "unsigned chunks": Mode(
        SIGNER, b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"7\r\ncontent\r\n0\r\n\r\n"
    ),
    "signed chunks": Mode(SIGNER, b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", chunks(b"")),
    "signed trailers": Mode(
        SIGNER, b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", chunks(TRAILERS)
    ),
    "URL": Mode(SIGNER, b""),
    "4A": Mode(SIGNER_4A, hashlib.sha256(CONTENT).hexdigest().encode()),
    "4A in signed chunks": Mode(
        SIGNER_4A, b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", chunks(b"")
    ),
    "4A in a URL": Mode(SIGNER_4A, b""),
}


def request_for(plan: Plan, bucket: str, host: bytes, body: bytes = CONTENT) -> Request:
    """The least that is routed to the operation."""
    route = plan.route
    paths = {"service": "/", "bucket": f"/{bucket}", "object": f"/{bucket}/kept"}
    names = sorted(route.subresources | route.parameters)
    query = "&".join(f"{name}={VALUES.get(name, '1')}" for name in names)
    target = paths[route.level] + (f"?{query}" if query else "")
    headers = [(b"host", host), (b"content-length", b"%d" % len(body))]
    for name in sorted(route.headers):
        value = VALUES.get(name.decode(), "1").format(bucket=bucket)
        headers.append((name, value.encode()))
    if plan.is_form:
        headers.append((b"content-type", b"multipart/form-data; boundary=b"))
    return Request(route.method, target.encode(), headers)


def signed(plan: Plan, mode: Mode, bucket: str, host: bytes) -> Request:
    request = request_for(plan, bucket, host, mode.body)
    now = int(time.time())
    if not mode.payload:
        return request._replace(target=mode.signer.presign(request, now=now, expires_s=60))
    if mode.payload.startswith(b"STREAMING-"):
        length = (b"x-amz-decoded-content-length", b"%d" % len(CONTENT))
        request = request._replace(headers=[*request.headers, length])
    added = mode.signer.sign(request, now=now, payload=mode.payload)
    return request._replace(headers=[*request.headers, *added])


def damaged(request: Request) -> Request:
    """Another digit in the middle of the signature."""

    def other(text: bytes) -> bytes:
        return _DIGIT.sub(lambda found: found[1] + (b"1" if found[2] == b"0" else b"0"), text)

    headers = [(name, other(value)) for name, value in request.headers]
    bad = request._replace(target=other(request.target), headers=headers)
    assert bad != request
    return bad


def code_of(server: Server, request: Request, body: bytes) -> tuple[int, str]:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers)
    with Wire(server) as wire:
        method = request.method.encode()
        wire.send(b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method, request.target, lines, body))
        answer = wire.response(head_only=request.method == "HEAD")
        while answer.status < 200:
            answer = wire.response(head_only=request.method == "HEAD")
    return answer.status, answer.code


def everything(s3: Any, bucket: str) -> Sequence[Any]:
    """What a bucket holds, whoever made it."""
    return (
        [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])],
        s3.get_object(Bucket=bucket, Key="kept")["Body"].read(),
        s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []),
        s3.get_object_tagging(Bucket=bucket, Key="kept")["TagSet"],
        sorted(entry["Name"] for entry in s3.list_buckets()["Buckets"]),
    )


@pytest.fixture
def kept(s3: Any, bucket: str) -> Iterator[str]:
    """A bucket that is afterwards as it was."""
    s3.put_object(Bucket=bucket, Key="kept", Body=b"before")
    before = everything(s3, bucket)
    yield bucket
    assert everything(s3, bucket) == before


@pytest.mark.parametrize("name", MODES)
def test_cve_2026_40344_every_route_refuses_a_bad_signature(
    server: Server, kept: str, name: str
) -> None:
    mode, host = MODES[name], server.place.encode()
    answers = {
        plan.name: code_of(server, damaged(signed(plan, mode, kept, host)), mode.body)
        for plan in PLANS.by_name.values()
    }
    wrong = {
        operation: answer
        for operation, answer in answers.items()
        if answer != (403, "" if operation.startswith("Head") else "SignatureDoesNotMatch")
    }
    assert wrong == {}
    assert len(answers) > 100


@pytest.mark.parametrize("name", MODES)
def test_the_same_requests_are_routed_where_the_signature_is_right(
    server: Server, name: str
) -> None:
    """In a bucket that is not there, so that nothing comes of it."""
    mode, host = MODES[name], server.place.encode()
    missing = f"missing-{uuid.uuid4().hex}"
    for plan in PLANS.by_name.values():
        if plan.name == "CreateBucket":
            continue
        status, code = code_of(server, signed(plan, mode, missing, host), mode.body)
        assert status != 403 or plan.name == "HeadBucket", (plan.name, status, code)
        assert code != "SignatureDoesNotMatch", plan.name


def test_every_route_refuses_whoever_says_nothing(server: Server, kept: str) -> None:
    host = server.place.encode()
    for plan in PLANS.by_name.values():
        request = request_for(plan, kept, host)
        if plan.is_form:
            continue  # whose signature is in its body
        status, code = code_of(server, request, CONTENT)
        implemented = code != "NotImplemented"
        assert status == (403 if implemented else 501), (plan.name, status, code)
