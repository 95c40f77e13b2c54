"""A bucket's lifecycle: what S3 refuses of its rules, and what they mean.

Rules come in two forms that do not mix: with a Filter, or, as long ago, with a
Prefix of their own.

Source: API Reference, PutBucketLifecycleConfiguration, LifecycleRule,
LifecycleRuleFilter, LifecycleExpiration, NoncurrentVersionExpiration, and "Error
responses", "List of error codes", InvalidRequest; User Guide, "Lifecycle
configuration elements".  S3's words where the reference has none: recordings,
LocalStack's TestS3BucketLifecycle; noobaa-core issues 8341 and 8870; Arsenal pull
request 2648; terraform-provider-aws issues 23228, 23299 and 41521.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from gateway.configurations import filters, transitions
from gateway.configurations.rules import ID_CHARS_MAX
from gateway.configurations.transitions import check_midnight
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.lifecycle import (
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
    When,
)
from storage.retention import DAY_MS

# How it is kept: with the header that the document came with.
Kept = t.GetBucketLifecycleConfigurationOutput

LIFECYCLE_RULES_MAX: Final = 1000  # API Reference, PutBucketLifecycleConfiguration
KEPT_VERSIONS_MAX: Final = 100
SIZE_MAX: Final = 1000 * 1024**4  # bytes

_MINIMUM_SIZES: Final = ("all_storage_classes_128K", "varies_by_storage_class")
DEFAULT_MINIMUM_SIZE: Final = _MINIMUM_SIZES[0]
_PREDICATES: Final = ("prefix", "tag", "object_size_greater_than", "object_size_less_than", "and_")
_ACTIONS: Final = (
    "expiration",
    "transitions",
    "noncurrent_version_expiration",
    "noncurrent_version_transitions",
    "abort_incomplete_multipart_upload",
)
# Of the actions, those whose prefixes may not overlap in rules of the older form.
_EXCLUSIVE: Final = {
    "expiration": "Expiration",
    "transitions": "Transition",
    "noncurrent_version_expiration": "NoncurrentVersionExpiration",
    "noncurrent_version_transitions": "NoncurrentVersionTransition",
    "abort_incomplete_multipart_upload": "AbortIncompleteMultipartUpload",
}
_ONLY_V2: Final = "element can only be used in Lifecycle V2."


def check(rules: Sequence[t.LifecycleRule], minimum_size: str | None) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument, InvalidRequest
        InvalidTag
    """
    if minimum_size not in (None, *_MINIMUM_SIZES):
        text = f"Invalid TransitionDefaultMinimumObjectSize found: {minimum_size}"
        raise ProtocolError("InvalidRequest", text)
    if len(rules) > LIFECYCLE_RULES_MAX:
        raise ProtocolError(
            "InvalidRequest",
            "The number of lifecycle rules must not exceed the allowed limit of "
            f"{LIFECYCLE_RULES_MAX} rules.",
        )
    _check_ids(rules)
    _check_form(rules)
    for rule in rules:
        _check_filter(rule)
        _check_actions(rule)
        transitions.check(rule)
    if rules[0].filter is None:
        _check_overlaps(rules)


def _check_ids(rules: Sequence[t.LifecycleRule]) -> None:
    ids = [rule.id for rule in rules if rule.id]
    for one in ids:
        if len(one) > ID_CHARS_MAX:
            text = f"ID length should not exceed allowed limit of {ID_CHARS_MAX}"
            raise invalid_argument(text, "ID", one)
    if len(set(ids)) != len(ids):
        text = "Rule ID must be unique. Found same ID for more than one rule"
        raise ProtocolError("InvalidArgument", text)


def _check_form(rules: Sequence[t.LifecycleRule]) -> None:
    """The first rule says of which form all of them are."""
    newer = rules[0].filter is not None
    for rule in rules:
        if rule.filter is None and rule.prefix is None:
            raise ProtocolError("MalformedXML")
        if newer and rule.prefix is not None:
            raise ProtocolError(
                "InvalidRequest",
                "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported "
                "in the Filter.",
            )
        if not newer and rule.filter is not None:
            raise ProtocolError("InvalidRequest", f"Filter {_ONLY_V2}")


# Filters


def _check_filter(rule: t.LifecycleRule) -> None:
    if rule.filter is None:
        filters.check_prefix(rule.prefix)
        return
    given = [name for name in _PREDICATES if getattr(rule.filter, name) is not None]
    if len(given) > 1:
        raise ProtocolError("MalformedXML")
    both = rule.filter.and_
    if both is not None:
        one_each = (both.prefix, both.object_size_greater_than, both.object_size_less_than)
        if sum(one is not None for one in one_each) + len(both.tags or ()) < 2:
            raise ProtocolError("MalformedXML")
    filters.check_prefix(filters.prefix_of(rule.filter))
    filters.check_tags_of_filter(filters.tags_of(rule.filter))
    _check_sizes(both if both is not None else rule.filter)


def _check_sizes(within: Any) -> None:
    larger, smaller = within.object_size_greater_than, within.object_size_less_than
    for name, size, least in (
        ("ObjectSizeGreaterThan", larger, 0),
        ("ObjectSizeLessThan", smaller, 1),
    ):
        if size is not None and not least <= size <= SIZE_MAX:
            text = f"'{name}' should be between {least} and {SIZE_MAX}."
            raise ProtocolError("InvalidRequest", text)
    if larger is not None and smaller is not None and larger >= smaller:
        raise ProtocolError(
            "InvalidRequest",
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
        )


# Actions


