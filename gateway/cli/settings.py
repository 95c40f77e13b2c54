"""The flags that every setting has, and reading them with the environment and the file."""

import argparse
import os
from pathlib import Path
from typing import Final

from gateway.config import Config, load
from gateway.settings import SETTINGS, Setting, flag

# What a flag's value looks like, by the end of its name; else VALUE.
_SHAPES: Final = (
    ("listen", "ADDRESS"),
    ("_dir", "DIR"),
    ("tls_cert", "FILE"),
    ("tls_key", "FILE"),
    ("workers", "N"),
    ("_s", "SECONDS"),
    ("_bytes", "BYTES"),
    ("_seconds", "SECONDS"),
    ("domains", "DOMAIN"),
    ("region", "REGION"),
    ("_hosts", "HOST"),
    ("meta", "URL"),
    ("blobs", "URL"),
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting, and ``--config``."""
    group = parser.add_argument_group(
        "settings", "Each is also a variable SIGNET_NAME and a key of the TOML file."
    )
    group.add_argument("--config", metavar="FILE", help="a TOML file of settings")
    for setting in SETTINGS:
        group.add_argument(
            flag(setting.name),
            dest=setting.name,
            action="append",
            metavar=_shape(setting.name),
            help=_help(setting),
        )


def _shape(name: str) -> str:
    return next((shape for end, shape in _SHAPES if name.endswith(end)), "VALUE")


def _help(setting: Setting) -> str:
    default = ", ".join(setting.default) if setting.several else str(setting.default)
    text = setting.help + (" Repeatable." if setting.several else "")
    if default:
        text += f" Default: {default}."
    return text.replace("%", "%%")


def read(chosen: argparse.Namespace) -> Config:
    """The settings from flags, environment and file.

    Raises:
        ConfigError
    """
    flags = {setting.name: getattr(chosen, setting.name) or () for setting in SETTINGS}
    file = chosen.config or os.environ.get("SIGNET_CONFIG")
    return load(flags, os.environ, Path(file) if file else None)
