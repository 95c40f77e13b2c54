"""UpdateObjectEncryption: a key is changed, and no content moves."""

import hashlib
import os
from base64 import b64encode

import pytest

from gateway.app import App
from tests.gateway.encryption.asking import (
    ARN,
    EXPECTED,
    KINDS,
    KMS_ID,
    ROOT,
    SSE,
    content,
    header,
    readable,
    refusal,
    send,
    told,
)
from tests.gateway.inside import text_of


def update(key: str, *, bucket_key: bool = False) -> bytes:
    enabled = f"<BucketKeyEnabled>{str(bucket_key).lower()}</BucketKeyEnabled>"
    return (
        f"<ObjectEncryption {ROOT}><SSE-KMS><KMSKeyArn>{key}</KMSKeyArn>{enabled}</SSE-KMS>"
        "</ObjectEncryption>"
    ).encode()


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("kind", ["AES256", "aws:kms", "bucket key"])
async def test_a_key_is_changed_and_no_content_moves(app: App, kind: str, size: int) -> None:
    body = os.urandom(size)
    await send(app, "PUT", "/bucket/k", KINDS[kind], body)
    before = await send(app, "HEAD", "/bucket/k")
    blobs = [info async for info in app.stores.blobs.list()]
    for bucket_key in (False, True):
        document = update(ARN + "key-2", bucket_key=bucket_key)
        assert (await send(app, "PUT", "/bucket/k?encryption", None, document)).status == 200
        reply = await send(app, "GET", "/bucket/k")
        more = {f"{SSE}-bucket-key-enabled": "true"} if bucket_key else {}
        assert told(reply) == {SSE: "aws:kms", KMS_ID: "key-2", **more}
        assert await content(reply) == body
        for name in ("etag", "last-modified"):
            assert header(reply, name) == header(before, name)
    assert [info async for info in app.stores.blobs.list()] == blobs


@pytest.mark.parametrize(
    ("kind", "document", "code", "part"),
    [
        ("plain", update(ARN + "key-2"), "InvalidRequest", "unencrypted source objects"),
        ("aws:kms:dsse", update(ARN + "key-2"), "InvalidRequest", "DSSE-KMS or SSE-C"),
        ("SSE-C", update(ARN + "key-2"), "InvalidRequest", "DSSE-KMS or SSE-C"),
        ("AES256", update("key-2"), "InvalidRequest", "require a valid AWS KMS key"),
        ("AES256", update(""), "InvalidRequest", "require an AWS KMS key"),
        ("AES256", update(ARN + "other"), "KMS.NotFoundException", "does not exist"),
        (
            "AES256",
            update("arn:aws:kms:us-east-1:999999999999:key/key-2"),
            "AccessDenied",
            "must be owned by the same account as the bucket",
        ),
        ("AES256", b"<ObjectEncryption/>", "InvalidRequest", "valid new encryption type"),
    ],
)
async def test_what_cannot_be_updated_stays(
    app: App, kind: str, document: bytes, code: str, part: str
) -> None:
    await send(app, "PUT", "/bucket/k", KINDS[kind], b"body")
    refused = await refusal(await send(app, "PUT", "/bucket/k?encryption", None, document))
    assert (refused[1], part in refused[2]) == (code, True), refused
    reply = await send(app, "GET", "/bucket/k", readable(KINDS[kind]))
    assert (told(reply), await content(reply)) == (EXPECTED[kind], b"body")


async def test_what_is_locked_is_not_updated(app: App) -> None:
    headers = {"x-amz-bucket-object-lock-enabled": "true"}
    assert (await send(app, "PUT", "/locked", headers)).status == 200
    md5 = b64encode(hashlib.md5(b"body").digest()).decode()
    locked = {"x-amz-object-lock-legal-hold": "ON", "content-md5": md5, **KINDS["AES256"]}
    put = await send(app, "PUT", "/locked/k", locked, b"body")
    assert put.status == 200, text_of(put)
    refused = await refusal(
        await send(app, "PUT", "/locked/k?encryption", None, update(ARN + "key-2"))
    )
    assert refused[:2] == (403, "AccessDenied")
    assert "protected by S3 Object Lock" in refused[2]


async def test_only_what_is_there_can_be_updated(app: App) -> None:
    refused = await refusal(
        await send(app, "PUT", "/bucket/k?encryption", None, update(ARN + "key-2"))
    )
    assert refused[:2] == (404, "NoSuchKey")
