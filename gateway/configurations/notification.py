"""Event notifications: who is told of what happens in a bucket.

Nobody can be told yet, so that destinations are not looked for; otherwise a
document is held to what S3 takes.

Source: API Reference, PutBucketNotificationConfiguration; User Guide, "Configuring
event notifications using object key name filtering"; recordings of S3,
LocalStack's test_invalid_sqs_arn and test_bucket_notification_with_invalid_filter_rules.
"""

import hashlib
from typing import Any, Final, NamedTuple

import msgspec

from gateway.configurations.arns import service_of
from gateway.configurations.rules import ID_CHARS_MAX
from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.model import load

KIND: Final = "notification"
NONE: Final = t.NotificationConfiguration()  # as long as nobody wants to know
CONFIGURATIONS_MAX: Final = 100  # User Guide, "Amazon S3 Event Notifications"
_VALUE_BYTES_MAX: Final = 1024


class _Kind(NamedTuple):
    """One kind of destination."""

    member: str  # of the document
    arn: str  # of each configuration
    argument: str  # as refusals name it
    service: str


_KINDS: Final = (
    _Kind("topic_configurations", "topic_arn", "Topic", "sns"),
    _Kind("queue_configurations", "queue_arn", "Queue", "sqs"),
    _Kind("lambda_function_configurations", "lambda_function_arn", "CloudFunction", "lambda"),
)


class _Rule(NamedTuple):
    """Which events of which keys somebody is told of."""

    events: frozenset[str]
    prefix: str
    suffix: str


def is_none(document: t.NotificationConfiguration) -> bool:
    """Whether it ends all notifications: API Reference, "an empty NotificationConfiguration"."""
    return document.event_bridge_configuration is None and not any(
        getattr(document, kind.member) for kind in _KINDS
    )


def check(document: t.NotificationConfiguration) -> None:
    """Refuse what S3 does not take.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument
    """
    found: list[tuple[_Kind, Any]] = [
        (kind, one) for kind in _KINDS for one in getattr(document, kind.member) or ()
    ]
    if len(found) > CONFIGURATIONS_MAX:
        raise ProtocolError("MalformedXML")
    ids = [one.id for _, one in found if one.id]
    if len(set(ids)) != len(ids):
        text = "Same ID used for multiple configurations. IDs must be unique"
        raise ProtocolError("InvalidArgument", text)
    known = frozenset(load().shapes["Event"]["enum"])
    rules: list[_Rule] = []
    for kind, one in found:
        _check_one(kind, one, known)
        rule = _rule(one)
        if any(_overlap(rule, other) for other in rules):
            raise ProtocolError(
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot share a common "
                "event type.",
            )
        rules.append(rule)


def _check_one(kind: _Kind, one: Any, known: frozenset[str]) -> None:
    arn = getattr(one, kind.arn)
    if service_of(arn) != kind.service:
        raise invalid_argument("The ARN could not be parsed", kind.argument, arn)
    if len(one.id or "") > ID_CHARS_MAX:
        raise ProtocolError("MalformedXML")
    if not one.events:
        raise ProtocolError("MalformedXML")
    for event in one.events:
        if event not in known:
            text = "A specified event is not supported for notifications."
            raise invalid_argument(text, "Event", event)
    seen: set[str] = set()
    for rule in _filter_rules(one):
        if rule.name is None or rule.value is None:
            raise ProtocolError("MalformedXML")
        name = rule.name.lower()
        if name not in ("prefix", "suffix"):
            text = "filter rule name must be either prefix or suffix"
            raise invalid_argument(text, "FilterRule.Name", rule.name)
        if name in seen:
            text = f"Cannot specify more than one {name} rule in a filter."
            raise invalid_argument(text, "FilterRule.Name", rule.name)
        seen.add(name)
        if len(rule.value.encode()) > _VALUE_BYTES_MAX:
            text = "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation"
            raise invalid_argument(text, "FilterRule.Value", rule.value)


def _filter_rules(one: Any) -> list[t.FilterRule]:
    if one.filter is None or one.filter.key is None:
        return []
    return one.filter.key.filter_rules or []


def _rule(one: Any) -> _Rule:
    texts = {(rule.name or "").lower(): rule.value or "" for rule in _filter_rules(one)}
    return _Rule(frozenset(one.events), texts.get("prefix", ""), texts.get("suffix", ""))


def _overlap(one: _Rule, other: _Rule) -> bool:
    """Whether an event of one key could be meant by both."""
    return (
        # First what costs least: there may be a hundred rules, each held against all the others.
        (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix))
        and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))
        and any(_meet(mine, theirs) for mine in one.events for theirs in other.events)
    )


def _meet(one: str, other: str) -> bool:
    if one.endswith("*"):
        return other.startswith(one[:-1])
    return one == other or (other.endswith("*") and one.startswith(other[:-1]))


def completed(document: t.NotificationConfiguration) -> t.NotificationConfiguration:
    """The document as it is kept: each configuration has an id, filters' names one spelling.

    An id that nobody gave follows from what it is of, so that the same document
    is the same again.
    """
    members = {
        kind.member: [_completed(one, n) for n, one in enumerate(getattr(document, kind.member))]
        for kind in _KINDS
        if getattr(document, kind.member)
    }
    return msgspec.structs.replace(document, **members)


def _completed(one: Any, number: int) -> Any:
    for rule in _filter_rules(one):
        rule.name = (rule.name or "").capitalize()
    if one.id:
        return one
    text = msgspec.json.encode([number, type(one).__name__, one])
    return msgspec.structs.replace(one, id=hashlib.sha256(text).hexdigest()[:48])
