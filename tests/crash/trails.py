"""The trail's segments on a simulated disk: what was appended is there for good."""

import contextlib
import random
from pathlib import Path
from typing import ClassVar, Final

from gateway.trail.blocks import SPOOL, Source
from gateway.trail.segments import Reading, Segments, paths
from gateway.trail.signer import Signer
from gateway.trail.verifying import verify
from storage.durable import make_directories, sync_parents
from storage.keyring import MasterKey
from storage.seam import SystemClock
from tests.crash.courses import check
from tests.crash.disk import SimulatedDisk

SIGNER: Final = Signer(MasterKey("trail", 1, 0, bytes(32)))


class TrailCourse:
    """Blocks are appended, one after another; those that were acknowledged stay."""

    calls_max: ClassVar[int] = 40

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._acknowledged = 0
        self._appended = 0
        files = disk.filesystem()
        make_directories(files, self._folder.parent)
        sync_parents(files, self._folder.parent)

    @property
    def _folder(self) -> Path:
        return self._disk.path / "data" / "trail"

    async def run(self, rng: random.Random) -> None:
        with contextlib.suppress(OSError):  # the power went
            segments = Segments(self._folder, SystemClock(), self._disk.filesystem())
            # What it was made of is removed now, if it was not before.
            for source in segments.last.sources:
                self._acknowledged = int(source.name)
            while True:
                self._appended += 1
                name = str(self._appended).encode()
                content = rng.randbytes(rng.choice((10, 10_000)))
                segments.append(SIGNER, (Source(SPOOL, name),), content)
                self._acknowledged = self._appended

    async def check(self, *, was_cut: bool) -> None:
        names = [
            int(source.name)
            for path in paths(self._folder)
            for block in Reading(path)
            for source in block.head.sources
        ]
        check(not self._acknowledged or self._acknowledged in names, "a block is gone")
        check(names == sorted(set(names)), "a block is there twice")
        last = Segments(self._folder, SystemClock(), self._disk.filesystem()).last
        check(last.number == len(names), "it goes on from elsewhere")
        found = verify(self._folder, lambda _: SIGNER.public)
        check(found.blocks == len(names), "it cannot be verified")
        chained = [fault for fault in found.faults if "other records" not in fault]
        check(not [one for one in chained if "no block begins" not in one], str(chained))
