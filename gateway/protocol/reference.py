"""The table of docs/operations.md: every operation of the model, and what we say to it."""

from collections.abc import Mapping
from typing import Final

from gateway.protocol import errata
from gateway.protocol.plan import Plan
from gateway.protocol.plans import compile_plans

REFUSED: Final = "501 NotImplemented"


def implemented(plan: Plan, refused: frozenset[str]) -> str:
    """The status of an implemented operation: which members it refuses, by what they are called."""
    names = sorted(member.wire_name for member in plan.members if member.attribute in refused)
    if not names:
        return "yes"
    return "yes; 501 with " + ", ".join(f"`{name}`" for name in names)


def operations_table(statuses: Mapping[str, str]) -> str:
    """A Markdown table of all operations; one without a status is answered 501.

    A row says how the operation is told from others: method, level, and what
    of its query and headers decides.
    """
    rows = ["| operation | request | status |", "|---|---|---|"]
    by_name = compile_plans().by_name
    for name in sorted(by_name.keys() | errata.SHADOWED.keys()):
        plan = by_name.get(name)
        if plan is None:
            rows.append(f"| {name} | | the same request as {errata.SHADOWED[name]} |")
        else:
            rows.append(f"| {name} | {_request(plan)} | {statuses.get(name, REFUSED)} |")
    return "\n".join(rows) + "\n"


def _request(plan: Plan) -> str:
    route = plan.route
    path = {"service": "/", "bucket": "/bucket", "object": "/bucket/key"}[route.level]
    names = sorted(route.subresources) + sorted(route.parameters - route.subresources)
    query = "?" + "&".join(names) if names else ""
    headers = "".join(f" + {name.decode()}" for name in sorted(route.headers))
    return f"`{route.method} {path}{query}`{headers}"
