"""What a lifecycle asks for, by the examples of S3's documentation and by properties of its rules.

Source: User Guide, "Lifecycle configuration elements", "Conflicts in lifecycle
configurations", "Constraints and considerations for transitions",
"Troubleshooting Amazon S3 Lifecycle issues".
"""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.lifecycle import (
    RANKS,
    Action,
    Do,
    Due,
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
    When,
    after_days,
)
from storage.naming import STORAGE_CLASSES
from storage.records import Attributes, Lock, ObjectVersion, Versioning
from storage.retention import DAY_MS

KEY = b"logs/a"
LARGE = 128 * 1024


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def a_version(
    modified: str | int = "2014-01-15T10:30",
    size: int = LARGE,
    storage_class: str = "STANDARD",
    *,
    tags: dict[str, str] | None = None,
    marker: bool = False,
    lock: Lock | None = None,
    version_id: str = "",
) -> ObjectVersion:
    modified_ms = ms(modified) if isinstance(modified, str) else modified
    attributes = Attributes(storage_class=storage_class, tags=tags or {}, lock=lock)
    return ObjectVersion(
        2, version_id, modified_ms, size, delete_marker=marker, attributes=attributes
    )


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [
        pytest.param(
            "2014-01-15T10:30", 3, "2014-01-19T00:00", id="the guide's: three days from a morning"
        ),
        pytest.param(
            "2014-01-02T11:30", 5, "2014-01-08T00:00", id="the guide's: photo.gif, replaced"
        ),
        pytest.param(
            "2024-01-02T00:05", 1, "2024-01-04T00:00", id="the guide's: five minutes past midnight"
        ),
        pytest.param("2024-01-02T00:00", 1, "2024-01-03T00:00", id="made at a midnight"),
        pytest.param("2024-01-02T23:59", 0, "2024-01-03T00:00", id="no days"),
        pytest.param("2024-02-28T12:00", 1, "2024-03-01T00:00", id="a leap day between"),
    ],
)
def test_days_end_at_midnight(since: str, days: int, due: str) -> None:
    assert after_days(ms(since), days) == ms(due)


@given(st.integers(0, 2**45), st.integers(0, 2**31 - 1), st.integers(1, 10 * DAY_MS))
def test_it_is_the_first_midnight_of_that_age(since: int, days: int, day_ms: int) -> None:
    due = after_days(since, days, day_ms)
    assert due % day_ms == 0
    assert since + days * day_ms <= due < since + (days + 1) * day_ms


class Taken(NamedTuple):
    """A filter, a version, and whether it is meant."""

    filter: Filter
    version: ObjectVersion
    is_taken: bool


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Taken(Filter(), a_version(), True), id="an empty filter takes all"),
        pytest.param(Taken(Filter(b"logs/"), a_version(), True), id="its prefix"),
        pytest.param(Taken(Filter(b"log/"), a_version(), False), id="another prefix"),
        pytest.param(
            Taken(Filter(larger_than=LARGE), a_version(size=LARGE), False), id="exactly as large"
        ),
        pytest.param(
            Taken(Filter(larger_than=LARGE), a_version(size=LARGE + 1), True), id="larger"
        ),
        pytest.param(
            Taken(Filter(smaller_than=LARGE), a_version(size=LARGE), False), id="exactly as small"
        ),
        pytest.param(Taken(Filter(smaller_than=1), a_version(size=0), True), id="no data"),
        pytest.param(
            Taken(Filter(smaller_than=1), a_version(size=0, marker=True), True),
            id="a delete marker has no data",
        ),
        pytest.param(
            Taken(Filter(tags=(("a", "1"),)), a_version(tags={"a": "1", "b": "2"}), True),
            id="more tags than asked for",
        ),
        pytest.param(
            Taken(Filter(tags=(("a", "1"), ("b", "2"))), a_version(tags={"a": "1"}), False),
            id="one tag of two",
        ),
        pytest.param(
            Taken(Filter(tags=(("a", "1"),)), a_version(tags={"a": "2"}), False),
            id="the tag with another value",
        ),
        pytest.param(
            Taken(Filter(tags=(("a", ""),)), a_version(), False), id="an empty value is a value"
        ),
    ],
)
def test_what_a_filter_takes(case: Taken) -> None:
    assert case.filter.takes(KEY, case.version) is case.is_taken


def expires(days: int, name: str = "r", prefix: bytes = b"") -> Rule:
    return Rule(name, Filter(prefix), When(days))


def moves(days: int, storage_class: str, name: str = "r", prefix: bytes = b"") -> Rule:
    return Rule(name, Filter(prefix), transitions=(Transition(storage_class, When(days)),))


