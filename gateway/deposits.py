"""What the server itself stores in a bucket: a body at hand, encrypted as the bucket says."""

from collections.abc import Mapping
from typing import Final

from gateway.configurations import encryption
from storage.configurations import Configurations
from storage.integrity import Promises
from storage.kms import AWS_MANAGED
from storage.objects import Objects
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.protection import AES256, KMS, Wish
from storage.records import Attributes
from storage.rows import BucketRef

NO_PROMISES: Final = Promises()


class Held:
    """Bytes as a body; implements storage.intake.Source."""

    def __init__(self, content: bytes) -> None:
        self.size: int | None = len(content)
        self._content = content

    async def read(self) -> bytes:
        """All of it, then nothing."""
        content, self._content = self._content, b""
        return content

    def trailers(self) -> Mapping[str, str]:
        """None."""
        return {}


async def deposit(
    configurations: Configurations,
    objects: Objects,
    target: BucketRef,
    key: bytes,
    content: bytes,
    attributes: Attributes,
    *,
    encrypts: bool,
    condition: WriteCondition = UNCONDITIONAL,
    promises: Promises = NO_PROMISES,
) -> None:
    """Store something of the target's owner's, encrypted as the target says.

    Raises:
        what ``default_wish`` and ``Objects.put`` raise
    """
    await objects.put(
        target,
        key,
        Held(content),
        attributes=attributes,
        owner=target.record.account,
        promises=promises,
        condition=condition,
        wish=await default_wish(configurations, objects, target, encrypts=encrypts),
    )


async def default_wish(
    configurations: Configurations, objects: Objects, target: BucketRef, *, encrypts: bool
) -> Wish | None:
    """As the target encrypts what nobody says anything of; ``encrypts``: where it says nothing.

    Raises:
        KmsKeyNotFound, KmsKeyDisabled, KmsKeyUnusable, KmsUnavailable
    """
    found = await configurations.compiled(target, encryption.KIND, encryption.compiled)
    default = found or encryption.UNCONFIGURED
    if default.algorithm in (None, AES256):
        return Wish(AES256) if default.algorithm or encrypts else None
    key = await objects.protection.kms.describe(default.key_id or AWS_MANAGED)
    # Source: User Guide, "Reducing the cost of SSE-KMS with S3 Bucket Keys": not of DSSE-KMS.
    bucket_key = default.bucket_key and default.algorithm == KMS
    return Wish(default.algorithm or "", key, bucket_key=bucket_key)
