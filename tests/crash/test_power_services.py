"""The power goes under objects, uploads, copies and the keeper: what was answered holds."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar, Final

import pytest

from storage import assembly, keys
from storage.assembly import Claimed, Wanted
from storage.blob import BlobId
from storage.blob.file import FileBlobs
from storage.blob.writing import FileWriter
from storage.copying import Original
from storage.errors import NoSuchKey, StorageError
from storage.files import FileSystem
from storage.fsck import Kind
from storage.integrity import NOTHING_PROMISED
from storage.meta import Batch, Stamp
from storage.meta.sqlite import SqliteMeta
from storage.preconditions import UNCONDITIONAL
from storage.reclaim import ORPHAN_AGE_MS
from storage.records import Attributes
from storage.rows import BucketRef
from tests.crash.courses import Lost, check, play
from tests.crash.disk import SimulatedDisk
from tests.storage.engine import Body, Engine, StoppedClock

ROUNDS: Final = 12
ROUNDS_LONG: Final = 1000
WRITERS: Final = 3
KEYS: Final = 3  # of a writer
SIZES: Final = (0, 10, 2000, 20_000)
NAME: Final = "bucket"

Content = bytes | None  # None: there is no such object


class ServicesCourse:
    """Writers of keys of their own, each knowing what its keys may hold."""

    calls_max: ClassVar[int] = 600
    meta: ClassVar[type[SqliteMeta]] = SqliteMeta
    blobs: ClassVar[type[FileBlobs]] = FileBlobs

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._clock = StoppedClock()
        self._may: dict[bytes, set[Content]] = {}

    async def open(self) -> Engine:
        meta = self.meta(
            self._disk.path / "meta.db",
            is_large=keys.is_large,
            vfs=self._disk.vfs_name,
            files=self._disk.filesystem(),
            checkpoint_pages=(12, 40),
        )
        try:
            blobs = self.blobs(self._disk.path / "blobs", files=self._disk.filesystem())
        except StorageError:
            await meta.close()
            raise
        return Engine(meta=meta, blobs=blobs, clock=self._clock)

    async def run(self, rng: random.Random) -> None:
        engine = await self.open()
        try:
            bucket = await self._bucket(engine)
            writers = [
                self._write(engine, bucket, writer, random.Random(rng.random()))
                for writer in range(WRITERS)
            ]
            ends = await asyncio.gather(*writers, self._keep(engine), return_exceptions=True)
            assert all(isinstance(end, StorageError | None) for end in ends), ends
            assert not self._disk.is_on, ends
        except StorageError:
            assert not self._disk.is_on
        await engine.meta.close()
        await engine.blobs.close()

    async def _bucket(self, engine: Engine) -> BucketRef:
        try:
            return await engine.buckets.find(NAME)
        except StorageError:
            return await engine.buckets.create(NAME, account="1", region="us-east-1")

    async def _keep(self, engine: Engine) -> None:
        while self._disk.is_on:  # a round with nothing to do does not find out
            done = await engine.keeper.round()
            assert not (done.failed and self._disk.is_on)
            await asyncio.sleep(0)

    async def _write(
        self, engine: Engine, bucket: BucketRef, writer: int, rng: random.Random
    ) -> None:
        while True:
            key = b"%d/%d" % (writer, rng.randrange(KEYS))
            may = self._may.setdefault(key, {None})
            content: Content = rng.randbytes(rng.choice(SIZES))
            assert content is not None
            what = rng.randrange(5)
            work: Awaitable[object]
            if what == 0:
                content = None
                work = engine.objects.delete(bucket, key, None, owner="1", condition=UNCONDITIONAL)
            elif what == 1:
                work = self._upload(engine, bucket, key, content)
            elif what == 2:
                source = b"%d/%d" % (writer, rng.randrange(KEYS))
                known = self._may.get(source, {None})
                if len(known) != 1 or None in known:
                    continue
                [content] = known
                work = self._copy(engine, bucket, source, key)
            else:
                work = engine.put(bucket, key, content)
            may.add(content)
            await work
            self._may[key] = {content}

    async def _copy(self, engine: Engine, bucket: BucketRef, source: bytes, key: bytes) -> None:
        found = await engine.objects.find(bucket, source, None)
        assert found is not None
        await engine.copies.copy(
            Original(bucket, source, found),
            bucket,
            key,
            attributes=Attributes(metadata={"a": "copy"}),
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )

    async def _upload(self, engine: Engine, bucket: BucketRef, key: bytes, content: bytes) -> None:
        upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner="1")
        claimed = []
        third = len(content) // 3 + 1
        for number in range(1, 4):
            body = content[(number - 1) * third : number * third]
            part, _ = await engine.uploads.put_part(
                bucket, key, upload, number, Body(body), NOTHING_PROMISED
            )
            claimed.append(Claimed(number, part.etag))
        await engine.uploads.complete(bucket, key, upload, claimed, Wanted(), UNCONDITIONAL)

    async def check(self, *, was_cut: bool) -> None:
        engine = await self.open()
        bucket = await self._bucket(engine)
        for key, may in self._may.items():
            found: Content
            try:
                found = await engine.get(bucket, key)
            except NoSuchKey:
                found = None
            check(found in may, f"{key!r} holds what it never held")
            self._may[key] = {found}
        findings = (await engine.fsck()).findings
        check({finding.kind for finding in findings} <= {Kind.ORPHAN}, str(findings))
        # Blobs of requests that were never answered, and deleted ones that came back.
        self._clock.ms += 2 * ORPHAN_AGE_MS
        await engine.keeper.sweep()
        for _ in range(3):
            await engine.keeper.round()
        findings = (await engine.fsck()).findings
        check(findings == [], str(findings))
        await engine.meta.close()
        await engine.blobs.close()


class LateBlobs(FileBlobs):
    """Says of a blob that it is durable before anything is done about it."""

    def __init__(self, root: Path, *, files: FileSystem) -> None:
        super().__init__(root, files=files)
        self.late: list[Callable[[], Awaitable[None]]] = []

    async def create(self, blob: BlobId, *, size_hint: int | None = None) -> FileWriter:
        writer = await super().create(blob, size_hint=size_hint)
        commit = writer.commit

        async def later() -> None:
            self.late.append(commit)

        writer.commit = later  # type: ignore[method-assign]
        return writer


class LateMeta(SqliteMeta):
    """Commits a row, and only then the blobs that it names; both before the answer."""

    of: LateBlobs

    async def commit(self, batch: Batch) -> Stamp:
        stamp = await super().commit(batch)
        late, self.of.late = self.of.late, []
        for commit in late:
            await commit()
        return stamp


class LateCourse(ServicesCourse):
    """The services with the blob's sync moved behind the commit that names it."""

    meta = LateMeta
    blobs = LateBlobs

    async def open(self) -> Engine:
        engine = await super().open()
        assert isinstance(engine.meta, LateMeta)
        assert isinstance(engine.blobs, LateBlobs)
        engine.meta.of = engine.blobs
        return engine


