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
    expect: int = 0,
) -> str:
    """Run ``command``, which must end with status ``expect``; return its standard output.

    Raises AssertionError with all that it said when it ends otherwise, or not
    within PATIENCE_S seconds.
    """
    done = subprocess.run(
        [str(word) for word in command],
        env=dict(environment),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    assert done.returncode == expect, (
        f"{command[0]} ended with status {done.returncode}, not {expect}\n"
        f"{said[-4000:]}\n{done.stderr.decode(errors='replace')[-4000:]}"
    )
    return said


def run_json(
    command: Sequence[str | Path], environment: Mapping[str, str], *, cwd: Path | None = None
) -> Any:
    """Run ``command`` and read its standard output as one JSON document."""
    return json.loads(run(command, environment, cwd=cwd))
