"""The metadata of a data directory for a command that changes it, beside a server or without one.

A server's workers hear of the change through the page that they share with
whoever has the directory open (``storage.meta.epoch``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.app import database
from gateway.config import Config, ConfigError
from storage import format as data_format
from storage import keys, presence
from storage.errors import FormatError, InvalidArgument, InvalidBucketName, StorageError
from storage.identity.errors import IdentityError
from storage.meta import MetaStore
from storage.meta.epoch import FILE, SharedEpoch
from storage.meta.sqlite import SqliteMeta

Result = TypeVar("Result")


def run(config: Config, work: Callable[[MetaStore], Awaitable[Result]]) -> Result:
    """What ``work`` makes of the metadata store.

    Raises:
        ConfigError: there is none, or it refuses; the text says why.
    """
    directory = config.data_dir
    if config.meta == "memory:":
        raise ConfigError("meta: memory: is the server's own: nobody else sees it")
    try:
        if not data_format.check(directory) or not database(directory).exists():
            raise ConfigError(f"data_dir: {directory} is no data directory: start a server first")
        presence.check(directory)
        return asyncio.run(_run(config, work))
    except (IdentityError, InvalidArgument) as error:
        raise ConfigError(error.message) from None
    except InvalidBucketName as error:
        raise ConfigError(f"{error.bucket!r} is no name of a bucket") from None
    except (FormatError, StorageError, OSError) as error:
        why = str(error) or type(error).__name__
        raise ConfigError(f"data_dir: {directory}: {why}") from None


async def _run(config: Config, work: Callable[[MetaStore], Awaitable[Result]]) -> Result:
    epoch = SharedEpoch(config.data_dir / FILE)
    store = SqliteMeta(database(config.data_dir), is_large=keys.is_large, epoch=epoch)
    try:
        return await work(store)
    finally:
        await store.close()
