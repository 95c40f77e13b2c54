"""The metadata port: an ordered map of bytes with one atomic, conditional batch.

A backend knows keys, values and revisions, and nothing of S3.  What it
promises is written down as tests in ``storage.conformance.meta``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

ABSENT: Final = 0  # the revision of a row that does not exist

# An S3 key has 1,024 bytes; escaping may double it.  An index of PostgreSQL takes 2,704 at
# most (PostgreSQL 15 Documentation, 67 "B-Tree Indexes": a third of a page).
KEY_BYTES_MAX: Final = 2560
VALUE_BYTES_MAX: Final = 2 * 1024 * 1024
BATCH_ROWS_MAX: Final = 4096  # expectations, puts, deletes, adds and appends together
BATCH_BYTES_MAX: Final = 16 * 1024 * 1024  # keys and values together
SCAN_ROWS_MAX: Final = 4096
COUNTER_MAX: Final = 2**63 - 1
COUNTER_MIN: Final = -(2**63)

assert VALUE_BYTES_MAX <= BATCH_BYTES_MAX


class Row(NamedTuple):
    """A key, its value and the revision a later ``expect`` may name.

    ``revision`` is never 0 (that is ABSENT) and never the same twice for one
    key, not even when the key was deleted in between.
    """

    key: bytes
    value: bytes
    revision: int


class Range(NamedTuple):
    """Keys from ``start`` (included) to ``end`` (excluded), in byte order."""

    start: bytes
    end: bytes


class Delta(NamedTuple):
    """A change of a counter by the store itself; refused above ``ceiling``.

    A counter is a row whose value is a signed 64-bit big-endian integer; an
    absent one counts as 0.  ``ceiling`` only refuses growth: a negative ``by``
    always succeeds.  A change by Delta gives the row a new revision like any
    other, so a batch may expect a counter not to have moved.
    """

    by: int
    ceiling: int | None = None


@dataclass(slots=True)
class Batch:
    """Writes that happen together or not at all, if nothing expected has changed.

    ``partition`` begins every key: the unit by which a backend may shard.  A key
    is of one partition, for ever: stamps and revisions grow within a partition.
    ``expect`` maps a key to the revision it must have (ABSENT: none), also
    without a put of that key.  A key is put, deleted or added to, never two of
    these.  ``append`` writes each value under its prefix followed by the
    commit's stamp and a two-byte index within the batch.  Once submitted, a
    batch is the store's: nobody changes it any more.

    ``routine`` says that it changes nothing that is read for every request: the
    epoch of the settings stays.  The partition's own row is such a setting.

    ``frees`` says that it leads to less being stored, although it may write a
    little first: of what a store keeps back for a full disk it may use some.
    """

    partition: bytes
    expect: dict[bytes, int] = field(default_factory=dict)
    put: dict[bytes, bytes] = field(default_factory=dict)
    delete: set[bytes] = field(default_factory=set)
    add: dict[bytes, Delta] = field(default_factory=dict)
    append: list[tuple[bytes, bytes]] = field(default_factory=list)
    routine: bool = False
    frees: bool = False


class Stamp(NamedTuple):
    """When a commit happened, as eight bytes that grow from commit to commit.

    A consumer that has read a log up to a stamp never later finds a row below
    it.  ``revisions`` gives the new revision of each key that was put.
    """

    order: bytes
    revisions: dict[bytes, int]


class MetaStore(Protocol):
    """An ordered map shared by every worker."""

    @property
    def healthy(self) -> bool:
        """False once it takes no writes for good, as after a failed fsync: reopen.

        What it refuses, or has no room for, leaves it healthy.
        """
        ...

    @property
    def trouble(self) -> str | None:
        """Why it cannot be reached just now, and since when; it tries to be, by itself."""
        ...

    @property
    def staleness_s(self) -> float:
        """How long ``epoch`` may not tell of commits elsewhere, in seconds; 0: it always does."""
        ...

    async def get(self, key: bytes) -> Row | None:
        """Return the row as of the last commit, or None.

        Raises:
            StoreUnavailable: the store cannot be read now.
        """
        ...

    async def scan(self, ranges: Sequence[Range], limit: int) -> Sequence[Row]:
        """Return up to ``limit`` rows, range after range, all from one snapshot.

        A snapshot is the state between two commits, no older than the last
        one that had returned when the scan was asked for.

        Raises:
            StoreUnavailable: the store cannot be read now.
            ValueError: ``limit`` is above SCAN_ROWS_MAX.
        """
        ...

    async def commit(self, batch: Batch) -> Stamp:
        """Make the batch durable.  It runs to its end even if the waiter is cancelled.

        Raises:
            Conflict: an expectation does not hold; nothing was written.
            Exceeded: a counter would pass its ceiling; nothing was written.
            Uncertain: the batch may or may not have been written.
            StoreFull: there is no room; nothing was written.
            StoreUnavailable: the store takes no writes now; nothing was written.
            ValueError: a limit of this module is passed, a key lies outside the
                partition, or is changed in two ways.
        """
        ...

    def epoch(self, *, settings: bool = False) -> int:
        """A hint: while it stays the same, nothing was committed (here or elsewhere).

        Of the ``settings``: nothing but routine batches.

        Asked before a row is read, it says later whether the row may have changed:
        within ``staleness_s`` of that.
        """
        ...

    async def close(self) -> None:
        """Finish what was submitted and release everything."""
        ...


def prefix_range(prefix: bytes) -> Range:
    """The range of all keys that start with ``prefix``, which must not be all 0xFF."""
    stripped = prefix.rstrip(b"\xff")
    assert stripped, "no key can follow"
    return Range(prefix, stripped[:-1] + bytes([stripped[-1] + 1]))


def counter_value(row: Row | None) -> int:
    """What a counter's row says; an absent one says 0."""
    return 0 if row is None else int.from_bytes(row.value, "big", signed=True)
