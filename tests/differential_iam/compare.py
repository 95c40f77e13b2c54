"""Ask both engines of one case after the other, and count how they differ."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tests.differential_iam.cases import Case, case
from tests.differential_iam.explained import EXPLAINED
from tests.differential_iam.oracle import Oracle, Told
from tests.differential_iam.ours import decide, simulation, told

ALLOWED = "Allowed"


class Difference(NamedTuple):
    """What came out otherwise."""

    case: Case
    theirs: str
    ours: str


class Result(NamedTuple):
    """What a run found."""

    decisions: Counter[str]
    kinds: Counter[str]  # of principals, actions and what has a say
    explained: Counter[str]
    unexplained: list[Difference]
    refused: Counter[str]  # by the other engine; none is expected

    def add(self, other: "Result") -> None:
        """Count another run's, too."""
        self.decisions.update(other.decisions)
        self.kinds.update(other.kinds)
        self.explained.update(other.explained)
        self.unexplained.extend(other.unexplained)
        self.refused.update(other.refused)


def run(count: int, seed: int) -> Result:
    """``count`` cases, always the same for a seed."""
    draw = random.Random(seed)
    result = Result(Counter(), Counter(), Counter(), [], Counter())
    with Oracle() as oracle:
        for _ in range(count):
            _compare(oracle, case(draw), result)
    return result


def _compare(oracle: Oracle, asked: Case, result: Result) -> None:
    (theirs,) = oracle.ask([simulation(asked)])
    if theirs.error:
        result.refused[theirs.error] += 1
        return
    ours = told(decide(asked, theirs.ignored))
    result.decisions[ours] += 1
    result.kinds.update(_kinds(asked))
    if _agree(asked, theirs, ours):
        return
    why = explanation(oracle, asked, ours)
    if why:
        result.explained[why] += 1
    else:
        result.unexplained.append(Difference(asked, theirs.result, ours))


def _agree(asked: Case, theirs: Told, ours: str) -> bool:
    """Where public access is blocked, the other engine calls explicit what no policy denies."""
    if asked.restricted and ours != ALLOWED:
        return theirs.result != ALLOWED
    return theirs.result == ours


def explanation(oracle: Oracle, asked: Case, ours: str) -> str:
    """The classes that explain a difference, as few as will do; "" if none does."""
    for names, other in _rewritten(asked):
        (theirs,) = oracle.ask([simulation(other)])
        if theirs.error:
            continue
        if told(decide(other, theirs.ignored)) == ours and _agree(other, theirs, ours):
            return names
    return ""


def _rewritten(asked: Case) -> Iterator[tuple[str, Case]]:
    """Each class alone, then all together."""
    together, names = asked, []
    for one in EXPLAINED:
        other = one.rewrite(asked)
        if other != asked:
            yield one.name, other
            names.append(one.name)
            together = one.rewrite(together)
    if len(names) > 1:
        yield "; ".join(names), together


def _kinds(asked: Case) -> Iterator[str]:
    yield f"{asked.who.kind} {asked.action.partition(':')[0]}"
    yield "same account" if asked.who.account == asked.owner else "across accounts"
    for name in ("identity", "boundary", "session", "policy"):
        if getattr(asked, name):
            yield name
