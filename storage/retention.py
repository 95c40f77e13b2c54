"""What keeps a version from being removed, and which changes of that are allowed.  Pure.

========================  =====================================================
kept by                   until; and who may remove the version all the same
========================  =====================================================
legal hold ON             somebody says OFF; nobody
COMPLIANCE                its date; nobody
GOVERNANCE                its date; who may bypass it and says so
event hold ON             it is OFF, and then for its duration; as its mode says
========================  =====================================================

While an event hold is ON the date moves ahead of the clock by its duration; it
never moves back, also when the duration is made shorter.

Whoever takes a version away calls ``check_removable`` in the commit's decision
(``rows.release``): there is no other way to lose a version's name.

Source: User Guide, "Locking objects with Object Lock", "Object Lock
considerations" (variable retention among them: a year is 365 days); API
Reference, PutObjectRetention, PutObjectLegalHold.
"""

from typing import Final, NamedTuple

import msgspec

from storage.errors import InvalidRequest, ObjectLocked
from storage.records import DefaultLock, Lock, ObjectVersion

GOVERNANCE: Final = "GOVERNANCE"
COMPLIANCE: Final = "COMPLIANCE"
MODES: Final = (GOVERNANCE, COMPLIANCE)
ON: Final = "ON"
OFF: Final = "OFF"

DAYS_MAX: Final = 36_500
YEARS_MAX: Final = 100
DAYS_PER_YEAR: Final = 365
DAY_MS: Final = 24 * 60 * 60 * 1000

assert YEARS_MAX * DAYS_PER_YEAR == DAYS_MAX

UNLOCKED: Final = Lock()
NOTHING_TO_RELEASE: Final = (
    "A retain until date is required: the object version has no event hold to release."
)


class Asked(NamedTuple):
    """What PutObjectRetention asks for; nothing at all takes the retention away.

    ``event_days`` and ``event_years`` come with an event hold that is ON, one of them.
    """

    mode: str = ""
    until_ms: int = 0
    event_hold: str = ""
    event_days: int = 0
    event_years: int = 0


def until_ms(lock: Lock, now_ms: int) -> int:
    """To when the version is retained, as answers show it; 0 if it is not."""
    if lock.event_hold == ON:
        return max(lock.until_ms, now_ms + _duration_ms(lock))
    return lock.until_ms


def is_protected(lock: Lock | None, now_ms: int, *, bypass: bool = False) -> bool:
    """Whether the version has to stay; ``bypass`` is of someone who may bypass governance."""
    if lock is None:
        return False
    if lock.legal_hold == ON:
        return True
    return _is_retained(lock, now_ms) and not (bypass and lock.mode == GOVERNANCE)


def check_removable(version: ObjectVersion, now_ms: int, *, bypass: bool) -> None:
    """Refuse to take away what has to stay.

    Raises:
        ObjectLocked
    """
    lock = version.attributes.lock
    if lock is not None and is_protected(lock, now_ms, bypass=bypass):
        raise ObjectLocked


def with_default(version: ObjectVersion, default: DefaultLock) -> ObjectVersion:
    """A version just made, retained as its bucket says unless its upload said how.

    A legal hold is independent of that.
    """
    own = version.attributes.lock or UNLOCKED
    if own.mode or version.delete_marker:
        return version
    lock = msgspec.structs.replace(
        own,
        mode=default.mode,
        until_ms=version.modified_ms + default.days * DAY_MS if default.days else 0,
        event_hold=ON if default.event_days or default.event_years else "",
        event_days=default.event_days,
        event_years=default.event_years,
    )
    attributes = msgspec.structs.replace(version.attributes, lock=lock)
    return msgspec.structs.replace(version, attributes=attributes)


def retained(old: Lock | None, asked: Asked, now_ms: int, *, bypass: bool) -> Lock:
    """The lock as PutObjectRetention makes it.

    What is retained may only be retained longer, and in its mode; who bypasses
    governance deals with it as if it were not.  An event hold that is ON stays ON
    until somebody says OFF, or takes the retention away.

    Raises:
        ObjectLocked
        InvalidRequest: OFF of a hold that is not ON, without a date
    """
    lock = old or UNLOCKED
    bound = _is_retained(lock, now_ms) and not (bypass and lock.mode == GOVERNANCE)
    if bound and (asked.mode != lock.mode or 0 < asked.until_ms < lock.until_ms):
        raise ObjectLocked
    if not asked.mode:
        return Lock(legal_hold=lock.legal_hold)
    lock = msgspec.structs.replace(lock, mode=asked.mode)
    least_ms = max(asked.until_ms, lock.until_ms if bound else 0)
    if asked.event_hold == OFF:
        return _released(lock, least_ms, now_ms)
    if asked.event_hold == ON:
        return msgspec.structs.replace(
            lock,
            until_ms=max(least_ms, until_ms(lock, now_ms) if bound else 0),
            event_hold=ON,
            event_days=asked.event_days,
            event_years=asked.event_years,
        )
    return msgspec.structs.replace(lock, until_ms=least_ms)


def _released(lock: Lock, least_ms: int, now_ms: int) -> Lock:
    if lock.event_hold == ON:
        least_ms = max(least_ms, now_ms + _duration_ms(lock))
    elif not least_ms:
        raise InvalidRequest(NOTHING_TO_RELEASE)
    return msgspec.structs.replace(
        lock, until_ms=least_ms, event_hold=OFF, event_days=0, event_years=0
    )


def held(old: Lock | None, status: str) -> Lock:
    """The lock with a legal hold, ON or OFF; anybody who may place it may remove it."""
    return msgspec.structs.replace(old or UNLOCKED, legal_hold=status)


def _duration_ms(lock: Lock) -> int:
    return (lock.event_days + lock.event_years * DAYS_PER_YEAR) * DAY_MS


def _is_retained(lock: Lock, now_ms: int) -> bool:
    return bool(lock.mode) and until_ms(lock, now_ms) > now_ms
