"""Replication: which objects are to be copied to which bucket.

Source: API Reference, PutBucketReplication, ReplicationConfiguration, and "Error
responses", "List of replication-related error codes"; recordings of S3,
LocalStack's test_replication_config.
"""

import hashlib
from typing import Final

import msgspec

from gateway.configurations import filters
from gateway.configurations.arns import bucket_of
from gateway.configurations.rules import ID_CHARS_MAX
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.errors import InvalidStorageClass
from storage.naming import check_storage_class
from storage.records import Bucket, Versioning

KIND: Final = "replication"
RULES_MAX: Final = 1000  # API Reference, ReplicationConfiguration
REPLICATION_MINUTES: Final = 15  # the only time that can be promised
_NEWER: Final = (
    "must be specified for this version of Cross Region Replication configuration schema. "
    "Please refer to S3 Developer Guide for more information."
)


def check(document: t.ReplicationConfiguration) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument, InvalidRequest
        InvalidStorageClass, InvalidTag
    """
    rules = document.rules or []
    if not document.role or not 1 <= len(rules) <= RULES_MAX:
        raise ProtocolError("MalformedXML")
    ids = [rule.id for rule in rules if rule.id]
    if len(set(ids)) != len(ids):
        text = "Rule Id must be unique. Found same Id for more than one rule"
        raise ProtocolError("InvalidArgument", text)
    if len({rule.filter is None for rule in rules}) > 1:
        raise ProtocolError("InvalidRequest", "Rules must be of one version of the schema.")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: t.ReplicationRule) -> None:
    if len(rule.id or "") > ID_CHARS_MAX:
        text = f"ID length should not exceed allowed limit of {ID_CHARS_MAX}"
        raise invalid_argument(text, "ID", rule.id or "")
    if rule.filter is not None:
        _check_newer(rule, rule.filter)
    else:
        filters.check_prefix(rule.prefix)
    place = rule.destination
    if place is None or place.bucket is None or bucket_of(place.bucket) is None:
        text = "Invalid bucket ARN."
        raise invalid_argument(text, "Bucket", place.bucket or "" if place else "")
    _check_destination(place)
    criteria = rule.source_selection_criteria
    encrypted = criteria.sse_kms_encrypted_objects if criteria is not None else None
    if (place.encryption_configuration is not None) != (
        encrypted is not None and encrypted.status == "Enabled"
    ):
        raise ProtocolError(
            "InvalidRequest",
            "SseKmsEncryptedObjects and EncryptionConfiguration must be specified together.",
        )


def _check_newer(rule: t.ReplicationRule, wanted: t.ReplicationRuleFilter) -> None:
    """What only the newer version of the schema has, and must have."""
    if rule.prefix is not None:
        raise ProtocolError("MalformedXML")
    filters.check(wanted, may_be_empty=True)
    if rule.priority is None:
        raise ProtocolError("InvalidRequest", f"Priority {_NEWER}")
    if (
        rule.priority < 0
    ):  # "The higher the number, the higher the priority": S3's words are unknown
        raise ProtocolError("MalformedXML")
    markers = rule.delete_marker_replication
    if markers is None or markers.status is None:
        raise ProtocolError("InvalidRequest", f"DeleteMarkerReplication {_NEWER}")
    if markers.status == "Enabled" and filters.tags_of(wanted):
        raise ProtocolError(
            "InvalidRequest",
            "Delete marker replication is not supported if any Tag filter is specified. "
            "Please refer to S3 Developer Guide for more information.",
        )


def _check_destination(place: t.Destination) -> None:
    if place.storage_class is not None:
        try:
            check_storage_class(place.storage_class)
        except InvalidStorageClass:
            raise ProtocolError("MalformedXML") from None
    if place.account is not None and not place.account:
        text = "The <Account> element is empty. It must contain a valid account ID."
        raise ProtocolError("InvalidArgument", text)
    if place.access_control_translation is not None and place.account is None:
        raise ProtocolError(
            "InvalidRequest",
            "If the <Owner> in <AccessControlTranslation> has a value, the <Account> element "
            "must be specified.",
        )
    promised = place.replication_time
    if promised is not None:
        if promised.time is None or promised.time.minutes != REPLICATION_MINUTES:
            raise ProtocolError("MalformedXML")
        if promised.status == "Enabled" and place.metrics is None:
            raise ProtocolError("InvalidRequest", "ReplicationTime needs Metrics.")
    threshold = place.metrics.event_threshold if place.metrics is not None else None
    if threshold is not None and threshold.minutes != REPLICATION_MINUTES:
        raise ProtocolError("MalformedXML")


def check_source(record: Bucket) -> Bucket:
    """Refuse a bucket whose versions are not kept.

    Raises:
        ProtocolError: InvalidRequest
    """
    if record.versioning is not Versioning.ENABLED:
        raise ProtocolError(
            "InvalidRequest",
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        )
    return record


def unversioned_destination() -> ProtocolError:
    """The refusal of a destination that is no bucket or keeps no versions."""
    return ProtocolError("InvalidRequest", "Destination bucket must have versioning enabled.")


def completed(document: t.ReplicationConfiguration) -> t.ReplicationConfiguration:
    """The document as it is kept: each rule has an id, made of what it is if nobody gave one."""
    rules = [
        rule if rule.id else msgspec.structs.replace(rule, id=_id_of(number, rule))
        for number, rule in enumerate(document.rules or ())
    ]
    return msgspec.structs.replace(document, rules=rules)


def _id_of(number: int, rule: t.ReplicationRule) -> str:
    return hashlib.sha256(msgspec.json.encode([number, rule])).hexdigest()[:48]
