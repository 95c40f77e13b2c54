"""Answers that are lost, writers that die, stores that are away or somebody else's."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import obstore
import pytest
from obstore.store import MemoryStore

from storage.blob.cloud import CloudBlobs, check, take
from storage.blob.cloud.breaker import FAILURES, Breaker
from storage.blob.cloud.calls import Calls
from storage.blob.cloud.failures import sentence
from storage.blob.cloud.listing import CLAIM_MAX_S
from storage.blob.cloud.room import Room
from storage.conformance.blob import content, listed, name, read, store
from storage.errors import BlobExists, BlobMissing, FormatError, StoreUnavailable
from storage.seam import SystemClock

PART: Final = 1000
SMALL: Final = content(1, PART)
LARGE: Final = content(2, 4 * PART + 1)


class LosesAnswers(Calls):
    """What is asked for happens, and nobody hears of it."""

    def __init__(self, objects: Any) -> None:
        super().__init__(objects, "memory", bulk=True, attributes=True)
        self.losing = True

    async def create(self, name: str, data: bytes, writer: str) -> None:
        await super().create(name, data, writer)
        if self.losing:
            raise StoreUnavailable("the answer was lost")

    async def upload(self, name: str, parts: Any, part_bytes: int) -> None:
        await super().upload(name, parts, part_bytes)
        if self.losing:
            raise StoreUnavailable("the answer was lost")


@pytest.mark.parametrize("data", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
async def test_a_commit_whose_answer_was_lost_is_found_to_have_happened(data: bytes) -> None:
    blobs = CloudBlobs(LosesAnswers(MemoryStore()), small_bytes=PART, part_bytes=PART)
    await store(blobs, name(1), data)
    assert await read(blobs, name(1), len(data)) == data


async def test_what_another_wrote_is_not_taken_for_ones_own() -> None:
    objects = MemoryStore()
    calls = LosesAnswers(objects)
    calls.losing = False
    await store(CloudBlobs(calls, small_bytes=PART, part_bytes=PART), name(1), SMALL)
    calls.losing = True
    blobs = CloudBlobs(calls, small_bytes=PART, part_bytes=PART)
    for data in (SMALL, LARGE):
        with pytest.raises(BlobExists):
            await store(blobs, name(1), data)
    assert await read(blobs, name(1), len(SMALL)) == SMALL


async def test_large_and_small_writers_of_one_name_exclude_each_other() -> None:
    calls = Calls(MemoryStore(), "memory", bulk=True, attributes=True)
    blobs = CloudBlobs(calls, small_bytes=PART, part_bytes=PART)
    writers = [blobs.create(name(1)) for _ in range(20)]
    pieces = [bytes([number]) * (PART + number % 2) for number in range(20)]

    async def write(creating: Coroutine[Any, Any, Any], data: bytes) -> bool:
        writer = await creating
        try:
            await writer.write(data)
            await asyncio.sleep(0)
            await writer.commit()
        except BlobExists:
            await writer.abort()
            return False
        return True

    won = await asyncio.gather(*map(write, writers, pieces))
    assert won.count(True) == 1
    data = pieces[won.index(True)]
    assert await read(blobs, name(1), len(data)) == data
    assert len(await listed(blobs)) == 1


class Later(SystemClock):
    """So long after now."""

    def __init__(self, by_s: float) -> None:
        self._by_ms = int(by_s * 1000)

    def now_ms(self) -> int:
        return super().now_ms() + self._by_ms


async def test_the_claim_of_a_dead_writer_is_listed_when_no_living_one_can_have_it() -> None:
    calls = Calls(MemoryStore(), "memory", bulk=True, attributes=True)
    blobs = CloudBlobs(calls, small_bytes=PART, part_bytes=PART)
    writer = await blobs.create(name(1))
    await writer.write(LARGE)
    assert await listed(blobs) == []
    with pytest.raises(BlobMissing):
        await blobs.read(name(1), 0, 0)
    later = CloudBlobs(calls, small_bytes=PART, part_bytes=PART, clock=Later(CLAIM_MAX_S + 60))
    assert [info.blob for info in await listed(later)] == [name(1)]
    await writer.abort()
    assert await listed(later) == []


async def test_blobs_outlive_a_change_of_the_size_of_parts() -> None:
    calls = Calls(MemoryStore(), "memory", bulk=True, attributes=True)
    sizes = (0, 1, PART, PART + 1, 5 * PART)
    before = CloudBlobs(calls, small_bytes=PART, part_bytes=PART)
    for number, size in enumerate(sizes):
        await store(before, name(number), content(number, size))
    for part in (10, 100 * PART):
        blobs = CloudBlobs(calls, small_bytes=part, part_bytes=part)
        for number, size in enumerate(sizes):
            assert await read(blobs, name(number), size) == content(number, size)


async def test_a_store_that_is_away_is_not_waited_for_and_found_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    back = asyncio.Event()

    async def look() -> None:
        if not back.is_set():
            raise StoreUnavailable("still away")

    breaker = Breaker("the store", look)
    for _ in range(FAILURES - 1):
        breaker.failed("no answer")
    breaker.succeeded()
    for _ in range(FAILURES - 1):
        breaker.failed("no answer")
        breaker.check()
    breaker.failed("no answer")
    assert "the store is away for" in str(breaker.trouble)
    with pytest.raises(StoreUnavailable):
        breaker.check()
    back.set()
    async with asyncio.timeout(10):
        while breaker.trouble is not None:
            await asyncio.sleep(0.01)
    breaker.check()
    assert len(caplog.records) == 2
    await breaker.close()


async def test_uploads_wait_for_memory_and_not_for_ever() -> None:
    room = Room(10, wait_s=0.05)
    await room.take(8)
    with pytest.raises(StoreUnavailable):
        await room.take(3)
    waiting = asyncio.ensure_future(room.take(3))
    await asyncio.sleep(0)
    room.give_back(1)
    await waiting
    with pytest.raises(StoreUnavailable):
        await room.take(1)


OWN, OTHER = "1" * 32, "2" * 32


async def test_a_store_belongs_to_whom_it_says() -> None:
    objects = MemoryStore()
    calls = Calls(objects, "memory", bulk=True, attributes=True)
    await check(calls, "it", OWN, is_new=True)
    await take(calls, "it", OWN)
    await take(calls, "it", OWN)
    await check(calls, "it", OWN, is_new=False)
    await check(calls, "it", OWN, is_new=True)  # a first start that was cut short
    for is_new in (True, False):
        with pytest.raises(FormatError, match="another data directory"):
            await check(calls, "it", OTHER, is_new=is_new)
    with pytest.raises(FormatError, match="another data directory"):
        await take(calls, "it", OTHER)
    await store(CloudBlobs(calls), name(1), SMALL)
    with pytest.raises(FormatError, match="database is missing"):
        await check(calls, "it", OWN, is_new=True)
    await calls.delete(["signet-store"])
    with pytest.raises(FormatError, match="another place, or was emptied"):
        await check(calls, "it", OWN, is_new=False)
    with pytest.raises(FormatError, match="another data directory"):
        await check(calls, "it", OTHER, is_new=True)


async def test_checking_leaves_nothing_behind() -> None:
    objects = MemoryStore()
    await check(Calls(objects, "memory", bulk=True, attributes=True), "it", OWN, is_new=True)
    assert await obstore.list(objects).collect_async() == []


class IgnoresConditions(Calls):
    async def create(self, name: str, data: bytes, writer: str) -> None:
        await self.delete([name])
        await super().create(name, data, writer)


async def test_a_store_that_ignores_conditions_is_refused() -> None:
    calls = IgnoresConditions(MemoryStore(), "memory", bulk=True, attributes=True)
    with pytest.raises(FormatError, match="If-None-Match"):
        await check(calls, "it", OWN, is_new=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "Error performing PUT https://a.example/b/c?sig=SECRET&se=1 in 2s\n\nDebug source:\nx",
            "Error performing PUT https://a.example/b/c in 2s",
            id="signatures of URLs are left out",
        ),
        pytest.param(
            "404: <?xml?> <Error><Code>NoSuchBucket</Code><Message>None such</Message>",
            "NoSuchBucket: None such",
            id="what the store says in the end",
        ),
        pytest.param("", "ValueError", id="nothing at all"),
    ],
)
def test_messages_are_one_line_without_secrets(text: str, told: str) -> None:
    assert sentence(ValueError(text)) == told
