"""One group of batches in one transaction.

The rows of the partitions are written first, and in one order by everybody.
Reading comes in a statement of its own after that: at READ COMMITTED it sees
all that was committed before the turn was given, and nobody else changes
these partitions until the end; at any higher level, a turn that was waited
for makes the server refuse, and the group is tried again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from storage.errors import Conflict, Exceeded, StorageError
from storage.meta import ABSENT, Batch, Stamp
from storage.meta.group import Group
from storage.meta.postgres.failures import Failed, Fate
from storage.meta.postgres.session import Session

PIECE_BYTES: Final = 4 * 1024 * 1024  # of a statement: CockroachDB takes 16 MiB at most

_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
_OF_WRITER: Final = (
    "INSERT INTO signet_writers (writer, done, settings, seen) VALUES ({}, {}, {}, now()) "
    "ON CONFLICT (writer) DO UPDATE SET done = excluded.done, "
    "settings = signet_writers.settings + excluded.settings, seen = excluded.seen"
)
_OF_PARTITIONS: Final = (
    "INSERT INTO signet_partitions (prefix, commits) VALUES {} ON CONFLICT (prefix) "
    "DO UPDATE SET commits = signet_partitions.commits + excluded.commits"
)
# What is expected (only its revision is looked at), what is counted, how far the partitions are.
_READ: Final = (
    "SELECT 0 AS part, key, ''::BYTEA AS value, revision FROM signet_rows "
    "WHERE key = ANY($1::BYTEA[]) UNION ALL "
    "SELECT 0, key, value, revision FROM signet_rows WHERE key = ANY($2::BYTEA[]) UNION ALL "
    "SELECT 1, prefix, ''::BYTEA, commits FROM signet_partitions "
    "WHERE prefix = ANY($3::BYTEA[])"
)
_PUT: Final = (
    "INSERT INTO signet_rows (key, value, revision) "
    "SELECT * FROM unnest($1::BYTEA[], $2::BYTEA[], $3::BIGINT[]) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision"
)
_DELETE: Final = "DELETE FROM signet_rows WHERE key = ANY($1::BYTEA[])"


class Transaction:
    """To be run once."""

    def __init__(
        self,
        session: Session,
        batches: Sequence[Batch],
        writer: int,
        number: int,
        *,
        is_routine: bool,
    ) -> None:
        """``number``: of the group, among its writer's."""
        self.outcomes: list[Stamp | StorageError] = []
        self.is_committing = False  # COMMIT was sent
        self.session = session
        self._batches = batches
        self._commits = Counter(batch.partition for batch in batches)
        self._begin = "; ".join(
            (
                _BEGIN,
                _OF_WRITER.format(writer, number, int(not is_routine)),
                _OF_PARTITIONS.format(", ".join(self._turns())),
            )
        )

    def _turns(self) -> Iterator[str]:
        # Everybody in the same order, so that no two wait for each other.
        for partition, commits in sorted(self._commits.items()):
            yield f"(decode('{partition.hex()}', 'hex'), {commits})"

    async def run(self, within_s: float) -> list[Stamp | StorageError]:
        """The outcome of each batch.  ``within_s`` is what each statement may take.

        Raises:
            Failed: see ``is_committing`` for what that says of the outcome.
        """
        await self.session.run(self._begin, within_s)
        group, stamps = await self._read(within_s)
        for batch in self._batches:
            stamp = stamps[batch.partition] + 1
            try:
                self.outcomes.append(group.add(batch, stamp))
            except (Conflict, Exceeded) as error:
                self.outcomes.append(error)
            else:
                stamps[batch.partition] = stamp
        if not any(isinstance(one, Stamp) for one in self.outcomes):
            await self.roll_back()
            return self.outcomes
        await self._write(group, within_s)
        await self._commit(within_s)
        return self.outcomes

    async def roll_back(self) -> None:
        """Let go of everything; also where there is nothing left to let go of.

        Raises:
            Failed
        """
        await self.session.run("ROLLBACK")

    async def _read(self, within_s: float) -> tuple[Group, dict[bytes, int]]:
        """What the batches expect and count, and the last stamp of each partition."""
        counted = set(chain.from_iterable(batch.add for batch in self._batches))
        expected = set(chain.from_iterable(batch.expect for batch in self._batches)) - counted
        rows, stamps = {}, {}
        for part, key, value, number in await self.session.fetch(
            _READ, list(expected), list(counted), list(self._commits), within_s=within_s
        ):
            if part:
                stamps[key] = number - self._commits[key]
            else:
                rows[key] = value, number
        return Group(rows), stamps

    async def _write(self, group: Group, within_s: float) -> None:
        gone: list[bytes] = []
        there: list[tuple[bytes, bytes, int]] = []
        for key in sorted(group.changed):
            value, revision = group.rows[key]
            if revision == ABSENT:
                gone.append(key)
            else:
                there.append((key, value, revision))
        if gone:
            await self.session.fetch(_DELETE, gone, within_s=within_s)
        for piece in _pieces(there):
            names, values, revisions = zip(*piece, strict=True)
            await self.session.fetch(_PUT, names, values, revisions, within_s=within_s)

    async def _commit(self, within_s: float) -> None:
        self.is_committing = True
        said = await self.session.run("COMMIT", within_s)
        if said != "COMMIT":
            # Of a transaction that had failed the server makes a ROLLBACK, and says so.
            raise Failed(Fate.AGAIN, "", f"the server answered COMMIT with {said}")


def _pieces(
    rows: Sequence[tuple[bytes, bytes, int]],
) -> Iterator[Sequence[tuple[bytes, bytes, int]]]:
    """Not more at once than a server takes."""
    start, size = 0, 0
    for place, (key, value, _) in enumerate(rows):
        size += len(key) + len(value)
        if size > PIECE_BYTES and place > start:
            yield rows[start:place]
            start, size = place, len(key) + len(value)
    if start < len(rows):
        yield rows[start:]
