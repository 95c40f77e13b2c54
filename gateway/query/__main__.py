"""Generate what is checked in.

python -m gateway.query generate     write types_iam.py and types_sts.py
python -m gateway.query operations   print docs/identity-operations.md
"""

import sys
from pathlib import Path

from gateway.query.reference import operations_page
from gateway.query.shapes import generated_module


def main(arguments: list[str]) -> int:
    """Run one command; the exit status."""
    match arguments:
        case ["generate"]:
            for service in ("iam", "sts"):
                path = Path(__file__).with_name(f"types_{service}.py")
                path.write_text(generated_module(service))
        case ["operations"]:
            print(operations_page(), end="")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
