"""A trail in a folder, with stores on memory and a clock that a test holds."""

from pathlib import Path
from typing import Any

from gateway.iam.accounts import ROOT_ACCOUNT
from gateway.observe.spool import FolderSpool
from gateway.trail import segments
from gateway.trail.buffered import Buffered
from gateway.trail.collector import Collector
from gateway.trail.entries import Entry
from gateway.trail.reading import entries, waiting
from gateway.trail.records import Row, Told, encode_told
from gateway.trail.retention import Retention
from gateway.trail.signer import KEY, Signer
from gateway.trail.verifying import HeadOf, PublicOf, Verdict, verify
from storage.changes import Changes, Trace
from storage.garbage import Done, never
from storage.keyring import Keyring
from storage.rows import BucketRef
from storage.seam import SystemRandomness
from tests.storage.engine import Engine

DAY_MS = 24 * 3600 * 1000


def told(request_id: str, **members: Any) -> Told:
    """What is told of a request."""
    known = {
        "at_ms": 1_800_000_000_000,
        "operation": "PutObject",
        "method": "PUT",
        "target": b"/bucket/k",
        "host": "localhost",
        "remote": "127.0.0.1",
        "tls": None,
        "agent": b"a test",
        "referer": b"",
        "bucket": "bucket",
        "owner": "000000000001",
        "key": b"k",
        "version_id": None,
        "person": None,
        "signed": None,
        "decided": None,
    }
    return Told(request_id=request_id, **(known | members))  # type: ignore[arg-type]  # by name


def asked(request_id: str, status: int = 200, error: str = "") -> Row:
    """The row of a request that changed nothing."""
    return (1, told(request_id, method="GET"), status, error, "", "", 0, 0, None, 1, ())


class House:
    """Everything around a collector; ``restart`` is what a crash leads to."""

    def __init__(self, data_dir: Path, kept_days: int = 0) -> None:
        self.data_dir = data_dir
        self.engine = Engine()
        self.clock = self.engine.clock
        self.changes = Changes(self.engine.meta, self.engine.meta)
        self.kept_ms, self.bytes_max = kept_days * DAY_MS, 0
        self.folder = segments.folder_of(data_dir)
        self.requests = 0
        self.restart()

    def restart(self) -> None:
        self.spool = self._spool(1)
        self.keyring = Keyring(self.data_dir, clock=self.clock, randomness=SystemRandomness())
        self.collector = Collector(
            self.folder,
            self.spool,
            self.changes,
            self.keyring,
            self.clock,
            retention=Retention(self.folder, kept_ms=self.kept_ms, bytes_max=self.bytes_max),
        )
        self.worker = Buffered(self._spool(0), self.clock)

    def has_room_for(self, size: int) -> None:
        """From here on."""
        self.bytes_max = size
        self.collector.close()
        self.restart()

    def _spool(self, slot: int) -> FolderSpool:
        return FolderSpool(self.data_dir, slot, 1, self.clock, folder="trail/spool", end=b"")

    async def bucket(self, name: str = "bucket", account: str = ROOT_ACCOUNT) -> BucketRef:
        return await self.engine.buckets.create(name, account=account, region="r")

    async def change(self, bucket: BucketRef) -> str:
        """A put; the id of its request."""
        self.requests += 1
        request_id = f"C{self.requests}"
        trace = Trace(lambda: encode_told(told(request_id)))
        await self.engine.put(bucket.traced(trace), b"k", b"content")
        return request_id

    def read(self) -> str:
        """A request that changes nothing; its id."""
        self.requests += 1
        self.worker.put(asked(f"R{self.requests}"))
        return f"R{self.requests}"

    async def round(self) -> Done:
        self.worker.set_aside()
        return await self.collector.round(never)

    def known(self) -> list[str]:
        """The ids of requests in the segments alone."""
        return [_id(one) for one in entries(self.folder)]

    async def all_known(self) -> list[str]:
        """The same with what waits."""
        return [_id(one) for one in entries(self.folder, await waiting(self.spool, self.changes))]

    def public_of(self) -> PublicOf:
        """The public keys."""
        keys = {key.version: Signer(key).public for key in self.keyring.list() if key.name == KEY}
        return lambda block: keys.get(block.key_version)

    def verify(self, kept: HeadOf | None = None) -> Verdict:
        return verify(self.folder, self.public_of(), kept)

    @property
    def paths(self) -> list[Path]:
        return segments.paths(self.folder)


def _id(entry: Entry) -> str:
    return entry.told.request_id if entry.told is not None else "lost"


async def filled(data_dir: Path, blocks: int, kept_days: int = 0) -> House:
    """A house whose trail has so many blocks, each in a segment of its own."""
    house = House(data_dir, kept_days)
    bucket = await house.bucket()
    for _ in range(blocks):
        await house.change(bucket)
        house.read()
        await house.round()
        house.clock.ms += segments.SEGMENT_MS
    return house


__all__ = ["DAY_MS", "House", "asked", "filled", "told"]
