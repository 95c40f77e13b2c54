"""Copies across buckets: cloned where that comes to the same, else read and written."""

import hashlib

import pytest

from storage import assembly
from storage.assembly import Claimed, Wanted
from storage.blob import BlobId, BlobWriter
from storage.blob.memory import MemoryBlobs
from storage.copying import Original
from storage.errors import BlobMissing, Busy
from storage.integrity import NOTHING_PROMISED
from storage.preconditions import UNCONDITIONAL
from storage.records import Attributes, ObjectVersion
from storage.rows import BucketRef
from tests.storage.engine import INLINE_MAX, Body, Engine

LARGE = bytes(range(256)) * 8


class Store(MemoryBlobs):
    """Counts what is written and what is cloned, if it can clone at all."""

    def __init__(self, *, can_clone: bool = True) -> None:
        super().__init__()
        self.can_clone = can_clone
        self.written = self.cloned = 0

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> BlobWriter:
        self.written += 1
        return await super().create(blob, size_hint=size_hint)

    async def clone(self, source: BlobId, target: BlobId) -> bool:
        if not self.can_clone:
            return False
        self.cloned += 1
        return await super().clone(source, target)


class Two:
    """Two buckets, the source in the first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.engine = Engine(blobs=store)

    async def begin(self) -> tuple[BucketRef, BucketRef]:
        one = await self.engine.buckets.create("one", account="1", region="r")
        return one, await self.engine.buckets.create("two", account="1", region="r")

    async def copy(
        self, source: BucketRef, target: BucketRef, algorithm: str | None = None
    ) -> ObjectVersion:
        found = await self.engine.objects.stat(source, b"k")
        self.store.written = self.store.cloned = 0
        return await self.engine.copies.copy(
            Original(source, b"k", found),
            target,
            b"k",
            attributes=Attributes(),
            owner="1",
            algorithm=algorithm,
            condition=UNCONDITIONAL,
        )


@pytest.mark.parametrize(
    ("data", "algorithm", "can_clone", "steps"),
    [
        pytest.param(LARGE, None, True, (0, 1), id="a blob whose digests are known"),
        pytest.param(LARGE, "CRC64NVME", True, (0, 1), id="with the checksum it has"),
        pytest.param(LARGE, "SHA256", True, (1, 0), id="with another checksum"),
        pytest.param(LARGE, None, False, (1, 0), id="on a store that cannot"),
        pytest.param(bytes(INLINE_MAX), None, True, (0, 0), id="a small content"),
        pytest.param(b"", None, True, (0, 0), id="nothing"),
    ],
)
async def test_a_copy_across_buckets_is_the_same_however_it_is_made(
    data: bytes, algorithm: str | None, can_clone: bool, steps: tuple[int, int]
) -> None:
    two = Two(Store(can_clone=can_clone))
    source, target = await two.begin()
    put = await two.engine.put(source, b"k", data)
    copied = await two.copy(source, target, algorithm)
    assert (two.store.written, two.store.cloned) == steps
    assert copied.etag == put.etag == hashlib.md5(data).hexdigest()
    assert copied.checksum is not None
    assert copied.checksum.algorithm == (algorithm or "CRC64NVME")
    # Each has its own: neither a change nor the end of the other matters.
    await two.engine.objects.delete(source, b"k", None, owner="1", condition=UNCONDITIONAL)
    for _ in range(3):
        await two.engine.keeper.round()
    assert await two.engine.get(target, b"k") == data
    assert not (await two.engine.fsck()).findings
    assert await two.engine.blob_count() == (len(data) > INLINE_MAX)


async def test_a_copy_of_an_upload_is_read_for_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)
    two = Two(Store())
    source, target = await two.begin()
    uploads = two.engine.uploads
    upload = await uploads.create(source, b"k", attributes=Attributes(), owner="1")
    part, _ = await uploads.put_part(source, b"k", upload, 1, Body(LARGE), NOTHING_PROMISED)
    claimed = [Claimed(1, part.etag)]
    await uploads.complete(source, b"k", upload, claimed, Wanted(), UNCONDITIONAL)
    assert (await two.copy(source, target)).etag == hashlib.md5(LARGE).hexdigest()
    assert (two.store.written, two.store.cloned) == (1, 0)


async def test_a_clone_of_what_is_gone_is_no_copy() -> None:
    two = Two(Store())
    source, target = await two.begin()
    put = await two.engine.put(source, b"k", LARGE)

    class Late(Store):
        async def clone(self, source: BlobId, target: BlobId) -> bool:
            raise BlobMissing

    late = Late()
    late.__dict__ |= two.store.__dict__
    engine = Engine(meta=two.engine.meta, blobs=late)
    await late.delete([BlobId(put.segments[0].content)])
    with pytest.raises((BlobMissing, Busy)):
        await engine.copies.copy(
            Original(source, b"k", put),
            target,
            b"k",
            attributes=Attributes(),
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )
    assert await engine.objects.find(target, b"k", None) is None
