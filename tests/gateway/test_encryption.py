"""Encryption as requests ask for it: what is stored, what is told, and what S3 refuses."""

import hashlib
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from gateway.app import App
from gateway.exchange import Reply, Stretches
from storage import keys
from tests.gateway.inside import ACCOUNT, ask, make_app, text_of
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


@pytest.fixture
async def app() -> AsyncIterator[App]:
    made = make_app(**SETTINGS)
    for bucket in ("/bucket", "/other"):
        assert (await ask(made, "PUT", bucket)).status == 200
    yield made
    await made.close()


async def send(
    app: App, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    if target.endswith("?encryption") and body:
        pairs.append((b"content-md5", b64encode(hashlib.md5(body).digest())))
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


# What is refused

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
    app = make_app()
    await ask(app, "PUT", "/bucket")
    for method in ("PUT", "GET"):
        assert await refusal(await send(app, method, "/bucket/k", customer())) == (
            400,
            "InvalidRequest",
            "Requests specifying Server Side Encryption with Customer provided keys must be made "
            "over a secure connection.",
        )
    await app.close()


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


async def test_no_key_of_a_customer_is_stored(app: App) -> None:
    await send(app, "PUT", "/bucket/k", customer(), b"body" * 9000)
    await send(app, "POST", "/bucket/k?uploads", customer())
    for one in await stored_bytes(app):
        assert b"c" * 16 not in one
        assert b64encode(b"c" * 32)[:40] not in one


# Defaults of buckets

ROOT: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def rules(inner: str) -> bytes:
    return (
        f"<ServerSideEncryptionConfiguration {ROOT}>{inner}</ServerSideEncryptionConfiguration>"
    ).encode()


def default(algorithm: str, key: str = "", more: str = "") -> bytes:
    key = f"<KMSMasterKeyID>{key}</KMSMasterKeyID>" if key else ""
    return rules(
        "<Rule><ApplyServerSideEncryptionByDefault>"
        f"<SSEAlgorithm>{algorithm}</SSEAlgorithm>{key}"
        f"</ApplyServerSideEncryptionByDefault>{more}</Rule>"
    )


NOT_A_BUCKET_KEY: Final = "<BucketKeyEnabled>false</BucketKeyEnabled>"
A_BUCKET_KEY: Final = "<BucketKeyEnabled>true</BucketKeyEnabled>"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (default("AES256"), EXPECTED["AES256"]),
        (default("aws:kms", "key-1"), EXPECTED["aws:kms"]),
        (default("aws:kms", "alias/one"), EXPECTED["aws:kms"]),
        (default("aws:kms", ARN + "key-1"), EXPECTED["aws:kms"]),
        (default("aws:kms", "key-1", A_BUCKET_KEY), EXPECTED["bucket key"]),
        (default("aws:kms:dsse", "key-1", A_BUCKET_KEY), EXPECTED["aws:kms:dsse"]),
        (default("AES256", "", A_BUCKET_KEY), EXPECTED["AES256"]),
        (default("aws:kms"), {SSE: "aws:kms", KMS_ID: "alias/aws/s3"}),
    ],
)
async def test_what_asks_for_nothing_is_encrypted_as_the_bucket_says(
    app: App, document: bytes, expected: dict[str, str]
) -> None:
    assert (await send(app, "PUT", "/bucket?encryption", None, document)).status == 200
    assert told(await send(app, "PUT", "/bucket/k", None, b"body")) == expected
    reply = await send(app, "GET", "/bucket/k")
    assert (told(reply), await content(reply)) == (expected, b"body")
    assert told(await send(app, "POST", "/bucket/k?uploads")) == expected
    await send(app, "PUT", "/other/k", None, b"body")
    copied = await send(app, "PUT", "/bucket/copy", {"x-amz-copy-source": "/other/k"})
    assert told(copied) == expected
    for kind in ("AES256", "aws:kms:dsse", "SSE-C"):
        assert told(await send(app, "PUT", "/bucket/k", KINDS[kind], b"")) == EXPECTED[kind]


async def test_a_request_for_kms_has_the_buckets_bucket_key_unless_it_says_no(app: App) -> None:
    document = default("aws:kms", "key-2", A_BUCKET_KEY)
    await send(app, "PUT", "/bucket?encryption", None, document)
    put = await send(app, "PUT", "/bucket/k", KINDS["aws:kms"], b"body")
    assert told(put) == EXPECTED["bucket key"]
    headers = {**KINDS["aws:kms"], f"{SSE}-bucket-key-enabled": "false"}
    assert told(await send(app, "PUT", "/bucket/k", headers, b"body")) == EXPECTED["aws:kms"]


