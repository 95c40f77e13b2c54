"""The parts of a trail, put together as the settings say."""

from pathlib import Path
from typing import Final

from gateway.config import Config
from gateway.observe.spool import FolderSpool
from gateway.trail.buffered import Buffered
from gateway.trail.collector import Collector
from gateway.trail.retention import Retention
from gateway.trail.segments import folder_of
from storage.changes import Changes
from storage.keyring import Keyring
from storage.retention import DAY_MS
from storage.seam import Clock

RECORDS_PAUSE_S: Final = 2.0  # so much of what only read is lost with a worker
_SPOOL: Final = "trail/spool"


def spool_of(data_dir: Path, slot: int, workers: int, clock: Clock) -> FolderSpool:
    """Where a process's records wait to be taken into the trail."""
    return FolderSpool(data_dir, slot, workers, clock, folder=_SPOOL, end=b"")


def records_of(config: Config, slot: int, clock: Clock) -> Buffered | None:
    """Of a worker, where there is a trail; the keeper answers nobody."""
    if config.trail == "off" or config.meta == "memory:" or slot >= config.workers:
        return None
    return Buffered(spool_of(config.data_dir, slot, config.workers, clock), clock)


def collector_of(
    config: Config, slot: int, changes: Changes, keyring: Keyring, clock: Clock
) -> Collector | None:
    """The keeper's; also where the trail is off: what was recorded before is kept."""
    if config.meta == "memory:" or slot < config.workers:
        return None
    spool = spool_of(config.data_dir, slot, config.workers, clock)
    folder = folder_of(config.data_dir)
    retention = Retention(
        folder, kept_ms=config.trail_days * DAY_MS, bytes_max=config.trail_bytes_max
    )
    return Collector(folder, spool, changes, keyring, clock, retention=retention)
