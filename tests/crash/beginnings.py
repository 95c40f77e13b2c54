"""The first start of a server, cut short: a data directory of ours, a root key that stays."""

import contextlib
import random
from pathlib import Path
from typing import ClassVar, Final

from gateway import rootkey
from gateway.config import ConfigError
from gateway.iam.accounts import AccessKey
from storage.durable import make_directories, sync_parents
from storage.errors import MasterKeyMissing, StoreUnavailable
from storage.format import claim
from storage.keyring import SSE_S3, Keyring
from storage.seam import SystemClock, SystemRandomness
from tests.crash.courses import check
from tests.crash.disk import SimulatedDisk

NAMED: Final = "storage/durable.py: sync_directory(path.parent)"
DEAD_AFTER_MAX: Final = 14  # calls of the disk; all of a first start


class FormatCourse:
    """A data directory that was claimed is ours for good, whatever lies in it."""

    calls_max: ClassVar[int] = 30

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._claimed = False

    @property
    def _directory(self) -> Path:
        return self._disk.path / "srv" / "data"

    async def run(self, rng: random.Random) -> None:
        if rng.random() < 0.5:
            if rng.random() < 0.5:
                self._disk.power_off_after(calls=rng.randint(1, DEAD_AFTER_MAX))
            else:
                self._disk.power_off_at(NAMED)
            with contextlib.suppress(OSError):
                claim(self._directory, self._disk.filesystem())
            self._disk.program_died()
        with contextlib.suppress(OSError):  # the power went
            claim(self._directory, self._disk.filesystem())
            self._claimed = True
            files = self._disk.filesystem()
            files.close(files.create(self._directory / "meta.db"))

    async def check(self, *, was_cut: bool) -> None:
        if self._claimed:
            check((self._directory / "format").exists(), "a data directory is gone")
        claim(self._directory, self._disk.filesystem())
        names = {path.name for path in self._directory.iterdir()}
        check(names <= {"format", "meta.db"}, "something is left of a start cut short")


class OlderFormatCourse(FormatCourse):
    """An older version had begun; what it left unfinished is in nobody's way."""

    async def run(self, rng: random.Random) -> None:
        files = self._disk.filesystem()
        with contextlib.suppress(OSError):
            make_directories(files, self._directory)
            files.remove(left := self._directory / "format.new")
            fd = files.create(left)
            try:
                files.write(fd, [b"signet 1\n"[: rng.randint(0, 9)]])
            finally:
                files.close(fd)
        self._disk.program_died()
        await super().run(rng)


class FirstStartCourse:
    """The number and then the key, as a server makes them; cut short, it is begun again."""

    calls_max: ClassVar[int] = 30

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._shown: AccessKey | None = None

    @property
    def _directory(self) -> Path:
        return self._disk.path / "srv" / "data"

    def _start(self) -> AccessKey:
        claim(self._directory, self._disk.filesystem())
        return rootkey.find(self._directory, "", "", self._disk.filesystem()).key

    async def run(self, rng: random.Random) -> None:
        if rng.random() < 0.5:
            self._disk.power_off_after(calls=rng.randint(1, 2 * DEAD_AFTER_MAX))
            with contextlib.suppress(OSError):
                self._shown = self._start()
            self._disk.program_died()
        self._disk.power_off_after(calls=rng.randint(1, self.calls_max))
        with contextlib.suppress(OSError):  # the power went
            self._shown = self._start()

    async def check(self, *, was_cut: bool) -> None:
        try:
            found = self._start()
        except ConfigError:
            check(False, "the root key cannot be read")
        check(self._shown in (None, found), "the root key that was shown is gone")
        self._shown = found
        names = sorted(path.name for path in self._directory.iterdir())
        check(names == ["format", "root-key.json"], "something is left of a start cut short")


class RootKeyCourse:
    """The root key that was shown is the root key for good."""

    calls_max: ClassVar[int] = 12

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._shown: AccessKey | None = None
        files = disk.filesystem()
        make_directories(files, self._directory)
        sync_parents(files, self._directory)

    @property
    def _directory(self) -> Path:
        return self._disk.path / "data"

    async def run(self, rng: random.Random) -> None:
        if rng.random() < 0.5:
            self._disk.power_off_at(NAMED)
            with contextlib.suppress(OSError):
                rootkey.find(self._directory, "", "", self._disk.filesystem())
            self._disk.program_died()
        with contextlib.suppress(OSError):  # the power went
            self._shown = rootkey.find(self._directory, "", "", self._disk.filesystem()).key

    async def check(self, *, was_cut: bool) -> None:
        try:
            found = rootkey.kept(self._directory)
        except ConfigError:
            check(False, "the root key cannot be read")
        check(self._shown in (None, found), "the root key that was shown is gone")


class KeyringCourse:
    """What a master key has wrapped can be unwrapped for good."""

    calls_max: ClassVar[int] = 16

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk
        self._wrapped: list[bytes] = []
        files = disk.filesystem()
        make_directories(files, self._directory)
        sync_parents(files, self._directory)

    @property
    def _directory(self) -> Path:
        return self._disk.path / "data"

    def _keyring(self) -> Keyring:
        return Keyring(
            self._directory,
            clock=SystemClock(),
            randomness=SystemRandomness(),
            files=self._disk.filesystem(),
        )

    async def run(self, rng: random.Random) -> None:
        if rng.random() < 0.5:
            self._disk.power_off_at(NAMED)
            with contextlib.suppress(StoreUnavailable):
                await self._keyring().wrap(SSE_S3, bytes(32), b"")
            self._disk.program_died()
        with contextlib.suppress(OSError, StoreUnavailable):  # the power went
            keyring = self._keyring()
            self._wrapped.append(await keyring.wrap(SSE_S3, bytes(32), b""))
            if rng.random() < 0.5:
                return
            keyring.rotate(SSE_S3)
            self._wrapped.append(await self._keyring().wrap(SSE_S3, bytes(32), b""))

    async def check(self, *, was_cut: bool) -> None:
        keyring = self._keyring()
        try:
            for wrapped in self._wrapped:
                check(await keyring.unwrap(SSE_S3, wrapped, b"") == bytes(32), "another key")
        except MasterKeyMissing:
            check(False, "a key that has wrapped is gone")
