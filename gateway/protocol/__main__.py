"""Look at the protocol, and generate what is checked in.

python -m gateway.protocol generate         write types.py
python -m gateway.protocol show OPERATION   print its plan
python -m gateway.protocol operations       print the table of docs/operations.md
"""

import sys
from pathlib import Path

from gateway.protocol.model import load
from gateway.protocol.plans import compile_plans
from gateway.protocol.reference import implemented, operations_table
from gateway.protocol.shapes import generated_module


def _statuses() -> dict[str, str]:
    """What is said of each implemented operation."""
    from gateway import operations, registry

    assert operations.__all__, "importing it has filled the registry"
    plans = compile_plans()
    return {
        name: implemented(plans.by_name[name], found.refused)
        for name, found in registry.OPERATIONS.items()
    }


def main(arguments: list[str]) -> int:
    """Run one command; the exit status."""
    match arguments:
        case ["generate"]:
            Path(__file__).with_name("types.py").write_text(generated_module(load()))
        case ["show", operation] if operation in load().operations:
            plans = compile_plans(frozenset(load().operations))
            print(plans.by_name[operation].describe())
        case ["operations"]:
            print(operations_table(_statuses()), end="")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
