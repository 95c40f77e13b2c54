"""Up to which size contents belong beside the metadata.

    python -m tests.bench.inline [DIRECTORY]

PUTs and GETs of one size through the service for objects, once kept inline and
once as files: durable PUTs one after another and 32 at once, GETs of each
object once by a process that has not seen them; the processor's time for each,
which says more where the machine is shared; what lies on the disk and what was
written to it.  A report; the decision is docs/decisions/0004.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from storage import keys
from storage.blob.file import FileBlobs
from storage.meta.sqlite import SqliteMeta
from storage.rows import BucketRef
from tests.storage.engine import Engine

SIZES: Final = (1024, 4096, 16_384, 32_768, 65_536, 131_072, 262_144)
BYTES: Final = 64 * 1024 * 1024  # of all objects of one size, at most
OBJECTS_MAX: Final = 2000
ALONE: Final = 200
AT_ONCE: Final = 32
PIECE_BYTES: Final = 256 * 1024
NAME: Final = "bench"


class Measured(NamedTuple):
    """One line."""

    alone_ms: float
    puts_s: float
    put_cpu_us: float
    get_us: float
    get_cpu_us: float
    disk: float  # bytes on the disk for each byte of content
    written: float  # bytes written for each byte of content


def _open(directory: Path, inline_max: int) -> Engine:
    meta = SqliteMeta(directory / "meta.db", is_large=keys.is_large)
    engine = Engine(meta=meta, blobs=FileBlobs(directory / "blobs"))
    engine.objects._inline_max = inline_max
    return engine


async def _close(engine: Engine) -> None:
    await engine.meta.close()
    await engine.blobs.close()


def _written() -> int:
    """Bytes that this process gave to the disk.  Source: proc(5), /proc/[pid]/io."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


async def _put(
    directory: Path, size: int, inline_max: int, count: int
) -> tuple[float, float, float]:
    engine = _open(directory, inline_max)
    bucket = await engine.buckets.create(NAME, account="1", region="us-east-1")
    content = random.Random(1).randbytes(size)
    numbers = iter(range(count))

    async def some(bucket: BucketRef) -> None:
        for number in numbers:
            await engine.put(bucket, b"%08d" % number, content)

    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(ALONE):
        await engine.put(bucket, b"%08d" % next(numbers), content)
    alone = (time.perf_counter() - start) / ALONE
    start = time.perf_counter()
    await asyncio.gather(*[some(bucket) for _ in range(AT_ONCE)])
    together = (count - ALONE) / (time.perf_counter() - start)
    await _close(engine)
    return alone * 1e3, together, (time.process_time() - cpu) / count * 1e6


async def _get(directory: Path, size: int, inline_max: int, count: int) -> tuple[float, float]:
    engine = _open(directory, inline_max)
    bucket = await engine.buckets.find(NAME)
    names = [b"%08d" % number for number in range(count)]
    random.Random(2).shuffle(names)
    start, cpu = time.perf_counter(), time.process_time()
    for name in names:
        opened = await engine.objects.open(bucket, name, None, lambda v: (0, v.size))
        if isinstance(opened.body, bytes):
            assert len(opened.body) == size
            continue
        async for reader in opened.body:
            while await reader.read(PIECE_BYTES):
                pass
            await reader.close()
        await opened.body.aclose()
    taken, cpu = time.perf_counter() - start, time.process_time() - cpu
    await _close(engine)
    return taken / count * 1e6, cpu / count * 1e6


def measure(directory: Path, size: int, inline_max: int) -> Measured:
    """Put and get objects of one size."""
    count = max(2 * ALONE, min(OBJECTS_MAX, BYTES // size))
    before = _written()
    puts = asyncio.run(_put(directory, size, inline_max, count))
    written = _written() - before
    disk = sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())
    disk -= (directory / "meta.db-reserve").stat().st_blocks * 512
    gets = asyncio.run(_get(directory, size, inline_max, count))
    total = count * size
    return Measured(*puts, *gets, disk / total, written / total)


def main() -> None:
    """Print the table."""
    base = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(
        "| size | kept | PUT alone ms | PUT/s, 32 at once | CPU µs | GET µs | CPU µs "
        "| on disk | written |"
    )
    print("|---" * 9 + "|")
    for size in SIZES:
        for kept, inline_max in (("inline", size), ("file", 0)):
            directory = Path(tempfile.mkdtemp(dir=base))
            try:
                m = measure(directory, size, inline_max)
            finally:
                shutil.rmtree(directory)
            print(
                f"| {size // 1024} KiB | {kept} | {m.alone_ms:.2f} | {m.puts_s:,.0f} "
                f"| {m.put_cpu_us:,.0f} | {m.get_us:.0f} | {m.get_cpu_us:.0f} "
                f"| {m.disk:.2f} | {m.written:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
