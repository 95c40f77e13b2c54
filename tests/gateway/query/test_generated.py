"""What is generated is as the generator would write it, and says what is there."""

from pathlib import Path

import pytest

from gateway.query import registry
from gateway.query.__main__ import main
from gateway.query.plans import SERVICES, service
from gateway.query.shapes import generated_module, typed_operations

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", SERVICES)
def test_the_classes_are_those_of_the_model(name: str) -> None:
    checked_in = ROOT / "gateway" / "query" / f"types_{name}.py"
    command = "python -m gateway.query generate"
    assert checked_in.read_text() == generated_module(name), f"run `{command}`"


def test_the_page_of_operations_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operations"]) == 0
    page = capsys.readouterr().out
    checked_in = ROOT / "docs" / "identity-operations.md"
    command = "python -m gateway.query operations > docs/identity-operations.md"
    assert checked_in.read_text() == page, f"run `{command}`"
    assert page.count("| yes |") == len(registry.OPERATIONS)


def test_every_implemented_operation_is_the_models_and_has_generated_classes() -> None:
    for name, operation in registry.OPERATIONS:
        assert operation in typed_operations(service(name).model)


def test_every_refused_parameter_is_the_models() -> None:
    for (name, operation), found in registry.OPERATIONS.items():
        model = service(name).model
        shape = model.input_of(operation) or {"members": {}}
        assert set(found.refused) <= shape["members"].keys()
