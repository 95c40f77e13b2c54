"""Stored identities for commands, of a data directory that is served or not."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli import beside
from gateway.config import Config
from storage.identity import Directory
from storage.keyring import Keyring
from storage.meta import MetaStore
from storage.seam import SystemClock, SystemRandomness

Result = TypeVar("Result")


def run(config: Config, work: Callable[[Directory], Awaitable[Result]]) -> Result:
    """What ``work`` does with the directory of a data directory.

    Raises:
        ConfigError: it cannot be opened, or refuses; the text says why.
    """

    async def over(store: MetaStore) -> Result:
        return await work(directory_of(config, store))

    return beside.run(config, over)


def directory_of(config: Config, store: MetaStore) -> Directory:
    """The identities of an opened store."""
    clock, randomness = SystemClock(), SystemRandomness()
    keyring = Keyring(config.data_dir, clock=clock, randomness=randomness)
    return Directory(store, keyring, clock=clock, randomness=randomness)
