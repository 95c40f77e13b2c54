"""The settings as flags, the same for every subcommand that needs them."""

import argparse
import os
from pathlib import Path

from gateway.config import SETTINGS, Config, flag, load


def add_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting, and ``--config``."""
    parser.add_argument("--config", metavar="FILE", help="a TOML file of settings")
    for setting in SETTINGS:
        parser.add_argument(
            flag(setting.name),
            dest=setting.name,
            action="append",
            metavar="X",
            help=setting.help + (" Repeatable." if setting.several else ""),
        )


def read(chosen: argparse.Namespace) -> Config:
    """The settings from flags, environment and file.

    Raises:
        ConfigError
    """
    flags = {setting.name: getattr(chosen, setting.name) or () for setting in SETTINGS}
    file = chosen.config or os.environ.get("SIGNET_CONFIG")
    return load(flags, os.environ, Path(file) if file else None)
