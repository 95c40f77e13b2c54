"""The other engine: a program of Node.js that answers a line for a line."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

PACKAGE: Final = "@cloud-copilot/iam-simulate"
VERSION: Final = "0.1.173"
TOOLS: Final = Path(__file__).parents[2] / ".tools" / "iam-simulate"
_ENTRY: Final = TOOLS / "node_modules" / PACKAGE / "dist" / "esm" / "index.js"
_PROGRAM: Final = Path(__file__).with_name("oracle.mjs")


class Told(NamedTuple):
    """What it says: "Allowed", "ExplicitlyDenied", "ImplicitlyDenied"; or why it says nothing."""

    result: str
    ignored: frozenset[str] = frozenset()  # condition keys that the action does not have
    error: str = ""


def is_installed() -> bool:
    """Whether the version that is meant can be run."""
    package = _ENTRY.parents[2] / "package.json"
    if shutil.which("node") is None or not package.exists():
        return False
    return bool(json.loads(package.read_text())["version"] == VERSION)


class Oracle:
    """A running one; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", _PROGRAM, _ENTRY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None, "a pipe"
        assert self._process.stdout is not None, "a pipe"
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def ask(self, simulations: Sequence[Any]) -> Iterator[Told]:
        """An answer for each; few enough at once that no pipe fills up."""
        assert self._process.stdin is not None, "a pipe"
        assert self._process.stdout is not None, "a pipe"
        for one in simulations:
            self._process.stdin.write(json.dumps(one) + "\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline())
            if "error" in told:
                yield Told("", error=told["error"])
            else:
                yield Told(told["result"], frozenset(told["ignored"]))
