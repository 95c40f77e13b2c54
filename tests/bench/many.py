"""Whether a store of many objects answers like one of few.

    python -m tests.bench.many DIRECTORY ROWS...

Fills a bucket with each number of objects (of 100 bytes, in random order of
keys, by SQL: through the services it would take hours), opens it as a worker
does and measures the services.  A store that is there already is not filled
again.  A report: docs/performance.md.
"""

import asyncio
import hashlib
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from storage import keys
from storage.blob.file import FileBlobs
from storage.meta.sqlite import SqliteMeta
from storage.meta.sqlite.layout import PUT, SET_COUNT
from storage.preconditions import UNCONDITIONAL
from storage.records import ObjectVersion, decode_version, encode
from storage.rows import BucketRef
from tests.storage.engine import Engine

CONTENT: Final = bytes(range(100))
FILL: Final = 50_000  # objects of a transaction
FOLDERS: Final = 1000
ASKED: Final = 2000
LISTS: Final = 50
LIST_KEYS: Final = 1000
NAME: Final = "bench"


def key_of(number: int) -> bytes:
    """A folder and a hash: the order of keys has nothing to do with that of their arrival."""
    return b"%03d/%s" % (number % FOLDERS, hashlib.md5(b"%d" % number).hexdigest().encode())


def open_engine(directory: Path) -> Engine:
    """The services on the stores, as a worker has them."""
    meta = SqliteMeta(directory / "meta.db", is_large=keys.is_large)
    engine = Engine(meta=meta, blobs=FileBlobs(directory / "blobs"))
    engine.objects._inline_max = 16 * 1024
    return engine


async def close(engine: Engine) -> None:
    """Release the stores."""
    await engine.meta.close()
    await engine.blobs.close()


async def begin(directory: Path) -> tuple[BucketRef, ObjectVersion]:
    """Make the bucket and one object, after which all others are made."""
    engine = open_engine(directory)
    bucket = await engine.buckets.create(NAME, account="1", region="us-east-1")
    await engine.put(bucket, key_of(0), CONTENT)
    row = await engine.meta.get(keys.current(bucket.id, key_of(0)))
    assert row is not None
    await close(engine)
    return bucket, decode_version(row.value)


def _rows(bucket: bytes, model: ObjectVersion, number: int) -> tuple[tuple[bytes, bytes], ...]:
    content = model.content[:-8] + number.to_bytes(8, "big")
    segment = msgspec.structs.replace(model.segments[0], content=content)
    version = msgspec.structs.replace(model, content=content, segments=(segment,))
    return (
        (keys.current(bucket, key_of(number)), encode(version)),
        (keys.inline(bucket, content), CONTENT),
    )


def fill(directory: Path, count: int) -> None:
    """Make the other objects."""
    directory.mkdir(parents=True)
    bucket, model = asyncio.run(begin(directory))
    connection = apsw.Connection(str(directory / "meta.db"))
    settings: dict[str, int | str] = {"synchronous": "off", "cache_size": -1_000_000}
    for pragma, value in settings.items():
        connection.pragma(pragma, value)
    connection.pragma("wal_autocheckpoint", 0)
    for first in range(1, count, FILL):
        connection.execute("BEGIN")
        for number in range(first, min(first + FILL, count)):
            for large, (key, row) in enumerate(_rows(bucket.id, model, number)):
                connection.execute(PUT[large], (key, row, number + 10))
        connection.execute(SET_COUNT, (count + 10,))
        connection.execute("COMMIT")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    connection.close()


class Report:
    """Prints lines of one store."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def time(self, what: str, work: Iterator[Callable[[], Awaitable[Any]]]) -> None:
        """Do each, one after another."""
        taken = []
        cpu = time.process_time()
        for one in work:
            start = time.perf_counter()
            await one()
            taken.append((time.perf_counter() - start) * 1e6)
        cpu = (time.process_time() - cpu) / len(taken) * 1e6
        taken.sort()
        self.line(what, f"{taken[len(taken) // 2]:,.0f}", f"{taken[-len(taken) // 100]:,.0f}", cpu)

    def line(self, what: str, p50: str, p99: str, cpu: float) -> None:
        """One line of the table."""
        print(f"| {self._count:,} | {what} | {p50} | {p99} | {cpu:,.0f} |", flush=True)


async def measure(directory: Path, count: int) -> None:
    """Ask the services for this and that."""
    report = Report(count)
    start = time.perf_counter()
    engine = open_engine(directory)
    bucket = await engine.buckets.find(NAME)
    report.line("open the stores", f"{(time.perf_counter() - start) * 1e6:,.0f}", "", 0)
    names = [key_of(number) for number in random.Random(1).sample(range(count), ASKED)]

    def gets(names: Sequence[bytes]) -> Iterator[Callable[[], Awaitable[Any]]]:
        for name in names:
            yield lambda name=name: engine.get(bucket, name)  # type: ignore[misc]

    def lists(**settings: Any) -> Iterator[Callable[[], Awaitable[Any]]]:
        for name in names[:LISTS]:
            yield lambda name=name: engine.listings.objects(  # type: ignore[misc]
                bucket, after=name, max_keys=LIST_KEYS, **settings
            )

    await report.time("GET, first time", gets(names))
    await report.time("GET, again", gets(names))
    await report.time("GET of what is not there", (_missing(engine, bucket, n) for n in names))
    await report.time("LIST of 1,000 keys", lists(prefix=b"", delimiter=b""))
    await report.time("LIST of 1,000 folders", lists(prefix=b"", delimiter=b"/"))
    await report.time("PUT, new", (_put(engine, bucket, b"new/%d" % n) for n in range(ASKED // 4)))
    await report.time("PUT, over another", (_put(engine, bucket, n) for n in names[: ASKED // 4]))
    await report.time("DELETE", (_delete(engine, bucket, n) for n in names[-ASKED // 4 :]))
    await close(engine)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in directory.glob("meta.db*"))
    print(
        f"\n{count:,} objects: {size / count:,.0f} bytes each on the disk, {rss:,.0f} MB at most\n"
    )


def _missing(engine: Engine, bucket: BucketRef, name: bytes) -> Callable[[], Awaitable[Any]]:
    return lambda: engine.objects.find(bucket, name + b"x")


def _put(engine: Engine, bucket: BucketRef, name: bytes) -> Callable[[], Awaitable[Any]]:
    return lambda: engine.put(bucket, name, CONTENT)


def _delete(engine: Engine, bucket: BucketRef, name: bytes) -> Callable[[], Awaitable[Any]]:
    return lambda: engine.objects.delete(bucket, name, None, owner="1", condition=UNCONDITIONAL)


def main() -> None:
    """Print a table."""
    base = Path(sys.argv[1])
    print("| objects | what | p50 µs | p99 µs | CPU µs |")
    print("|---" * 5 + "|")
    for count in map(int, sys.argv[2:]):
        directory = base / str(count)
        if not directory.exists():
            fill(directory, count)
        asyncio.run(measure(directory, count))


if __name__ == "__main__":
    main()
