"""How new objects of a bucket are encrypted, unless a request says how.

Source: API Reference, PutBucketEncryption, ServerSideEncryptionRule,
ServerSideEncryptionByDefault, BlockedEncryptionTypes; S3's recorded refusals,
LocalStack's test_s3_default_bucket_encryption_exc.
"""

from typing import Final, NamedTuple

import msgspec

from gateway.configurations import kept
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError
from storage.protection import AES256, CUSTOMER, DSSE, KMS

KIND: Final = "encryption"
NOTHING_BLOCKED: Final = "NONE"

_OF_KMS: Final = (KMS, DSSE)


class Default(NamedTuple):
    """What a bucket's document means."""

    algorithm: str | None = None  # None: it says only what is blocked
    key_id: str = ""
    bucket_key: bool = False
    blocks_customers: bool = False  # keys of theirs: SSE-C


UNCONFIGURED: Final = Default()


def check(document: t.ServerSideEncryptionConfiguration) -> None:
    """Refuse a document that S3 refuses.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument
    """
    rules = document.rules or []
    if len(rules) != 1:
        raise ProtocolError("MalformedXML")
    (rule,) = rules
    default = rule.apply_server_side_encryption_by_default
    if default is None:
        if rule.blocked_encryption_types is None:
            raise ProtocolError("MalformedXML")
        return
    if default.sse_algorithm not in (AES256, *_OF_KMS):
        raise ProtocolError("MalformedXML")
    if default.kms_master_key_id is not None and default.sse_algorithm not in _OF_KMS:
        raise ProtocolError(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
            "aws:kms:dsse",
            ArgumentName="ApplyServerSideEncryptionByDefault",
        )


def completed(
    document: t.ServerSideEncryptionConfiguration, before: bytes | None
) -> t.ServerSideEncryptionConfiguration:
    """The document as it is kept: S3 tells what was left out.

    What is blocked stays so until a document says otherwise, as Terraform's
    provider saw (issue 47320).
    """
    (rule,) = document.rules or []
    blocked = rule.blocked_encryption_types
    old = decode(before).rules if before is not None else None
    if blocked is None and old:
        blocked = old[0].blocked_encryption_types
    made = msgspec.structs.replace(
        rule, bucket_key_enabled=bool(rule.bucket_key_enabled), blocked_encryption_types=blocked
    )
    return t.ServerSideEncryptionConfiguration(rules=[made])


def compiled(value: bytes) -> Default:
    """What a kept document means."""
    (rule,) = decode(value).rules or []
    blocked = rule.blocked_encryption_types
    blocks = blocked is not None and CUSTOMER in (blocked.encryption_type or ())
    default = rule.apply_server_side_encryption_by_default
    if default is None:
        return Default(blocks_customers=blocks)
    return Default(
        default.sse_algorithm,
        default.kms_master_key_id or "",
        bool(rule.bucket_key_enabled) and default.sse_algorithm == KMS,
        blocks,
    )


decode = kept.decoder_of(t.ServerSideEncryptionConfiguration)


def of_algorithm(algorithm: str) -> t.ServerSideEncryptionConfiguration:
    """The document of a bucket for which nobody put one, where all is encrypted."""
    return t.ServerSideEncryptionConfiguration(
        rules=[
            t.ServerSideEncryptionRule(
                apply_server_side_encryption_by_default=t.ServerSideEncryptionByDefault(
                    sse_algorithm=algorithm
                ),
                bucket_key_enabled=False,
            )
        ]
    )
