"""Encryption as requests ask for it: what is stored, and what is told of it."""

import hashlib
import os
from base64 import b64encode

import pytest

from gateway.app import App
from tests.gateway.encryption.asking import (
    EXPECTED,
    KINDS,
    KMS_ID,
    SSE,
    content,
    customer,
    header,
    of_source,
    readable,
    refusal,
    send,
    stored_bytes,
    told,
)
from tests.gateway.inside import text_of


@pytest.mark.parametrize("size", [0, 5, 16_384, 16_385, 200_000])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_object_is_stored_as_asked_and_read_as_it_was(
    app: App, kind: str, size: int
) -> None:
    headers, body = KINDS[kind], (b"plaintext!" * (size // 10 + 1))[:size]
    put = await send(app, "PUT", "/bucket/k", headers, body)
    assert (put.status, told(put)) == (200, EXPECTED[kind])
    for method in ("GET", "HEAD"):
        reply = await send(app, method, "/bucket/k", readable(headers))
        assert (reply.status, told(reply)) == (200, EXPECTED[kind])
        assert header(reply, "content-length") == str(size)
        assert header(reply, "etag") == header(put, "etag")
        if method == "GET":
            assert await content(reply) == body
    is_md5 = header(put, "etag") == f'"{hashlib.md5(body).hexdigest()}"'
    assert is_md5 == (kind in ("plain", "AES256"))
    if size > 5:
        held = any(b"plaintext!" in one for one in await stored_bytes(app))
        assert held == (kind == "plain")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_range_is_read_as_a_slice(app: App, kind: str) -> None:
    body = os.urandom(300_000)
    await send(app, "PUT", "/bucket/k", KINDS[kind], body)
    for first, last in ((0, 0), (65_535, 65_536), (100_000, 299_999)):
        headers = {**readable(KINDS[kind]), "range": f"bytes={first}-{last}"}
        reply = await send(app, "GET", "/bucket/k", headers)
        assert reply.status == 206
        assert await content(reply) == body[first : last + 1]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_upload_in_parts_is_encrypted_as_it_began(app: App, kind: str) -> None:
    headers, first, last = KINDS[kind], os.urandom(5 * 1024 * 1024), b"the last part"
    begun = await send(app, "POST", "/bucket/k?uploads", headers)
    assert told(begun) == EXPECTED[kind]
    upload = text_of(begun).partition("<UploadId>")[2].partition("<")[0]
    document = ""
    for number, body in enumerate((first, last), 1):
        target = f"/bucket/k?partNumber={number}&uploadId={upload}"
        part = await send(app, "PUT", target, readable(headers), body)
        assert (part.status, told(part)) == (200, EXPECTED[kind])
        etag = header(part, "etag")
        document += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
    document = f"<CompleteMultipartUpload>{document}</CompleteMultipartUpload>"
    done = await send(app, "POST", f"/bucket/k?uploadId={upload}", None, document.encode())
    assert done.status == 200
    assert told(done) == ({} if kind == "SSE-C" else EXPECTED[kind])
    reply = await send(app, "GET", "/bucket/k", readable(headers))
    assert told(reply) == EXPECTED[kind]
    assert await content(reply) == first + last
    reply = await send(app, "GET", "/bucket/k?partNumber=2", readable(headers))
    assert await content(reply) == last
    held = any(first[:64] in one or last in one for one in await stored_bytes(app))
    assert held == (kind == "plain")


@pytest.mark.parametrize("place", ["/bucket/copy", "/other/copy"])
@pytest.mark.parametrize("size", [100, 100_000])
@pytest.mark.parametrize("made", KINDS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_is_encrypted_as_it_is_asked_to_be(
    app: App, kind: str, made: str, size: int, place: str
) -> None:
    body = os.urandom(size)
    await send(app, "PUT", "/bucket/k", KINDS[kind], body)
    headers = {"x-amz-copy-source": "/bucket/k", **KINDS[made]}
    if kind == "SSE-C":
        headers |= of_source()
    copied = await send(app, "PUT", place, headers)
    assert (copied.status, told(copied)) == (200, EXPECTED[made]), text_of(copied)
    reply = await send(app, "GET", place, readable(KINDS[made]))
    assert told(reply) == EXPECTED[made]
    assert await content(reply) == body
    is_md5 = header(reply, "etag") == f'"{hashlib.md5(body).hexdigest()}"'
    assert is_md5 == (made in ("plain", "AES256"))
    assert (await send(app, "DELETE", "/bucket/k")).status == 204
    assert await content(await send(app, "GET", place, readable(KINDS[made]))) == body


async def test_a_copy_that_is_encrypted_alike_shares_its_content(app: App) -> None:
    await send(app, "PUT", "/bucket/k", KINDS["aws:kms"], bytes(100_000))
    before = len([info async for info in app.stores.blobs.list()])
    headers = {"x-amz-copy-source": "/bucket/k"}
    assert (await send(app, "PUT", "/bucket/a", headers | KINDS["aws:kms"])).status == 200
    assert len([info async for info in app.stores.blobs.list()]) == before
    other = {SSE: "aws:kms", KMS_ID: "key-2"}
    assert (await send(app, "PUT", "/bucket/b", headers | other)).status == 200
    assert len([info async for info in app.stores.blobs.list()]) == before + 1


async def test_an_object_may_be_copied_onto_itself_to_be_encrypted(app: App) -> None:
    await send(app, "PUT", "/bucket/k", {}, b"body")
    source = {"x-amz-copy-source": "/bucket/k"}
    assert (await refusal(await send(app, "PUT", "/bucket/k", source)))[1] == "InvalidRequest"
    assert (await send(app, "PUT", "/bucket/k", source | KINDS["AES256"])).status == 200
    assert told(await send(app, "HEAD", "/bucket/k")) == EXPECTED["AES256"]


async def test_the_encryption_context_is_echoed_where_the_object_is_made(app: App) -> None:
    context = b64encode(b'{"b": "2", "a": "1"}').decode()
    headers = {**KINDS["aws:kms"], f"{SSE}-context": context}
    put = await send(app, "PUT", "/bucket/k", headers, b"body")
    assert told(put)[f"{SSE}-context"] == b64encode(b'{"a":"1","b":"2"}').decode()
    reply = await send(app, "GET", "/bucket/k")
    assert f"{SSE}-context" not in told(reply)
    assert await content(reply) == b"body"


async def test_no_key_of_a_customer_is_stored(app: App) -> None:
    await send(app, "PUT", "/bucket/k", customer(), b"body" * 9000)
    await send(app, "POST", "/bucket/k?uploads", customer())
    for one in await stored_bytes(app):
        assert b"c" * 16 not in one
        assert b64encode(b"c" * 32)[:40] not in one
