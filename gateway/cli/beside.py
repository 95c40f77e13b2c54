"""The metadata of a data directory for a command that changes it, beside a server or without one.

A server's workers hear of the change through the page that they share with
whoever has the directory open (``storage.meta.epoch``), or from the store.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.config import Config, ConfigError
from gateway.stores import open_meta, was_served
from storage import format as data_format
from storage import presence
from storage.errors import FormatError, InvalidArgument, InvalidBucketName, StorageError
from storage.identity.errors import IdentityError
from storage.meta import MetaStore
from storage.meta.epoch import FILE, SharedEpoch
from storage.meta.place import is_postgres

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
        if not data_format.check(directory) or not was_served(config):
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
    # Of another machine's store the workers hear by asking it.
    epoch = None if is_postgres(config.meta) else SharedEpoch(config.data_dir / FILE)
    store = await open_meta(config, epoch)
    try:
        return await work(store)
    finally:
        await store.close()
