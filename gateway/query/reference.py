"""docs/identity-operations.md: every operation of IAM and STS, and what we say to it."""

from typing import Final

from gateway.query.plans import SERVICES, service
from gateway.query.registry import OPERATIONS

_HEAD: Final = """\
# Operations of IAM and STS

Every operation of the two service models, and whether it is implemented.  What is not answers
501 NotImplemented by its own name; a parameter that would have no effect is refused by its name,
likewise with 501.  Generated: `python -m gateway.query operations > docs/identity-operations.md`.
"""


def operations_page() -> str:
    """The page."""
    from gateway import identity

    assert identity.__all__, "importing it has filled the registry"
    return "\n".join([_HEAD, *(_section(name) for name in SERVICES)])


def _section(name: str) -> str:
    found = service(name)
    names = sorted(found.model.operations)
    done = {one.name: one for one in OPERATIONS.values() if one.service == name}
    lines = [
        f"## {name.upper()}",
        "",
        f"Version {found.version}: {len(done)} of {len(names)} are implemented.",
        "",
        "| operation | implemented | refused parameters |",
        "|---|---|---|",
    ]
    for one in names:
        if one in done:
            refused = ", ".join(f"`{parameter}`" for parameter in done[one].refused)
            lines.append(f"| {one} | yes | {refused} |")
        else:
            lines.append(f"| {one} | 501 NotImplemented | |")
    return "\n".join(lines) + "\n"
