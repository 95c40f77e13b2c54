"""``signet fsck``: check a data directory that nobody serves."""

import argparse
import asyncio
import fcntl
import json
import os
from typing import Any

from gateway.app import Stores
from gateway.cli import settings
from gateway.config import Config, ConfigError
from storage import format as data_format
from storage.errors import FormatError
from storage.fsck import Fsck, Report


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fsck", help="check that the data directory agrees with itself"
    )
    settings.add_flags(parser)
    parser.add_argument("--repair", action="store_true", help="mend what is found")
    parser.add_argument("--deep", action="store_true", help="read every content, compare hashes")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """0 if nothing is wrong or all was mended, 1 else."""
    config = settings.read(chosen)
    if not (config.data_dir / "format").exists():
        raise ConfigError(f"data_dir: {config.data_dir} is no data directory")
    fd = os.open(config.data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        data_format.claim(config.data_dir)
    except BlockingIOError:
        raise ConfigError(f"data_dir: {config.data_dir} is being served: stop it first") from None
    except FormatError as error:
        raise ConfigError(f"data_dir: {error}") from None
    report = asyncio.run(_check(config, repair=chosen.repair, deep=chosen.deep))
    if chosen.json:
        print(
            json.dumps(
                {
                    "buckets": report.buckets,
                    "versions": report.versions,
                    "blobs": report.blobs,
                    "bytes": report.bytes,
                    "findings": [one._asdict() for one in report.findings],
                }
            )
        )
    else:
        for one in report.findings:
            mended = " (mended)" if one.repaired else ""
            print(f"{one.kind}: {one.bucket}: {one.what}{mended}")
        print(
            f"{report.buckets} buckets, {report.versions} versions, {report.blobs} blobs, "
            f"{report.bytes} bytes: {len(report.findings)} findings"
        )
    return 0 if all(one.repaired for one in report.findings) else 1


async def _check(config: Config, *, repair: bool, deep: bool) -> Report:
    stores = Stores(config)
    try:
        checker = Fsck(
            control=stores.meta, data=stores.meta, blobs=stores.blobs, repair=repair, deep=deep
        )
        return await checker.run()
    finally:
        await stores.close()
