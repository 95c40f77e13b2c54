"""Each row of the table of mistakes, made with a real signer, is found and proven."""

from typing import Final

import pytest

from sigv4.explain import MISTAKES, Explanation, explain
from sigv4.explain.case import V4
from tests.sigv4.explain.mistaken import Mistaken, Signed
from tests.sigv4.explain.mistakes_of_headers import OF_HEADERS
from tests.sigv4.explain.mistakes_of_keys import OF_KEYS
from tests.sigv4.explain.mistakes_of_targets import OF_TARGETS

CASES: Final = (*OF_TARGETS, *OF_HEADERS, *OF_KEYS)


def _explained(case: Mistaken) -> tuple[Explanation, Signed]:
    signed = case.make()
    return explain(signed.request, case.known._replace(body=case.known.body)), signed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_and_its_canonical_request_is_the_clients(case: Mistaken) -> None:
    explanation, signed = _explained(case)
    if case.known.service == "s3":
        assert explanation.refusal is not None
        assert explanation.refusal.code == "SignatureDoesNotMatch"
    assert not explanation.is_right
    assert explanation.is_explained
    found = {
        step.mistake.name: finding
        for finding in explanation.search.findings
        for step in finding.steps
    }
    assert case.name in found
    finding = found[case.name]
    assert len(finding.steps) == 1
    assert finding.recipe.canonical().decode() == signed.canonical


def test_every_mistake_of_the_table_is_made_here() -> None:
    """Those with forms and with Version 2 alone: in their own files."""
    assert {case.name for case in CASES} == {m.name for m in MISTAKES if m.schemes & V4}
