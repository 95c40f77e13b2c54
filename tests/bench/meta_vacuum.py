"""What it costs SQLite to be able to give room back.

    python -m tests.bench.meta_vacuum [DIRECTORY]

The two tables of the store, with ``auto_vacuum`` off and incremental: bytes of
the file, pages of the log for a commit, processor time; then half of the rows
go, in no order, and what the file can give back is given back.  A report; the
decision is docs/decisions/0004.
"""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import apsw

from storage.meta.sqlite.layout import CACHE_KIB, DELETE, PAGE_BYTES, PUT, make_tables
from tests.bench.meta_layout import key

MODES: Final = ("none", "incremental")
SMALL_ROWS: Final = 300_000
LARGE_ROWS: Final = 30_000
SMALL_BYTES: Final = 250
LARGE_BYTES: Final = 8000
GROUP: Final = 1000
COMMITS: Final = 300
GIVEN_BACK_PAGES: Final = 1000  # in one transaction


class Store:
    """A database of ours, filled."""

    def __init__(self, directory: Path, mode: str) -> None:
        self.path = directory / "vacuum.db"
        self.connection = apsw.Connection(str(self.path))
        self.connection.pragma("page_size", PAGE_BYTES)
        self.connection.pragma("auto_vacuum", mode)
        self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", "off")
        self.connection.pragma("cache_size", -CACHE_KIB)
        self.connection.pragma("wal_autocheckpoint", 0)
        make_tables(self.connection)
        self.rng = random.Random(1)
        self.frames = 0
        self.connection.set_wal_hook(self._on_commit)

    def _on_commit(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self.frames = pages
        return 0

    def put(self, number: int) -> None:
        """A small row, and for one of ten a large one."""
        name = key(number)
        self.connection.execute(PUT[False], (name, self.rng.randbytes(SMALL_BYTES), 1))
        if number % (SMALL_ROWS // LARGE_ROWS) == 0:
            self.connection.execute(PUT[True], (name, self.rng.randbytes(LARGE_BYTES), 1))

    def delete(self, number: int) -> None:
        """Both."""
        for statement in DELETE:
            self.connection.execute(statement, (key(number),))

    def all_of(self, numbers: list[int], change: str) -> None:
        """Do it to each, in groups."""
        one = getattr(self, change)
        for first in range(0, len(numbers), GROUP):
            with self.connection:
                for number in numbers[first : first + GROUP]:
                    one(number)
            self.copy()

    def copy(self) -> None:
        """Let the log begin anew."""
        self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self.frames = 0

    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def number(self, pragma: str) -> int:
        """A pragma's value."""
        return int(str(self.connection.pragma(pragma)))


def measure(directory: Path, mode: str) -> str:
    """One line of the table."""
    store = Store(directory, mode)
    cpu = time.process_time()
    store.all_of(list(range(SMALL_ROWS)), "put")
    filled_s = time.process_time() - cpu
    filled = store.size()
    store.copy()
    for number in range(SMALL_ROWS, SMALL_ROWS + COMMITS):
        store.put(number)
    pages = store.frames / COMMITS
    store.copy()
    gone = store.rng.sample(range(SMALL_ROWS), SMALL_ROWS // 2)
    cpu = time.process_time()
    store.all_of(gone, "delete")
    deleted_s = time.process_time() - cpu
    free = store.number("freelist_count") / store.number("page_count")
    start, written = time.process_time(), 0
    while mode == "incremental" and store.number("freelist_count"):
        store.connection.execute(f"PRAGMA incremental_vacuum({GIVEN_BACK_PAGES})").fetchall()
        written += store.frames
        store.copy()
    back_s = time.process_time() - start
    return (
        f"| {mode} | {filled / 1e6:.1f} | {filled_s / SMALL_ROWS * 1e6:.1f} | {pages:.2f} "
        f"| {deleted_s / len(gone) * 1e6:.1f} | {free:.0%} | {store.size() / 1e6:.1f} "
        f"| {written * PAGE_BYTES / 1e6:.0f} | {back_s:.1f} |"
    )


def main() -> None:
    """Print the table."""
    base = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(
        "| auto_vacuum | file MB | put, CPU µs | pages of log a commit | delete, CPU µs "
        "| free then | file MB at the end | log written for it MB | CPU s |"
    )
    print("|---" * 9 + "|")
    for mode in MODES:
        directory = Path(tempfile.mkdtemp(dir=base))
        try:
            print(measure(directory, mode), flush=True)
        finally:
            shutil.rmtree(directory)


if __name__ == "__main__":
    main()
