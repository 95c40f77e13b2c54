"""What is kept in memory stays true."""

from storage import keys
from storage.kept import BYTES_EACH, DECODED_TIMES, Currents, SmallContents
from storage.meta import Batch, Row
from storage.meta.memory import MemoryMeta
from storage.records import ObjectVersion, encode
from storage.rows import Stored

BUCKET = b"12345678"


class Counted(MemoryMeta):
    """Counts the reads."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def get(self, key: bytes) -> Row | None:
        self.reads += 1
        return await super().get(key)


async def put(meta: MemoryMeta, key: bytes, size: int | None) -> None:
    row_key = keys.current(BUCKET, key)
    batch = Batch(keys.bucket(BUCKET))
    if size is None:
        batch.delete.add(row_key)
    else:
        batch.put[row_key] = encode(ObjectVersion(1, "", 0, size=size))
    await meta.commit(batch)


def size_of(stored: Stored | None) -> int | None:
    return stored.version.size if stored else None


async def test_an_unchanged_store_is_asked_once() -> None:
    meta = Counted()
    currents = Currents(meta)
    await put(meta, b"a", 1)
    for _ in range(3):
        assert size_of(await currents.get(BUCKET, b"a")) == 1
    assert meta.reads == 1


async def test_every_change_is_seen_at_once() -> None:
    meta = Counted()
    currents = Currents(meta)
    for size in (None, 1, 2, None, None, 2, 2):
        await put(meta, b"a", size)
        for _ in range(2):
            assert size_of(await currents.get(BUCKET, b"a")) == size


class Late(Counted):
    """Notices nothing of what others commit."""

    @property
    def staleness_s(self) -> float:
        return 1.0

    def epoch(self, *, settings: bool = False) -> int:
        return 0


async def test_a_store_that_may_be_late_to_notice_is_asked_each_time() -> None:
    meta = Late()
    currents = Currents(meta)
    for size in (1, 2, None, 3):
        await put(meta, b"a", size)
        assert size_of(await currents.get(BUCKET, b"a")) == size
        assert currents.known(BUCKET, b"a") is None


async def test_a_commit_elsewhere_costs_a_read_and_no_decoding() -> None:
    meta = Counted()
    currents = Currents(meta)
    await put(meta, b"a", 1)
    first = await currents.get(BUCKET, b"a")
    await put(meta, b"b", 2)
    assert await currents.get(BUCKET, b"a") is first
    assert meta.reads == 2


def room_of(number: int) -> int:
    """What that many versions of this module take."""
    row = encode(ObjectVersion(1, "", 0, size=1))
    name = keys.current(BUCKET, b"a")
    return number * (len(name) + DECODED_TIMES * len(row) + BYTES_EACH)


async def test_versions_are_kept_up_to_a_number_of_bytes_the_last_used_longest() -> None:
    meta = Counted()
    currents = Currents(meta, size=room_of(2))
    for key in (b"a", b"b", b"c"):
        await put(meta, key, 1)
    for key in (b"a", b"b", b"a", b"c", b"a"):
        await currents.get(BUCKET, key)
    assert meta.reads == 3
    await currents.get(BUCKET, b"b")
    assert meta.reads == 4


async def test_what_was_read_again_is_not_counted_twice() -> None:
    meta = Counted()
    currents = Currents(meta, size=room_of(2))
    await put(meta, b"a", 1)
    for _ in range(5):
        await put(meta, b"b", 1)
        for key in (b"a", b"b"):
            await currents.get(BUCKET, key)
    reads = meta.reads
    for key in (b"a", b"b"):
        await currents.get(BUCKET, key)
    assert meta.reads == reads


def test_contents_are_kept_up_to_a_number_of_bytes_the_last_used_longest() -> None:
    small = SmallContents(2 * (10 + 1 + BYTES_EACH))
    small.keep(b"a", bytes(10))
    small.keep(b"b", bytes(10))
    small.keep(b"b", bytes(10))  # not counted twice
    assert small.get(b"a") == bytes(10)
    small.keep(b"c", bytes(10))
    assert small.get(b"b") is None
    assert small.get(b"a") == small.get(b"c") == bytes(10)
    small.keep(b"d", bytes(1000))  # larger than all together: kept by nobody
    assert [small.get(name) for name in (b"a", b"c", b"d")] == [None, None, None]
