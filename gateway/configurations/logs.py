"""Server access logs: where a bucket's requests are written down.

Source: API Reference, PutBucketLogging, LoggingEnabled, TargetObjectKeyFormat;
User Guide, "Logging requests with server access logging"; recordings of S3,
LocalStack's test_put_bucket_logging_wrong_target.
"""

from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

NONE: Final = t.GetBucketLoggingOutput()  # as long as nobody asked for logs
# What follows in a log's key: account, region, bucket, date and a unique name; together with it
# the key has room in 1,024 bytes.
PREFIX_BYTES_MAX: Final = 800


def is_none(document: t.BucketLoggingStatus) -> bool:
    """Whether it ends the logging: API Reference, "an empty BucketLoggingStatus"."""
    return document.logging_enabled is None


def check(document: t.BucketLoggingStatus) -> None:
    """Refuse what names no place for logs.

    Raises:
        ProtocolError: MalformedXML, KeyTooLongError
    """
    enabled = document.logging_enabled
    if enabled is None:
        return
    if not enabled.target_bucket or enabled.target_prefix is None:
        raise ProtocolError("MalformedXML")
    size = len(enabled.target_prefix.encode())
    if size > PREFIX_BYTES_MAX:
        raise ProtocolError("KeyTooLongError", Size=str(size), MaxSizeAllowed=str(PREFIX_BYTES_MAX))
    form = enabled.target_object_key_format
    if form is not None and (form.simple_prefix is None) == (form.partitioned_prefix is None):
        raise ProtocolError("MalformedXML")
    for grant in enabled.target_grants or ():
        if grant.grantee is None or grant.permission is None:
            raise ProtocolError("MalformedXML")


def invalid_target(message: str, name: str) -> ProtocolError:
    """The refusal of a target."""
    return ProtocolError("InvalidTargetBucketForLogging", message, TargetBucket=name)
