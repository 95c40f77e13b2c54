"""What headers say of an object's lock, in requests that make objects and in answers.

Source: API Reference, PutObject, CopyObject, CreateMultipartUpload, GetObject,
HeadObject; User Guide, "Object Lock considerations".  The words are S3's, by
recordings (LocalStack's TestS3ObjectLock) and as quoted in versitygw issues
1542, 1733, 1734, 1736 and 1740; values are looked at before the bucket is.
"""

from typing import Any, Final

from gateway.authority import Place
from gateway.call import Call
from gateway.configurations.object_lock import IN_THE_PAST
from gateway.iam.permissions import needs
from gateway.protocol.errors import ProtocolError, invalid_argument
from gateway.protocol.scalars import iso_date
from sigv4 import Chunked
from storage.records import Lock, ObjectVersion
from storage.retention import DAYS_MAX, MODES, OFF, ON, YEARS_MAX, until_ms

MODE: Final = "x-amz-object-lock-mode"
UNTIL: Final = "x-amz-object-lock-retain-until-date"
LEGAL_HOLD: Final = "x-amz-object-lock-legal-hold"
EVENT_HOLD: Final = "x-amz-object-lock-event-hold"
EVENT_DAYS: Final = "x-amz-object-lock-event-hold-duration-days"
EVENT_YEARS: Final = "x-amz-object-lock-event-hold-duration-years"

PUT_RETENTION: Final = needs("s3:PutObjectRetention")
PUT_LEGAL_HOLD: Final = needs("s3:PutObjectLegalHold")
GET_RETENTION: Final = needs("s3:GetObjectRetention")
GET_LEGAL_HOLD: Final = needs("s3:GetObjectLegalHold")

_NOTHING: Final = (None,) * 6
_NO_CHECKSUMS: Final = (b"x-amz-checksum-algorithm", b"x-amz-checksum-type", b"x-amz-checksum-mode")


def lock_of(call: Call, ask: Any) -> Lock | None:
    """The lock that a request's headers ask for, None if they ask for none.

    Raises:
        ProtocolError: InvalidArgument, InvalidRequest, AccessDenied
    """
    given = (
        ask.object_lock_mode,
        ask.object_lock_retain_until_date,
        ask.object_lock_legal_hold_status,
        ask.object_lock_event_hold,
        ask.object_lock_event_hold_duration_days,
        ask.object_lock_event_hold_duration_years,
    )
    if given == _NOTHING:
        return None
    mode, until, legal_hold, event_hold, days, years = given
    lock = Lock(mode or "", until or 0, legal_hold or "", event_hold or "", days or 0, years or 0)
    if call.principal is None:
        text = "Put Object requests with Object Lock parameters require AWS Signature Version 4"
        raise ProtocolError("InvalidArgument", text, ArgumentName="Authorization")
    _check_retention(call, lock)
    _check_event_hold(lock)
    if lock.legal_hold not in ("", ON, OFF):
        text = "Legal Hold must be either of 'ON' or 'OFF'"
        raise invalid_argument(text, LEGAL_HOLD, lock.legal_hold)
    check_has_lock(call)
    return lock


def check_has_lock(call: Call) -> None:
    """Refuse what is only for buckets with Object Lock.

    Raises:
        ProtocolError: InvalidRequest
    """
    if not call.bucket.record.object_lock:
        raise ProtocolError("InvalidRequest", "Bucket is missing Object Lock Configuration")


def _check_retention(call: Call, lock: Lock) -> None:
    if lock.mode and lock.mode not in MODES:
        raise invalid_argument("Unknown wormMode directive.", MODE, lock.mode)
    if lock.until_ms and lock.until_ms <= call.services.clock.now_ms():
        given = call.headers.get(UNTIL.encode(), b"").decode("latin-1")
        raise invalid_argument(IN_THE_PAST, UNTIL, given)
    missing = MODE if not lock.mode else UNTIL if not lock.until_ms else ""
    is_retained = bool(lock.mode or lock.until_ms or lock.event_hold)
    if is_retained and missing and not (missing == UNTIL and lock.event_hold == ON):
        text = (
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        )
        raise ProtocolError("InvalidArgument", text, ArgumentName=missing)


