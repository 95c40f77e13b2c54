"""Stored identities for commands, of a data directory that is served or not.

A command is one more process that has the store open: it shares its locks, its
page of epochs and its master keys with the workers of a server, who heed a
change from the next request on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway import app
from gateway.config import Config, ConfigError
from storage import format as data_format
from storage import presence
from storage.errors import FormatError, StorageError
from storage.identity import Directory
from storage.identity.errors import IdentityError
from storage.keyring import Keyring
from storage.meta.epoch import FILE as EPOCH
from storage.meta.epoch import SharedEpoch
from storage.seam import SystemClock, SystemRandomness

Result = TypeVar("Result")


def run(config: Config, work: Callable[[Directory], Awaitable[Result]]) -> Result:
    """What ``work`` does with the directory of a data directory.

    Raises:
        ConfigError: it cannot be opened, or refuses; the text says why.
    """
    if config.meta == "memory:":
        raise ConfigError("meta: memory: is the server's own: nobody else sees it")
    directory = config.data_dir
    try:
        if not data_format.check(directory) or not (directory / presence.DATABASE).exists():
            raise ConfigError(f"data_dir: {directory} is no data directory: start a server first")
        return asyncio.run(_run(config, work))
    except IdentityError as error:
        raise ConfigError(error.message) from None
    except (FormatError, StorageError, OSError) as error:
        why = str(error) or type(error).__name__
        raise ConfigError(f"data_dir: {directory}: {why}") from None


async def _run(config: Config, work: Callable[[Directory], Awaitable[Result]]) -> Result:
    stores = app.Stores(config, SharedEpoch(config.data_dir / EPOCH))
    clock, randomness = SystemClock(), SystemRandomness()
    keyring = Keyring(config.data_dir, clock=clock, randomness=randomness)
    try:
        return await work(Directory(stores.meta, keyring, clock=clock, randomness=randomness))
    finally:
        await stores.close()
