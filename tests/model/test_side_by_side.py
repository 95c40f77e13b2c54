"""The specification and a server of two workers, side by side for some thousands of requests."""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import SideBySide
from tests.serving import serving

STEPS: Final = 50
CHECKS: Final = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def play(folder: Path, runs: int, *phases: Phase) -> None:
    with serving(folder, "--workers", "2") as server:
        SideBySide.client = server.client()
        run_state_machine_as_test(
            SideBySide,
            settings=settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=CHECKS,
                phases=phases,
                print_blob=False,
            ),
        )


@pytest.mark.clients
def test_some_thousands_of_requests(tmp_path: Path) -> None:
    # Whatever fails here is found again, and made small, by the long run.
    play(tmp_path / "data", 60, Phase.generate)


@pytest.mark.clients
@pytest.mark.long
def test_many_more(tmp_path: Path) -> None:
    play(tmp_path / "data", int(os.environ.get("RUNS", "2000")), Phase.generate, Phase.shrink)
