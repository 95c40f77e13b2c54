"""Look at the protocol, and generate what is checked in.

python -m gateway.protocol generate         write types.py
python -m gateway.protocol show OPERATION   print its plan
python -m gateway.protocol operations       print docs/operations.md
"""

import sys
from pathlib import Path

from gateway.protocol.model import load
from gateway.protocol.plans import compile_plans
from gateway.protocol.reference import operations_page
from gateway.protocol.shapes import generated_module


def page() -> str:
    """docs/operations.md as it should be."""
    from gateway import operations, registry

    assert operations.__all__, "importing it has filled the registry"
    implemented = registry.OPERATIONS
    return operations_page(
        {name: found.refused for name, found in implemented.items()},
        frozenset(name for name, found in implemented.items() if found.stored),
    )


def main(arguments: list[str]) -> int:
    """Run one command; the exit status."""
    match arguments:
        case ["generate"]:
            Path(__file__).with_name("types.py").write_text(generated_module(load()))
        case ["show", operation] if operation in load().operations:
            plans = compile_plans(frozenset(load().operations))
            print(plans.by_name[operation].describe())
        case ["operations"]:
            print(page(), end="")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
