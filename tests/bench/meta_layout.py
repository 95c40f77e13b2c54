"""How SQLite should lay the metadata out.

    python -m tests.bench.meta_layout ROWS [DIRECTORY] [chosen|kinds]

Fills a table in random order of keys, as objects come, and measures it, for
each combination of page size and kind of table; rows of 250 bytes as objects
have them, of 4 KiB and of up to 16 KiB as small contents kept inline.  ``chosen``
measures only what was chosen, ``kinds`` the chosen kind of table in every page
size.  A report; the decision is docs/decisions/0004.
"""

import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw

from storage.meta.sqlite.layout import CACHE_KIB, PAGE_BYTES

KINDS: Final = {"by key": " WITHOUT ROWID", "rowid + index": ""}
PAGES: Final = (4096, 8192, 16384)
FILL: Final = 5000  # rows of a transaction
SMALL_BYTES: Final = 1000
READS: Final = 20_000
SCANS: Final = 100
SCAN_ROWS: Final = 1000
COMMITS: Final = 300
VALUES: Final = ((250, 250, 1), (4096, 4096, 10), (300, 16384, 20))  # bytes from, to; share


class Measured(NamedTuple):
    """One line of the report."""

    fill_rows_s: float
    bytes_row: float
    overhead: float  # over the bytes of key and value
    get_us: float
    scan_us_row: float
    commits_s: float
    log_pages: float  # of one commit of one row


def key(number: int) -> bytes:
    """Keys of a bucket, like hashes below a prefix: their order has nothing to do with time."""
    return b"b12345678o" + b"photos/" + hashlib.md5(b"%d" % number).hexdigest().encode()


def _connect(path: Path, page: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.pragma("page_size", page)
    connection.pragma("journal_mode", "wal")
    connection.pragma("cache_size", -CACHE_KIB)
    connection.pragma("wal_autocheckpoint", 0)
    return connection


def _timed(work: Iterator[Any]) -> float:
    start = time.perf_counter()
    for _ in work:
        pass
    return time.perf_counter() - start


def measure(directory: Path, rows: int, sizes: tuple[int, int], page: int, kind: str) -> Measured:
    """Fill a table and measure it."""
    path = directory / "layout.db"
    rng = random.Random(1)
    values = [rng.randbytes(rng.randint(*sizes)) for _ in range(997)]
    content_bytes = sum(map(len, values)) / len(values) + len(key(0))
    connection = _connect(path, page)
    columns = "(key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL)"
    connection.execute(f"CREATE TABLE t {columns}{KINDS[kind]}")
    execute = connection.cursor().execute

    def fill() -> Iterator[None]:
        connection.pragma("synchronous", "off")
        for first in range(0, rows, FILL):
            connection.execute("BEGIN")
            for number in range(first, min(first + FILL, rows)):
                execute(
                    "INSERT INTO t VALUES (?, ?, ?)",
                    (key(number), values[number % 997], number + 1),
                )
            connection.execute("COMMIT")
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
            yield

    def get() -> Iterator[None]:
        for name in names:
            assert execute("SELECT value, revision FROM t WHERE key = ?", (name,)).fetchall()
            yield

    def scan() -> Iterator[None]:
        query = "SELECT key, value, revision FROM t WHERE key >= ? ORDER BY key LIMIT ?"
        for name in names[:SCANS]:
            execute(query, (name, SCAN_ROWS)).fetchall()
            yield

    frames: list[int] = []

    def hook(connection: apsw.Connection, name: str, pages: int) -> int:
        frames.append(pages)
        return 0

    def commit() -> Iterator[None]:
        connection.pragma("synchronous", "full")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.set_wal_hook(hook)
        for number in range(rows, rows + COMMITS):
            execute(
                "INSERT INTO t VALUES (?, ?, ?)", (key(number), values[number % 997], number + 1)
            ).fetchall()
            yield

    filled = _timed(fill())
    total = int(str(connection.pragma("page_count"))) * page
    names = [key(rng.randrange(rows)) for _ in range(READS)]
    _timed(get())  # warms the caches
    measured = Measured(
        fill_rows_s=rows / filled,
        bytes_row=total / rows,
        overhead=total / rows / content_bytes - 1,
        get_us=_timed(get()) / READS * 1e6,
        scan_us_row=_timed(scan()) / (SCANS * min(SCAN_ROWS, rows)) * 1e6,
        commits_s=COMMITS / _timed(commit()),
        log_pages=frames[-1] / COMMITS,
    )
    connection.close()
    return measured


def main() -> None:
    """Print a table for every size of value."""
    rows = int(sys.argv[1])
    base = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    for least, most, share in VALUES:
        count = rows // share
        print(f"\n{count:,} rows of {least} to {most} bytes\n")
        print(
            "| page | table | fill/s | B/row | more | get µs | scan µs/row | commit/s | log KiB |"
        )
        print("|---" * 9 + "|")
        for page in (PAGE_BYTES,) if only == "chosen" else PAGES:
            for kind in KINDS:
                if only and (kind == "by key") != (most <= SMALL_BYTES):
                    continue
                directory = Path(tempfile.mkdtemp(dir=base))
                try:
                    m = measure(directory, count, (least, most), page, kind)
                finally:
                    shutil.rmtree(directory)
                print(
                    f"| {page} | {kind} | {m.fill_rows_s:,.0f} | {m.bytes_row:,.0f} "
                    f"| {m.overhead:.0%} "
                    f"| {m.get_us:.1f} | {m.scan_us_row:.2f} | {m.commits_s:,.0f} "
                    f"| {m.log_pages * page / 1024:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
