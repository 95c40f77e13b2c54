"""One row of the table of usual mistakes."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sigv4.explain.case import V4, Case, Scheme
from sigv4.explain.recipe import Change, Recipe


class Mistake(NamedTuple):
    """A hypothesis: what somebody did, what cures it, and the ingredients it would change.

    ``changes`` yields each way in which it may have happened; the recipe that it
    is given is the one by the book.
    """

    name: str
    says: str
    cure: str
    changes: Callable[[Case, Recipe], Iterator[Change]]
    paired: bool = True  # also tried together with every other mistake
    schemes: frozenset[Scheme] = V4  # where it can be made
