"""What is kept aside when something damaged is taken out, and the power goes."""

import contextlib
import json
import random
from pathlib import Path
from typing import ClassVar, Final

from storage.blob import BLOB_ID_BYTES, BlobId
from storage.blob.file import FileBlobs
from storage.durable import write_file
from storage.errors import StorageError
from storage.quarantine import QuarantineFolder, Remains
from tests.crash.courses import check, opened
from tests.crash.disk import SimulatedDisk

NAMED: Final = "storage/durable.py: sync_directory(path.parent)"
CONTENT: Final = b"what is left of it" * 1000
INLINE: Final = b"small"


class QuarantineCourse:
    """What was in the blobs is there, or is kept aside."""

    calls_max: ClassVar[int] = 900

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._blobs: set[BlobId] = set()  # acknowledged
        self._strays: set[str] = set()
        self._kept: dict[bytes, str] = {}

    @property
    def _strange(self) -> Path:
        return self._disk.path / "blobs" / "00"

    def _quarantine(self, blobs: FileBlobs) -> QuarantineFolder:
        return QuarantineFolder(
            self._disk.path / "quarantine", blobs, files=self._disk.filesystem()
        )

    def _open(self) -> FileBlobs:
        return FileBlobs(self._disk.path / "blobs", files=self._disk.filesystem())

    async def run(self, rng: random.Random) -> None:
        with contextlib.suppress(StorageError, OSError):  # the power went
            async with opened(self._open()) as blobs:
                remains, stray = await self._prepare(blobs, rng)
                if rng.random() < 0.5:
                    self._disk.power_off_at(*[NAMED] * rng.randint(1, 2))
                    with contextlib.suppress(StorageError):
                        self._quarantine(blobs).keep(remains)
                    self._disk.program_died()
            # As a second program would that finds what the first one left.
            async with opened(self._open()) as blobs:
                self._kept[remains.place] = Path(self._quarantine(blobs).keep(remains)).name
                await blobs.delete([BlobId(remains.place)])
                self._quarantine(blobs).take(self._strange / stray)

    async def _prepare(self, blobs: FileBlobs, rng: random.Random) -> tuple[Remains, str]:
        blob = BlobId(rng.randbytes(BLOB_ID_BYTES))
        writer = await blobs.create(blob)
        try:
            await writer.write(CONTENT)
            await writer.commit()
        finally:
            await writer.abort()
        self._blobs.add(blob)
        stray = f"stray{rng.getrandbits(32)}"
        write_file(self._disk.filesystem(), self._strange / stray, CONTENT)
        self._strays.add(stray)
        return Remains("bucket", blob, {"key": blob.hex()}, [blob], {blob[:4]: INLINE}), stray

    async def check(self, *, was_cut: bool) -> None:
        async with opened(self._open()) as blobs:
            there = {info.blob async for info in blobs.list()}
            for blob in self._blobs:
                if blob not in self._kept:
                    check(blob in there, "a blob is gone")
                    continue
                folder = self._disk.path / "quarantine" / self._kept[blob]
                check((folder / blob.hex()).exists(), "the remains are gone")
                check((folder / blob.hex()).read_bytes() == CONTENT, "the remains are torn")
                check((folder / blob[:4].hex()).exists(), "a small content is gone")
                check((folder / blob[:4].hex()).read_bytes() == INLINE, "a small content is torn")
                check((folder / "what.json").exists(), "nobody knows what it was")
                check(
                    json.loads((folder / "what.json").read_bytes())["missing"] == [], "it is torn"
                )
            for stray in self._strays:
                taken = self._disk.path / "quarantine" / "strays" / stray
                found = [path for path in (taken, self._strange / stray) if path.exists()]
                check(bool(found), "a stray file is gone")
                check(all(path.read_bytes() == CONTENT for path in found), "a stray file is torn")
