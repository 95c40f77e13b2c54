"""Each operation asks for the permissions that AWS documents, and for nothing else.

Source: User Guide, "Required permissions for Amazon S3 API operations".
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.app import App
from gateway.observe.observation import Observation
from gateway.pipeline import Pipeline
from gateway.registry import OPERATIONS
from tests.gateway.gates import Gate
from tests.gateway.inside import ask, begun, furnished, text_of
from tests.gateway.needs import CASES, PLACES, Case, headers_of

NAMED = [
    pytest.param(case, id=f"{case.operation}-{'-'.join(action for action, _ in case.needed)}")
    for case in CASES
]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with furnished(*PLACES) as made:
        enabled = [(b"x-amz-bucket-object-lock-enabled", b"true")]
        assert (await ask(made, "PUT", "/locked", headers=enabled)).status == 200
        yield made


async def answered(
    app: App, case: Case, gate: Gate, observed: list[Observation] | None = None
) -> tuple[int, str]:
    """The status and the text of the answer, where this gate decides."""
    seen = [] if observed is None else observed
    upload = await begun(app, "/bucket/m")
    pipeline = Pipeline(replace(app.services, authority=gate), seen.append)
    target = case.target.format(upload=upload)
    pieces = [case.body] if case.body else []
    reply = await ask(pipeline, case.method, target, pieces, headers=headers_of(case))
    assert reply.on_end is not None
    reply.on_end(0, True)
    return reply.status, text_of(reply) if isinstance(reply.body, bytes) else ""


@pytest.mark.parametrize("case", NAMED)
async def test_an_operation_asks_for_what_is_documented(app: App, case: Case) -> None:
    gate, observed = Gate(), list[Observation]()
    status, text = await answered(app, case, gate, observed)
    assert status != 403 or "<Code>InvalidObjectState</Code>" in text
    assert gate.asked == list(case.needed)
    assert [seen.operation for seen in observed] == [case.operation]


@pytest.mark.parametrize("case", NAMED)
async def test_an_operation_without_one_of_its_permissions_is_refused(app: App, case: Case) -> None:
    for refused in case.needed:
        status, text = await answered(app, case, Gate(refused))
        if case.operation == "DeleteObjects":
            # Each key has its own answer.
            assert (status, "<Code>AccessDenied</Code>" in text) == (200, True)
        else:
            assert status == 403


def test_every_implemented_operation_but_forms_is_looked_at() -> None:
    """A form is authorized as the PutObject that it is, and has tests of its own."""
    assert {case.operation for case in CASES} == OPERATIONS.keys() - {"PostObject"}
    assert OPERATIONS["PostObject"].needs == OPERATIONS["PutObject"].needs
