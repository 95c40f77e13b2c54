"""``python -m gateway.protocol generate`` writes types.py; ``show OPERATION`` prints its plan."""

import sys
from pathlib import Path

from gateway.protocol.model import load
from gateway.protocol.shapes import generate


def main(arguments: list[str]) -> int:
    """Run one command."""
    match arguments:
        case ["generate"]:
            target = Path(__file__).with_name("types.py")
            target.write_text("\n".join(generate(load())) + "\n")
            return 0
        case ["show", operation]:
            from gateway.protocol.plans import compile_plans

            print(compile_plans().by_name[operation].describe())
            return 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
