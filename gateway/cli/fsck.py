"""``signet fsck``: check a data directory that nobody serves."""

import argparse
import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway import datadir
from gateway.app import protection_of
from gateway.cli import recorded, settings
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.stores import Stores
from gateway.trail.operators import Command
from storage.blob.file import FileBlobs
from storage.errors import StorageError
from storage.fsck import Finding, Fsck, Kind, Report
from storage.mending import Mender
from storage.quarantine import QuarantineFolder
from storage.seam import SystemClock, SystemRandomness

_ABOUT: Final = """\
Checks that the data directory of a stopped server agrees with itself: what metadata
names must be there and whole, and nothing else may be.

Contents that nothing names were left by requests that nobody was told had worked, as
when a server was killed. They are counted apart and are no fault: a started server
removes them by itself; --repair moves them to the folder "quarantine". Contents of a
bucket that the database does not know are a fault: it may not be the database that
belongs to them. A server leaves them alone.

With --repair, an object or a part whose content is lost or damaged is taken out, so that
its client hears of it and can bring it again; in a bucket with versions the version
before it becomes the current one. What is left of its bytes, and what it was, is kept in
the folder "quarantine" of the data directory, and so is what does not belong there. A row
of the database that does not decode is kept there as hex, with what it alone named; where
it cannot be kept, nothing is mended.

The exit status is 0 if nothing is wrong or all was mended, else 1."""

_EXAMPLES: Final = """
signet fsck --data-dir /srv/signet
signet fsck --deep --json
signet fsck --repair
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(commands, "fsck", "check the data of a stopped server", _ABOUT, _EXAMPLES)
    parser.add_argument(
        "--repair", action="store_true", help="mend what is found, keep what is damaged"
    )
    parser.add_argument("--deep", action="store_true", help="read every content, compare hashes")
    parser.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """0 if nothing is wrong or all was mended, 1 else."""
    config = settings.read(chosen)
    _need_format(config.data_dir)
    lock = datadir.take(config.data_dir, in_use="is being served: stop it first")
    try:
        report = asyncio.run(_check(config, repair=chosen.repair, deep=chosen.deep))
    except (StorageError, OSError) as error:
        raise ConfigError(f"data_dir: {error}") from None
    finally:
        os.close(lock)
    orphans = [one for one in report.findings if one.kind is Kind.ORPHAN]
    faults = [one for one in report.findings if one.kind is not Kind.ORPHAN]
    if chosen.json:
        print(json.dumps(_as_data(report, faults, orphans)))
    else:
        print("\n".join(_as_text(report, faults, orphans)))
    return 0 if all(one.repaired for one in faults) else 1


def _need_format(directory: Path) -> None:
    """To be checked there must be something; a server would make it."""
    try:
        os.stat(directory / "format")
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(f"data_dir: {directory} is no data directory") from None
    except OSError as error:
        raise ConfigError(f"data_dir: {error}") from None


def _as_data(report: Report, faults: list[Finding], orphans: list[Finding]) -> dict[str, Any]:
    return {
        "buckets": report.buckets,
        "versions": report.versions,
        "blobs": report.blobs,
        "bytes": report.bytes,
        "findings": [one._asdict() for one in faults],
        "orphans": [one._asdict() for one in orphans],
    }


def _as_text(report: Report, faults: list[Finding], orphans: list[Finding]) -> Iterator[str]:
    for one in faults:
        yield ": ".join(filter(None, (one.kind, one.bucket, one.what))) + _outcome(one)
    yield (
        f"{report.buckets} buckets, {report.versions} versions, {report.blobs} blobs, "
        f"{report.bytes} bytes: {len(faults)} findings"
    )
    if not orphans:
        return
    left = f"{len(orphans)} contents of requests that were never answered"
    if all(one.repaired for one in orphans):
        folders = sorted({str(Path(one.kept).parent) for one in orphans if one.kept})
        yield f"{left}: moved to {folders[0]}" if folders else f"{left}: empty, removed"
    else:
        yield f"{left}: no fault; a started server will remove them, or --repair"


def _outcome(one: Finding) -> str:
    if one.kept is not None:
        return f" (taken out; its remains are in {one.kept})"
    return " (mended)" if one.repaired else ""


async def _check(config: Config, *, repair: bool, deep: bool) -> Report:
    stores = await Stores.open(config)
    protection = protection_of(config, SystemClock(), SystemRandomness())
    meta, blobs = stores.meta, stores.blobs
    try:
        if config.meta == "memory:":
            raise ConfigError(f"meta: nothing of {config.meta} is left to check")
        mender = None
        if repair:
            if not isinstance(blobs, FileBlobs):
                raise ConfigError("blobs: --repair keeps what it takes out, which only file: can")
            folder = QuarantineFolder(config.data_dir / "quarantine", blobs)
            mender = Mender.over(meta, blobs, folder)
        checker = Fsck(
            control=meta,
            data=meta,
            blobs=blobs,
            strays=blobs.strays if isinstance(blobs, FileBlobs) else _nothing,
            mender=mender,
            deep=deep,
            protection=protection,
        )
        report = await checker.run()
        mended = [one.kind.value for one in report.findings if one.repaired]
        if mended:
            told = ", ".join(f"{kind}: {count}" for kind, count in sorted(Counter(mended).items()))
            await recorded.alone(config, meta, Command("signet fsck --repair", told))
        return report
    finally:
        await protection.kms.close()
        await stores.close()


def _nothing() -> Iterator[Path]:
    """What is foreign in a store elsewhere is not ours to judge."""
    return iter(())
