"""What every metadata backend must pass.  Subclass it and say how to open yours.

class TestMine(MetaConformance):
    async def open(self) -> MetaStore:
        return await MyMeta.connect(os.environ["TEST_MINE"])

A backend that several processes share passes ``storage.conformance.processes`` too.
"""

import asyncio
import random
from collections.abc import Sequence

from storage.conformance._check import refuses, succeeds
from storage.conformance.epoch import EpochConformance
from storage.conformance.handles import ALL, MetaOpener, P, everything, keys_in, put
from storage.errors import Conflict, Exceeded
from storage.meta import (
    ABSENT,
    BATCH_BYTES_MAX,
    BATCH_ROWS_MAX,
    COUNTER_MAX,
    COUNTER_MIN,
    KEY_BYTES_MAX,
    SCAN_ROWS_MAX,
    VALUE_BYTES_MAX,
    Batch,
    Delta,
    MetaStore,
    Range,
    Row,
    counter_value,
    prefix_range,
)


class RowConformance(MetaOpener):
    """Rows, revisions and expectations."""

    async def test_a_row_that_was_never_put_is_none(self) -> None:
        async with self.opened() as meta:
            assert await meta.get(b"p") is None

    async def test_a_row_comes_back_as_it_was_put(self) -> None:
        cases = {b"p": b"", b"p\0": b"\0", b"p\xff\xff": bytes(range(256)), b"p'\"\n/../": b"x"}
        async with self.opened() as meta:
            stamp = await meta.commit(Batch(P, put=cases))
            for key, value in cases.items():
                assert await meta.get(key) == Row(key, value, stamp.revisions[key])

    async def test_a_revision_is_never_absent_and_never_the_same_twice(self) -> None:
        async with self.opened() as meta:
            revisions = [ABSENT]
            for _ in range(5):
                revisions.append(await put(meta, b"p", b"the same value"))
                revisions.append(await put(meta, b"p", b"the same value"))
                await meta.commit(Batch(P, delete={b"p"}))
            assert len(set(revisions)) == len(revisions)

    async def test_a_revision_is_not_used_again_by_the_next_handle(self) -> None:
        revisions = []
        for _ in range(3):
            async with self.opened() as meta, self.opened():
                revisions.append(await put(meta, b"p"))
                await meta.commit(Batch(P, delete={b"p"}))
        assert len(set(revisions)) == 3

    async def test_a_stale_expectation_is_a_conflict(self) -> None:
        async with self.opened() as meta:
            old = await put(meta, b"p", b"old")
            new = await put(meta, b"p", b"new")
            await refuses(Conflict, meta.commit(Batch(P, expect={b"p": old}, delete={b"p"})))
            await meta.commit(Batch(P, expect={b"p": new}, delete={b"p"}))
            assert await meta.get(b"p") is None

    async def test_an_expectation_needs_no_put_of_its_key(self) -> None:
        async with self.opened() as meta:
            there = await put(meta, b"p1")
            both = {b"p1": there, b"p2": ABSENT}
            await meta.commit(Batch(P, expect=both, put={b"p3": b""}))
            await refuses(Conflict, meta.commit(Batch(P, expect={b"p1": ABSENT})))
            await refuses(Conflict, meta.commit(Batch(P, expect={b"p2": there})))

    async def test_of_many_writers_that_expect_absence_exactly_one_wins(self) -> None:
        async with self.opened() as meta, self.opened() as other:
            work = [
                succeeds(
                    Conflict,
                    store.commit(Batch(P, expect={b"p": ABSENT}, put={b"p": b"%d" % writer})),
                )
                for writer, store in enumerate([meta, other] * 10)
            ]
            won = await asyncio.gather(*work)
            row = await meta.get(b"p")
            assert won.count(True) == 1
            assert row is not None
            assert row.value == b"%d" % won.index(True)

    async def test_write_skew_is_refused(self) -> None:
        async with self.opened() as meta, self.opened() as other:
            x, y = await put(meta, b"px"), await put(meta, b"py")
            won = await asyncio.gather(
                succeeds(Conflict, meta.commit(Batch(P, expect={b"px": x}, put={b"py": b"1"}))),
                succeeds(Conflict, other.commit(Batch(P, expect={b"py": y}, put={b"px": b"2"}))),
            )
            assert won.count(True) == 1

    async def test_a_refused_batch_writes_nothing(self) -> None:
        async with self.opened() as meta:
            await put(meta, b"p1", b"1")
            await meta.commit(Batch(P, add={b"p#": Delta(5)}))
            before = await everything(meta)
            for refusal, expect, delta in (
                (Conflict, {b"p1": ABSENT}, Delta(1)),
                (Exceeded, {}, Delta(6, ceiling=10)),
            ):
                batch = Batch(
                    P,
                    expect=expect,
                    put={b"p2": b"2"},
                    delete={b"p1"},
                    add={b"p0": Delta(1), b"p#": delta},
                    append=[(b"plog", b"")],
                )
                await refuses(refusal, meta.commit(batch))
                assert await everything(meta) == before

    async def test_deleting_what_is_not_there_is_fine(self) -> None:
        async with self.opened() as meta:
            await meta.commit(Batch(P, delete={b"p1", b"p2"}))
            assert await everything(meta) == []


