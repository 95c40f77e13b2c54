"""The tables, their statements, and how every connection is set up.

Two tables of the same columns.  Small values lie in a table ordered by key
(WITHOUT ROWID), where a scan reads them in a row.  Large ones would make its
inner pages thin, so they lie in a table of their own, in the order they came,
with an index beside it.  Which key goes where is decided by the caller, who
knows what the keys mean: docs/decisions/0004.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

PAGE_BYTES: Final = 4096
CACHE_KIB: Final = 32 * 1024  # a connection
BUSY_TIMEOUT_MS: Final = 10_000  # commits queue elsewhere: only strangers make this wait

# Whether the rows of a range (one key: given twice) hold large values; None: both kinds.
IsLarge = Callable[[bytes, bytes], bool | None]

_COLUMNS: Final = "(key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL)"
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS small {_COLUMNS} WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS large {_COLUMNS};
CREATE TABLE IF NOT EXISTS commits (one INTEGER PRIMARY KEY, count INTEGER NOT NULL);
INSERT OR IGNORE INTO commits VALUES (1, 0);
"""

# Statements come in pairs: [False] for small values, [True] for large ones.
_TABLES: Final = ("small", "large")
GET: Final = tuple(f"SELECT value, revision FROM {table} WHERE key = ?" for table in _TABLES)
GET_SMALL: Final = "SELECT key, value, revision FROM small WHERE key IN carray(?)"
DELETE: Final = tuple(f"DELETE FROM {table} WHERE key = ?" for table in _TABLES)
PUT: Final = tuple(
    f"INSERT INTO {table} VALUES (?, ?, ?) ON CONFLICT (key) "
    "DO UPDATE SET value = excluded.value, revision = excluded.revision"
    for table in _TABLES
)
_SELECT: Final = tuple(
    f"SELECT key, value, revision FROM {table} WHERE key >= :start AND key < :end"
    for table in _TABLES
)
SCAN: Final = tuple(f"{select} ORDER BY key LIMIT :limit" for select in _SELECT)
SCAN_BOTH: Final = " UNION ALL ".join(_SELECT) + " ORDER BY key LIMIT :limit"
COUNT: Final = "SELECT count FROM commits"
SET_COUNT: Final = "UPDATE commits SET count = ?"


def all_small(start: bytes, end: bytes) -> bool | None:  # noqa: ARG001 - an IsLarge
    """Keep every row in the table of small values."""
    return False


def connect(path: Path, vfs: str | None = None) -> apsw.Connection:
    """A connection; the database is made if it is not there.

    Raises:
        apsw.Error
    """
    connection = apsw.Connection(str(path), vfs=vfs)
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("page_size", PAGE_BYTES)
        if connection.pragma("journal_mode", "wal") != "wal":
            raise apsw.CantOpenError("the file system does not support a write-ahead log")
        connection.pragma("synchronous", "full")
        connection.pragma("cache_size", -CACHE_KIB)
        connection.pragma("wal_autocheckpoint", 0)  # see storage.meta.sqlite.log
    except apsw.Error:
        connection.close(True)
        raise
    return connection


def make_tables(connection: apsw.Connection) -> None:
    """Make what is not there yet.

    Raises:
        apsw.Error
    """
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_SCHEMA)
    connection.execute("COMMIT")
