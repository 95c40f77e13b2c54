"""``signet version``."""

import argparse
from importlib.metadata import version
from typing import Any


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser: argparse.ArgumentParser = commands.add_parser("version", help="print the version")
    parser.set_defaults(run=run)


def run(_chosen: argparse.Namespace) -> int:
    """Print the version."""
    print(version("signet"))
    return 0
