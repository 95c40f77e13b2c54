"""The two ports, opened as the settings say, and what has to be true of them before that."""

from pathlib import Path
from secrets import token_hex
from types import ModuleType
from typing import Final

from gateway.config import Config
from storage import keys, presence
from storage.blob import BlobStore
from storage.blob.file import FileBlobs
from storage.blob.memory import MemoryBlobs
from storage.blob.place import is_cloud
from storage.blob.place import shown as cloud_shown
from storage.durable import write_file
from storage.errors import FormatError, StoreUnavailable
from storage.files import RealFiles
from storage.meta import MetaStore
from storage.meta.epoch import SharedEpoch
from storage.meta.memory import MemoryMeta
from storage.meta.place import is_postgres, shown
from storage.meta.slots import Slots

Epoch = SharedEpoch | Slots  # made before the fork; which of them, the metadata store says

_ID_BYTES: Final = 16


class Stores:
    """The two ports, opened.  After the fork, on the loop that uses them."""

    def __init__(
        self, config: Config, epoch: Epoch | None = None, *, meta: MetaStore | None = None
    ) -> None:
        """``meta``: the metadata store, where it is not of this machine; see ``open``."""
        self.meta: MetaStore
        self.blobs: BlobStore
        if config.meta == "memory:":
            self.meta, self.blobs = MemoryMeta(), MemoryBlobs()
            return
        # Here too, for a process that takes another's place: meanwhile a disk may be gone.
        presence.check(config.data_dir)
        if meta is None:
            _need_database(config.data_dir)
        # The order says what must be there: see storage.presence.
        self.blobs = _blobs(config)
        self.meta = meta if meta is not None else _sqlite(config, epoch)

    @classmethod
    async def open(cls, config: Config, epoch: Epoch | None = None, slot: int = 0) -> "Stores":
        """Open both; ``slot`` is this process's number among those that share the epoch.

        Raises:
            StorageError, OSError: the text says why.
        """
        if not is_postgres(config.meta):
            return cls(config, epoch)
        meta = await open_meta(config, epoch, slot)
        try:
            return cls(config, meta=meta)
        except BaseException:
            await meta.close()
            raise

    @property
    def healthy(self) -> bool:
        """False once a store has stopped writing."""
        return self.meta.healthy and self.blobs.healthy

    @property
    def trouble(self) -> str | None:
        """Why requests can hardly be answered just now; None if there is no reason known."""
        if not self.healthy:
            return "the store takes no writes"
        return self.meta.trouble or self.blobs.trouble

    async def close(self) -> None:
        """Finish and release."""
        await self.meta.close()
        await self.blobs.close()


async def open_meta(config: Config, epoch: Epoch | None = None, slot: int = 0) -> MetaStore:
    """The metadata store of a data directory that has been served before.

    Raises:
        StorageError, OSError: the text says why.
    """
    if not is_postgres(config.meta):
        _need_database(config.data_dir)
        return _sqlite(config, epoch)
    from storage.meta.postgres import PostgresMeta

    assert not isinstance(epoch, SharedEpoch), "of a store on this machine"
    home = presence.home(config.data_dir)
    if home is None:
        raise FormatError(f"{config.data_dir} was not served with {shown(config.meta)} yet")
    return await PostgresMeta.open(config.meta, slots=epoch, slot=slot, expected=home.store)


def _blobs(config: Config) -> BlobStore:
    """The store of contents of a data directory that has been prepared.

    Raises:
        FormatError, StoreUnavailable, OSError
    """
    own = presence.contents(config.data_dir)
    if not is_cloud(config.blobs):
        if own is not None:
            raise FormatError(
                f"the contents of {config.data_dir} are not in it: start with the --blobs that it "
                "had"
            )
        return FileBlobs(config.data_dir / presence.BLOBS)
    if own is None:
        raise FormatError(f"{config.data_dir} was not served with {cloud_shown(config.blobs)} yet")
    cloud = _cloud()
    blobs: BlobStore = cloud.CloudBlobs(cloud.connected(config.blobs))
    return blobs


def _cloud() -> ModuleType:
    try:
        from storage.blob import cloud
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        raise StoreUnavailable("obstore is not installed: pip install 'signet[cloud]'") from None
    return cloud


async def settle(config: Config) -> None:
    """Make a store of contents elsewhere and a data directory each other's, or check that.

    The caller has the data directory for itself, and forks no more.

    Raises:
        FormatError, StoreUnavailable: the text is one line that says what to do.
        OSError
    """
    directory, name = config.data_dir, cloud_shown(config.blobs)
    own, is_new = presence.contents(directory), not presence.has_metadata(directory)
    if own is None and (not is_new or presence.has_contents(directory)):
        raise FormatError(
            f"{directory} has its contents in {presence.BLOBS}: start with --blobs file:, or "
            f"choose another data_dir for {name}"
        )
    cloud = _cloud()
    calls = cloud.connected(config.blobs)
    chosen = own or token_hex(_ID_BYTES)
    await cloud.check(calls, name, chosen, is_new=is_new)
    if own is None:
        write_file(RealFiles(), directory / presence.CONTENTS, presence.contents_text(chosen))
    if is_new:
        await cloud.take(calls, name, chosen)


def _sqlite(config: Config, epoch: Epoch | None) -> MetaStore:
    from storage.meta.sqlite import SqliteMeta

    assert not isinstance(epoch, Slots), "of a store of other machines, too"
    return SqliteMeta(database(config.data_dir), is_large=keys.is_large, epoch=epoch)


def database(data_dir: Path) -> Path:
    """Where the metadata lies, if it lies in the data directory."""
    return data_dir / presence.DATABASE


def was_served(config: Config) -> bool:
    """Whether there is metadata: a server has been started with this data directory.

    Raises:
        FormatError, OSError
    """
    return database(config.data_dir).exists() or presence.home(config.data_dir) is not None


def _need_database(data_dir: Path) -> None:
    """Refuse a data directory whose metadata is elsewhere.

    Raises:
        FormatError, OSError
    """
    if presence.home(data_dir) is not None:
        raise FormatError(
            f"the metadata of {data_dir} is in PostgreSQL: start with the --meta that it had"
        )


async def prepare(config: Config) -> None:
    """Make a metadata store elsewhere and a data directory each other's, or check that they are.

    The caller has the data directory for itself.  A store has one data directory, for
    the contents that its rows name lie in that.

    Raises:
        FormatError, StoreUnavailable: the text is one line that says what to do.
        OSError
    """
    from storage.meta import postgres

    home = presence.home(config.data_dir)
    if home is None and database(config.data_dir).exists():
        raise FormatError(
            f"{config.data_dir} has its metadata in {presence.DATABASE}: start with --meta "
            f"sqlite:, or choose another data_dir for {shown(config.meta)}"
        )
    facts = await postgres.prepare(config.meta, expected=home.store if home else None)
    if home is None:
        if facts.home:
            raise _belongs_elsewhere(config)
        # The directories first: from then on a missing one is a disk that is not mounted.
        if not is_cloud(config.blobs):
            await FileBlobs(config.data_dir / presence.BLOBS).close()
        home = presence.Home(facts.id, token_hex(_ID_BYTES))
        write_file(RealFiles(), config.data_dir / presence.ELSEWHERE, home.text())
    if await postgres.settle(config.meta, home.own) != home.own:
        raise _belongs_elsewhere(config)


def _belongs_elsewhere(config: Config) -> FormatError:
    return FormatError(
        f"{shown(config.meta)} belongs to another data directory than {config.data_dir}: name "
        "that one, restore it, or choose another database"
    )
