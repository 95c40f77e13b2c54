"""What the Resource element of a statement means, compiled so that most of it is one comparison.

Most resources are a name, or a name's beginning with a star; those of a
statement are looked at all at once.  What has other wildcards is matched one
by one, and what has variables after these have their values.
"""

import re
from collections.abc import Sequence
from typing import Final

from gateway.iam.match import PLAIN, arn_matches, glob
from gateway.iam.variables import Template, Values

_ARN_PARTS: Final = 6  # arn:partition:service:region:account:resource
_EVERYTHING: Final = "*"
_WILD: Final = re.compile(r"[*?]")


class Targets:
    """The resources of a statement."""

    __slots__ = (
        "beginnings",
        "ends",
        "exact",
        "hints",
        "is_simple",
        "is_sure",
        "others",
        "varying",
    )

    def __init__(self, templates: Sequence[Template]) -> None:
        exact: list[str] = []
        beginnings: list[str] = []
        ends: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        for template in templates:
            if template.literal is not None:
                _sort(template.literal, exact, beginnings, ends, others)
        self.exact: Final = frozenset(exact)
        self.beginnings: Final = tuple(beginnings)
        # What a resource begins with, and the pattern of what follows; which is compiled when it
        # is asked for, and kept with those of others: compiled ones are large.
        self.others: Final = tuple(others)
        self.ends: Final = tuple(ends)  # with one star between
        self.varying: Final = tuple(one for one in templates if one.literal is None)
        self.is_simple: Final = not (ends or others or self.varying)
        # What none of them means begins with none of these.
        heads = (head for head, _ in (*ends, *others))
        self.hints: Final = (*beginnings, *exact, *heads, *map(_hint, self.varying))
        # And whatever begins with one of these is meant.
        self.is_sure: Final = self.is_simple and not exact

    def mean(self, resource: str, values: Values) -> bool | None:
        """Whether one of them means a resource; None if nobody knows for want of a value."""
        if resource.startswith(self.beginnings) or resource in self.exact:
            return True
        if self.is_simple:
            return False
        for head, end in self.ends:
            is_long = len(resource) >= len(head) + len(end)
            if is_long and resource.endswith(end) and resource.startswith(head):
                return True
        for head, rest in self.others:
            if resource.startswith(head) and _follows(head, rest, resource):
                return True
        is_known = True
        for template in self.varying:
            pattern = template.pattern(values, len(resource))
            if pattern is None:
                is_known = False
            elif resource_matches(pattern, resource):
                return True
        return False if is_known else None


def _follows(head: str, rest: str, resource: str) -> bool:
    if not head:
        return arn_matches(rest, resource)
    return glob(rest).matches(resource[len(head) :])


def resource_matches(pattern: str, resource: str) -> bool:
    """Whether a resource is one that a pattern means; a key may have colons."""
    return pattern == _EVERYTHING or arn_matches(pattern, resource)


def _hint(template: Template) -> str:
    """What everything begins with that a resource means."""
    return _WILD.split(template.widest, maxsplit=1)[0].translate(PLAIN)


def _sort(
    pattern: str,
    exact: list[str],
    beginnings: list[str],
    ends: list[tuple[str, str]],
    others: list[tuple[str, str]],
) -> None:
    """Put a pattern where it is looked at."""
    if pattern == _EVERYTHING:
        beginnings.append("")
        return
    parts = pattern.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or any("*" in one or "?" in one for one in parts[:-1]):
        others.append(("", pattern))
        return
    wild = _WILD.search(pattern)
    if wild is None:
        exact.append(pattern.translate(PLAIN))
        return
    head, rest = pattern[: wild.start()].translate(PLAIN), pattern[wild.start() :]
    if rest == _EVERYTHING:
        beginnings.append(head)
    elif rest[0] == _EVERYTHING and _WILD.search(rest, 1) is None:
        ends.append((head, rest[1:].translate(PLAIN)))
    else:
        others.append((head, rest))
