"""The blob stores keep the port's promises; the file store also those of its directory."""

import errno
import fcntl
import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from storage.blob import BLOB_ID_BYTES, BlobId, BlobInfo, BlobStore, Buffer
from storage.blob.file import FileBlobs
from storage.blob.gathering import GATHER_BYTES_MAX, GATHER_BYTES_MIN, GATHERED_BYTES
from storage.blob.memory import MemoryBlobs
from storage.blob.writing import JOIN_BYTES_MAX
from storage.conformance.blob import BlobConformance, content, listed, name, read, store
from storage.errors import StorageError, StoreFull, StoreUnavailable
from storage.files import RealFiles


class TestMemory(BlobConformance):
    _blobs: MemoryBlobs | None = None

    async def open(self) -> BlobStore:
        if self._blobs is None:
            self._blobs = MemoryBlobs()
        return self._blobs


class TestFile(BlobConformance):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self._path = tmp_path / "blobs"

    async def open(self) -> BlobStore:
        return FileBlobs(self._path)


def unnamed(path: Path) -> list[Path]:
    """Files of blobs that are being written."""
    return [found for found in (path / "writing").glob("*/*") if found.is_file()]


async def test_nothing_is_left_of_writers_that_ended(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    await store(blobs, name(1), b"kept")
    writer = await blobs.create(name(2), size_hint=100)
    await writer.write(b"dropped")
    await writer.abort()
    assert unnamed(tmp_path / "blobs") == []
    await blobs.close()
    assert [entry.name for entry in (tmp_path / "blobs" / "writing").iterdir()] == ["opening.lock"]


def _write_and_wait(path: Path, pipe: Connection) -> None:
    import asyncio

    async def main() -> None:
        blobs = FileBlobs(path)
        await store(blobs, name(1), b"committed")
        writer = await blobs.create(name(2))
        await writer.write(bytes(2_000_000))
        pipe.send(os.getpid())
        pipe.recv()

    asyncio.run(main())


@pytest.mark.usefixtures("every_directory")
async def test_what_a_dead_process_was_writing_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "blobs"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_write_and_wait, args=(path, theirs))
    process.start()
    ours.recv()

    blobs = FileBlobs(path)
    writer = await blobs.create(name(3))
    await writer.write(b"ours")
    assert len(unnamed(path)) == 2

    process.kill()
    process.join()
    other = FileBlobs(path)
    assert len(unnamed(path)) == 1
    await writer.commit()
    assert await read(other, name(1), 9) == b"committed"
    assert await read(other, name(3), 4) == b"ours"
    assert len(await listed(other)) == 2
    await other.close()
    await blobs.close()


async def test_foreign_files_are_not_blobs(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    await store(blobs, name(1), content(1, 10))
    for foreign in ("lost+found", "a", "x" * 48, "A" * 48):
        (tmp_path / "blobs" / "00" / foreign).write_bytes(b"")
    assert [info.blob for info in await listed(blobs)] == [name(1)]
    await blobs.close()


class CountingPieces(RealFiles):
    """How many pieces it was given at once, at most."""

    def __init__(self) -> None:
        self.most = 0

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        self.most = max(self.most, len(pieces))
        super().write(fd, pieces)


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([1] * 100_000, id="bytes"),
        pytest.param([1, JOIN_BYTES_MAX] * 150, id="small ones between large ones"),
        pytest.param([JOIN_BYTES_MAX - 1, 1, 0, 70_000] * 40, id="sizes at the border"),
        pytest.param([JOIN_BYTES_MAX] * 100, id="large ones alone"),
    ],
)
async def test_a_writer_keeps_few_pieces_and_their_order(tmp_path: Path, sizes: list[int]) -> None:
    """A client may send a byte at a time: what is kept of it must not be many objects."""
    files = CountingPieces()
    blobs = FileBlobs(tmp_path / "blobs", files=files)
    writer = await blobs.create(name(1))
    whole = b""
    reused = bytearray(max(sizes))
    for number, size in enumerate(sizes):
        piece = bytes([number % 251]) * size
        reused[:size] = piece
        await writer.write(memoryview(reused)[:size])
        whole += piece
    await writer.commit()
    assert await read(blobs, name(1), len(whole)) == whole
    assert files.most <= 2 * GATHER_BYTES_MAX // JOIN_BYTES_MAX + 1
    await blobs.close()