async def test_a_buckets_default_is_told_completed_and_taken_away(app: App) -> None:
    target = "/bucket?encryption"
    none = (404, "ServerSideEncryptionConfigurationNotFoundError")
    assert (await refusal(await send(app, "GET", target)))[:2] == none
    await send(app, "PUT", target, None, default("aws:kms", "fool"))
    kept = default("aws:kms", "fool", NOT_A_BUCKET_KEY).decode()
    kept = kept.replace(
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>fool</KMSMasterKeyID>",
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>fool</KMSMasterKeyID>",
    )
    assert text_of(await send(app, "GET", target)).partition("\n")[2] == kept
    refused = await refusal(await send(app, "PUT", "/bucket/k", None, b"body"))
    assert refused == (400, "KMS.NotFoundException", "Invalid keyId 'fool'")
    for _ in range(2):
        assert (await send(app, "DELETE", target)).status == 204
    assert (await refusal(await send(app, "GET", target)))[:2] == none
    assert told(await send(app, "PUT", "/bucket/k", None, b"body")) == {}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (rules(""), "MalformedXML"),
        (rules("<Rule/>"), "MalformedXML"),
        (rules("<Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"), "MalformedXML"),
        (default("AES512"), "MalformedXML"),
        (default("aws:fsx"), "MalformedXML"),
        (
            rules(
                "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
                "</ApplyServerSideEncryptionByDefault></Rule>" * 2
            ),
            "MalformedXML",
        ),
        (
            rules(
                "<Rule><BlockedEncryptionTypes><EncryptionType>SSE-S3</EncryptionType>"
                "</BlockedEncryptionTypes></Rule>"
            ),
            "MalformedXML",
        ),
        (default("AES256", "key-1"), "InvalidArgument"),
    ],
)
async def test_a_document_that_s3_refuses_leaves_the_old_one(
    app: App, document: bytes, code: str
) -> None:
    await send(app, "PUT", "/bucket?encryption", None, default("aws:kms", "key-1"))
    refused = await refusal(await send(app, "PUT", "/bucket?encryption", None, document))
    assert refused[:2] == (400, code)
    assert told(await send(app, "PUT", "/bucket/k", None, b"")) == EXPECTED["aws:kms"]


BLOCKED: Final = (
    "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
)
UNBLOCKED: Final = BLOCKED.replace("SSE-C", "NONE")


async def test_a_bucket_may_block_keys_of_customers(app: App) -> None:
    await send(app, "PUT", "/bucket/old", customer(), b"body")
    target, said = "/bucket?encryption", "because this bucket has blocked upload requests"
    await send(app, "PUT", target, None, rules(f"<Rule>{BLOCKED}</Rule>"))
    # A later document that says nothing of it does not unblock.
    await send(app, "PUT", target, None, default("AES256"))
    assert BLOCKED in text_of(await send(app, "GET", target))
    for method, place, more in (
        ("PUT", "/bucket/k", {}),
        ("POST", "/bucket/k?uploads", {}),
        ("PUT", "/bucket/k", {"x-amz-copy-source": "/bucket/old", **of_source()}),
    ):
        refused = await refusal(await send(app, method, place, customer() | more))
        assert (refused[:2], said in refused[2]) == ((403, "AccessDenied"), True)
    assert await content(await send(app, "GET", "/bucket/old", customer())) == b"body"
    assert told(await send(app, "PUT", "/bucket/k", None, b"")) == EXPECTED["AES256"]
    await send(app, "PUT", target, None, rules(f"<Rule>{UNBLOCKED}</Rule>"))
    assert (await send(app, "PUT", "/bucket/k", customer(), b"")).status == 200


async def test_where_the_operator_says_so_everything_is_encrypted() -> None:
    app = make_app(encrypt_at_rest="on")
    await ask(app, "PUT", "/bucket")
    assert told(await send(app, "PUT", "/bucket/k", None, b"plaintext")) == EXPECTED["AES256"]
    reply = await send(app, "GET", "/bucket/k")
    assert (told(reply), await content(reply)) == (EXPECTED["AES256"], b"plaintext")
    assert not any(b"plaintext" in one for one in await stored_bytes(app))
    document = default("AES256", "", NOT_A_BUCKET_KEY).decode()
    assert text_of(await send(app, "GET", "/bucket?encryption")).partition("\n")[2] == document
    await app.close()


# UpdateObjectEncryption


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