class Asked(NamedTuple):
    """Rules, the current version, what is asked of it some days after it was made."""

    rules: tuple[Rule, ...]
    days: int
    asked: Action | None
    version: ObjectVersion = a_version("2014-01-01T00:00")
    versioning: Versioning = Versioning.NEVER


MARKER_ID = "v"
EXPIRE = Action(Do.EXPIRE, "r")


def to(storage_class: str, name: str = "r") -> Action:
    return Action(Do.TRANSITION, name, storage_class)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Asked((expires(10),), 9, None), id="too early"),
        pytest.param(Asked((expires(10),), 10, EXPIRE), id="at the day"),
        pytest.param(Asked((expires(10, prefix=b"x"),), 99, None), id="of other keys"),
        pytest.param(
            Asked((expires(365), expires(10, "s", b"logs/")), 10, Action(Do.EXPIRE, "s")),
            id="the guide's example 1: the shorter expiration",
        ),
        pytest.param(
            Asked((moves(365, "STANDARD_IA"), moves(365, "GLACIER", "s")), 365, to("GLACIER", "s")),
            id="the guide's example 2: the colder class",
        ),
        pytest.param(
            Asked((moves(365, "GLACIER", "s"), moves(365, "STANDARD_IA")), 365, to("GLACIER", "s")),
            id="the colder class, in the other order",
        ),
        pytest.param(
            Asked((moves(10, "STANDARD_IA"), expires(10)), 10, EXPIRE),
            id="the guide's example 4: an expiration for good goes before a transition",
        ),
        pytest.param(
            Asked(
                (moves(10, "STANDARD_IA"), expires(10)),
                10,
                to("STANDARD_IA"),
                versioning=Versioning.ENABLED,
            ),
            id="a transition goes before a delete marker",
        ),
        pytest.param(
            Asked((expires(10),), 10, EXPIRE, versioning=Versioning.ENABLED),
            id="a delete marker",
        ),
        pytest.param(
            Asked((moves(1, "GLACIER"), expires(1)), 1, EXPIRE, versioning=Versioning.SUSPENDED),
            id="a suspended bucket's null version goes for good",
        ),
        pytest.param(
            Asked(
                (moves(1, "GLACIER"), expires(1)),
                1,
                to("GLACIER"),
                a_version("2014-01-01T00:00", version_id="v"),
                Versioning.SUSPENDED,
            ),
            id="another of a suspended bucket does not",
        ),
        pytest.param(
            Asked((moves(1, "STANDARD_IA"),), 99, None, a_version(storage_class="GLACIER")),
            id="nothing moves back",
        ),
        pytest.param(
            Asked((moves(1, "GLACIER_IR"),), 99, None, a_version(storage_class="ONEZONE_IA")),
            id="a way that there is not",
        ),
        pytest.param(
            Asked(
                (moves(1, "GLACIER"),),
                99,
                to("GLACIER"),
                a_version(storage_class="REDUCED_REDUNDANCY"),
            ),
            id="from reduced redundancy",
        ),
        pytest.param(
            Asked((moves(1, "GLACIER"),), 99, None, a_version(size=LARGE - 1)), id="too small"
        ),
        pytest.param(
            Asked(
                (Rule("r", Filter(larger_than=1), transitions=(Transition("GLACIER", When(1)),)),),
                99,
                to("GLACIER"),
                a_version(size=2),
            ),
            id="small, but that is said",
        ),
        pytest.param(
            Asked((Rule("r", expiration=When(date_ms=ms("2014-01-05"))),), 3, None), id="a date"
        ),
        pytest.param(
            Asked((Rule("r", expiration=When(date_ms=ms("2014-01-05"))),), 4, EXPIRE),
            id="a date that has come",
        ),
        pytest.param(
            Asked((Rule("r", removes_markers=True, abort_days=1),), 99, None),
            id="rules of other things",
        ),
    ],
)
def test_what_is_asked_of_a_current_version(case: Asked) -> None:
    now = ms("2014-01-01") + case.days * DAY_MS
    assert Lifecycle(case.rules).of_current(KEY, case.version, now, case.versioning) == case.asked


@pytest.mark.parametrize(
    ("target", "moves_small", "moved"),
    [
        ("GLACIER", True, True),
        ("DEEP_ARCHIVE", True, True),
        ("STANDARD_IA", True, False),
        ("GLACIER_IR", True, False),
        ("GLACIER", False, False),
    ],
)
def test_small_objects_go_to_archives_only_if_sizes_vary_by_class(
    target: str, moves_small: bool, moved: bool
) -> None:
    rules = Lifecycle((moves(0, target),), moves_small)
    action = rules.of_current(KEY, a_version(size=1), ms("2020-01-01"), Versioning.NEVER)
    assert (action is not None) is moved


