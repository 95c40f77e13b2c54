"""``signet config show``."""

import argparse
import json
from typing import Any, Final

from gateway.cli import settings
from gateway.cli.parsers import subcommand
from gateway.config import SETTINGS

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
    rows = []
    for setting in SETTINGS:
        value = getattr(config, setting.name)
        shown = ", ".join(map(str, value)) if setting.several else str(value)
        if setting.secret and shown:
            shown = "(hidden)"
        rows.append((setting.name, shown, config.origins[setting.name]))
    if chosen.json:
        print(json.dumps({name: {"value": v, "origin": o} for name, v, o in rows}, indent=2))
        return 0
    for name, shown, origin in rows:
        print(f"{name:24} {shown:40} {origin}")
    for account in config.accounts:
        keys = ", ".join(key.id for key in account.access_keys)
        print(f"{'accounts':24} {account.id:40} keys: {keys}")
    return 0
