"""A group of batches inside one transaction: each is judged for itself, seeing those before it.

What they read comes in one query, what they write goes out at the end: of the
rows that every batch touches (the bucket's, its counters) SQLite sees one
read and one write a group.  Each call of SQLite gives the interpreter away,
and a busy thread beside keeps it for long, so few calls count twice.
"""

from collections.abc import Iterable
from typing import Any

import apsw

from storage.meta import ABSENT, Batch
from storage.meta.group import NO_ROW, Group, State
from storage.meta.sqlite.layout import DELETE, GET, GET_SMALL, PUT, IsLarge


class SqliteGroup(Group):
    """The rows of one transaction, as its batches leave them."""

    def __init__(
        self, connection: apsw.Connection, is_large: IsLarge, batches: Iterable[Batch]
    ) -> None:
        """Read what the batches expect and count.

        Raises:
            apsw.Error
        """
        self._connection = connection
        self._is_large = is_large
        super().__init__({})
        wanted = {key for batch in batches for part in (batch.expect, batch.add) for key in part}
        small = tuple(key for key in wanted if not is_large(key, key))
        self.rows.update(dict.fromkeys(small, NO_ROW))
        if small:
            names = apsw.carray(small, flags=apsw.SQLITE_CARRAY_BLOB)
            rows: Any = connection.execute(GET_SMALL, (names,)).fetchall()
            self.rows.update((key, (value, revision)) for key, value, revision in rows)

    def state(self, key: bytes) -> State:
        """How a row stands now; a large one is read when it is asked for.

        Raises:
            apsw.Error
        """
        found = self.rows.get(key)
        if found is None:
            query = GET[bool(self._is_large(key, key))]
            rows: Any = self._connection.execute(query, (key,)).fetchall()
            found = self.rows[key] = rows[0] if rows else NO_ROW
        return found

    def write(self) -> None:
        """Write what has changed.

        Raises:
            apsw.Error: the transaction must be rolled back.
        """
        # Of small values, of large ones: as the statements come in layout.
        puts: tuple[list[Any], list[Any]] = ([], [])
        deletes: tuple[list[Any], list[Any]] = ([], [])
        # In order of keys, so that neighbours share the pages that they touch.
        for key in sorted(self.changed):
            value, revision = self.rows[key]
            large = bool(self._is_large(key, key))
            if revision == ABSENT:
                deletes[large].append((key,))
            else:
                puts[large].append((key, value, revision))
        for statements, rows in ((DELETE, deletes), (PUT, puts)):
            for statement, some in zip(statements, rows, strict=True):
                if some:
                    self._connection.executemany(statement, some)


def gives_back(batch: Batch) -> bool:
    """Whether a batch leads to less being stored, or takes no room: it may use the reserve.

    What it leaves in a log of things to delete is the way to giving back more.
    """
    return batch.frees or (
        len(batch.put) <= len(batch.delete) and all(delta.by <= 0 for delta in batch.add.values())
    )