@pytest.mark.parametrize(
    ("rule", "days", "removed"),
    [
        pytest.param(Rule("r", removes_markers=True), 0, True, id="whatever its age"),
        pytest.param(expires(5), 4, False, id="not old enough"),
        pytest.param(expires(5), 5, True, id="old enough for the rule's expiration"),
        pytest.param(Rule("r", Filter(tags=(("a", "b"),)), When(5)), 9, False, id="it has no tags"),
        pytest.param(
            Rule("r", noncurrent_expiration=NoncurrentExpiration(1)), 9, False, id="it is current"
        ),
    ],
)
def test_what_is_asked_of_a_lone_delete_marker(rule: Rule, days: int, removed: bool) -> None:
    marker = a_version("2014-01-01T00:00", marker=True, size=0)
    asked = Lifecycle((rule,)).of_marker(KEY, marker, ms("2014-01-01") + days * DAY_MS)
    assert asked == (Action(Do.REMOVE, "r") if removed else None)


OLD = ms("2014-01-02T11:30")
LOCKED = Lock("COMPLIANCE", ms("2030-01-01"))
REMOVE = Action(Do.REMOVE, "r")


class Noncurrent(NamedTuple):
    """A rule, how many are newer, when it is, and what is asked."""

    rule: Rule
    newer: int
    now: str
    asked: Action | None
    version: ObjectVersion = a_version()


def removes(days: int, keep: int = 0) -> Rule:
    return Rule("r", noncurrent_expiration=NoncurrentExpiration(days, keep))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Noncurrent(removes(5), 0, "2014-01-07T23:59", None), id="too early"),
        pytest.param(Noncurrent(removes(5), 0, "2014-01-08T00:00", REMOVE), id="five days after"),
        pytest.param(Noncurrent(removes(5, 3), 2, "2020-01-01", None), id="one to keep"),
        pytest.param(Noncurrent(removes(5, 3), 3, "2020-01-01", REMOVE), id="as many to keep"),
        pytest.param(Noncurrent(removes(5, 3), 9, "2014-01-07", None), id="not old enough"),
        pytest.param(
            Noncurrent(removes(5), 0, "2020-01-01", REMOVE, a_version(marker=True, size=0)),
            id="a delete marker",
        ),
        pytest.param(
            Noncurrent(removes(5), 0, "2020-01-01", None, a_version(lock=LOCKED)), id="locked"
        ),
        pytest.param(
            Noncurrent(
                removes(5)._replace(noncurrent_transitions=(NoncurrentTransition("GLACIER", 1),)),
                0,
                "2020-01-01",
                to("GLACIER"),
                a_version(lock=LOCKED),
            ),
            id="locked, but it may change its class",
        ),
        pytest.param(
            Noncurrent(
                Rule("r", noncurrent_transitions=(NoncurrentTransition("GLACIER", 1, 2),)),
                1,
                "2020-01-01",
                None,
            ),
            id="one to keep where it is",
        ),
        pytest.param(
            Noncurrent(
                Rule("r", noncurrent_transitions=(NoncurrentTransition("GLACIER", 0),)),
                0,
                "2020-01-01",
                None,
                a_version(marker=True, size=0),
            ),
            id="a delete marker has no class",
        ),
    ],
)
def test_what_is_asked_of_a_noncurrent_version(case: Noncurrent) -> None:
    rules = Lifecycle((case.rule,))
    assert rules.of_noncurrent(KEY, case.version, OLD, case.newer, ms(case.now)) == case.asked


def test_an_upload_is_aborted_at_midnight() -> None:
    rules = Lifecycle((Rule("r", Filter(b"logs/"), abort_days=7), Rule("s", abort_days=8)))
    assert rules.abort(KEY, OLD) == Due(ms("2014-01-10"), "r")
    assert rules.abort(b"other", OLD) == Due(ms("2014-01-11"), "s")
    assert rules.of_upload(KEY, OLD, ms("2014-01-09T23:59")) is None
    assert rules.of_upload(KEY, OLD, ms("2014-01-10")) == Action(Do.ABORT, "r")


def test_of_rules_that_agree_the_first_is_told() -> None:
    rules = Lifecycle((expires(7, "a"), expires(7, "b"), expires(8, "c")))
    assert rules.expiry(KEY, a_version()) == Due(ms("2014-01-23"), "a")
    assert rules.expiry(KEY, a_version(marker=True)) is None
    assert Lifecycle((Rule("r", removes_markers=True),)).expiry(KEY, a_version()) is None


def test_every_class_has_its_rank() -> None:
    assert RANKS.keys() == STORAGE_CLASSES


