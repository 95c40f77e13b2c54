"""A bucket's Object Lock, and the retention of one version: what S3 refuses of their documents.

Source: API Reference, PutObjectLockConfiguration, PutObjectRetention; User
Guide, "Object Lock considerations", "Troubleshooting variable retention".  The
words and codes for periods are S3's own, as storj/edge issue 528 and versitygw
issue 1738 quote them; those for event holds are ours, for nobody has told S3's.
"""

from datetime import UTC, datetime
from typing import Final

from gateway.protocol import types as t
from gateway.protocol.errors import ProtocolError, invalid_argument
from storage.retention import DAYS_MAX, OFF, ON, YEARS_MAX, Asked

ENABLED: Final = t.ObjectLockConfiguration(object_lock_enabled="Enabled")
IN_THE_PAST: Final = "The retain until date must be in the future!"
_LIMITS: Final = {"Days": DAYS_MAX, "Years": YEARS_MAX}


def check(document: t.ObjectLockConfiguration) -> None:
    """Refuse a configuration that locks nothing, or for no time that there is.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument
    """
    if document.object_lock_enabled is None:
        raise ProtocolError("MalformedXML")
    if document.rule is None:
        return
    said = document.rule.default_retention
    if said is None or said.mode is None:
        raise ProtocolError("MalformedXML")
    if said.default_event_hold is not None:
        check_duration(said.default_event_hold.days, said.default_event_hold.years)
        if said.days is None and said.years is None:
            return
    _check_period(said.days, said.years, "Default retention period")


def check_duration(days: int | None, years: int | None) -> None:
    """Refuse an event hold's duration that is none.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument
    """
    _check_period(days, years, "Event hold duration")


def _check_period(days: int | None, years: int | None, what: str) -> None:
    """Days or years, one of them."""
    given = [
        (name, value) for name, value in (("Days", days), ("Years", years)) if value is not None
    ]
    if len(given) != 1:
        raise ProtocolError("MalformedXML")
    ((name, value),) = given
    if value <= 0:
        text = f"{what} must be a positive integer value."
        raise ProtocolError("InvalidArgument", text, ArgumentName=name)
    if value > _LIMITS[name]:
        raise ProtocolError("InvalidArgument", f"{what} too large.", ArgumentName=name)


def asked(document: t.ObjectLockRetention, now_ms: int) -> Asked:
    """What PutObjectRetention asks for; an empty document asks for no retention any more.

    Raises:
        ProtocolError: MalformedXML, InvalidArgument
    """
    duration = document.event_hold_duration
    if document.mode is None:
        if document != t.ObjectLockRetention():
            raise ProtocolError("MalformedXML")
        return Asked()
    if (duration is not None) != (document.event_hold == ON):
        raise ProtocolError("MalformedXML")
    if document.retain_until_date is None and document.event_hold not in (ON, OFF):
        raise ProtocolError("MalformedXML")
    if duration is not None:
        check_duration(duration.days, duration.years)
    until = document.retain_until_date
    if until is not None and until <= now_ms:
        raise invalid_argument(IN_THE_PAST, "RetainUntilDate", _java_date(until))
    return Asked(
        document.mode,
        until or 0,
        document.event_hold or "",
        (duration.days or 0) if duration is not None else 0,
        (duration.years or 0) if duration is not None else 0,
    )


def _java_date(milliseconds: int) -> str:
    """As S3's answer shows it, in another zone: LocalStack's test_s3_object_retention."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.strftime("%a %b %d %H:%M:%S UTC %Y")
