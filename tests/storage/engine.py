"""The services on memory stores, with a clock and chance that a test holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.assembly import Claimed, Wanted
from storage.blob import BlobStore
from storage.blob.memory import MemoryBlobs
from storage.buckets import Buckets
from storage.content import Contents, Stretches
from storage.copying import Copies
from storage.fsck import Fsck, Report
from storage.intake import Names
from storage.integrity import NOTHING_PROMISED
from storage.keyring import Keyring
from storage.kms import LocalKms
from storage.listing import Page
from storage.meta import MetaStore
from storage.meta.memory import MemoryMeta
from storage.objects import Objects
from storage.pages import Listings, UploadEntry
from storage.preconditions import UNCONDITIONAL, WriteCondition
from storage.protection import Protection
from storage.reads import BoardReads, ReadsBoard
from storage.reclaim import Keeper
from storage.records import Attributes, ObjectVersion
from storage.rows import BucketRef
from storage.seam import SystemRandomness
from storage.uploads import Uploads

INLINE_MAX = 16
KMS_KEYS = ("key-1", "key-2", "alias/one=key-1")


class StoppedClock:
    """Moves when told."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms


class Body:
    """Bytes as a Source."""

    def __init__(self, data: bytes) -> None:
        self.size: int | None = len(data)
        self._data = data

    async def read(self) -> bytes:
        piece, self._data = self._data[:1000], self._data[1000:]
        return piece

    def trailers(self) -> Mapping[str, str]:
        return {}


@dataclass
class Engine:
    """Everything of one process."""

    meta: MetaStore = field(default_factory=MemoryMeta)
    blobs: BlobStore = field(default_factory=MemoryBlobs)
    clock: StoppedClock = field(default_factory=StoppedClock)
    board: ReadsBoard = field(default_factory=ReadsBoard)

    def __post_init__(self) -> None:
        randomness = SystemRandomness()
        self.buckets = Buckets(self.meta, self.meta, clock=self.clock, randomness=randomness)
        keyring = Keyring(None, clock=self.clock, randomness=randomness)
        kms = LocalKms(keyring, KMS_KEYS, "us-east-1", randomness)
        self.protection = Protection(keyring, kms, self.clock, randomness)
        self.contents = Contents(self.meta, self.blobs, BoardReads(self.board, 0), self.protection)
        self.objects = Objects(
            buckets=self.buckets,
            data=self.meta,
            blobs=self.blobs,
            contents=self.contents,
            clock=self.clock,
            randomness=randomness,
            inline_max=INLINE_MAX,
        )
        self.copies = Copies(
            objects=self.objects,
            data=self.meta,
            blobs=self.blobs,
            names=Names(self.clock, randomness),
            inline_max=INLINE_MAX,
        )
        self.uploads = Uploads(
            objects=self.objects,
            buckets=self.buckets,
            data=self.meta,
            blobs=self.blobs,
            clock=self.clock,
            randomness=randomness,
            inline_max=INLINE_MAX,
        )
        self.listings = Listings(self.meta)
        self.keeper = Keeper(
            buckets=self.buckets,
            data=self.meta,
            blobs=self.blobs,
            board=self.board,
            clock=self.clock,
        )

    async def put(
        self,
        bucket: BucketRef,
        key: bytes,
        data: bytes,
        condition: WriteCondition = UNCONDITIONAL,
    ) -> ObjectVersion:
        return await self.objects.put(
            bucket,
            key,
            Body(data),
            attributes=Attributes(),
            owner="1",
            promises=NOTHING_PROMISED,
            condition=condition,
        )

    async def get(self, bucket: BucketRef, key: bytes, version_id: str | None = None) -> bytes:
        opened = await self.objects.open(bucket, key, version_id, lambda v: (0, v.size))
        return await drain(opened.body)

    async def fsck(self) -> Report:
        return await Fsck(control=self.meta, data=self.meta, blobs=self.blobs, deep=True).run()

    async def blob_count(self) -> int:
        return len([info async for info in self.blobs.list()])


async def drain(body: bytes | Stretches) -> bytes:
    """The whole content."""
    if isinstance(body, bytes):
        return body
    pieces = []
    try:
        async for reader in body:
            while piece := await reader.read(1000):
                pieces.append(piece)
            await reader.close()
    finally:
        await body.aclose()
    return b"".join(pieces)


async def begin(engine: Engine, bucket: BucketRef) -> str:
    """An upload of ``k``."""
    return await engine.uploads.create(bucket, b"k", attributes=Attributes(), owner="1")


async def complete(engine: Engine, bucket: BucketRef, uploads: list[str]) -> None:
    """Make objects of uploads of ``k``, of one part each."""
    for upload in uploads:
        part, _ = await engine.uploads.put_part(
            bucket, b"k", upload, 1, Body(b"x"), NOTHING_PROMISED
        )
        claimed = [Claimed(1, part.etag)]
        await engine.uploads.complete(bucket, b"k", upload, claimed, Wanted(), UNCONDITIONAL)


async def keep(engine: Engine, rounds: int = 3) -> None:
    """Let the keeper come by."""
    for _ in range(rounds):
        await engine.keeper.round()


async def multipart(
    engine: Engine, bucket: BucketRef, key: bytes, bodies: list[bytes], *, unlisted: bool = False
) -> None:
    """An object uploaded in parts; ``unlisted``: and one part more that it does not have."""
    upload = await engine.uploads.create(bucket, key, attributes=Attributes(), owner="1")
    claimed = []
    for number, body in enumerate(bodies, 1):
        part, _ = await engine.uploads.put_part(
            bucket, key, upload, number, Body(body), NOTHING_PROMISED
        )
        claimed.append(Claimed(number, part.etag))
    if unlisted:
        await engine.uploads.put_part(
            bucket, key, upload, len(bodies) + 1, Body(b"u" * 1000), NOTHING_PROMISED
        )
    await engine.uploads.complete(bucket, key, upload, claimed, Wanted(), UNCONDITIONAL)


async def uploads_in(listings: Listings, bucket: BucketRef) -> Page[UploadEntry]:
    """The first thousand of a bucket's uploads."""
    return await listings.uploads(
        bucket, prefix=b"", delimiter=b"", key_marker=b"", upload_id_marker=b"", max_uploads=1000
    )
