"""The command ``signet``: a module a subcommand."""

import argparse
import sys
from collections.abc import Sequence

from gateway.config import ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; 2 for what the user can mend, with one line that says how."""
    from gateway.cli import config, explain, fsck, post_form, presign, serve, version

    parser = argparse.ArgumentParser(prog="signet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (serve, config, presign, post_form, explain, fsck, version):
        module.add(commands)
    chosen = parser.parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except ConfigError as error:
        print(f"signet: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


__all__ = ["main"]