class ScanConformance(MetaOpener):
    """Scans, snapshots, and what other handles see."""

    async def test_keys_are_in_the_order_of_their_bytes(self) -> None:
        keys = [b"p", b"p\0", b"p\0\0", b"p\0\xff", b"pA", b"pa", b"p\x7f", b"p\x80", b"p\xff"]
        async with self.opened() as meta:
            await meta.commit(Batch(P, put=dict.fromkeys(reversed(keys), b"")))
            assert await keys_in(meta) == keys

    async def test_a_range_has_its_start_and_not_its_end(self) -> None:
        async with self.opened() as meta:
            await meta.commit(Batch(P, put=dict.fromkeys([b"p1", b"p2", b"p3"], b"")))
            for start, end, found in (
                (b"p1", b"p3", [b"p1", b"p2"]),
                (b"p1\0", b"p3\0", [b"p2", b"p3"]),
                (b"p2", b"p2", []),
                (b"p3", b"p1", []),
                (b"q", b"r", []),
            ):
                assert await keys_in(meta, Range(start, end)) == found

    async def test_ranges_follow_one_another_up_to_the_limit_of_all(self) -> None:
        async with self.opened() as meta:
            await meta.commit(Batch(P, put={b"p%d" % n: b"" for n in range(10)}))
            ranges = [Range(b"p7", b"p9"), Range(b"p1", b"p1"), Range(b"p0", b"p3")]
            wanted = [b"p7", b"p8", b"p0", b"p1", b"p2"]
            for limit in (0, 1, 2, 3, 5, 6, 100, 101, SCAN_ROWS_MAX):
                found = [row.key for row in await meta.scan(ranges, limit)]
                assert found == wanted[:limit]

    async def test_a_page_of_the_greatest_size_is_full(self) -> None:
        async with self.opened() as meta:
            for half in range(2):
                rows = {b"p%d%05d" % (half, n): b"" for n in range(BATCH_ROWS_MAX)}
                await meta.commit(Batch(P, put=rows))
            found = await meta.scan([ALL], SCAN_ROWS_MAX)
            assert [row.key for row in found] == [b"p0%05d" % n for n in range(SCAN_ROWS_MAX)]
            await refuses(ValueError, meta.scan([ALL], SCAN_ROWS_MAX + 1))

    async def test_every_handle_sees_what_any_has_committed(self) -> None:
        """Also one that has read the row before, by each way of reading."""
        async with self.opened() as meta, self.opened() as other:
            for number in range(20):
                revision = await put(meta, b"p", b"%d" % number)
                wanted = Row(b"p", b"%d" % number, revision)
                for handle in (meta, other):
                    assert await handle.get(b"p") == wanted
                    assert await handle.scan([ALL], 10) == [wanted]
                    assert await handle.scan([ALL], 1000) == [wanted]
                    assert await handle.scan([Range(b"a", b"b"), ALL], 10) == [wanted]
                    assert await handle.get(b"p") == wanted

    async def test_a_scan_is_one_snapshot_beside_commits(self) -> None:
        """A token moves between two ranges; every scan sees it in exactly one."""
        homes = (b"p1token", b"p9token")
        filling = {b"p5%04d" % n: b"" for n in range(500)}
        async with self.opened() as meta, self.opened() as other:
            await meta.commit(Batch(P, put=filling | {homes[0]: b""}))
            moving = True

            async def move() -> None:
                here, there = homes
                while moving:
                    await meta.commit(Batch(P, put={there: b""}, delete={here}))
                    here, there = there, here

            mover = asyncio.create_task(move())
            try:
                for ranges, limit in (
                    ([prefix_range(homes[1]), prefix_range(homes[0])], 10),
                    ([prefix_range(homes[0]), prefix_range(homes[1])], 1000),
                    ([ALL], 1000),
                ):
                    for _ in range(40):
                        found = {row.key for row in await other.scan(ranges, limit)}
                        assert len(found & set(homes)) == 1
                        await asyncio.sleep(0)
            finally:
                moving = False
                await mover


