"""``python -m sigv4 COMMAND``."""

import sys
from collections.abc import Callable
from typing import Final

from sigv4.explain import command as explain
from sigv4.vectors import command as vectors
from sigv4.vectors import generate

# What each command is called with: nothing; it reads sys.argv[2:] and returns the status.
COMMANDS: Final[dict[str, Callable[[], int]]] = {
    "explain": explain.main,
    "generate-vectors": generate.main,
    "vectors": vectors.main,
}


def main() -> int:
    """Run the command that the first argument names."""
    command = COMMANDS.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if command is None:
        print(f"usage: python -m sigv4 {'|'.join(COMMANDS)} ...", file=sys.stderr)
        return 2
    return command()


if __name__ == "__main__":
    sys.exit(main())