SYNC: Final = "storage/blob/writing.py: sync(fd)"
NAME_SYNC: Final = "storage/blob/file.py: sync_directory(target.parent)"
TRIES: Final = 200  # seeds; the first few find out


@pytest.mark.parametrize(
    ("course", "ignore"),
    [
        pytest.param(LateCourse, (), id="after the row"),
        pytest.param(ServicesCourse, (SYNC,), id="its bytes never"),
        pytest.param(ServicesCourse, (NAME_SYNC,), id="its name never"),
    ],
)
def test_a_blob_that_is_durable_later_than_its_row_is_found_out(
    course: type[ServicesCourse], ignore: tuple[str, ...], tmp_path: Path
) -> None:
    for seed in range(TRIES):
        try:
            play(tmp_path, seed, [course], frozenset(ignore))
        except Lost:
            return
    pytest.fail("nothing was lost")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "PART_BYTES_MIN", 0)


def test_what_was_answered_holds_and_fsck_finds_nothing(tmp_path: Path) -> None:
    for seed in range(ROUNDS):
        play(tmp_path, seed, [ServicesCourse])


@pytest.mark.long
def test_a_thousand_cuts_under_the_services(tmp_path: Path) -> None:
    for seed in range(ROUNDS_LONG):
        play(tmp_path, 1000 + seed, [ServicesCourse])
