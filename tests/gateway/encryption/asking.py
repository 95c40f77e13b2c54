"""Requests that ask for encryption, and what answers tell of it."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from gateway.app import App
from gateway.exchange import Reply, Stretches
from storage import keys
from tests.gateway.inside import ACCOUNT, ask, digest_of, text_of
from tests.storage.engine import drain

SSE: Final = "x-amz-server-side-encryption"
KMS_ID: Final = f"{SSE}-aws-kms-key-id"
ARN: Final = f"arn:aws:kms:us-east-1:{ACCOUNT.id}:key/"
SETTINGS: Final[dict[str, Any]] = {
    "kms_keys": ["key-1", "key-2", "alias/one=key-1"],
    "sse_c_without_tls": "on",
}


def customer(letter: str = "c", prefix: str = SSE) -> dict[str, str]:
    """The headers of SSE-C."""
    raw = letter.encode() * 32
    return {
        f"{prefix}-customer-algorithm": "AES256",
        f"{prefix}-customer-key": b64encode(raw).decode(),
        f"{prefix}-customer-key-md5": b64encode(hashlib.md5(raw).digest()).decode(),
    }


def of_source(letter: str = "c") -> dict[str, str]:
    return customer(letter, f"x-amz-copy-source-{SSE.removeprefix('x-amz-')}")


KINDS: Final[dict[str, dict[str, str]]] = {
    "plain": {},
    "AES256": {SSE: "AES256"},
    "aws:kms": {SSE: "aws:kms", KMS_ID: "key-1"},
    "bucket key": {SSE: "aws:kms", KMS_ID: "key-1", f"{SSE}-bucket-key-enabled": "true"},
    "aws:kms:dsse": {SSE: "aws:kms:dsse", KMS_ID: "key-1"},
    "SSE-C": customer(),
}


async def send(
    app: App, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    if target.endswith("?encryption") and body:
        pairs.append(digest_of(body))
    return await ask(app, method, target, [body] if body else None, headers=pairs)


def told(reply: Reply) -> dict[str, str]:
    """What an answer tells of encryption."""
    return {
        name.decode().lower(): value.decode()
        for name, value in reply.headers
        if name.lower().startswith(SSE.encode())
    }


def header(reply: Reply, name: str) -> str:
    return {n.decode().lower(): v.decode() for n, v in reply.headers}[name]


def readable(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that a read needs of those that a write had."""
    return {name: value for name, value in headers.items() if "customer" in name}


async def content(reply: Reply) -> bytes:
    assert isinstance(reply.body, bytes | Stretches)
    return await drain(reply.body)


async def refusal(reply: Reply) -> tuple[int, str, str]:
    text = text_of(reply)
    code = text.partition("<Code>")[2].partition("<")[0]
    return reply.status, code, text.partition("<Message>")[2].partition("<")[0]


EXPECTED: Final[dict[str, dict[str, str]]] = {
    "plain": {},
    "AES256": {SSE: "AES256"},
    "aws:kms": {SSE: "aws:kms", KMS_ID: "key-1"},
    "bucket key": {SSE: "aws:kms", KMS_ID: "key-1", f"{SSE}-bucket-key-enabled": "true"},
    "aws:kms:dsse": {SSE: "aws:kms:dsse", KMS_ID: "key-1"},
    "SSE-C": {name: value for name, value in customer().items() if not name.endswith("-key")},
}


async def stored_bytes(app: App) -> list[bytes]:
    """Every content as the stores hold it."""
    found = []
    bucket = await app.services.buckets.find("bucket")
    for row in await app.stores.meta.scan([keys.everything(bucket.id)], 1000):
        found.append(row.value)
    async for info in app.stores.blobs.list():
        reader = await app.stores.blobs.read(info.blob, 0, info.size)
        found.append(await reader.read(info.size))
    return found


ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
