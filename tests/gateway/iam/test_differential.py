"""The cases of the differential test, and that what explains a difference hides nothing."""

import random

from tests.differential_iam.cases import Case, case
from tests.differential_iam.explained import EXPLAINED
from tests.differential_iam.ours import decide, told

NOTHING: frozenset[str] = frozenset()


def test_the_same_seed_asks_the_same() -> None:
    first, second = ([case(random.Random(7)) for _ in range(9)] for _ in range(2))
    assert first == second


def test_the_other_words_of_an_explanation_mean_the_same_to_us() -> None:
    """Or a rewriting would hide what it is to explain."""
    draw = random.Random(5)
    changed = dict.fromkeys((one.name for one in EXPLAINED), 0)
    for asked in (case(draw) for _ in range(1500)):
        ours = told(decide(asked, NOTHING))
        for one in EXPLAINED:
            other = one.rewrite(asked)
            if other != asked and _is_allowed(other) != (ours == "Allowed"):
                assert one is EXPLAINED[0], "only this one knows less than the engine"
            changed[one.name] += other != asked
    assert min(changed.values()) > 5, changed


def _is_allowed(asked: Case) -> bool:
    return told(decide(asked, NOTHING)) == "Allowed"
