"""Every operation of IAM and STS, there and back, with botocore at the other end."""

import sys
import unicodedata
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.query.constraints import compile_pattern
from gateway.query.errors import STATUSES, QueryError, error_document
from gateway.query.form import as_tree, parse_form
from gateway.query.plans import SERVICES, service
from gateway.query.shapes import typed_operations
from tests.chance import cases
from tests.gateway.query.reference import CASES, Case, receive, send
from tests.gateway.query.shapes import as_attributes, built, plain, values

_TYPED: Final = {name: set(typed_operations(service(name).model)) for name in SERVICES}


def examples(case: Case) -> settings:
    """More of what may be implemented than of what is left out for good."""
    return settings(
        phases=(Phase.generate,),
        max_examples=cases(5 if case.name in _TYPED[case.service] else 2),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


def definition(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = service(case.service).model.operations[case.name]
    return found


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_what_botocore_sends_is_understood(case: Case) -> None:
    reference = definition(case).get("input")

    @examples(case)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        value = data.draw(values(case.service, reference["shape"], sent=True)) if reference else {}
        form = parse_form(send(case, value))
        plan = service(case.service).plan(form.pop("Action"), form.pop("Version"))
        assert plan.name == case.name
        expected = as_attributes(case.service, reference["shape"], value) if reference else {}
        assert plain(plan.parse(as_tree(form))) == expected

    check()


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_what_we_answer_is_understood_by_botocore(case: Case) -> None:
    found = service(case.service)
    reference = definition(case).get("output")
    plan = found.plan(case.name, found.version)

    @examples(case)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        value = data.draw(values(case.service, reference["shape"], sent=False)) if reference else {}
        output = built(case.service, reference["shape"], value) if reference else None
        read = receive(case, 200, plan.render(output, "R1"))
        assert read.pop("ResponseMetadata")["RequestId"] == "R1"
        assert read == value

    check()


@pytest.mark.parametrize("name", SERVICES)
@given(
    code=st.sampled_from(sorted(STATUSES)),
    message=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)
@settings(deadline=None, database=None)
def test_an_error_is_understood_by_botocore(name: str, code: str, message: str) -> None:
    found, case = service(name), next(one for one in CASES if one.service == name)
    error = QueryError(code, message)
    read = receive(case, error.status, error_document(error, found.namespace, "R1"))
    assert read["Error"]["Code"] == code
    assert read["Error"]["Message"].replace("\ufffd", "") == message.replace("\ufffe", "").replace(
        "\uffff", ""
    ).replace("\ufffd", "")
    assert read["Error"]["Type"] == ("Sender" if error.status < 500 else "Receiver")
    assert read["ResponseMetadata"]["RequestId"] == "R1"


@pytest.mark.parametrize("name", SERVICES)
def test_the_models_have_the_statuses_of_the_codes_they_know(name: str) -> None:
    for shape in service(name).model.shapes.values():
        error = shape.get("error", {})
        if error.get("code") in STATUSES:
            assert error["httpStatusCode"] == STATUSES[error["code"]], error["code"]


def test_a_pattern_of_letters_separators_and_numbers_means_those_of_unicode() -> None:
    pattern = compile_pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]")
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    expected = {
        char for char in everything if unicodedata.category(char)[0] in "LZN" or char in "_.:/=+-@"
    }
    assert set(pattern.findall(everything)) == expected
