"""How every subcommand introduces itself: what it does, examples to paste, then its flags."""

import argparse
from typing import Any


def subcommand(
    commands: Any, name: str, summary: str, text: str, examples: str, usage: str = "[FLAGS]"
) -> argparse.ArgumentParser:
    """Register a subcommand; ``examples`` is a line each, without the indentation.

    ``usage`` stands in for argparse's own, which would print every setting.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        usage=f"%(prog)s {usage}",
        help=summary,
        description=text,
        epilog=shown(examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def shown(examples: str) -> str:
    """The end of a help text."""
    lines = "".join(f"  {line}\n" for line in examples.strip().splitlines())
    return f"examples:\n{lines}"
