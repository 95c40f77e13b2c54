"""Access logs in their bucket: who may read them, what keeps them out, how they are encrypted.

Source: User Guide, "Permissions for log delivery".
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import App
from gateway.iam.acl import ALL_USERS
from tests.gateway.inside import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_KEY,
    ask,
    furnished,
    put_document,
    text_of,
)
from tests.gateway.logdelivery import configure, delivered, end

SSE = b"x-amz-server-side-encryption"


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished("/bucket", "/target", "/bucket/k", "/quiet", "/plain") as made:
        yield made


async def test_a_bucket_whose_requesters_pay_takes_no_logs(app: App) -> None:
    paid = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
    assert (await put_document(app, "/target?requestPayment", paid)).status == 200
    document = (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket><TargetPrefix/>"
        "</LoggingEnabled></BucketLoggingStatus>"
    )
    reply = await put_document(app, "/bucket?logging", document)
    assert (reply.status, "InvalidTargetBucketForLogging" in text_of(reply)) == (400, True)


async def test_logs_are_opened_to_whom_the_configuration_names(app: App) -> None:
    """Where the target has ACLs; elsewhere target grants are refused."""
    controls = (
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>"
    )
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="CanonicalUser"><ID>{OTHER_ACCOUNT.canonical_id}</ID></Grantee>'
        "<Permission>READ</Permission></Grant>"
    )
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    await configure(app, form=f"<TargetGrants>{grant}</TargetGrants>")
    end(await ask(app, "GET", "/bucket/k"))
    [key] = await delivered(app)
    assert (await ask(app, "GET", f"/target/{key}", key=OTHER_KEY)).status == 200
    assert (await ask(app, "GET", f"/target/{key}", key=None)).status == 403
    assert "FULL_CONTROL" in text_of(await ask(app, "GET", f"/target/{key}?acl"))


@pytest.mark.parametrize(
    ("query", "document"),
    [
        (
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
            "</PublicAccessBlockConfiguration>",
        ),
        (
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
            "</OwnershipControls>",
        ),
    ],
)
async def test_what_is_blocked_since_is_not_opened_to_everybody(
    app: App, query: str, document: str
) -> None:
    controls = (
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>"
    )
    grant = (
        '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="Group"><URI>{ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant>'
    )
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    assert (await ask(app, "DELETE", "/target?publicAccessBlock")).status == 204
    await configure(app, form=f"<TargetGrants>{grant}</TargetGrants>")
    end(await ask(app, "GET", "/bucket/k"))
    [before] = await delivered(app)
    assert (await ask(app, "GET", f"/target/{before}", key=None)).status == 200
    assert (await put_document(app, f"/target?{query}", document)).status == 200
    end(await ask(app, "GET", "/bucket/k"))
    [key] = set(await delivered(app)) - {before}
    # Not only while it is so: nothing was written down that opens it later.
    assert (await put_document(app, "/target?ownershipControls", controls)).status == 200
    assert (await ask(app, "DELETE", "/target?publicAccessBlock")).status == 204
    assert (await ask(app, "GET", f"/target/{key}", key=None)).status == 403


@pytest.mark.parametrize(
    ("principal", "condition", "arrives"),
    [
        ({"Service": "logging.s3.amazonaws.com"}, {}, False),
        ({"Service": "cloudtrail.amazonaws.com"}, {}, True),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::buck*"}},
            False,
        ),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"StringNotEquals": {"aws:SourceAccount": ACCOUNT.id}},
            True,
        ),
        (
            {"Service": "logging.s3.amazonaws.com"},
            {"Bool": {"aws:SecureTransport": "false"}},
            True,
        ),
    ],
)
async def test_a_policy_that_denies_them_keeps_logs_out(
    app: App, principal: object, condition: object, arrives: bool
) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::target/*",
        **({"Condition": condition} if condition else {}),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (await put_document(app, "/target?policy", policy)).status == 204
    await configure(app)
    end(await ask(app, "GET", "/bucket/k"))
    assert bool(await delivered(app)) is arrives


@pytest.mark.parametrize(("at_rest", "told"), [("off", None), ("on", b"AES256")])
async def test_logs_are_encrypted_as_their_bucket_says(
    tmp_path: Path, at_rest: str, told: bytes | None
) -> None:
    settings = {"encrypt_at_rest": at_rest, "data_dir": str(tmp_path)}
    async with furnished("/bucket", "/bucket/k", "/target", **settings) as app:
        await configure(app)
        rule = (
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{}</SSEAlgorithm>"
            "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"
        )
        seen: list[tuple[bytes | None, bytes | None]] = []
        for algorithm in (None, "aws:kms", "aws:kms:dsse"):
            if algorithm is not None:
                document = (
                    "<ServerSideEncryptionConfiguration>"
                    f"{rule.format(algorithm)}</ServerSideEncryptionConfiguration>"
                )
                assert (await put_document(app, "/target?encryption", document)).status == 200
            before = set(await delivered(app))
            end(await ask(app, "GET", "/bucket/k"))
            [key] = set(await delivered(app)) - before
            head = await ask(app, "HEAD", f"/target/{key}")
            told_of = dict(head.headers).get
            seen.append((told_of(SSE), told_of(SSE + b"-bucket-key-enabled")))
        # As of objects, DSSE-KMS has no bucket keys.
        assert seen == [(told, None), (b"aws:kms", b"true"), (b"aws:kms:dsse", None)]
