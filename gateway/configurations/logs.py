"""Server access logs: where a bucket's requests are written down.

Source: API Reference, PutBucketLogging, LoggingEnabled, TargetObjectKeyFormat;
User Guide, "Logging requests with server access logging"; recordings of S3,
LocalStack's test_put_bucket_logging_wrong_target.
"""

import time
from typing import Final, NamedTuple

from gateway.configurations import kept
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "logging"
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


class Place(NamedTuple):
    """Where a bucket's log goes."""

    bucket: str
    prefix: str
    partition: str = ""  # EventTime or DeliveryTime; "" is a simple prefix
    grants: tuple[tuple[str, str], ...] = ()  # to whom its logs are opened, and for what


class Origin(NamedTuple):
    """What is logged: in the keys of partitioned logs."""

    account: str
    region: str
    bucket: str


def compiled(row: bytes) -> Place | None:
    """A kept document's place."""
    enabled = _decode(row).logging_enabled
    if enabled is None:
        return None
    form = enabled.target_object_key_format
    by_date = form.partitioned_prefix if form is not None else None
    # Which date it is may be left out: API Reference, PartitionedPrefix.
    partition = (by_date.partition_date_source or "DeliveryTime") if by_date is not None else ""
    grants = tuple(
        (one.grantee.id or one.grantee.uri or "", one.permission or "")
        for one in enabled.target_grants or ()
        if one.grantee is not None
    )
    return Place(enabled.target_bucket or "", enabled.target_prefix or "", partition, grants)


def day_of(place: Place, event_ms: int) -> int:
    """Which of a place's logs a request belongs to: one a day if the key has the event's date."""
    return event_ms // _DAY_MS if place.partition == "EventTime" else 0


def key_of(place: Place, origin: Origin, day: int, delivered_ms: int, unique: str) -> str:
    """The key of a log.

    Source: User Guide, "Log object key format"; of an event's date the time of day is 0.
    """
    moment = day * _DAY_MS if place.partition == "EventTime" else delivered_ms
    then = time.gmtime(moment // 1000)
    name = time.strftime("%Y-%m-%d-%H-%M-%S", then) + f"-{unique}"
    if not place.partition:
        return place.prefix + name
    date = time.strftime("%Y/%m/%d", then)
    return f"{place.prefix}{origin.account}/{origin.region}/{origin.bucket}/{date}/{name}"


_DAY_MS: Final = 24 * 3600 * 1000
_decode: Final = kept.decoder_of(t.BucketLoggingStatus)
