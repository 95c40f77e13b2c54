"""Stored identities for commands, of a data directory that is served or not."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli import beside, recorded
from gateway.config import Config
from gateway.trail.operators import Command
from storage.identity import Directory
from storage.keyring import Keyring
from storage.meta import MetaStore
from storage.seam import SystemClock, SystemRandomness

Result = TypeVar("Result")


def run(
    config: Config,
    work: Callable[[Directory], Awaitable[Result]],
    command: Command | None = None,
) -> Result:
    """What ``work`` does with the directory of a data directory; a ``command`` that changes it.

    Raises:
        ConfigError: it cannot be opened, or refuses; the text says why.
    """

    async def over(store: MetaStore) -> Result:
        return await work(directory_of(config, store, command))

    return beside.run(config, over)


def directory_of(config: Config, store: MetaStore, command: Command | None = None) -> Directory:
    """The identities of an opened store; a ``command`` that changes them is in the trail."""
    clock, randomness = SystemClock(), SystemRandomness()
    keyring = Keyring(config.data_dir, clock=clock, randomness=randomness)
    directory = Directory(store, keyring, clock=clock, randomness=randomness)
    trace = recorded.trace(config, command) if command is not None else None
    return directory if trace is None else directory.traced(trace)
