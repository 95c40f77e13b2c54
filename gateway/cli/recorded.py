"""What commands change is in the trail: in the commit of the change, or before files change."""

from gateway.cli import beside
from gateway.config import Config, ConfigError
from gateway.stores import was_served
from gateway.trail.operators import Command, trace_of, whoever_runs_this
from storage.changes import Trace, note_alone
from storage.errors import FormatError
from storage.meta import MetaStore
from storage.seam import SystemClock


def trace(config: Config, command: Command) -> Trace | None:
    """What the command's commits tell of; None where there is no trail."""
    if config.trail == "off":
        return None
    return trace_of(whoever_runs_this(), command, SystemClock())


def has_metadata(config: Config) -> bool:
    """Whether a server was ever started on the data directory.

    Raises:
        ConfigError
    """
    try:
        return was_served(config)
    except (FormatError, OSError) as error:
        raise ConfigError(f"data_dir: {error}") from None


def before(config: Config, command: Command) -> None:
    """Record what no commit can hold, before it is done: what is not recorded is not done.

    A directory in which no server was ever started has no trail yet.

    Raises:
        ConfigError: it cannot be recorded.
    """
    if config.trail == "off" or not has_metadata(config):
        return

    async def work(store: MetaStore) -> None:
        await alone(config, store, command)

    beside.run(config, work)


async def alone(config: Config, control: MetaStore, command: Command) -> None:
    """Record what no commit can hold, in a store that is open.

    Raises:
        StoreFull, StoreUnavailable, Uncertain
    """
    tells = trace(config, command)
    if tells is not None:
        await note_alone(control, tells, SystemClock().now_ms())
