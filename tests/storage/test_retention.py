"""What a lock keeps, from whom, and until when; and that no change of it gives anything up.

Source: User Guide, "Locking objects with Object Lock", "Object Lock considerations".
"""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import InvalidRequest, ObjectLocked
from storage.records import Attributes, DefaultLock, Lock, ObjectVersion
from storage.retention import (
    COMPLIANCE,
    DAY_MS,
    GOVERNANCE,
    OFF,
    ON,
    Asked,
    check_removable,
    held,
    is_protected,
    retained,
    until_ms,
    with_default,
)

NOW = 1_800_000_000_000
LATER, PAST = NOW + DAY_MS, NOW - DAY_MS


class Kept(NamedTuple):
    """A lock, and whether it keeps the version: from anybody, from who bypasses governance."""

    lock: Lock | None
    from_anybody: bool
    from_bypass: bool


KEPT = {
    "no lock": Kept(None, False, False),
    "nothing said": Kept(Lock(), False, False),
    "governance": Kept(Lock(GOVERNANCE, LATER), True, False),
    "compliance": Kept(Lock(COMPLIANCE, LATER), True, True),
    "ended governance": Kept(Lock(GOVERNANCE, PAST), False, False),
    "ended compliance": Kept(Lock(COMPLIANCE, PAST), False, False),
    "compliance that ends now": Kept(Lock(COMPLIANCE, NOW), False, False),
    "legal hold": Kept(Lock(legal_hold=ON), True, True),
    "legal hold off": Kept(Lock(legal_hold=OFF), False, False),
    "legal hold on ended retention": Kept(Lock(GOVERNANCE, PAST, ON), True, True),
    "event hold, governance": Kept(Lock(GOVERNANCE, 0, "", ON, 1), True, False),
    "event hold, compliance": Kept(Lock(COMPLIANCE, 0, "", ON, 0, 1), True, True),
    "released, governance": Kept(Lock(GOVERNANCE, LATER, "", OFF), True, False),
}


@pytest.mark.parametrize("case", KEPT.values(), ids=KEPT)
def test_a_lock_keeps_a_version(case: Kept) -> None:
    version = ObjectVersion(1, "id", NOW, attributes=Attributes(lock=case.lock))
    for bypass, kept in ((False, case.from_anybody), (True, case.from_bypass)):
        assert is_protected(case.lock, NOW, bypass=bypass) is kept
        if kept:
            with pytest.raises(ObjectLocked):
                check_removable(version, NOW, bypass=bypass)
        else:
            check_removable(version, NOW, bypass=bypass)


class Change(NamedTuple):
    """What was, what is asked for, and what becomes of it: None is a refusal."""

    old: Lock | None
    asked: Asked
    anybody: Lock | None
    bypass: Lock | None


FAR = LATER + DAY_MS
GOV, COMP = Lock(GOVERNANCE, LATER, ON), Lock(COMPLIANCE, LATER)
GOV_FAR, GOV_NEAR = Lock(GOVERNANCE, FAR, ON), Lock(GOVERNANCE, LATER - 1, ON)
HELD = Lock(COMPLIANCE, 0, "", ON, 10)
IN_TEN = NOW + 10 * DAY_MS
CHANGES = {
    "first": Change(None, Asked(GOVERNANCE, LATER), *[Lock(GOVERNANCE, LATER)] * 2),
    "longer": Change(GOV, Asked(GOVERNANCE, FAR), GOV_FAR, GOV_FAR),
    "the same": Change(GOV, Asked(GOVERNANCE, LATER), GOV, GOV),
    "shorter": Change(GOV, Asked(GOVERNANCE, LATER - 1), None, GOV_NEAR),
    "no more": Change(GOV, Asked(), None, Lock(legal_hold=ON)),
    "stricter": Change(GOV, Asked(COMPLIANCE, FAR), None, Lock(COMPLIANCE, FAR, ON)),
    "compliance, longer": Change(COMP, Asked(COMPLIANCE, FAR), *[Lock(COMPLIANCE, FAR)] * 2),
    "compliance, shorter": Change(COMP, Asked(COMPLIANCE, LATER - 1), None, None),
    "compliance, no more": Change(COMP, Asked(), None, None),
    "compliance, milder": Change(COMP, Asked(GOVERNANCE, FAR), None, None),
    "after the end": Change(
        Lock(COMPLIANCE, PAST), Asked(GOVERNANCE, LATER), *[Lock(GOVERNANCE, LATER)] * 2
    ),
    "no more, after the end": Change(Lock(COMPLIANCE, PAST), Asked(), *[Lock()] * 2),
    "an event hold": Change(None, Asked(COMPLIANCE, 0, ON, 10), *[HELD] * 2),
    "an event hold, and a date": Change(
        None, Asked(COMPLIANCE, FAR, ON, 10), *[Lock(COMPLIANCE, FAR, "", ON, 10)] * 2
    ),
    "an event hold on what is retained": Change(
        COMP, Asked(COMPLIANCE, 0, ON, 0, 1), *[Lock(COMPLIANCE, LATER, "", ON, 0, 1)] * 2
    ),
    "a longer event hold": Change(
        HELD, Asked(COMPLIANCE, 0, ON, 20), *[Lock(COMPLIANCE, IN_TEN, "", ON, 20)] * 2
    ),
    "a shorter one does not move the date back": Change(
        HELD, Asked(COMPLIANCE, 0, ON, 2), *[Lock(COMPLIANCE, IN_TEN, "", ON, 2)] * 2
    ),
    "released": Change(HELD, Asked(COMPLIANCE, 0, OFF), *[Lock(COMPLIANCE, IN_TEN, "", OFF)] * 2),
    "released, to a later date": Change(
        HELD, Asked(COMPLIANCE, IN_TEN + 1, OFF), *[Lock(COMPLIANCE, IN_TEN + 1, "", OFF)] * 2
    ),
    "released, to an earlier date": Change(
        HELD, Asked(COMPLIANCE, LATER, OFF), *[Lock(COMPLIANCE, IN_TEN, "", OFF)] * 2
    ),
    "a held one, of which the hold is not spoken": Change(
        HELD, Asked(COMPLIANCE, LATER), *[Lock(COMPLIANCE, LATER, "", ON, 10)] * 2
    ),
    "a held one, no more": Change(HELD, Asked(), None, None),
    "a held one, no more, governance": Change(
        Lock(GOVERNANCE, 0, "", ON, 10), Asked(), None, Lock()
    ),
    "off from the start": Change(
        None, Asked(GOVERNANCE, LATER, OFF), *[Lock(GOVERNANCE, LATER, "", OFF)] * 2
    ),
}


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_what_a_change_of_retention_makes_of_it(case: Change) -> None:
    for bypass, expected in ((False, case.anybody), (True, case.bypass)):
        if expected is None:
            with pytest.raises(ObjectLocked):
                retained(case.old, case.asked, NOW, bypass=bypass)
        else:
            assert retained(case.old, case.asked, NOW, bypass=bypass) == expected