def _check_event_hold(lock: Lock) -> None:
    """An event hold that is ON has a duration, and no other has."""
    if lock.event_hold not in ("", ON, OFF):
        text = "Event Hold must be either of 'ON' or 'OFF'"
        raise invalid_argument(text, EVENT_HOLD, lock.event_hold)
    given = [name for name, value in _durations(lock) if value]
    if len(given) != (1 if lock.event_hold == ON else 0):
        text = "An event hold that is ON, and no other, has a duration, in days or in years"
        raise ProtocolError("InvalidArgument", text, ArgumentName=(*given, EVENT_DAYS)[0])
    for (name, value), most in zip(_durations(lock), (DAYS_MAX, YEARS_MAX), strict=True):
        if not 0 <= value <= most:
            text = f"Event hold duration must be an integer between 1 and {most}"
            raise invalid_argument(text, name, str(value))


def _durations(lock: Lock) -> tuple[tuple[str, int], tuple[str, int]]:
    return (EVENT_DAYS, lock.event_days), (EVENT_YEARS, lock.event_years)


def check_integrity(call: Call, lock: Lock | None, what: str = "Put Object") -> None:
    """Refuse an upload that will be locked, but whose bytes are not vouched for.

    A default retention counts too; the hash that the signature covers does not.

    Raises:
        ProtocolError: InvalidRequest
    """
    if lock is None and call.bucket.record.default_lock is None:
        return
    names = [name for name in call.headers if name.startswith(b"x-amz-checksum-")]
    if b"content-md5" in call.headers or any(name not in _NO_CHECKSUMS for name in names):
        return
    assert call.verified is not None, "no handler without a verified request"
    payload = call.verified.payload
    if isinstance(payload, Chunked) and payload.trailers:
        return
    raise ProtocolError(
        "InvalidRequest",
        "Content-MD5 OR x-amz-checksum- HTTP header is required for "
        f"{what} requests with Object Lock parameters",
    )


def bypasses(call: Call, ask: Any) -> bool:
    """Whether governance is to be bypassed; that somebody may is decided before.

    Raises:
        ProtocolError: InvalidArgument, the bucket has no Object Lock

    Source: recordings of S3 of February 2026, LocalStack's.
    """
    if not ask.bypass_governance_retention:
        return False
    if not call.bucket.record.object_lock:
        raise invalid_argument(
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
            "x-amz-bypass-governance-retention",
            "",
        )
    return True


async def look(call: Call, version_id: str | None) -> None:
    """Find out what of locks whoever asks may not be told, before an object is looked at."""
    place = Place(call.bucket, call.key, version_id)
    hidden = set()
    for needed in (GET_RETENTION, GET_LEGAL_HOLD):
        try:
            await call.check_allowed(needed, version_id, place=place)
        except ProtocolError:
            hidden.add(needed)
    call.hidden = frozenset(hidden)


def lock_headers(call: Call, found: ObjectVersion) -> dict[bytes, bytes]:
    """What an answer tells of an object's lock, to whoever may know it."""
    lock = found.attributes.lock
    told: dict[str, str] = {}
    if lock is None:
        return {}
    if lock.mode and GET_RETENTION not in call.hidden:
        told[MODE] = lock.mode
        told[UNTIL] = iso_date(until_ms(lock, call.services.clock.now_ms()))
        if lock.event_hold:
            told[EVENT_HOLD] = lock.event_hold
        told |= {name: str(value) for name, value in _durations(lock) if value}
    if lock.legal_hold and GET_LEGAL_HOLD not in call.hidden:
        told[LEGAL_HOLD] = lock.legal_hold
    return {name.encode(): text.encode() for name, text in told.items()}
