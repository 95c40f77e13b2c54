"""``signet version``."""

import argparse
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gateway.cli.parsers import subcommand
from gateway.config import ConfigError


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(
        commands, "version", "print the version", "Prints the version.", "signet version", ""
    )
    parser.set_defaults(run=run)


def run(_chosen: argparse.Namespace) -> int:
    """Print the version."""
    try:
        print(version("signet"))
    except PackageNotFoundError:
        raise ConfigError("version: signet is not installed, so it has none") from None
    return 0