def test_what_is_not_held_is_not_released() -> None:
    with pytest.raises(InvalidRequest):
        retained(None, Asked(GOVERNANCE, 0, OFF), NOW, bypass=False)


def test_a_held_version_s_date_moves_ahead_of_the_clock() -> None:
    lock = Lock(GOVERNANCE, FAR, "", ON, 1)
    assert until_ms(lock, NOW) == FAR
    assert until_ms(lock, FAR) == FAR + DAY_MS
    assert until_ms(Lock(GOVERNANCE, 0, "", ON, 0, 2), NOW) == NOW + 730 * DAY_MS


def test_a_default_is_of_versions_of_which_nothing_was_said() -> None:
    days = DefaultLock(GOVERNANCE, 2)

    def made(lock: Lock | None, *, delete_marker: bool = False) -> ObjectVersion:
        return ObjectVersion(
            1, "id", NOW, delete_marker=delete_marker, attributes=Attributes(lock=lock)
        )

    in_two_days = Lock(GOVERNANCE, NOW + 2 * DAY_MS)
    assert with_default(made(None), days) == made(in_two_days)
    assert with_default(made(COMP), days) == made(COMP)
    assert with_default(made(HELD), days) == made(HELD)
    kept = with_default(made(Lock(legal_hold=ON)), days)
    assert kept == made(held(in_two_days, ON))
    marker = made(None, delete_marker=True)
    assert with_default(marker, days) is marker
    years = DefaultLock(COMPLIANCE, 0, event_years=3)
    assert with_default(made(None), years) == made(Lock(COMPLIANCE, 0, "", ON, 0, 3))


TIMES = st.integers(-3, 3).map(lambda days: NOW + days * DAY_MS)
MODES = st.sampled_from([GOVERNANCE, COMPLIANCE])
HOLDS = st.sampled_from([("", 0, 0), (ON, 2, 0), (ON, 0, 1), (OFF, 0, 0)])
LOCKS = st.builds(
    lambda mode, until, legal, event: Lock(mode, until, legal, *event),
    *(MODES, TIMES, st.sampled_from(["", ON, OFF]), HOLDS),
)
ASKED = st.builds(
    lambda mode, until, event: Asked(mode, until, *event), MODES, st.just(0) | TIMES, HOLDS
) | st.just(Asked())


@given(old=LOCKS, asked=ASKED, bypass=st.booleans(), after=st.integers(0, 800))
def test_no_change_gives_up_what_is_kept(old: Lock, asked: Asked, bypass: bool, after: int) -> None:
    """At no later time may anybody do what he could not have done without the change."""
    try:
        new = retained(old, asked, NOW, bypass=bypass)
    except (ObjectLocked, InvalidRequest):
        return
    then = NOW + after * DAY_MS
    assert new.legal_hold == old.legal_hold
    if bypass and old.mode == GOVERNANCE:
        return  # who may bypass governance may do all of that
    was_released = old.event_hold == ON and asked.event_hold in (ON, OFF)
    still = is_protected(old, NOW, bypass=False) if was_released else is_protected(old, then)
    if old.event_hold == ON and was_released:
        # Of a held one it is the date of now that stays: the hold itself may end.
        assert until_ms(new, NOW) >= until_ms(old, NOW)
    elif still:
        assert is_protected(new, then)
        assert is_protected(new, then, bypass=True) or not is_protected(old, then, bypass=True)
