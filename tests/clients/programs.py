"""Run a client program and read what it says."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

PATIENCE_S: Final = 300.0


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    cwd: Path | None = None,
    stdin: bytes | None = None,
) -> str:
    """Run ``command``, which must succeed; return its standard output.

    Raises AssertionError with all that it said when it does not, and
    TimeoutExpired when it takes more than PATIENCE_S seconds.
    """
    done = _run(command, environment, cwd, stdin)
    said, complaint = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert done.returncode == 0, (
        f"{command[0]} ended with status {done.returncode}\n{said[-4000:]}\n{complaint[-4000:]}"
    )
    return said


def run_json(
    command: Sequence[str | Path], environment: Mapping[str, str], *, cwd: Path | None = None
) -> Any:
    """Run ``command`` and read its standard output as one JSON document."""
    return json.loads(run(command, environment, cwd=cwd))


def run_in_vain(command: Sequence[str | Path], environment: Mapping[str, str]) -> str:
    """Run ``command``, which must fail by its own decision; return all that it said."""
    done = _run(command, environment, None, None)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode > 0, f"{command[0]} ended with status {done.returncode}\n{said}"
    return said


def _run(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    cwd: Path | None,
    stdin: bytes | None,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(word) for word in command],
        env=dict(environment),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