def _check_actions(rule: t.LifecycleRule) -> None:
    if all(getattr(rule, name) is None for name in _ACTIONS):
        raise ProtocolError("InvalidRequest", "At least one action needs to be specified in a rule")
    if rule.expiration is not None:
        _check_expiration(rule, rule.expiration)
    if rule.noncurrent_version_expiration is not None:
        _check_noncurrent(rule, rule.noncurrent_version_expiration)
    for one in rule.noncurrent_version_transitions or ():
        _check_kept(rule, one.newer_noncurrent_versions)
    if rule.abort_incomplete_multipart_upload is not None:
        action = "AbortIncompleteMultipartUpload"
        _check_plain_filter(rule, action)
        days = rule.abort_incomplete_multipart_upload.days_after_initiation
        _check_positive(days, "DaysAfterInitiation", action)


def _check_expiration(rule: t.LifecycleRule, wanted: t.LifecycleExpiration) -> None:
    given = (wanted.days, wanted.date, wanted.expired_object_delete_marker)
    if sum(one is not None for one in given) != 1:
        raise ProtocolError("MalformedXML")
    if wanted.expired_object_delete_marker is not None:
        _check_plain_filter(rule, "ExpiredObjectDeleteMarker")
    if wanted.days is not None:
        _check_positive(wanted.days, "Days", "Expiration")
    check_midnight(wanted.date)


def _check_noncurrent(rule: t.LifecycleRule, wanted: t.NoncurrentVersionExpiration) -> None:
    _check_positive(wanted.noncurrent_days, "NoncurrentDays", "NoncurrentVersionExpiration")
    _check_kept(rule, wanted.newer_noncurrent_versions)


def _check_kept(rule: t.LifecycleRule, count: int | None) -> None:
    if count is None:
        return
    if rule.filter is None:
        raise ProtocolError("InvalidRequest", f"NewerNoncurrentVersions {_ONLY_V2}")
    if not 1 <= count <= KEPT_VERSIONS_MAX:
        text = f"NewerNoncurrentVersions must be between 1 and {KEPT_VERSIONS_MAX}"
        raise invalid_argument(text, "NewerNoncurrentVersions", str(count))


def _check_positive(days: int | None, name: str, action: str) -> None:
    if days is None:
        raise ProtocolError("MalformedXML")
    if days < 1:
        text = f"'{name}' for {action} action must be a positive integer"
        raise invalid_argument(text, name, str(days))


def _check_plain_filter(rule: t.LifecycleRule, action: str) -> None:
    """Uploads and delete markers have no tags, and no size."""
    if rule.filter is not None and filters.tags_of(rule.filter):
        raise ProtocolError("InvalidRequest", f"{action} cannot be specified with Tags.")
    if compile_filter(rule).has_size:
        raise ProtocolError("InvalidRequest", f"{action} cannot be specified with Object Size.")


def _check_overlaps(rules: Sequence[t.LifecycleRule]) -> None:
    """In the older form no object may come under two rules with the same action."""
    for name, action in _EXCLUSIVE.items():
        prefixes = sorted(rule.prefix or "" for rule in rules if getattr(rule, name) is not None)
        for shorter, longer in pairwise(prefixes):
            if longer.startswith(shorter):
                raise ProtocolError(
                    "InvalidRequest",
                    f"Found overlapping prefixes '{shorter}' and '{longer}' for same action type "
                    f"'{action}'",
                )


def with_ids(rules: Sequence[t.LifecycleRule], make: Callable[[], str]) -> list[t.LifecycleRule]:
    """The rules, each with an id; ``make`` makes one where none was given."""
    return [rule if rule.id else msgspec.structs.replace(rule, id=make()) for rule in rules]


# Meaning


def compile_rules(document: Kept, day_ms: int = DAY_MS) -> Lifecycle:
    """What a document that was checked means; a rule that is disabled means nothing."""
    return Lifecycle(
        tuple(_rule(rule) for rule in document.rules or () if rule.status == "Enabled"),
        moves_small=document.transition_default_minimum_object_size == _MINIMUM_SIZES[1],
        day_ms=day_ms,
    )


def compile_filter(rule: t.LifecycleRule) -> Filter:
    """Which objects a rule is about."""
    if rule.filter is None:
        return Filter((rule.prefix or "").encode())
    within: Any = rule.filter.and_ if rule.filter.and_ is not None else rule.filter
    return Filter(
        (within.prefix or "").encode(),
        tuple((tag.key or "", tag.value or "") for tag in filters.tags_of(rule.filter)),
        within.object_size_greater_than,
        within.object_size_less_than,
    )


def _rule(rule: t.LifecycleRule) -> Rule:
    ends = rule.expiration or t.LifecycleExpiration()
    old = rule.noncurrent_version_expiration
    abort = rule.abort_incomplete_multipart_upload
    return Rule(
        rule.id or "",
        compile_filter(rule),
        None if (ends.days, ends.date) == (None, None) else When(ends.days or 0, ends.date),
        removes_markers=bool(ends.expired_object_delete_marker),
        transitions=tuple(
            Transition(one.storage_class or "", When(one.days or 0, one.date))
            for one in rule.transitions or ()
        ),
        noncurrent_expiration=NoncurrentExpiration(
            old.noncurrent_days or 0, old.newer_noncurrent_versions or 0
        )
        if old is not None
        else None,
        noncurrent_transitions=tuple(
            NoncurrentTransition(
                one.storage_class or "",
                one.noncurrent_days or 0,
                one.newer_noncurrent_versions or 0,
            )
            for one in rule.noncurrent_version_transitions or ()
        ),
        abort_days=abort.days_after_initiation if abort is not None else None,
    )
