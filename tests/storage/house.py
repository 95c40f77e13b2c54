"""A data directory with a little of everything, to be damaged and checked."""

from pathlib import Path

import msgspec

from storage import keys
from storage.assembly import Claimed, Wanted
from storage.blob.file import FileBlobs
from storage.copying import Original
from storage.fsck import Fsck, Report
from storage.integrity import NOTHING_PROMISED
from storage.mending import Mender
from storage.meta import Batch
from storage.preconditions import UNCONDITIONAL
from storage.quarantine import QuarantineFolder
from storage.records import (
    Attributes,
    ObjectVersion,
    Versioning,
    encode,
)
from tests.storage.engine import Body, Engine

WHOLE = b"w" * 1000
PARTS = [b"p" * 1000, b"q" * 8, b"r" * 1000]  # the middle one is small: a row of its own


class House:
    """A data directory: one object in one piece, one in parts, one small, one upload under way."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.blobs = FileBlobs(directory / "blobs")
        self.engine = Engine(blobs=self.blobs)
        self.data = self.engine.meta
        self.quarantine = directory / "quarantine"

    async def furnish(self) -> None:
        engine = self.engine
        self.bucket = await engine.buckets.create("bucket", account="1", region="r")
        row_key = keys.bucket(self.bucket.id)
        record = msgspec.structs.replace(self.bucket.record, versioning=Versioning.ENABLED)
        await self.data.commit(Batch(row_key, put={row_key: encode(record)}))
        self.bucket = await engine.buckets.find("bucket")
        self.older = await engine.put(self.bucket, b"whole", b"o" * 1000)
        self.whole = await engine.put(self.bucket, b"whole", WHOLE)
        self.small = await engine.put(self.bucket, b"small", b"s")
        self.claimed = await self.upload(b"parts")
        await engine.uploads.complete(
            self.bucket, b"parts", self.upload_id, self.claimed, Wanted(), UNCONDITIONAL
        )
        self.parts = await engine.objects.stat(self.bucket, b"parts")
        await engine.keeper.round()
        self.claimed = await self.upload(b"under way")

    async def upload(self, key: bytes) -> list[Claimed]:
        uploads = self.engine.uploads
        self.upload_id = await uploads.create(self.bucket, key, attributes=Attributes(), owner="1")
        claimed = []
        for number, data in enumerate(PARTS, 1):
            part, _ = await uploads.put_part(
                self.bucket, key, self.upload_id, number, Body(data), NOTHING_PROMISED
            )
            claimed.append(Claimed(number, part.etag))
        return claimed

    async def copy(self, source: ObjectVersion, key: bytes) -> ObjectVersion:
        return await self.engine.copies.copy(
            Original(self.bucket, b"whole", source),
            self.bucket,
            key,
            attributes=source.attributes,
            owner="1",
            algorithm=None,
            condition=UNCONDITIONAL,
        )

    def file_of(self, version: ObjectVersion, segment: int = 0) -> Path:
        return self.blobs.path_of(version.segments[segment].blob)

    async def part_file(self, number: int) -> Path:
        for part in await self.engine.uploads.parts(self.bucket, self.upload_id, limit=10):
            if part.number == number and part.part.segment is not None:
                return self.blobs.path_of(part.part.segment.blob)
        raise AssertionError

    async def check(self, *, repair: bool = False, deep: bool = True) -> Report:
        mender = None
        if repair:
            mender = Mender.over(
                self.data, self.blobs, QuarantineFolder(self.quarantine, self.blobs)
            )
        return await Fsck(
            control=self.data,
            data=self.data,
            blobs=self.blobs,
            strays=self.blobs.strays,
            mender=mender,
            deep=deep,
        ).run()
