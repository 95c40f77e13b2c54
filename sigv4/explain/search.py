"""Try every hypothesis by computing it: one mistake, then two at once.

That two different inputs give the same signature by chance happens once in
2**256 times, so what is found is proof.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final, NamedTuple

from sigv4.canonical import HMAC_SHA256
from sigv4.explain.case import Case
from sigv4.explain.mistake import Mistake
from sigv4.explain.mistakes import MISTAKES
from sigv4.explain.recipe import Change, Recipe

COMPUTED_MAX: Final = 250_000  # signatures; some three seconds of one core
ECDSA_MAX: Final = 50_000  # of 4A, each of which takes as long as ten others
# What can be exchanged when only the hash of the canonical request was kept.
OF_THE_KEY: Final = frozenset(
    ("secret", "derivation", "key_scope", "timestamp", "scope", "writing")
)


class Step(NamedTuple):
    """A mistake, and how exactly it was made."""

    mistake: Mistake
    change: Change


class Finding(NamedTuple):
    """Mistakes that together make exactly the client's signature."""

    steps: tuple[Step, ...]
    recipe: Recipe


class Search(NamedTuple):
    """What was found, in how many signatures, and whether all were computed."""

    findings: tuple[Finding, ...]
    computed: int
    is_complete: bool


def singles(case: Case, recipe: Recipe) -> Iterator[Step]:
    """Every way in which every mistake may have been made in this request."""
    for mistake in MISTAKES:
        if case.scheme not in mistake.schemes:
            continue
        for change in mistake.changes(case, recipe):
            if not recipe.digest or change.touches() <= OF_THE_KEY:
                yield Step(mistake, change)


def search(
    case: Case, recipe: Recipe, *, mistakes_max: int = 2, computed_max: int = COMPUTED_MAX
) -> Search:
    """Look for what makes the client's signature out of ``recipe``, the one by the book.

    All single mistakes that do are found; only if none does, two are tried
    together, and the first pair that does is enough.
    """
    provided = case.provided
    limit = computed_max if recipe.algorithm == HMAC_SHA256 else min(computed_max, ECDSA_MAX)
    by_the_book = recipe.inputs()
    steps: dict[tuple[bytes, bytes, str], Step] = {}
    tried: set[tuple[str, tuple[bytes, bytes, str]]] = set()
    findings = []
    computed = 0
    for step in singles(case, recipe):
        changed = step.change.apply(recipe)
        inputs = changed.inputs()
        if inputs == by_the_book or (step.mistake.name, inputs) in tried:
            continue
        tried.add((step.mistake.name, inputs))
        computed += 1
        if changed.makes(provided):
            findings.append(Finding((step,), changed))
        if step.mistake.paired:
            steps.setdefault(inputs, step)
    if findings or mistakes_max < 2:
        return Search(tuple(findings), computed, is_complete=True)
    for first, second in combinations(steps.values(), 2):
        if first.change.touches() & second.change.touches():
            continue
        if computed >= limit:
            return Search((), computed, is_complete=False)
        computed += 1
        changed = second.change.apply(first.change.apply(recipe))
        if changed.makes(provided):
            return Search((Finding((first, second), changed),), computed, is_complete=True)
    return Search((), computed, is_complete=True)
