"""docs/operations.md: every operation of the model, and what we say to it."""

from collections.abc import Mapping
from typing import Final

from gateway.protocol import errata
from gateway.protocol.plan import Plan
from gateway.protocol.plans import compile_plans

REFUSED: Final = "501 NotImplemented"
EFFECT: Final = "takes effect"
STORED: Final = "stored"

_HEAD: Final = """\
# Operations

Every operation of S3's service model, how its request is told from others, and whether it is
implemented: "takes effect", or "stored" for a document that is checked, kept and given back, and
changes nothing else. What is not answers 501 NotImplemented by its own name; a sub-resource is
never taken for another request. Generated:
`python -m gateway.protocol operations > docs/operations.md`.
"""
_REFUSALS: Final = """\
## Headers that answer 501

A header of an implemented operation that would have no effect is refused by its name.
"""


def operations_page(refused: Mapping[str, frozenset[str]], stored: frozenset[str]) -> str:
    """The page, given the implemented operations and the attributes that each refuses.

    ``stored`` are those of them whose documents have no effect.
    """
    table = operations_table({name: STORED if name in stored else EFFECT for name in refused})
    plans = compile_plans().by_name
    lists = [
        f"- {name}: {', '.join(f'`{header}`' for header in headers)}"
        for name in sorted(refused)
        if (headers := _wire_names(plans[name], refused[name]))
    ]
    total = len(plans.keys() - {errata.POST_OBJECT}) + len(errata.SHADOWED)
    done = len(refused.keys() - {errata.POST_OBJECT})
    count = (
        f"{done} of {total} are implemented, {len(stored)} of them stored; PostObject is a "
        "browser's form, not the model's.\n"
    )
    return "\n".join((_HEAD, count, table, _REFUSALS, *lists)) + "\n"


def operations_table(statuses: Mapping[str, str]) -> str:
    """A Markdown table of all operations; one without a status is answered 501."""
    rows = ["| operation | request | implemented |", "|---|---|---|"]
    by_name = compile_plans().by_name
    for name in sorted(by_name.keys() | errata.SHADOWED.keys()):
        plan = by_name.get(name)
        if plan is None:
            rows.append(f"| {name} | | the same request as {errata.SHADOWED[name]} |")
        else:
            rows.append(f"| {name} | {_request(plan)} | {statuses.get(name, REFUSED)} |")
    return "\n".join(rows) + "\n"


def _wire_names(plan: Plan, attributes: frozenset[str]) -> list[str]:
    return sorted(member.wire_name for member in plan.members if member.attribute in attributes)


def _request(plan: Plan) -> str:
    route = plan.route
    path = {"service": "/", "bucket": "/bucket", "object": "/bucket/key"}[route.level]
    names = sorted(route.subresources) + sorted(route.parameters - route.subresources)
    query = "?" + "&".join(names) if names else ""
    headers = "".join(f", `{name.decode()}`" for name in sorted(route.headers))
    return f"`{route.method} {path}{query}`{headers}"
