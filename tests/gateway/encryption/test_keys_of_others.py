"""ARNs of KMS keys: of this account, of others, of other regions.

Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key"; of regions
what S3 answered (LocalStack's test_s3_sse_validate_kms_key).
"""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from gateway.app import App
from tests.gateway.encryption.asking import KMS_ID, SSE, refusal, send, told
from tests.gateway.inside import ACCOUNT, OTHER_ACCOUNT, OTHER_KEY, ask, furnished, put_document

OWN: Final = f"arn:aws:kms:us-east-1:{ACCOUNT.id}:"
OTHERS: Final = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT.id}:"
THEIRS: Final = f"{OTHERS}key/their-key"  # declared: its account lets this server use it
DENIED: Final = (
    f"User: arn:aws:iam::{ACCOUNT.id}:root is not authorized to perform: kms:GenerateDataKey on "
    "resource: {} because the resource does not exist in this Region, no resource-based policies "
    "allow access, or a resource-based policy explicitly denies access"
)
EVERYBODY_WRITES: Final = (
    '{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:PutObject",'
    '"Resource":"arn:aws:s3:::bucket/*"}}'
)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    names = ["key-1", "alias/one=key-1", THEIRS]
    settings = {"kms_keys": names, "default_public_access_block": "off"}
    async with furnished("/bucket", **settings) as made:
        yield made


def asking(name: str) -> dict[str, str]:
    return {SSE: "aws:kms", KMS_ID: name}


TAKEN: Final = {
    "key-1": "key-1",
    "alias/one": "key-1",
    f"{OWN}key/key-1": "key-1",
    f"{OWN}alias/one": "key-1",
    THEIRS: THEIRS,
}


@pytest.mark.parametrize("name", TAKEN)
async def test_a_key_is_named_by_id_by_alias_and_by_the_arn_of_its_account(
    app: App, name: str
) -> None:
    assert told(await send(app, "PUT", "/bucket/k", asking(name), b"x")) == asking(TAKEN[name])


REFUSED: Final = {
    f"{OTHERS}key/key-1": (403, "AccessDenied", DENIED),
    f"{OTHERS}alias/one": (403, "AccessDenied", DENIED),
    f"{OTHERS}alias/aws/s3": (403, "AccessDenied", DENIED),
    f"{OTHERS}key/none": (403, "AccessDenied", DENIED),
    f"{OWN}key/their-key": (400, "KMS.NotFoundException", "Key '{}' does not exist"),
    f"{OWN}key/none": (400, "KMS.NotFoundException", "Key '{}' does not exist"),
    THEIRS.replace("us-east-1", "eu-west-1"): (
        *(400, "KMS.NotFoundException", "Invalid arn eu-west-1"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_arn_of_another_account_or_region_is_no_name_of_a_key_here(
    app: App, name: str
) -> None:
    status, code, message = REFUSED[name]
    expected = (status, code, message.format(name))
    for method, target in (("PUT", "/bucket/k"), ("POST", "/bucket/k?uploads")):
        reply = await refusal(await send(app, method, target, asking(name), b""))
        assert (reply[0], reply[1], reply[2].replace("&apos;", "'")) == expected


async def test_the_bucket_s_account_s_keys_are_there_for_whoever_writes_by_its_default(
    app: App,
) -> None:
    document = (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        f"<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{OWN}key/key-1</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    )
    assert (await send(app, "PUT", "/bucket?encryption", None, document.encode())).status == 200
    assert (await put_document(app, "/bucket?policy", EVERYBODY_WRITES)).status == 204
    for key in (OTHER_KEY, None):
        written = await ask(app, "PUT", "/bucket/k", [b"x"], key=key)
        assert told(written) == asking("key-1")