class CountingBytes(RealFiles):
    """How many bytes were written."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, fd: int, pieces: Sequence[Buffer]) -> None:
        self.written += sum(map(len, pieces))
        super().write(fd, pieces)


async def test_many_writers_hold_little_together(tmp_path: Path) -> None:
    files = CountingBytes()
    blobs = FileBlobs(tmp_path / "blobs", files=files)
    writers = [await blobs.create(name(number)) for number in range(80)]
    piece = bytes(GATHER_BYTES_MIN // 2)
    sent = 0
    for _ in range(20):
        for writer in writers:
            await writer.write(piece)
            sent += len(piece)
            assert sent - files.written <= GATHERED_BYTES + len(writers) * GATHER_BYTES_MIN
    assert sent > 1.5 * GATHERED_BYTES
    for writer in writers:
        await writer.abort()
    alone, before = await blobs.create(name(80)), files.written
    for _ in range(GATHER_BYTES_MAX // len(piece) - 1):
        await alone.write(piece)
    assert files.written == before, "what others held is given back"
    await alone.write(piece)
    assert files.written - before == GATHER_BYTES_MAX
    await alone.abort()
    await blobs.close()


class NoDescriptors(RealFiles):
    """A file system on which nothing can be opened for a while."""

    def __init__(self) -> None:
        self.left = 0  # calls that fail

    def _maybe(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise OSError(errno.EMFILE, "too many open files")

    def create(self, path: Path) -> int:
        self._maybe()
        return super().create(path)

    def open(self, path: Path) -> int:
        self._maybe()
        return super().open(path)


async def test_too_many_open_files_are_no_reason_to_stop_for_good(tmp_path: Path) -> None:
    files = NoDescriptors()
    blobs = FileBlobs(tmp_path / "blobs", files=files)
    await store(blobs, name(1), b"x")
    files.left = 2
    with pytest.raises(StoreUnavailable):
        await blobs.create(name(2))
    with pytest.raises(StoreUnavailable):  # nothing is known of the blob: it is not damaged
        await blobs.read(name(1), 0, 1)
    assert blobs.healthy
    await store(blobs, name(2), b"y")
    assert await read(blobs, name(1), 1) == b"x"
    await blobs.close()


async def test_what_cannot_be_removed_is_told_once_and_the_others_go(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    names = [BlobId(bytes([number]) * BLOB_ID_BYTES) for number in range(3)]
    for one in names:
        await (await blobs.create(one)).commit()
    blobs.path_of(names[1]).unlink()
    blobs.path_of(names[1]).mkdir()
    for _ in range(2):
        assert list(await blobs.delete(names)) == [names[1]]
    assert len(caplog.records) == 1
    assert not blobs.path_of(names[2]).exists()
    assert blobs.healthy
    await blobs.close()


@pytest.mark.parametrize(
    "number", [errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.EPERM]
)
async def test_where_the_disk_cannot_clone_the_bytes_are_to_be_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    await store(blobs, name(1), b"x")
    monkeypatch.setattr(fcntl, "ioctl", refusing(number))
    assert not await blobs.clone(name(1), name(2))
    assert blobs.healthy
    await blobs.close()


@pytest.mark.parametrize(
    ("number", "error", "is_healthy"),
    [
        (errno.ENOSPC, StoreFull, True),
        (errno.EDQUOT, StoreFull, True),
        (errno.ENOMEM, StoreUnavailable, True),
        (errno.EIO, StoreUnavailable, False),
    ],
)
async def test_a_disk_that_can_clone_and_fails_is_not_one_that_cannot(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[StorageError],
    *,
    is_healthy: bool,
) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    await store(blobs, name(1), b"x")
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "ioctl", refusing(number))
        with pytest.raises(error):
            await blobs.clone(name(1), name(2))
    assert blobs.healthy is is_healthy
    assert await listed(blobs) == [BlobInfo(name(1), 1)]
    if is_healthy:
        monkeypatch.setattr(fcntl, "ioctl", lambda *_: 0)
        assert await blobs.clone(name(1), name(2)), "the next one may fit"
    await blobs.close()


def refusing(number: int) -> Callable[..., None]:
    def ioctl(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return ioctl
