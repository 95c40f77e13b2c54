"""What the models ask of values, and AWS's words for one that does not comply.

All that is wrong with a request is told at once.  The words of names and paths
are IAM's own.

Source: smithy.io, "Constraint traits"; IAM's and STS's answers, which their
references do not show: "1 validation error detected: Value 'x' at 'userName'
failed to satisfy constraint: Member must ...".
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.protocol.model import Shape
from gateway.query.errors import QueryError

# The characters of Unicode's separators, which Python's expressions have no name for.
SEPARATORS: Final = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

# What IAM says of these patterns, instead of showing them.
_OWN_WORDS: Final = {
    r"[\w+=,.@-]+": (
        "The specified value for {0} is invalid. It must contain only alphanumeric characters "
        "and/or the following: +=,.@_-"
    ),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": (
        "The specified value for {0} is invalid. It must begin and end with / and contain only "
        "alphanumeric characters and/or / characters."
    ),
}

Check = Callable[[Any], str | None]  # a value -> "Member must ...", None if it is right


class Problems:
    """What is wrong with a request, as it is found."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._own: str | None = None  # told instead of the others

    def add(self, shown: str | None, path: str, constraint: str) -> None:
        """A value, as it is shown (None: not at all), that does not comply."""
        value = "Value" if shown is None else f"Value {shown}"
        self._found.append(f"{value} at '{path}' failed to satisfy constraint: {constraint}")

    def add_own(self, text: str) -> None:
        """What IAM has words of its own for."""
        self._own = self._own or text

    def check(self) -> None:
        """Refuse, if anything was wrong.

        Raises:
            QueryError: ValidationError
        """
        count = len(self._found)
        if self._own is not None and not count:
            raise QueryError("ValidationError", self._own)
        if count:
            errors = "error" if count == 1 else "errors"
            found = "; ".join(self._found)
            raise QueryError("ValidationError", f"{count} validation {errors} detected: {found}")


def own_words(shape: Shape, path: str) -> str | None:
    """IAM's sentence on what does not match a shape's pattern, if it has one."""
    words = _OWN_WORDS.get(shape.get("pattern", ""))
    return None if words is None else words.format(path)


def checks_of(shape: Shape) -> tuple[Check, ...]:
    """What is asked of values of a shape, beside what their members are asked."""
    kind, found = shape["type"], list[Check]()
    if "enum" in shape:
        found.append(_enum(shape["enum"]))
    if "pattern" in shape:
        found.append(_pattern(shape["pattern"]))
    bounds = _number_bounds if kind in ("integer", "long") else _length_bounds
    return (*found, *bounds(shape))


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of the models, which are Java's, as Python's; the whole of a value has to match."""
    if r"\p{" in pattern:
        # Letters and numbers are what \w means, but for the underscore, which these allow too.
        pattern = pattern.replace(r"\p{L}", r"\w").replace(r"\p{N}", "")
        return re.compile(pattern.replace(r"\p{Z}", SEPARATORS))
    return re.compile(pattern, re.ASCII)


def _pattern(pattern: str) -> Check:
    matches = compile_pattern(pattern).fullmatch
    text = f"Member must satisfy regular expression pattern: {pattern}"
    return lambda value: None if matches(value) else text


def _enum(choices: Sequence[str]) -> Check:
    known = frozenset(choices)
    text = f"Member must satisfy enum value set: [{', '.join(choices)}]"
    return lambda value: None if value in known else text


def _length_bounds(shape: Shape) -> list[Check]:
    found: list[Check] = []
    if "min" in shape:
        least, short = shape["min"], "Member must have length greater than or equal to "
        found.append(lambda value: None if len(value) >= least else f"{short}{least}")
    if "max" in shape:
        most, long = shape["max"], "Member must have length less than or equal to "
        found.append(lambda value: None if len(value) <= most else f"{long}{most}")
    return found


def _number_bounds(shape: Shape) -> list[Check]:
    found: list[Check] = []
    if "min" in shape:
        least, small = shape["min"], "Member must have value greater than or equal to "
        found.append(lambda value: None if value >= least else f"{small}{least}")
    if "max" in shape:
        most, large = shape["max"], "Member must have value less than or equal to "
        found.append(lambda value: None if value <= most else f"{large}{most}")
    return found
