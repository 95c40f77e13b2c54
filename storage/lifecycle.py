"""What a bucket's lifecycle asks of a version at a time.  Pure.

=====================  ==================================================
of                     is asked, in this order
=====================  ==================================================
a current version      to be removed for good; to change its storage
                       class; to be hidden by a delete marker
a lone delete marker   to be removed
a noncurrent version   to be removed; to change its storage class
an upload under way    to be aborted
=====================  ==================================================

Days count from when a version was made, or from when the one that replaced it
was, rounded up to the next midnight (UTC): every day-based action falls due at a
midnight.  What several rules ask is decided for what costs less: of two
expirations the earlier one, of two classes the colder one.

Source: User Guide, "Lifecycle configuration elements", "Conflicts in lifecycle
configurations", "Transitioning objects using Amazon S3 Lifecycle", "Expiring
objects", "Examples of S3 Lifecycle configurations".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from storage.records import ObjectVersion, Versioning
from storage.retention import DAY_MS, is_protected

# From warm to cold: a lifecycle moves nothing back.
_WATERFALL: Final = (
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
RANKS: Final = {name: rank for rank, name in enumerate(_WATERFALL)} | {"REDUCED_REDUNDANCY": 0}
_NO_WAY: Final = frozenset((("ONEZONE_IA", "GLACIER_IR"),))
ARCHIVES: Final = frozenset(("GLACIER", "DEEP_ARCHIVE"))  # what is there is restored before a read

_NO_TAGS: Final[Mapping[str, str]] = {}
_FEW_RULES: Final = 8  # are tried one after another

# Smaller objects change their class only where that is said: User Guide, "Constraints and
# considerations for transitions".
SMALL_BYTES: Final = 128 * 1024


def after_days(since_ms: int, days: int, day_ms: int = DAY_MS) -> int:
    """The midnight at which what began at ``since_ms`` is so many days old."""
    return -(-(since_ms + days * day_ms) // day_ms) * day_ms


class When(NamedTuple):
    """After so many days, or on a date for whatever is there then."""

    days: int = 0
    date_ms: int | None = None  # instead of days; Unix time

    def due_ms(self, since_ms: int, day_ms: int) -> int:
        """When it falls due for what began at ``since_ms``."""
        if self.date_ms is not None:
            return self.date_ms
        return after_days(since_ms, self.days, day_ms)


class Filter(NamedTuple):
    """Which objects a rule is about: those of which everything here is true."""

    prefix: bytes = b""
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None  # bytes; an object of that very size is not meant
    smaller_than: int | None = None

    @property
    def has_size(self) -> bool:
        """Whether it says how large objects are."""
        return self.larger_than is not None or self.smaller_than is not None

    def takes(self, key: bytes, version: ObjectVersion) -> bool:
        """Whether the version is meant; a delete marker has no tags and no bytes."""
        if not key.startswith(self.prefix):
            return False
        if self.larger_than is not None and version.size <= self.larger_than:
            return False
        if self.smaller_than is not None and version.size >= self.smaller_than:
            return False
        has = version.attributes.tags
        return all(has.get(name) == value for name, value in self.tags)


class Transition(NamedTuple):
    """A colder class for current versions."""

    storage_class: str
    when: When


class NoncurrentTransition(NamedTuple):
    """A colder class for noncurrent versions, but for the newest ``keep`` of a key."""

    storage_class: str
    days: int
    keep: int = 0


class NoncurrentExpiration(NamedTuple):
    """The end of noncurrent versions, but for the newest ``keep`` of a key."""

    days: int
    keep: int = 0


class Rule(NamedTuple):
    """One rule that is enabled."""

    id: str
    filter: Filter = Filter()
    expiration: When | None = None
    removes_markers: bool = False  # lone delete markers, whatever their age
    transitions: tuple[Transition, ...] = ()
    noncurrent_expiration: NoncurrentExpiration | None = None
    noncurrent_transitions: tuple[NoncurrentTransition, ...] = ()
    abort_days: int | None = None


@dataclass(slots=True)
class _Shelf:
    """The rules of one prefix, each with its place among all."""

    plain: list[tuple[int, Rule]] = field(default_factory=list)
    tagged: dict[tuple[str, str], list[tuple[int, Rule]]] = field(default_factory=dict)

    def put(self, order: int, rule: Rule) -> None:
        """A rule that wants tags is found by the first of them."""
        tags = rule.filter.tags
        (self.tagged.setdefault(tags[0], []) if tags else self.plain).append((order, rule))

    def of(self, tags: Mapping[str, str]) -> Iterator[tuple[int, Rule]]:
        """The rules that may be about an object with these tags."""
        yield from self.plain
        if self.tagged:
            for tag in tags.items():
                yield from self.tagged.get(tag, ())


class Do(Enum):
    """What is to be done."""

    EXPIRE = "expire"  # delete the key, as a client would without a version
    REMOVE = "remove"  # this version, for good
    TRANSITION = "transition"
    ABORT = "abort"


class Action(NamedTuple):
    """What is to be done, and which rule says so."""

    do: Do
    rule_id: str
    storage_class: str = ""  # of a transition


class Due(NamedTuple):
    """When something ends, and which rule says so."""

    at_ms: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A bucket's enabled rules.

    ``moves_small``: archives take objects below SMALL_BYTES too
    ("varies_by_storage_class").  ``day_ms`` is how long a day is: tests have short ones.
    """

    rules: tuple[Rule, ...] = ()
    moves_small: bool = False
    day_ms: int = DAY_MS
    # There may be a thousand rules, and any number of versions to hold them against.
    _by_prefix: dict[bytes, _Shelf] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _lengths: set[int] = field(init=False, repr=False, compare=False, default_factory=set)

    def __post_init__(self) -> None:
        for order, rule in enumerate(self.rules):
            self._by_prefix.setdefault(rule.filter.prefix, _Shelf()).put(order, rule)
            self._lengths.add(len(rule.filter.prefix))

    def of_current(
        self, key: bytes, version: ObjectVersion, now_ms: int, versioning: Versioning
    ) -> Action | None:
        """What is asked of a key's current version, which is no delete marker."""
        expiry = self.expiry(key, version)
        is_due = expiry is not None and expiry.at_ms <= now_ms
        for_good = is_removed_for_good(version, versioning)
        if is_due and for_good and not is_protected(version.attributes.lock, now_ms):
            assert expiry is not None
            return Action(Do.EXPIRE, expiry.rule_id)
        colder = self._coldest(
            version,
            (
                (rule, one.storage_class)
                for rule in self._of(key, version)
                for one in rule.transitions
                if one.when.due_ms(version.modified_ms, self.day_ms) <= now_ms
            ),
        )
        if colder is not None:
            return colder
        if is_due and not for_good:
            assert expiry is not None
            return Action(Do.EXPIRE, expiry.rule_id)
        return None

    def of_marker(self, key: bytes, marker: ObjectVersion, now_ms: int) -> Action | None:
        """What is asked of a delete marker that is its key's only version."""
        for rule in self._of(key, marker):
            due = rule.expiration
            is_old = due is not None and due.due_ms(marker.modified_ms, self.day_ms) <= now_ms
            if rule.removes_markers or is_old:
                return Action(Do.REMOVE, rule.id)
        return None

    def of_noncurrent(
        self, key: bytes, version: ObjectVersion, since_ms: int, newer: int, now_ms: int
    ) -> Action | None:
        """What is asked of a noncurrent version, perhaps a delete marker.

        It was replaced at ``since_ms``; ``newer`` noncurrent versions of its key are newer.
        """
        taking = list(self._of(key, version))
        if not is_protected(version.attributes.lock, now_ms):
            for rule in taking:
                end = rule.noncurrent_expiration
                if end is None or newer < end.keep:
                    continue
                if after_days(since_ms, end.days, self.day_ms) <= now_ms:
                    return Action(Do.REMOVE, rule.id)
        if version.delete_marker:
            return None
        return self._coldest(
            version,
            (
                (rule, one.storage_class)
                for rule in taking
                for one in rule.noncurrent_transitions
                if newer >= one.keep and after_days(since_ms, one.days, self.day_ms) <= now_ms
            ),
        )

    def of_upload(self, key: bytes, initiated_ms: int, now_ms: int) -> Action | None:
        """What is asked of an upload under way."""
        end = self.abort(key, initiated_ms)
        if end is None or end.at_ms > now_ms:
            return None
        return Action(Do.ABORT, end.rule_id)

    def expiry(self, key: bytes, version: ObjectVersion) -> Due | None:
        """When a key's current version expires; of rules that agree the first is told."""
        if version.delete_marker:
            return None
        return _first(
            Due(rule.expiration.due_ms(version.modified_ms, self.day_ms), rule.id)
            for rule in self._of(key, version)
            if rule.expiration is not None
        )

    def abort(self, key: bytes, initiated_ms: int) -> Due | None:
        """When an upload is aborted."""
        return _first(
            Due(after_days(initiated_ms, rule.abort_days, self.day_ms), rule.id)
            for rule in self._at(key, _NO_TAGS)
            if rule.abort_days is not None and key.startswith(rule.filter.prefix)
        )

    # Where to look

    def current_prefixes(self) -> list[bytes]:
        """Beginnings of all keys of whose current versions anything is asked."""
        return _apart(
            rule.filter.prefix
            for rule in self.rules
            if rule.expiration is not None or rule.transitions or rule.removes_markers
        )

    def noncurrent_prefixes(self) -> list[bytes]:
        """The same for noncurrent versions."""
        return _apart(
            rule.filter.prefix
            for rule in self.rules
            if rule.noncurrent_expiration is not None or rule.noncurrent_transitions
        )

    def upload_prefixes(self) -> list[bytes]:
        """The same for uploads."""
        return _apart(rule.filter.prefix for rule in self.rules if rule.abort_days is not None)

    def _of(self, key: bytes, version: ObjectVersion) -> Iterator[Rule]:
        tags = version.attributes.tags
        return (rule for rule in self._at(key, tags) if rule.filter.takes(key, version))

    def _at(self, key: bytes, tags: Mapping[str, str]) -> Iterable[Rule]:
        """The rules that may be about a key and these tags, in their order."""
        if len(self.rules) <= _FEW_RULES:
            return self.rules
        found = [
            one
            for length in self._lengths
            if length <= len(key) and (shelf := self._by_prefix.get(key[:length])) is not None
            for one in shelf.of(tags)
        ]
        return [rule for _, rule in sorted(found, key=lambda one: one[0])]

    def _coldest(self, version: ObjectVersion, due: Iterable[tuple[Rule, str]]) -> Action | None:
        """The coldest of the classes that it may have."""
        found: Action | None = None
        for rule, target in due:
            best = version.attributes.storage_class if found is None else found.storage_class
            if RANKS[target] > RANKS.get(best, len(RANKS)) and self._may_move(
                version, rule, target
            ):
                found = Action(Do.TRANSITION, rule.id, target)
        return found

    def _may_move(self, version: ObjectVersion, rule: Rule, target: str) -> bool:
        if (version.attributes.storage_class, target) in _NO_WAY:
            return False
        if version.size >= SMALL_BYTES or rule.filter.has_size:
            return True
        return self.moves_small and target in ARCHIVES


def is_removed_for_good(version: ObjectVersion, versioning: Versioning) -> bool:
    """Whether its expiration leaves nothing of a current version, not even a noncurrent one."""
    if versioning is Versioning.SUSPENDED:
        return version.version_id == ""
    return versioning is Versioning.NEVER


def _first(dues: Iterable[Due]) -> Due | None:
    """The earliest; of several the one that came first."""
    return min(dues, key=lambda due: due.at_ms, default=None)


def _apart(prefixes: Iterable[bytes]) -> list[bytes]:
    """The prefixes in order, without those that begin with another."""
    found: list[bytes] = []
    for prefix in sorted(prefixes):
        if not found or not prefix.startswith(found[-1]):
            found.append(prefix)
    return found
