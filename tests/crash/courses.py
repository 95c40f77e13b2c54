"""What runs while the power is cut: programs that remember what they were promised."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import ClassVar, Final, Protocol, TypeVar

import apsw

from storage.blob import BLOB_ID_BYTES, BlobId
from storage.blob.file import FileBlobs
from storage.errors import StorageError
from storage.meta import Batch, Delta, MetaStore, Range, counter_value, prefix_range
from storage.meta.sqlite import SqliteMeta
from tests.crash.disk import SimulatedDisk
from tests.crash.vfs import Sync

CUTS: Final = 3  # of each seed's disk
KILLS: Final = 0.25  # how often the program alone dies
WRITERS: Final = 3
ROWS: Final = 3  # of a batch
P: Final = b"p"


class Lost(AssertionError):
    """A promise was not kept."""


def check(kept: bool, promise: str) -> None:
    if not kept:
        raise Lost(promise)


class Course(Protocol):
    """A program, what it was promised, and whether it was kept."""

    calls_max: ClassVar[int]  # of the disk before it fails, counted from the start

    async def run(self, rng: random.Random) -> None:
        """Go on until the disk fails, or to the end."""
        ...

    async def check(self, *, was_cut: bool) -> None:
        """Look at what is left; what is there after a cut is there for good.

        Raises:
            Lost
        """
        ...


class _Store(Protocol):
    async def close(self) -> None: ...


_S = TypeVar("_S", bound=_Store)


@asynccontextmanager
async def opened(store: _S) -> AsyncIterator[_S]:
    """Closed in any case: a process that plays thousands of rounds has few descriptors."""
    try:
        yield store
    finally:
        await store.close()


def play(
    root: Path,
    seed: int,
    courses: list[Callable[[SimulatedDisk], Course]],
    ignore: frozenset[str] = frozenset(),
) -> set[str]:
    """Kill the programs or cut the power a few times, at moments that the seed decides.

    The names of the syncs that were asked for.

    Raises:
        Lost: a promise was not kept.
    """
    rng = random.Random(seed)
    disk = SimulatedDisk(root / f"disk-{seed}", ignore=ignore)
    running = [course(disk) for course in courses]
    calls_max = min(course.calls_max for course in running)
    for _ in range(CUTS):
        disk.power_off_after(calls=rng.randint(1, calls_max))

        async def all_run() -> None:
            await asyncio.gather(*[course.run(rng) for course in running])

        try:
            asyncio.run(all_run())
        except StorageError:
            if disk.is_on:
                raise  # else it went while the stores were opened
        was_cut = rng.random() >= KILLS
        if was_cut:
            disk.cut(rng)
            disk.mount_again()
        else:
            disk.program_died()
        try:
            for course in running:
                asyncio.run(course.check(was_cut=was_cut))
        except (StorageError, apsw.Error) as error:
            raise Lost(f"it cannot be read: {error!r}") from error
    return disk.synced


class MetaCourse:
    """Writers that commit numbered batches, one after another."""

    calls_max: ClassVar[int] = 700

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._acknowledged = [0] * WRITERS
        self._submitted = [0] * WRITERS

    def _open(self) -> SqliteMeta:
        return SqliteMeta(
            self._disk.path / "meta.db",
            is_large=lambda start, end: start[1:2] == b"9" if start == end else None,
            vfs=self._disk.vfs_name,
            files=self._disk.filesystem(),
            checkpoint_pages=(12, 40),
        )

    async def run(self, rng: random.Random) -> None:
        meta = self._open()
        sizes = [rng.choice([10, 300, 9000]) for _ in range(WRITERS)]
        await asyncio.gather(*[self._write(meta, n, size) for n, size in enumerate(sizes)])
        await meta.close()

    async def _write(self, meta: MetaStore, writer: int, size: int) -> None:
        while True:
            number = self._submitted[writer] = self._submitted[writer] + 1
            value = (b"%d," % number) * (size // len(b"%d," % number) + 1)
            batch = Batch(P, add={b"p#": Delta(1)}, append=[(b"plog", b"%d" % writer)])
            for row in range(ROWS):
                # The last batch's rows: all or none of them may be of one number.
                batch.put[b"p%d/%d" % (writer, row)] = value
            batch.put[b"p9%d/%06d" % (writer, number)] = value
            batch.delete.add(b"p9%d/%06d" % (writer, number - 5))
            try:
                await meta.commit(batch)
            except StorageError:
                return
            self._acknowledged[writer] = number

    async def check(self, *, was_cut: bool) -> None:
        async with opened(self._open()) as meta:
            total = 0
            for writer in range(WRITERS):
                rows = await meta.scan([prefix_range(b"p%d/" % writer)], 100)
                numbers = {int(row.value.split(b",")[0]) for row in rows}
                check(len(numbers) <= 1 and len(rows) in (0, ROWS), "a batch is torn")
                number = numbers.pop() if numbers else 0
                check(number >= self._acknowledged[writer], "an acknowledged batch is gone")
                check(number <= self._submitted[writer], "a batch came from nowhere")
                history = await meta.scan([prefix_range(b"p9%d/" % writer)], 100)
                check(len(history) == min(number, 5), "a batch is torn between two tables")
                # From now on it is known what there is.
                self._acknowledged[writer] = self._submitted[writer] = number
                total += number
            check(counter_value(await meta.get(b"p#")) == total, "a counter lost count")
            check(await self._length(meta, prefix_range(b"plog")) == total, "a log has a gap")
            await meta.commit(Batch(P, put={b"px": b"and it goes on"}))
        path = str(self._disk.path / "meta.db")
        with closing(apsw.Connection(path, vfs=self._disk.vfs_name)) as connection:
            check(connection.pragma("integrity_check") == "ok", "the database is damaged")

    async def _length(self, meta: MetaStore, log: Range) -> int:
        length = 0
        while rows := await meta.scan([log], 1000):
            length += len(rows)
            log = Range(rows[-1].key + b"\0", log.end)
        return length


class NewMetaCourse(MetaCourse):
    """A database is just being made."""

    async def run(self, rng: random.Random) -> None:
        self._disk.power_off_at(Sync.FIRST_PAGE)
        await super().run(rng)


class YoungMetaCourse(MetaCourse):
    """A database whose log was never copied back."""

    async def run(self, rng: random.Random) -> None:
        self._disk.power_off_at(*[Sync.COMMIT] * rng.randint(2, 4))
        await super().run(rng)


class NewLogCourse(MetaCourse):
    """The log begins anew, over the commits that were copied back."""

    async def run(self, rng: random.Random) -> None:
        self._disk.power_off_at(*[Sync.LOG_HEADER] * rng.randint(2, 4), Sync.COMMIT)
        await super().run(rng)


class SeenMetaCourse(MetaCourse):
    """What another program read after a kill was promised to it, too."""

    async def run(self, rng: random.Random) -> None:
        self._disk.power_off_at(*[Sync.COMMIT] * rng.randint(1, 9))
        await super().run(rng)
        self._disk.program_died()
        meta = self._open()
        for writer in range(WRITERS):
            row = await meta.get(b"p%d/0" % writer)
            number = int(row.value.split(b",")[0]) if row else 0
            self._acknowledged[writer] = max(number, self._acknowledged[writer])
        self._disk.power_off_after(calls=rng.randint(1, 8))
        await meta.close()


class BlobCourse:
    """Writers that put, give up and delete blobs whose names say what is in them."""

    calls_max: ClassVar[int] = 700

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._acknowledged: set[BlobId] = set()

    def _open(self) -> FileBlobs:
        return FileBlobs(self._disk.path / "blobs", files=self._disk.filesystem())

    async def run(self, rng: random.Random) -> None:
        try:
            blobs = self._open()
        except StorageError:
            return
        seeds = [rng.randbytes(8) for _ in range(WRITERS)]
        await asyncio.gather(*[self._write(blobs, random.Random(seed)) for seed in seeds])
        await blobs.close()

    async def _write(self, blobs: FileBlobs, rng: random.Random) -> None:
        while True:
            blob = BlobId(rng.randbytes(BLOB_ID_BYTES))
            data = _content(blob)
            try:
                if not await _put(blobs, blob, data, rng):
                    continue
                self._acknowledged.add(blob)
                if rng.random() < 0.1:
                    self._acknowledged.discard(blob)
                    await blobs.delete([blob])
            except StorageError:
                return

    async def check(self, *, was_cut: bool) -> None:
        async with opened(self._open()) as blobs:
            found = {info.blob: info.size async for info in blobs.list()}
            check(self._acknowledged <= found.keys(), "an acknowledged blob is gone")
            for blob, size in found.items():
                wanted = _content(blob)
                check(size == len(wanted), "a blob has the wrong size")
                reader = await blobs.read(blob, 0, size)
                pieces = []
                while piece := await reader.read(1_000_000):
                    pieces.append(piece)
                await reader.close()
                check(b"".join(pieces) == wanted, "a blob is torn")
            if was_cut:
                self._acknowledged = set(found)
        left = list((self._disk.path / "blobs" / "writing").glob("*/*"))
        check(not left, "something is left of a writer that died")


async def _put(blobs: FileBlobs, blob: BlobId, data: bytes, rng: random.Random) -> bool:
    """Whether it was committed, not given up.

    Raises:
        StorageError
    """
    writer = await blobs.create(blob, size_hint=rng.choice([None, len(data)]))
    try:
        for start in range(0, len(data), 70_000):
            await writer.write(data[start : start + 70_000])
        is_given_up = rng.random() < 0.1
        if not is_given_up:
            await writer.commit()
    except StorageError:
        with suppress(StorageError):
            await writer.abort()
        raise
    if is_given_up:
        await writer.abort()
    return not is_given_up


def _content(blob: BlobId) -> bytes:
    rng = random.Random(bytes(blob))
    return rng.randbytes(rng.choice([0, 100, 5000, 150_000]))
