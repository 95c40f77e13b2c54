"""What a service that verifies by docs/verifying.md takes, and what it refuses: boto3 asks it."""

import gzip
import hashlib
import http.client
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from sigv4 import Credentials, Request, Signer

KEY: Final = "AKIDEXAMPLE"
SECRET: Final = "a secret of forty characters, say"
SIGNER: Final = Signer(Credentials(KEY, SECRET), "us-east-1")
OBJECT_KEY: Final = "a b/ü+%2F/./c"


def said(access_key: str | None, method: str, content: bytes) -> str:
    """Who asked, how, with what; boto3 takes nothing but XML for an answer to PutObject."""
    return f"<said>{access_key} {method} {content.hex()}</said>"


def exercise(endpoint: str) -> None:
    """``endpoint`` answers what is signed with ``said``."""
    s3 = client(endpoint)
    answer = s3.get_object(Bucket="bkt", Key=OBJECT_KEY)["Body"].read()
    assert answer.decode() == said(KEY, "GET", b"")
    put = s3.put_object(Bucket="bkt", Key=OBJECT_KEY, Body=b"hello", Metadata={"a": "b  c"})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 200
    packed = gzip.compress(b"hello")
    s3.put_object(Bucket="bkt", Key="packed", Body=packed, ContentEncoding="gzip")
    url = s3.generate_presigned_url("get_object", {"Bucket": "bkt", "Key": OBJECT_KEY})
    assert answered(endpoint, "GET", target_of(url)) == (200, said(KEY, "GET", b"").encode())
    _bodies(endpoint, packed)
    _refusals(endpoint)


def _bodies(endpoint: str, packed: bytes) -> None:
    """The content is what was sent, chunks taken apart."""
    of_gzip = {b"content-encoding": b"gzip"}
    for body, headers in ((b"hello", {}), (packed, of_gzip)):
        answer = put_signed(endpoint, body, body, headers)
        assert answer == (200, said(KEY, "PUT", body).encode())
    head = Request("PUT", b"/bkt/k", [host_of(endpoint), (b"x-amz-decoded-content-length", b"5")])
    added = SIGNER.sign(head, now=int(time.time()), payload=b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    chunks = b"5\r\nhello\r\n0\r\n\r\n"
    answer = answered(endpoint, "PUT", "/bkt/k", chunks, [*head.headers, *added])
    assert answer == (200, said(KEY, "PUT", b"hello").encode())


def _refusals(endpoint: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="SignatureDoesNotMatch"):
        client(endpoint, secret="another").get_object(Bucket="bkt", Key="k")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidToken"):
        client(endpoint, token="stray").get_object(Bucket="bkt", Key="k")
    status, document = put_signed(endpoint, b"hello", b"jello", {})
    assert status == 400
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in document
    status, document = answered(endpoint, "GET", "/bkt/k")
    assert status == 403
    assert b"<Code>AccessDenied</Code>" in document
    url = client(endpoint).generate_presigned_url("get_object", {"Bucket": "bkt", "Key": "k"})
    for target in (target_of(url).replace("/bkt/k", "/bkt/l"), target_of(url) + "&acl"):
        assert answered(endpoint, "GET", target)[0] == 403
    assert answered(endpoint, "DELETE", target_of(url))[0] == 403


def client(endpoint: str, *, secret: str = SECRET, token: str | None = None) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            proxies={},
        ),
    )


def put_signed(
    endpoint: str, signed: bytes, sent: bytes, headers: Mapping[bytes, bytes]
) -> tuple[int, bytes]:
    """A PUT that was signed for one body, with another."""
    head = Request("PUT", b"/bkt/k", [host_of(endpoint), *headers.items()])
    digest = hashlib.sha256(signed).hexdigest().encode()
    added = SIGNER.sign(head, now=int(time.time()), payload=digest)
    return answered(endpoint, "PUT", "/bkt/k", sent, [*head.headers, *added])


def host_of(endpoint: str) -> tuple[bytes, bytes]:
    return (b"host", urlsplit(endpoint).netloc.encode())


def target_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def answered(
    endpoint: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> tuple[int, bytes]:
    """One request, sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
    given = {name.decode(): value.decode() for name, value in headers or []}
    connection.request(method, target, body or None, given)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found