class CounterConformance(MetaOpener):
    """Counters and logs: rows that the store itself changes."""

    async def test_a_counter_counts_from_nothing(self) -> None:
        async with self.opened() as meta:
            for by, wanted in ((5, 5), (-7, -2), (0, -2), (2, 0)):
                await meta.commit(Batch(P, add={b"p#": Delta(by)}))
                row = await meta.get(b"p#")
                assert row is not None
                assert counter_value(row) == wanted
                assert len(row.value) == 8

    async def test_a_ceiling_refuses_growth_alone(self) -> None:
        async with self.opened() as meta:
            for by, ceiling, wanted in (
                (10, 10, 10),
                (1, 10, None),
                (0, 5, 10),
                (-1, 5, 9),
                (1, 9, None),
                (COUNTER_MAX - 9, None, COUNTER_MAX),
                (1, None, None),
                (1, COUNTER_MAX + 5, None),
                (COUNTER_MIN, 0, -1),
                (COUNTER_MIN, None, COUNTER_MIN),
            ):
                before = counter_value(await meta.get(b"p#"))
                kept = await succeeds(
                    Exceeded, meta.commit(Batch(P, add={b"p#": Delta(by, ceiling)}))
                )
                assert kept == (wanted is not None)
                after = counter_value(await meta.get(b"p#"))
                assert after == (before if wanted is None else wanted)

    async def test_a_counter_that_moved_is_a_conflict_for_who_expected_it(self) -> None:
        async with self.opened() as meta:
            await meta.commit(Batch(P, add={b"p#": Delta(1)}))
            seen = await meta.get(b"p#")
            assert seen is not None
            await meta.commit(Batch(P, expect={b"p#": seen.revision}, add={b"p#": Delta(0)}))
            await refuses(Conflict, meta.commit(Batch(P, expect={b"p#": seen.revision})))

    async def test_what_is_appended_lies_at_the_stamp_in_order(self) -> None:
        async with self.opened() as meta:
            wanted, stamps = [], []
            for number in range(3):
                values = [b"%d.%d" % (number, n) for n in range(300)]
                entries = [(b"plog", value) for value in values]
                stamp = await meta.commit(Batch(P, append=entries))
                wanted += [
                    (b"plog" + stamp.order + n.to_bytes(2, "big"), value)
                    for n, value in enumerate(values)
                ]
                stamps.append(stamp.order)
            assert [(row.key, row.value) for row in await everything(meta)] == wanted
            assert stamps == sorted(set(stamps))
            assert {len(stamp) for stamp in stamps} == {8}

    async def test_whoever_reads_a_log_by_stamps_misses_nothing(self) -> None:
        async with self.opened() as meta, self.opened() as other, self.opened() as reader:
            log = prefix_range(b"plog")
            seen: list[bytes] = []

            async def read_on() -> None:
                start = seen[-1] if seen else log.start
                rows = await reader.scan([Range(start + b"\0", log.end)], SCAN_ROWS_MAX)
                seen.extend(row.key for row in rows)

            async def write(store: MetaStore) -> None:
                for _ in range(10):
                    await store.commit(Batch(P, append=[(b"plog", b""), (b"plog", b"")]))

            writers = [asyncio.create_task(write(store)) for store in [meta, other] * 8]
            while not all(writer.done() for writer in writers):
                await read_on()
                await asyncio.sleep(0)
            await asyncio.gather(*writers)
            await read_on()
            assert len(seen) == 2 * 10 * 16
            assert seen == [row.key for row in await everything(meta, log)]

    async def test_256_writers_of_one_counter_and_one_log_never_conflict(self) -> None:
        async with self.opened() as meta, self.opened() as other:

            async def write(store: MetaStore, writer: int) -> None:
                for turn in range(4):
                    batch = Batch(P, put={b"pk%d" % writer: b"%d" % turn})
                    batch.add[b"p#"] = Delta(1, ceiling=4 * 256)
                    batch.append.append((b"plog", b"%d" % writer))
                    await store.commit(batch)

            await asyncio.gather(*[write(meta if n % 2 else other, n) for n in range(256)])
            assert counter_value(await meta.get(b"p#")) == 4 * 256
            log = await everything(meta, prefix_range(b"plog"))
            assert sorted(int(row.value) for row in log) == [n // 4 for n in range(4 * 256)]


def _name(size: int) -> bytes:
    """A key so long that cannot be made shorter by compressing it."""
    return P + random.Random(size).randbytes(size - len(P))


class LimitConformance(MetaOpener):
    """Every limit of the port at its edge."""

    async def test_what_just_keeps_a_limit_is_taken_and_what_passes_it_is_not(self) -> None:
        def rows(count: int) -> Batch:
            fifth = count // 5
            names = [b"p%05d" % n for n in range(count)]
            return Batch(
                P,
                expect=dict.fromkeys(names[:fifth], ABSENT),
                put=dict.fromkeys(names[fifth : 2 * fifth], b""),
                delete=set(names[2 * fifth : 3 * fifth]),
                add=dict.fromkeys(names[3 * fifth : 4 * fifth], Delta(1)),
                append=[(b"plog", b"")] * (count - 4 * fifth),
            )

        def key(size: int) -> Batch:
            return Batch(P, put={_name(size): b""})

        def prefix(size: int) -> Batch:
            return Batch(P, append=[(_name(size - 10), b"")])

        def value(size: int) -> Batch:
            return Batch(P, put={b"pv": bytes(size)}, append=[(b"pw", bytes(size))])

        def total(size: int) -> Batch:
            batch = Batch(P)
            while size > 0:
                piece = min(size, VALUE_BYTES_MAX)
                batch.put[b"p%03d" % len(batch.put)] = bytes(max(piece - 4, 0))
                size -= max(piece, 4)
            return batch

        async with self.opened() as meta:
            for make, most in (
                (rows, BATCH_ROWS_MAX),
                (key, KEY_BYTES_MAX),
                (prefix, KEY_BYTES_MAX),
                (value, VALUE_BYTES_MAX),
                (total, BATCH_BYTES_MAX),
            ):
                await refuses(ValueError, meta.commit(make(most + 1)))
                assert await keys_in(meta) == []
                batch = make(most)
                stamp = await meta.commit(batch)
                assert stamp.revisions.keys() == batch.put.keys()
                written = len(batch.put) + len(batch.add) + len(batch.append)
                found = await everything(meta)
                assert len(found) == written
                for row in found:
                    assert batch.put.get(row.key, row.value) == row.value
                await self._clear(meta)

    async def _clear(self, meta: MetaStore) -> None:
        while found := await meta.scan([ALL], 1000):
            await meta.commit(Batch(P, delete={row.key for row in found}))

    async def test_what_is_refused_leaves_it_healthy(self) -> None:
        async with self.opened() as meta:
            assert meta.healthy
            await meta.commit(Batch(P, put={b"p": b""}))
            await refuses(Conflict, meta.commit(Batch(P, expect={b"p": ABSENT})))
            await refuses(Exceeded, meta.commit(Batch(P, add={b"p#": Delta(1, ceiling=0)})))
            await refuses(ValueError, meta.commit(Batch(P, put={b"q": b""})))
            assert meta.healthy

    async def test_what_makes_no_sense_is_refused(self) -> None:
        async with self.opened() as meta:
            for batch in (
                Batch(P, put={b"q": b""}),
                Batch(P, expect={b"q": ABSENT}),
                Batch(P, delete={b""}),
                Batch(P, add={b"q#": Delta(1)}),
                Batch(P, append=[(b"qlog", b"")]),
                Batch(P, put={b"p": b""}, delete={b"p"}),
                Batch(P, put={b"p": b""}, add={b"p": Delta(1)}),
                Batch(P, delete={b"p"}, add={b"p": Delta(1)}),
                Batch(P, add={b"p": Delta(COUNTER_MAX + 1)}),
                Batch(P, add={b"p": Delta(COUNTER_MIN - 1)}),
                Batch(P, put={P: b""}, routine=True),
                Batch(P, delete={P}, routine=True),
            ):
                await refuses(ValueError, meta.commit(batch))
            assert await everything(meta) == []


class CourseConformance(MetaOpener):
    """Whole courses of events: random ones, cancelled ones, closed ones."""

    async def test_random_batches_do_what_they_do_to_a_dictionary(self) -> None:
        rng = random.Random(1)
        names = [b"p" + bytes([rng.choice(b"\0a\xff")]) * n for n in range(6)]
        names += [name + b"x" for name in names]
        model: dict[bytes, Row] = {}
        async with self.opened() as meta, self.opened() as other:
            for _ in range(150):
                await _step(rng, names, model, rng.choice([meta, other]))
                ranges = [Range(*sorted(rng.choices(names, k=2))) for _ in range(rng.randint(1, 3))]
                limit = rng.choice([1, 3, 100, 1000])
                wanted = [
                    model[key]
                    for start, end in ranges
                    for key in sorted(model)
                    if start <= key < end
                ]
                assert list(await other.scan(ranges, limit)) == wanted[:limit]
                name = rng.choice(names)
                assert await meta.get(name) == model.get(name)

    async def test_a_cancelled_waiter_breaks_neither_its_batch_nor_its_group(self) -> None:
        async with self.opened() as meta:
            tasks = [asyncio.create_task(put(meta, b"p%02d" % n)) for n in range(100)]
            await asyncio.sleep(0)  # every commit has been asked for
            for task in tasks[::2]:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(outcome, int) for outcome in outcomes[1::2])
            await put(meta, b"pz")  # comes after all of them
            assert await keys_in(meta, limit=200) == [*(b"p%02d" % n for n in range(100)), b"pz"]

    async def test_closing_finishes_what_was_submitted(self) -> None:
        async with self.opened() as other:
            meta = await self.open()
            tasks = [asyncio.create_task(put(meta, b"p%02d" % n)) for n in range(50)]
            await asyncio.sleep(0)
            await meta.close()
            await meta.close()  # twice is fine
            await asyncio.gather(*tasks)
            assert len(await keys_in(other, limit=200)) == 50


async def _step(
    rng: random.Random, names: Sequence[bytes], model: dict[bytes, Row], meta: MetaStore
) -> None:
    """One random batch, on the store and on the model."""
    batch = Batch(P)
    for name in rng.sample(list(names), rng.randint(0, 4)):
        if rng.random() < 0.5:
            batch.put[name] = rng.randbytes(rng.choice([0, 3, 5000]))
        else:
            batch.delete.add(name)
    for name in rng.sample(list(names), rng.randint(0, 2)):
        row = model.get(name)
        batch.expect[name] = (row.revision if row else ABSENT) + (rng.random() < 0.2)
    holds = all(
        (model[name].revision if name in model else ABSENT) == revision
        for name, revision in batch.expect.items()
    )
    if not holds:
        await refuses(Conflict, meta.commit(batch))
        return
    stamp = await meta.commit(batch)
    for name in batch.delete:
        model.pop(name, None)
    for name, value in batch.put.items():
        model[name] = Row(name, value, stamp.revisions[name])


class MetaConformance(
    RowConformance,
    ScanConformance,
    EpochConformance,
    CounterConformance,
    LimitConformance,
    CourseConformance,
):
    """Everything, for one process."""
