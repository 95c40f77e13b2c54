"""Headers of encryption that S3 refuses, and in which words."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import pytest

from gateway.app import App
from tests.gateway.encryption.asking import (
    KINDS,
    KMS_ID,
    SSE,
    customer,
    of_source,
    refusal,
    send,
)
from tests.gateway.inside import furnished, text_of

BAD_MD5: Final = {**customer(), f"{SSE}-customer-key-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}
_SHORT: Final = b"ten bytes!"
SHORT: Final = {
    f"{SSE}-customer-algorithm": "AES256",
    f"{SSE}-customer-key": b64encode(_SHORT).decode(),
    f"{SSE}-customer-key-md5": b64encode(hashlib.md5(_SHORT).digest()).decode(),
}


def without(headers: Mapping[str, str], *ends: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.endswith(ends)}


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        pytest.param(
            customer() | {SSE: "AES256"},
            "InvalidArgument",
            "Server Side Encryption with Customer provided key is incompatible with the "
            "encryption method specified",
            id="two kinds",
        ),
        pytest.param(
            customer() | {f"{SSE}-customer-algorithm": "AES512"},
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            id="another algorithm",
        ),
        pytest.param(
            without(customer(), "-algorithm"),
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide "
            "a valid encryption algorithm.",
            id="no algorithm",
        ),
        pytest.param(
            without(customer(), "-key"),
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide "
            "an appropriate secret key.",
            id="no key",
        ),
        pytest.param(
            without(customer(), "-md5"),
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide "
            "the client calculated MD5 of the secret key.",
            id="no MD5",
        ),
        pytest.param(
            BAD_MD5,
            "InvalidArgument",
            "The calculated MD5 hash of the key did not match the hash that was provided.",
            id="another key's MD5",
        ),
        pytest.param(
            SHORT,
            "InvalidArgument",
            "The secret key was invalid for the specified algorithm.",
            id="a short key",
        ),
        pytest.param(
            {SSE: "aes:kms"},
            "InvalidArgument",
            "The encryption method specified is not supported",
            id="no method",
        ),
        pytest.param(
            {SSE: ""},
            "InvalidArgument",
            "The encryption method specified is not supported",
            id="an empty method",
        ),
        pytest.param(
            {KMS_ID: "key-1"},
            "InvalidArgument",
            f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms",
            id="a KMS key without a method",
        ),
        pytest.param(
            {SSE: "AES256", KMS_ID: "key-1"},
            "InvalidArgument",
            f"Server Side Encryption with AWS KMS managed key requires HTTP header {SSE} : aws:kms",
            id="a KMS key with another method",
        ),
        pytest.param(
            {SSE: "aws:kms", KMS_ID: "other"},
            "KMS.NotFoundException",
            "Invalid keyId 'other'",
            id="an unknown KMS key",
        ),
        pytest.param(
            {**KINDS["aws:kms"], f"{SSE}-context": b64encode(b"[1]").decode()},
            "InvalidArgument",
            f"The header '{SSE}-context' shall be Base64-encoded UTF-8 string holding JSON which "
            "represents a string-string map",
            id="a context that is no map",
        ),
    ],
)
async def test_half_or_wrong_headers_store_nothing(
    app: App, headers: dict[str, str], code: str, message: str
) -> None:
    refused = await refusal(await send(app, "PUT", "/bucket/k", headers, b"body"))
    assert refused == (400, code, message.replace("'", "&apos;").replace("&apos;", "'"))
    assert (await send(app, "GET", "/bucket/k")).status == 404
    begun = await refusal(await send(app, "POST", "/bucket/k?uploads", headers))
    assert begun == refused


async def test_keys_of_customers_are_refused_over_plain_http() -> None:
    async with furnished("/bucket") as app:
        for method in ("PUT", "GET"):
            assert await refusal(await send(app, method, "/bucket/k", customer())) == (
                400,
                "InvalidRequest",
                "Requests specifying Server Side Encryption with Customer provided keys must be "
                "made over a secure connection.",
            )


STORED_SO: Final = (
    400,
    "InvalidRequest",
    "The object was stored using a form of Server Side Encryption. The correct parameters must be "
    "provided to retrieve the object.",
)
WRONG_KEY: Final = (
    403,
    "AccessDenied",
    "Requests specifying Server Side Encryption with Customer provided keys must provide the "
    "correct secret key.",
)
NOT_APPLICABLE: Final = (
    400,
    "InvalidRequest",
    "The encryption parameters are not applicable to this object.",
)


@pytest.mark.parametrize("size", [0, 10, 100_000])
async def test_a_customers_object_is_told_of_to_whoever_has_its_key(app: App, size: int) -> None:
    await send(app, "PUT", "/bucket/k", customer(), bytes(size))
    attributes = {"x-amz-object-attributes": "ETag,ObjectSize"}
    copy = {"x-amz-copy-source": "/bucket/k"}
    for method, target, more in (
        ("GET", "/bucket/k", {}),
        ("GET", "/bucket/k?attributes", attributes),
        ("PUT", "/bucket/copy", copy),
    ):
        with_key, with_other = customer(), customer("o")
        if more is copy:
            with_key, with_other = of_source(), of_source("o")
        assert await refusal(await send(app, method, target, more)) == STORED_SO
        assert await refusal(await send(app, method, target, more | with_other)) == WRONG_KEY
        assert (await send(app, method, target, more | with_key)).status == 200
    assert (await send(app, "HEAD", "/bucket/k")).status == 400
    assert (await send(app, "HEAD", "/bucket/k", customer("o"))).status == 403
    assert (await send(app, "DELETE", "/bucket/k")).status == 204


async def test_a_customers_key_for_another_object_is_refused(app: App) -> None:
    for kind in ("plain", "AES256", "aws:kms"):
        await send(app, "PUT", "/bucket/k", KINDS[kind], b"body")
        assert await refusal(await send(app, "GET", "/bucket/k", customer())) == NOT_APPLICABLE


async def test_how_it_is_encrypted_is_not_said_of_an_object_that_is_read(app: App) -> None:
    await send(app, "PUT", "/bucket/k", KINDS["AES256"], b"body")
    refused = await refusal(await send(app, "GET", "/bucket/k", KINDS["AES256"]))
    assert refused[:2] == (400, "InvalidArgument")
    assert (await send(app, "HEAD", "/bucket/k", KINDS["AES256"])).status == 400


async def test_a_part_comes_with_the_key_that_its_upload_began_with(app: App) -> None:
    begun = await send(app, "POST", "/bucket/k?uploads", customer())
    upload = text_of(begun).partition("<UploadId>")[2].partition("<")[0]
    target = f"/bucket/k?partNumber=1&uploadId={upload}"
    initiated = (
        400,
        "InvalidRequest",
        "The multipart upload initiate requested encryption. Subsequent part requests must "
        "include the appropriate encryption parameters.",
    )
    assert await refusal(await send(app, "PUT", target, {}, b"x")) == initiated
    assert await refusal(await send(app, "PUT", target, customer("o"), b"x")) == (
        400,
        "InvalidRequest",
        "The provided encryption parameters did not match the ones used originally.",
    )
    begun = await send(app, "POST", "/bucket/k?uploads", KINDS["AES256"])
    upload = text_of(begun).partition("<UploadId>")[2].partition("<")[0]
    target = f"/bucket/k?partNumber=1&uploadId={upload}"
    assert await refusal(await send(app, "PUT", target, customer(), b"x")) == initiated
    assert (await send(app, "PUT", target, KINDS["AES256"], b"x")).status == 200
    refused = await refusal(await send(app, "PUT", target, KINDS["aws:kms"], b"x"))
    assert refused[:2] == (400, "InvalidArgument")
