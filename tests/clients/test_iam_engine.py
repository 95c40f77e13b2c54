"""The other engine at a fixed budget; ``make differential-iam`` is the long form."""

import random

import pytest

from tests.differential_iam.cases import case
from tests.differential_iam.compare import explanation, run
from tests.differential_iam.oracle import Oracle, is_installed
from tests.differential_iam.ours import decide, simulation, told
from tests.missing import missing


@pytest.fixture(autouse=True)
def engine() -> None:
    """Without it the tests are not run, and in CI they fail."""
    if is_installed():
        return
    reason = "iam-simulate is not installed: make test-clients installs it"
    missing(reason)


def test_a_thousand_cases_without_an_unexplained_difference() -> None:
    result = run(1000, 0)
    assert result.unexplained == []
    assert not result.refused
    assert sum(result.explained.values()) < 50, "few are"
    assert min(result.decisions.values()) > 100, "each decision is common"


def test_a_difference_that_none_explains_is_found() -> None:
    """Or a run that finds nothing would say nothing."""
    draw = random.Random(3)
    cases = (case(draw) for _ in range(100))
    asked = next(one for one in cases if told(decide(one, frozenset())) == "Allowed")
    with Oracle() as oracle:
        (theirs,) = oracle.ask([simulation(asked)])
        assert theirs.result == "Allowed"
        assert explanation(oracle, asked, "ExplicitlyDenied") == ""
