"""A lifecycle's transitions: which classes, after how long, in which order.

Source: API Reference, Transition, NoncurrentVersionTransition; User Guide,
"Transitioning objects using Amazon S3 Lifecycle", "Constraints and considerations
for transitions".  S3's words: Arsenal's tests of its LifecycleConfiguration;
noobaa-core's tests of archives; CloudFormation's reports.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from gateway.configurations import filters
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.lifecycle import RANKS
from storage.retention import DAY_MS

# Days that an object has to be stored before it may go there.
_DAYS_MIN: Final = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
# Days that an object has to be stored there before it may go on to a colder class.
_STAY_MIN: Final = {"STANDARD_IA": 30, "ONEZONE_IA": 30, "GLACIER_IR": 90}


class _Step(NamedTuple):
    """A transition, of current or noncurrent versions."""

    storage_class: str
    days: int | None
    date: int | None = None


class _Kind(NamedTuple):
    """What S3 calls it."""

    action: str
    ends: str
    days: str


_CURRENT: Final = _Kind("Transition", "Expiration", "Days")
_NONCURRENT: Final = _Kind(
    "NoncurrentVersionTransition", "NoncurrentVersionExpiration", "NoncurrentDays"
)


def check(rule: t.LifecycleRule) -> None:
    """Refuse transitions that cannot be, or that do not end before the rule's expirations.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument, InvalidRequest
    """
    scope = scope_of(rule)
    if rule.transitions is not None:
        steps = [_Step(one.storage_class or "", one.days, one.date) for one in rule.transitions]
        _check_steps(steps, _CURRENT, scope)
        _check_end(rule.expiration, steps, scope)
    if rule.noncurrent_version_transitions is not None:
        later = rule.noncurrent_version_transitions
        steps = [_Step(one.storage_class or "", one.noncurrent_days) for one in later]
        _check_steps(steps, _NONCURRENT, scope)
        ends = rule.noncurrent_version_expiration
        if ends is not None:
            _check_after(ends.noncurrent_days, steps, _NONCURRENT, scope)


def check_midnight(date_ms: int | None) -> None:
    """Refuse a time of day.

    Raises:
        ProtocolError: InvalidArgument
    """
    if date_ms is not None and date_ms % DAY_MS:
        raise ProtocolError("InvalidArgument", "'Date' must be at midnight GMT")


def scope_of(rule: t.LifecycleRule) -> str:
    """What S3 tells of a rule's filter."""
    if rule.filter is None:
        return f"prefix '{rule.prefix}'"
    within = rule.filter.and_ if rule.filter.and_ is not None else rule.filter
    parts = [f"tag={{key={tag.key}, value={tag.value}}}" for tag in filters.tags_of(rule.filter)]
    if within.prefix is not None:
        parts.insert(0, f"prefix={within.prefix}")
    if within.object_size_greater_than is not None:
        parts.append(f"objectsizegreaterthan={within.object_size_greater_than}")
    if within.object_size_less_than is not None:
        parts.append(f"objectsizelessthan={within.object_size_less_than}")
    return f"filter '({' and '.join(parts)})'"


def _check_steps(steps: Sequence[_Step], kind: _Kind, scope: str) -> None:
    for step in steps:
        _check_step(step, kind)
    if len({step.storage_class for step in steps}) != len(steps):
        raise ProtocolError(
            "InvalidRequest",
            f"'StorageClass' must be different for '{kind.action}' actions in same 'Rule' with "
            f"{scope}",
        )
    if len({step.date is None for step in steps}) > 1:
        raise ProtocolError(
            "InvalidRequest",
            f"Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for {scope}",
        )
    for warmer, colder in pairwise(sorted(steps, key=lambda step: RANKS[step.storage_class])):
        _check_order(warmer, colder, kind, scope)


def _check_step(step: _Step, kind: _Kind) -> None:
    if not step.storage_class or (step.days is None) == (step.date is None):
        raise ProtocolError("MalformedXML")
    check_midnight(step.date)
    if step.days is None:
        return
    least = _DAYS_MIN.get(step.storage_class, 0)
    if step.days < 0:
        text = f"'{kind.days}' in {kind.action} action must be nonnegative"
        raise invalid_argument(text, kind.days, str(step.days))
    if step.days < least:
        raise invalid_argument(
            f"'{kind.days}' in {kind.action} action must be greater than or equal to {least} for "
            f"storageClass '{step.storage_class}'",
            kind.days,
            str(step.days),
        )


def _check_order(warmer: _Step, colder: _Step, kind: _Kind, scope: str) -> None:
    """What goes to a colder class has to have been in the warmer one."""
    stay = _STAY_MIN.get(warmer.storage_class, 0)
    if warmer.days is not None and colder.days is not None:
        name, between = kind.days, colder.days - warmer.days
    else:
        assert warmer.date is not None, "checked before"
        assert colder.date is not None, "checked before"
        name, between = "Date", (colder.date - warmer.date) // DAY_MS
    if between > 0 and between >= stay:
        return
    wanted = f"{stay} days more" if between > 0 else "greater"
    raise ProtocolError(
        "InvalidArgument",
        f"'{name}' in the {kind.action} action for StorageClass '{colder.storage_class}' for "
        f"{scope} must be {wanted} than '{name}' in the {kind.action} action for StorageClass "
        f"'{warmer.storage_class}' for {scope}",
    )


def _check_end(ends: t.LifecycleExpiration | None, steps: Sequence[_Step], scope: str) -> None:
    if ends is None or (ends.days is None and ends.date is None):
        return
    if any((step.days is None) != (ends.days is None) for step in steps):
        raise ProtocolError(
            "InvalidRequest",
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle "
            f"rule for {scope}",
        )
    if ends.date is not None:
        _check_after(ends.date, steps, _CURRENT._replace(days="Date"), scope)
    else:
        _check_after(ends.days, steps, _CURRENT, scope)


def _check_after(ends: int | None, steps: Sequence[_Step], kind: _Kind, scope: str) -> None:
    """What has ended goes nowhere any more."""
    begins = [step.date if step.date is not None else step.days or 0 for step in steps]
    if ends is not None and any(ends <= one for one in begins):
        raise ProtocolError(
            "InvalidArgument",
            f"'{kind.days}' in the {kind.ends} action for {scope} must be greater than "
            f"'{kind.days}' in the {kind.action} action",
        )
