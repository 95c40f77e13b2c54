"""Master keys in a folder beside the data: named, in versions, made when first needed.

A file holds one version of one key and is never changed.  The newest version
wraps, every one unwraps: to rotate is to add a version.  A version is durable
before anything is wrapped by it, whoever made it and however that ended.

A version's number is the second it was made in, if that is not taken: where the
folder was lost and a new key made, both have a place in it once it is restored.

The folder is what protects the data: a copy of it in another place is needed to
restore a copy of the data.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from storage import wrapping
from storage.durable import write_file
from storage.encryption import KEY_BYTES
from storage.errors import MasterKeyMissing, StoreUnavailable
from storage.files import FileSystem, RealFiles
from storage.seam import Clock, Randomness
from storage.wrapping import Unwrappable

FOLDER: Final = "keys"
SSE_S3: Final = "sse-s3"  # the key of SSE-S3
LOOK_MS: Final = 5_000  # how long a version that another process added may go unnoticed

_VERSION_BYTES: Final = 4
_FILE: Final = re.compile(r"[a-z0-9-]{1,80}\.[1-9][0-9]{0,9}\.json\Z", re.ASCII)
_PLAIN: Final = re.compile(r"[a-z0-9-]{1,32}\Z", re.ASCII)


class MasterKey(NamedTuple):
    """One version of a key."""

    name: str
    version: int
    created_ms: int
    secret: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.name!r}, {self.version})"


def version_of(wrapped: bytes) -> int:
    """The version of the key that wrapped something."""
    return int.from_bytes(wrapped[:_VERSION_BYTES], "big")


class Keyring:
    """The master keys of a data directory; without one they live as long as the process."""

    def __init__(
        self,
        data_dir: Path | None,
        *,
        clock: Clock,
        randomness: Randomness,
        files: FileSystem | None = None,
    ) -> None:
        self._folder = data_dir / FOLDER if data_dir is not None else None
        self._clock = clock
        self._randomness = randomness
        self._files = files or RealFiles()
        self._keys: dict[str, dict[int, MasterKey]] = {}
        self._known: set[str] = set()  # names of files that were read
        self._looked_ms: int | None = None
        # Of those who look at the folder, or add to it: each request may, in a thread of its own.
        self._lock = threading.RLock()

    async def wrap(self, name: str, plain: bytes, bound_to: bytes) -> bytes:
        """A data key or another secret, wrapped by the newest version, made if there is none.

        Raises:
            MasterKeyMissing: a key does not read.
            StoreUnavailable: nothing can be kept in the folder.
        """
        now = self._clock.now_ms()
        looked = self._looked_ms
        if name not in self._keys or looked is None or not 0 <= now - looked < LOOK_MS:
            await _beside(self.newest, name)
            self._looked_ms = now
        versions = self._keys[name]
        newest = versions[max(versions)]
        sealed = wrapping.wrap(newest.secret, plain, bound_to, self._randomness)
        return newest.version.to_bytes(_VERSION_BYTES, "big") + sealed

    async def unwrap(self, name: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """The data key.

        Raises:
            MasterKeyMissing: the version that wrapped it is not there, or is another one.
            StoreUnavailable: the folder does not read.
        """
        key = await self._find(name, wrapped)
        try:
            return wrapping.unwrap(key.secret, wrapped[_VERSION_BYTES:], bound_to)
        except Unwrappable:
            raise _other_key(key) from None

    async def unseal(self, name: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """The same of what is no data key, and may have any length.

        Raises:
            MasterKeyMissing, StoreUnavailable
        """
        key = await self._find(name, wrapped)
        try:
            return wrapping.unseal(key.secret, wrapped[_VERSION_BYTES:], bound_to)
        except Unwrappable:
            raise _other_key(key) from None

    def knows(self, name: str, wrapped: bytes) -> bool:
        """Whether the version that wrapped something is at hand, without a look at the folder."""
        return version_of(wrapped) in self._keys.get(name, {})

    async def _find(self, name: str, wrapped: bytes) -> MasterKey:
        """The version that wrapped something."""
        version = version_of(wrapped)
        found = self._keys.get(name, {}).get(version)
        if found is None:
            await _beside(self.look)
            found = self._keys.get(name, {}).get(version)
        if found is None:
            raise MasterKeyMissing(
                f"version {version} of the key {name} is not in the folder {self._folder or FOLDER}"
                ": restore it"
            )
        return found

    def newest(self, name: str) -> MasterKey:
        """The version that wraps.  Blocks.

        Raises:
            MasterKeyMissing, OSError
        """
        with self._lock:
            self.look()
            if name not in self._keys:
                self._add(name)
            versions = self._keys[name]
        return versions[max(versions)]

    def rotate(self, name: str) -> MasterKey:
        """Add a version, which wraps from now on.  Blocks.

        Raises:
            MasterKeyMissing, OSError
        """
        with self._lock:
            self.look()
            self._add(name)
            return self.newest(name)

    def list(self) -> list[MasterKey]:
        """All versions, by name.  Blocks.

        Raises:
            MasterKeyMissing, OSError
        """
        self.look()
        return [
            versions[number] for _, versions in sorted(self._keys.items()) for number in versions
        ]

    def look(self) -> None:
        """Read the versions that have come since.  Blocks.

        Raises:
            MasterKeyMissing: one does not read.
            OSError
        """
        with self._lock:
            self._look()

    def _look(self) -> None:
        folder = self._folder
        if folder is None or not self._files.exists(folder):
            return
        names = {name for name in self._files.names(folder) if _FILE.match(name)}
        new = sorted(names - self._known)
        if not new:
            return
        # Whoever made them may have been killed before their names were there for good.
        self._files.sync_directory(folder)
        self._files.sync_directory(folder.parent)
        for name in new:
            self._keep(_read(folder / name))
            self._known.add(name)

    def _add(self, name: str) -> None:
        now_ms = self._clock.now_ms()
        version = max(now_ms // 1000, max(self._keys.get(name, {0: None})) + 1)
        made = MasterKey(name, version, now_ms, self._randomness.bytes(KEY_BYTES))
        if self._folder is None:
            self._keep(made)
            return
        self._files.make_directory(self._folder)
        try:
            write_file(self._files, self._folder / _file_of(name, version), _text(made))
        except FileExistsError:
            pass  # another process was faster: what it made is read
        self.look()

    def _keep(self, key: MasterKey) -> None:
        # Another dictionary, whole at once: the loop reads them without the lock.
        known = self._keys.get(key.name, {})
        self._keys[key.name] = dict(sorted({**known, key.version: key}.items()))


def _other_key(key: MasterKey) -> MasterKeyMissing:
    return MasterKeyMissing(
        f"version {key.version} of the key {key.name} did not wrap this, or not for this use"
    )


async def _beside(work: Callable[..., object], *arguments: str) -> None:
    """What blocks, in a thread."""
    try:
        await asyncio.to_thread(work, *arguments)
    except OSError as error:
        raise StoreUnavailable(f"the folder of keys: {error}") from error


def _file_of(name: str, version: int) -> str:
    """A file's name: a key's own may hold anything, and is told inside."""
    if not _PLAIN.match(name):
        name = "key-" + sha256(name.encode()).hexdigest()[:32]
    return f"{name}.{version}.json"


def _text(key: MasterKey) -> bytes:
    told = {
        "name": key.name,
        "version": key.version,
        "created_ms": key.created_ms,
        "secret": key.secret.hex(),
    }
    return json.dumps(told).encode() + b"\n"


def _read(path: Path) -> MasterKey:
    try:
        told = json.loads(path.read_bytes())
        key = MasterKey(
            told["name"], told["version"], told["created_ms"], bytes.fromhex(told["secret"])
        )
        good = _file_of(key.name, key.version) == path.name and len(key.secret) == KEY_BYTES
    except FileNotFoundError:
        raise MasterKeyMissing(f"{path} is gone: restore it") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        good = False
    if not good:
        raise MasterKeyMissing(f"{path} is damaged: restore it")
    return key
