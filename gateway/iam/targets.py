"""What the Resource element of a statement means, compiled so that most of it is one comparison.

Most resources are a name, or a name's beginning with a star; those of a
statement are looked at all at once.  What has other wildcards is matched one
by one, and what has variables after these have their values.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from gateway.iam.match import PLAIN, Glob, arn_matches
from gateway.iam.variables import Template, Values

_ARN_PARTS: Final = 6  # arn:partition:service:region:account:resource
_EVERYTHING: Final = "*"
_WILD: Final = re.compile(r"[*?]")


class Targets:
    """The resources of a statement."""

    __slots__ = ("beginnings", "exact", "hints", "is_simple", "is_sure", "others", "varying")

    def __init__(self, templates: Sequence[Template]) -> None:
        exact: list[str] = []
        beginnings: list[str] = []
        others: list[Callable[[str], bool]] = []
        for template in templates:
            if template.literal is not None:
                _sort(template.literal, exact, beginnings, others)
        self.exact: Final = frozenset(exact)
        self.beginnings: Final = tuple(beginnings)
        self.others: Final = tuple(others)
        self.varying: Final = tuple(one for one in templates if one.literal is None)
        self.is_simple: Final = not (others or self.varying)
        # What none of them means begins with none of these.
        self.hints: Final = tuple(dict.fromkeys(map(_hint, templates)))
        # And whatever begins with one of these is meant.
        self.is_sure: Final = self.is_simple and not exact

    def mean(self, resource: str, values: Values) -> bool | None:
        """Whether one of them means a resource; None if nobody knows for want of a value."""
        if resource.startswith(self.beginnings) or resource in self.exact:
            return True
        if self.is_simple:
            return False
        for matches in self.others:
            if matches(resource):
                return True
        is_known = True
        for template in self.varying:
            pattern = template.pattern(values, len(resource))
            if pattern is None:
                is_known = False
            elif resource_matches(pattern, resource):
                return True
        return False if is_known else None


def resource_matches(pattern: str, resource: str) -> bool:
    """Whether a resource is one that a pattern means; a key may have colons."""
    return pattern == _EVERYTHING or arn_matches(pattern, resource)


def _hint(template: Template) -> str:
    """What everything begins with that a resource means."""
    return _WILD.split(template.widest, maxsplit=1)[0].translate(PLAIN)


def _sort(
    pattern: str, exact: list[str], beginnings: list[str], others: list[Callable[[str], bool]]
) -> None:
    """Put a pattern where it is looked at."""
    if pattern == _EVERYTHING:
        beginnings.append("")
        return
    parts = pattern.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or any("*" in one or "?" in one for one in parts[:-1]):
        others.append(lambda resource: arn_matches(pattern, resource))
        return
    head = pattern[: -len(parts[-1])] if parts[-1] else pattern
    name, stars, rest = parts[-1].partition("*")
    if "?" not in name and not rest:
        (beginnings if stars else exact).append((head + name).translate(PLAIN))
        return
    others.append(_behind(head.translate(PLAIN), parts[-1]))


def _behind(head: str, pattern: str) -> Callable[[str], bool]:
    """A pattern of what follows a fixed beginning."""
    first, _, last = pattern.partition("*")
    if "?" not in pattern and "*" not in last:
        begins, ends = head + first.translate(PLAIN), last.translate(PLAIN)
        least = len(begins) + len(ends)
        return lambda resource: (
            resource.endswith(ends) and resource.startswith(begins) and len(resource) >= least
        )
    length, compiled = len(head), Glob(pattern)
    return lambda resource: resource.startswith(head) and compiled.matches(resource[length:])
