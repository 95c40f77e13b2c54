"""``signet config show``."""

import argparse
import json
from typing import Any, Final

from gateway.cli import settings
from gateway.cli.parsers import subcommand
from gateway.config import Config
from gateway.limits.amounts import shown
from gateway.settings import SETTINGS, Setting
from storage.limits import Limit

_ABOUT: Final = "Shows the settings as the other commands would read them. Secrets stay hidden."

_EXAMPLES: Final = """
signet config show
SIGNET_WORKERS=4 signet config show --config /etc/signet.toml
signet config show --json
"""


def add(commands: Any) -> None:
    """Register the subcommand."""
    parser = subcommand(commands, "config", "show the settings", _ABOUT, _EXAMPLES, "show [FLAGS]")
    inner = parser.add_subparsers(
        dest="config_command", required=True, metavar="show", prog="signet config"
    )
    show = subcommand(inner, "show", "print each value and where it came from", _ABOUT, _EXAMPLES)
    show.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(show)
    show.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the settings; secrets stay hidden."""
    config = settings.read(chosen)
    if chosen.json:
        found = {
            setting.name: {"value": _value(setting, config), "origin": config.origins[setting.name]}
            for setting in SETTINGS
        }
        print(json.dumps(found, indent=2))
        return 0
    for setting in SETTINGS:
        value = _value(setting, config)
        text = ", ".join(value) if isinstance(value, list) else value
        print(f"{setting.name:24} {text:40} {config.origins[setting.name]}")
    for account in config.accounts:
        keys = ", ".join(key.id for key in account.access_keys)
        print(f"{'accounts':24} {account.id:40} keys: {keys}")
    return 0


def _value(setting: Setting, config: Config) -> str | list[str]:
    """A value as text, or a list of texts where several can be given."""
    value = getattr(config, setting.name)
    if isinstance(value, Limit):
        return shown(value)
    if setting.several:
        return [str(one) for one in value]
    return setting.shown(value) if setting.secret else str(value)
