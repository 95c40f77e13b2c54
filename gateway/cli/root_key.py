"""``signet root-key rotate``: another root access key, also while the server runs."""

import argparse
import json
import time
from typing import Any, Final

from gateway import rootkey
from gateway.cli import directories, recorded, settings, signing
from gateway.cli.output import moment
from gateway.cli.parsers import subcommand
from gateway.config import Config, ConfigError
from gateway.iam.accounts import ROOT_ACCOUNT
from gateway.trail.operators import Command

_ABOUT: Final = """\
The root access key speaks for the root account itself: no policy limits it.

It lies in root-key.json of the data directory, unless root_access_key_id is set; then it
is rotated there, and the server started anew."""

_ROTATE: Final = """\
Makes another root key, prints it once and keeps it in the data directory. The one before
goes on working for the time of --overlap. Servers that run see both within a second; who
signs with what "signet presign" and its like find in the data directory has the new one.

Of three keys the oldest ends at once: another rotation within the overlap ends it."""

_EXAMPLES: Final = """
signet root-key rotate --data-dir /srv/signet
signet root-key rotate --overlap 1h
signet root-key rotate --overlap 0s      the old one was seen by others: it ends now
"""


def add(commands: Any) -> None:
    """Register the subcommands."""
    parser = subcommand(
        commands, "root-key", "put another root key in place", _ABOUT, _EXAMPLES, "rotate [FLAGS]"
    )
    inner = parser.add_subparsers(
        dest="root_key_command", required=True, metavar="rotate", prog="signet root-key"
    )
    rotating = subcommand(inner, "rotate", "make another root key", _ROTATE, _EXAMPLES)
    rotating.add_argument(
        "--overlap",
        default="1d",
        metavar="TIME",
        help="how long the one before stays valid: 0s, 10m, 1h, 1d (default), up to 7d",
    )
    rotating.add_argument("--json", action="store_true", help="for programs")
    settings.add_flags(rotating)
    rotating.set_defaults(run=rotate)


def rotate(chosen: argparse.Namespace) -> int:
    """Make and print it."""
    config = settings.read(chosen)
    overlap_ms = signing.read_seconds(chosen.overlap, "--overlap", least=0) * 1000
    _check(config)
    made = rootkey.new()
    what = f"{made.id}, with an overlap of {chosen.overlap}"
    about = f"arn:aws:iam::{ROOT_ACCOUNT}:root"
    recorded.before(config, Command("signet root-key rotate", what, about))
    try:
        found = rootkey.rotate(
            config.data_dir, made, now_ms=time.time_ns() // 1_000_000, overlap_ms=overlap_ms
        )
    except OSError as error:
        raise ConfigError(f"root key: {error}") from None
    assert found.before is not None, "it was rotated"
    until = moment(found.until_ms)
    if chosen.json:
        told = {"id": found.key.id, "secret": found.key.secret}
        print(json.dumps(told | {"before": {"id": found.before.id, "until": until}}))
        return 0
    print("A root access key was made; its secret is shown once and kept with the data.")
    print(f"export AWS_ACCESS_KEY_ID={found.key.id} AWS_SECRET_ACCESS_KEY={found.key.secret}")
    print(f"{found.before.id} is valid until {until}")
    return 0


def _check(config: Config) -> None:
    if config.meta == "memory:":
        raise ConfigError("meta: memory: keeps no root key")
    if config.root_access_key_id:
        where = config.origins.get("root_access_key_id", "")
        raise ConfigError(f"root_access_key_id: it is set ({where}): rotate it there")
    directories.checked(config)
