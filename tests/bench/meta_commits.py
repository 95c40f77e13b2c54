"""What the SQLite store does in a second: ``python -m tests.bench.meta_commits [DIRECTORY]``.

Durable commits of one process and of two, one after another and many at once,
how long the slowest took, and point reads and scans beside them.  A report.
"""

import asyncio
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from storage.meta import Batch, Delta, prefix_range
from storage.meta.sqlite import SqliteMeta

SECONDS: Final = 4.0
VALUE: Final = random.Random(1).randbytes(300)


async def _commits(meta: SqliteMeta, writers: int, who: int) -> list[float]:
    """Seconds that each commit took: a row of its own, a counter of all."""
    taken: list[float] = []
    end = time.perf_counter() + SECONDS

    async def write(writer: int) -> None:
        rng = random.Random(writer * 1000 + who)
        while (start := time.perf_counter()) < end:
            batch = Batch(b"p", put={b"p" + rng.randbytes(16): VALUE})
            batch.add[b"p#"] = Delta(1)
            await meta.commit(batch)
            taken.append(time.perf_counter() - start)

    await asyncio.gather(*[write(writer) for writer in range(writers)])
    return taken


def _process(path: Path, writers: int, who: int) -> list[float]:
    async def main() -> list[float]:
        meta = SqliteMeta(path)
        taken = await _commits(meta, writers, who)
        await meta.close()
        return taken

    return asyncio.run(main())


def _report(processes: int, writers: int, each: list[list[float]], log: int) -> None:
    taken = sorted(t for one in each for t in one)
    shares = " ".join(f"{len(one) / sum(map(len, each)):.0%}" for one in each)
    print(
        f"| {processes} | {writers} | {len(taken) / SECONDS:,.0f} "
        f"| {taken[len(taken) // 2] * 1e3:.1f} "
        f"| {taken[len(taken) * 99 // 100] * 1e3:.1f} | {taken[-1] * 1e3:.0f} "
        f"| {log / 1024**2:.0f} | {shares} |",
        flush=True,
    )


async def _reads(path: Path) -> None:
    meta = SqliteMeta(path)
    rows = await meta.scan([prefix_range(b"p")], 4096)
    names = [row.key for row in rows]
    start = time.perf_counter()
    for _ in range(5):
        for name in names:
            await meta.get(name)
    print(f"\nget {(time.perf_counter() - start) / 5 / len(names) * 1e6:.1f} µs", end=", ")
    for limit in (1, 100, 1000):
        start = time.perf_counter()
        for name in names[:500]:
            await meta.scan([prefix_range(name[:3])], limit)
        print(f"scan of {limit}: {(time.perf_counter() - start) / 500 * 1e6:.0f} µs", end=", ")
    start = time.perf_counter()
    for _ in range(10_000):
        meta.epoch()
    print(f"epoch {(time.perf_counter() - start) / 1e4 * 1e6:.1f} µs")
    await meta.close()


def main() -> None:
    """Print the report."""
    base = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    path = Path(tempfile.mkdtemp(dir=base)) / "meta.db"
    print(
        "| processes | writers each | commit/s | p50 ms | p99 ms | slowest ms | log MiB | shares |"
    )
    print("|---" * 8 + "|")
    context = multiprocessing.get_context("spawn")
    for processes in (1, 2):
        for writers in (1, 64, 256):
            with context.Pool(processes) as pool:
                work = [(path, writers, who * 7919 + os.getpid()) for who in range(processes)]
                holder = SqliteMetaHolder(path)
                each = pool.starmap(_process, work, chunksize=1)
                _report(processes, writers, each, holder.close())
    asyncio.run(_reads(path))


class SqliteMetaHolder:
    """Keeps the log from being removed when its last user closes, to see how long it was."""

    def __init__(self, path: Path) -> None:
        import apsw

        self._path = path
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "wal")
        self._connection.execute("SELECT 1 FROM sqlite_schema").fetchall()

    def close(self) -> int:
        log = self._path.with_name(self._path.name + "-wal")
        size = log.stat().st_size if log.exists() else 0
        self._connection.close()
        return size


if __name__ == "__main__":
    main()