DAYS = st.integers(0, 50)
CLASSES = st.sampled_from(sorted(set(RANKS) - {"STANDARD", "REDUCED_REDUNDANCY"}))


@st.composite
def rules_of_any_kind(draw: st.DrawFn) -> Rule:
    """A rule; its days are drawn once, for what matters is how rules meet."""
    days, keep = draw(DAYS), draw(st.integers(0, 3))
    transitions = tuple(
        Transition(name, When(draw(DAYS))) for name in draw(st.lists(CLASSES, max_size=2))
    )
    return Rule(
        draw(st.sampled_from("abc")),
        Filter(draw(st.sampled_from([b"", b"logs/", b"x"]))),
        When(days + 1) if draw(st.booleans()) else None,
        transitions=transitions,
        noncurrent_expiration=NoncurrentExpiration(days + 1, keep),
    )


PREFIXES = st.integers(0, 3).flatmap(lambda n: st.binary(min_size=n, max_size=n))
TAGS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))


@given(st.lists(st.tuples(PREFIXES, TAGS), max_size=40), st.binary(max_size=4), TAGS)
def test_of_many_rules_those_are_found_that_take_the_version(
    filters: list[tuple[bytes, dict[str, str]]], key: bytes, tags: dict[str, str]
) -> None:
    rules = [
        Rule(f"{n}", Filter(prefix, tuple(wanted.items())), When(1))
        for n, (prefix, wanted) in enumerate(filters)
    ]
    found = a_version(tags=tags)
    taking = [rule for rule in rules if rule.filter.takes(key, found)]
    lifecycle = Lifecycle(tuple(rules))
    assert list(lifecycle._of(key, found)) == taking
    told = lifecycle.expiry(key, found)
    assert (told.rule_id if told is not None else None) == (taking[0].id if taking else None)


LIFECYCLES = st.lists(rules_of_any_kind(), max_size=3).map(tuple).map(Lifecycle)
VERSIONS = st.builds(
    a_version,
    st.integers(0, 50 * DAY_MS),
    st.sampled_from([0, 1, 2, LARGE, 2 * LARGE]),
    st.sampled_from(sorted(RANKS)),
)
NOW = st.integers(0, 200 * DAY_MS)


@given(LIFECYCLES, VERSIONS, NOW, st.sampled_from(Versioning))
def test_what_was_moved_only_ever_gets_colder_until_nothing_is_asked(
    rules: Lifecycle, found: ObjectVersion, now: int, versioning: Versioning
) -> None:
    for _ in range(len(RANKS)):
        action = rules.of_current(KEY, found, now, versioning)
        if action is None or action.do is Do.EXPIRE:
            break
        assert RANKS[action.storage_class] > RANKS[found.attributes.storage_class]
        found = a_version(found.modified_ms, found.size, action.storage_class)
    else:
        raise AssertionError


@given(LIFECYCLES, VERSIONS, NOW, st.sampled_from(Versioning))
def test_nothing_expires_before_it_was_told_to(
    rules: Lifecycle, found: ObjectVersion, now: int, versioning: Versioning
) -> None:
    told = rules.expiry(KEY, found)
    action = rules.of_current(KEY, found, now, versioning)
    if action is not None and action.do is Do.EXPIRE:
        assert told is not None
        assert told.at_ms <= now
        assert action.rule_id == told.rule_id
        assert now >= found.modified_ms + DAY_MS
    elif action is None and told is not None:
        assert told.at_ms > now


@given(LIFECYCLES, VERSIONS, NOW, st.integers(0, 5))
def test_what_is_kept_of_noncurrent_versions_is_kept(
    rules: Lifecycle, found: ObjectVersion, now: int, newer: int
) -> None:
    action = rules.of_noncurrent(KEY, found, found.modified_ms, newer, now)
    if action is not None and action.do is Do.REMOVE:
        asking = [
            rule.noncurrent_expiration
            for rule in rules.rules
            if rule.noncurrent_expiration is not None and rule.id == action.rule_id
        ]
        assert any(
            newer >= one.keep and now >= found.modified_ms + one.days * DAY_MS for one in asking
        )


@given(st.lists(st.sampled_from([b"", b"a", b"ab", b"b", b"ba", b"bb"]), max_size=5), st.binary())
def test_every_key_that_a_rule_takes_is_looked_at_once(prefixes: list[bytes], key: bytes) -> None:
    rules = Lifecycle(tuple(expires(1, prefix=prefix) for prefix in prefixes))
    looked = [one for one in rules.current_prefixes() if key.startswith(one)]
    assert len(looked) == any(key.startswith(prefix) for prefix in prefixes)
