"""What a bucket's document "object-lock" says of new versions.

The bucket's row repeats it, so that no write has to read the document.  Whoever
makes one of the two makes the other of it: PutObjectLockConfiguration in one
commit, and fsck when the row was lost.
"""

from typing import Final

import msgspec

from storage.records import UNDECODABLE, DefaultLock
from storage.retention import DAYS_PER_YEAR

KIND: Final = "object-lock"


class _EventHold(msgspec.Struct):
    days: int = 0
    years: int = 0


class _Retention(msgspec.Struct):
    mode: str
    days: int = 0
    years: int = 0
    default_event_hold: _EventHold | None = None


class _Rule(msgspec.Struct):
    default_retention: _Retention | None = None


class _Document(msgspec.Struct):
    rule: _Rule | None = None


_decode = msgspec.json.Decoder(_Document).decode


def default_of(document: bytes) -> DefaultLock | None:
    """What new versions are locked with; None if their uploads alone say that.

    A document that cannot be read says nothing of new versions.
    """
    try:
        rule = _decode(document).rule
    except UNDECODABLE:
        return None
    said = rule.default_retention if rule is not None else None
    if said is None:
        return None
    event = said.default_event_hold or _EventHold()
    days = said.days + said.years * DAYS_PER_YEAR
    return DefaultLock(said.mode, days, event.days, event.years)
