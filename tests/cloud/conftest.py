"""Each emulator is started once for all tests of a process; each test has a prefix of its own."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.cloud import emulators
from tests.cloud.emulators import Emulator
from tests.missing import missing

_NUMBERS: Final = itertools.count()


class Emulators:
    """Started when somebody asks for them."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._running: dict[str, Emulator] = {}

    def get(self, name: str) -> Emulator:
        """A running one; without its program the test is not run, and in CI it fails."""
        if name not in self._running:
            start, program = emulators.ALL[name]
            if program is not None and not program.exists():
                reason = f"{name} is not installed: make test-clients installs it"
                missing(reason)
            self._running[name] = self._stack.enter_context(start(self._directory))
        return self._running[name]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulators]:
    """All of them."""
    with ExitStack() as stack:
        yield Emulators(tmp_path_factory.mktemp("emulators"), stack)


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test has."""
    return f"test/{next(_NUMBERS)}"
