"""The command ``signet``: its subcommands, a module each."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from gateway.cli.output import BROKEN_PIPE, open_standard, stop_printing
from gateway.cli.parsers import shown
from gateway.config import ConfigError

_ABOUT: Final = """\
Signet answers Amazon's S3 protocol: an object store for programs that speak S3,
kept in a directory of this machine.

Every setting is a flag, a variable SIGNET_* and a key of a TOML file (--config);
the flag wins, then the variable. "signet config show" prints them all."""

_EXAMPLES: Final = """
signet serve                                     answer on 127.0.0.1:9000, data in ./data
signet serve --listen 0.0.0.0:9000 --workers 4   answer everybody, with four processes
signet config show                               each setting and where it came from
signet presign get s3://bucket/key --expires 1h  a URL that needs no key for an hour
signet post-form s3://bucket/key --html          a page with which a browser uploads
signet key issue --bucket photos --expires 30d   a key for a partner, for a month
signet limit set bucket photos --requests 100/s  and what is more is told to come later
signet quota set bucket photos --bytes 100GB     and no byte more
signet explain                                   the last requests that were refused, and why
signet account create --name example             another account, with a key of its own
signet root-key rotate                           another root key; the old one ends in a day
signet fsck                                      check the data of a server that is stopped
signet keys rotate                               a new version of the key that encrypts
signet audit query --since 1h --denied           who was refused what
"""


# Modules by command, in the order of the help.
_MODULES: Final = {
    "serve": "serve",
    "config": "config",
    "presign": "presign",
    "post-form": "post_form",
    "explain": "explain",
    "account": "account",
    "root-key": "root_key",
    "key": "key",
    "limit": "limit",
    "quota": "quota",
    "fsck": "fsck",
    "keys": "keys",
    "audit": "audit",
    "version": "version",
}


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Of every subcommand, or of one alone: all of them take half a second to import."""
    made = argparse.ArgumentParser(
        prog="signet",
        description=_ABOUT,
        epilog=f"{shown(_EXAMPLES)}\n'signet COMMAND --help' says more of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for name, module in _MODULES.items():
        if command not in _MODULES or name == command:
            import_module(f"gateway.cli.{module}").add(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; 2 for what the user can mend, with one line that says how."""
    open_standard()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        chosen = parser(words[0] if words else None).parse_args(words)
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except ConfigError as error:
        print(f"signet: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        stop_printing()
        return BROKEN_PIPE
    return status


__all__ = ["main", "parser"]
