"""What a metadata backend must pass if several processes share it, also when one is killed."""

import asyncio
import multiprocessing
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Final

from storage.conformance.handles import ALL, MetaOpener, P, everything, noticed
from storage.errors import Conflict
from storage.meta import ABSENT, Batch, Delta, MetaStore, counter_value, prefix_range

# Opens the test's store in another process: must survive pickling.
Opener = Callable[[], Awaitable[MetaStore]]

PROCESSES: Final = 3
ROUNDS: Final = 25
WRITERS: Final = 4  # tasks of a process
ROWS: Final = 5  # of a batch that has to be whole
ACKNOWLEDGED: Final = 40  # batches before the kill


class SharedMetaConformance(MetaOpener):
    """Several processes on one store."""

    @abstractmethod
    def opener(self) -> Opener:
        """How another process opens the test's store."""

    async def test_processes_count_together_and_lose_nothing(self) -> None:
        workers = [_spawn(_count, self.opener(), number) for number in range(PROCESSES)]
        for process, _ in workers:
            await asyncio.to_thread(process.join)
            assert process.exitcode == 0
        async with self.opened() as meta:
            total = PROCESSES * WRITERS * ROUNDS
            assert counter_value(await meta.get(b"p#")) == total
            row = await meta.get(b"pshared")
            assert row is not None
            assert int(row.value) == total
            log = await everything(meta, prefix_range(b"plog"))
            assert len(log) == total
            # Each saw the log grow beyond what its own commit had been told.
            assert [row.key for row in log] == sorted(row.key for row in log)

    async def test_another_process_s_commit_is_seen_and_moves_the_epoch(self) -> None:
        async with self.opened() as meta:
            await meta.commit(Batch(P, put={b"p": b"before"}))
            before, row = meta.epoch(), await meta.get(b"p")
            assert row is not None
            process, pipe = _spawn(_write, self.opener(), 1)
            await asyncio.to_thread(pipe.recv)
            await noticed(meta, before)
            later = [row.key for row in await meta.scan([ALL], 100)]
            assert len(later) > 1
            process.kill()
            await asyncio.to_thread(process.join)

    async def test_a_killed_process_leaves_whole_batches_and_all_it_was_told_of(self) -> None:
        for round_number in range(3):
            process, pipe = _spawn(_write, self.opener(), round_number)
            told: list[int] = []
            while len(told) < ACKNOWLEDGED:
                told.append(await asyncio.to_thread(pipe.recv))
            process.kill()  # most likely inside a commit
            while pipe.poll(0.1):  # what it was told before the end
                try:
                    told.append(pipe.recv())
                except EOFError:
                    break
            await asyncio.to_thread(process.join)
            async with self.opened() as meta:
                rows = await everything(meta, prefix_range(b"p%d/" % round_number))
                found = {row.key for row in rows}
                numbers = {int(key.split(b"/")[1]) for key in found}
                for number in numbers:
                    batch = {_row(round_number, number, part) for part in range(ROWS)}
                    assert batch <= found, "a batch is torn"
                assert set(told) <= numbers, "an acknowledged batch is gone"
                await meta.commit(Batch(P, put={b"p": b"goes on"}))


def _spawn(
    work: Callable[[Opener, int, Connection], None], opener: Opener, number: int
) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(opener, number, theirs))
    process.start()
    theirs.close()
    return process, ours


def _count(opener: Opener, number: int, pipe: Connection) -> None:  # noqa: ARG001 - as _spawn calls it
    async def main() -> None:
        meta = await opener()
        await asyncio.gather(*[_increase(meta) for _ in range(WRITERS)])
        await meta.close()

    asyncio.run(main())


async def _increase(meta: MetaStore) -> None:
    """Add to a counter without conflicts, and to a row by reading, expecting and trying again."""
    for _ in range(ROUNDS):
        while True:
            row = await meta.get(b"pshared")
            value, revision = (int(row.value), row.revision) if row else (0, ABSENT)
            batch = Batch(P, expect={b"pshared": revision}, add={b"p#": Delta(1)})
            batch.put[b"pshared"] = b"%d" % (value + 1)
            batch.append.append((b"plog", b""))
            try:
                await meta.commit(batch)
            except Conflict:
                continue
            break


def _row(round_number: int, number: int, part: int) -> bytes:
    return b"p%d/%d/%d" % (round_number, number, part)


def _write(opener: Opener, round_number: int, pipe: Connection) -> None:
    """Commit batches of several rows until killed, saying so after each."""

    async def write(meta: MetaStore, first: int) -> None:
        number = first
        while True:
            rows = {_row(round_number, number, part): bytes(3000) for part in range(ROWS)}
            await meta.commit(Batch(P, put=rows))
            pipe.send(number)
            number += WRITERS

    async def main() -> None:
        meta = await opener()
        await asyncio.gather(*[write(meta, first) for first in range(WRITERS)])

    asyncio.run(main())
