"""Inventories: lists of a bucket's objects.

Source: API Reference, PutBucketInventoryConfiguration, InventoryConfiguration;
User Guide, "Configuring Amazon S3 Inventory"; recordings of S3, LocalStack's
test_s3_put_inventory_report_exceptions.
"""

import re
from typing import Final

from gateway.configurations import filters
from gateway.configurations.arns import bucket_of
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError

KIND: Final = "inventory"
_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z", re.ASCII)


def check(document: t.InventoryConfiguration) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidS3DestinationBucket, InvalidRequest
    """
    if document.filter is not None:
        filters.check_prefix(document.filter.prefix)
    destination = document.destination
    place = destination.s3_bucket_destination if destination is not None else None
    if place is None:
        raise ProtocolError("MalformedXML")
    encryption = place.encryption
    if encryption is not None and (encryption.sses3 is None) == (encryption.ssekms is None):
        raise ProtocolError("MalformedXML")
    fields = document.optional_fields or []
    if len(set(fields)) != len(fields):
        raise ProtocolError("MalformedXML")
    check_destination(place.bucket, place.account_id)


def check_destination(bucket: str | None, account: str | None) -> None:
    """Refuse a destination that is no bucket's ARN.

    Raises:
        ProtocolError: InvalidS3DestinationBucket, MalformedXML
    """
    if bucket is None or bucket_of(bucket) is None:
        raise ProtocolError("InvalidS3DestinationBucket")
    if account is not None and not _ACCOUNT.match(account):
        raise ProtocolError("MalformedXML")
