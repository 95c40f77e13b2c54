"""How a bucket encrypts what asks for nothing: its document, and what that does."""

from typing import Final

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
    customer,
    of_source,
    refusal,
    send,
    stored_bytes,
    told,
)
from tests.gateway.inside import furnished, text_of


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
    async with furnished("/bucket", encrypt_at_rest="on") as app:
        assert told(await send(app, "PUT", "/bucket/k", None, b"plaintext")) == EXPECTED["AES256"]
        reply = await send(app, "GET", "/bucket/k")
        assert (told(reply), await content(reply)) == (EXPECTED["AES256"], b"plaintext")
        assert not any(b"plaintext" in one for one in await stored_bytes(app))
        document = default("AES256", "", NOT_A_BUCKET_KEY).decode()
        reply = await send(app, "GET", "/bucket?encryption")
        assert text_of(reply).partition("\n")[2] == document
