"""``python -m sigv4 vectors FILE... [--json]``."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sigv4.vectors.record import Vector
from sigv4.vectors.run import Outcome, run

PASSED: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
_SHOWN_CHARACTERS: Final = 400  # of a value that differs, in the text form


class Unusable(Exception):
    """A file that cannot be read as vectors."""


def _read(path: Path) -> Iterator[Vector]:
    """The vectors of one file, one a line.

    Raises:
        Unusable
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            vector = json.loads(line)
        except ValueError as error:
            raise Unusable(f"{path}:{number}: no JSON: {error}") from None
        if not isinstance(vector, dict):
            raise Unusable(f"{path}:{number}: a vector is a JSON object")
        yield vector


def as_data(outcomes: Sequence[tuple[str, Outcome]]) -> dict[str, Any]:
    """For programs."""
    count = _count(outcomes)
    return {
        "passed": count["passed"],
        "failed": count["failed"],
        "not_applicable": count["not applicable"],
        "results": [{"file": file, **outcome._asdict()} for file, outcome in outcomes],
    }


def as_text(outcomes: Sequence[tuple[str, Outcome]]) -> str:
    """For people: failures, what does not apply and why, and the count."""
    lines = []
    for file, outcome in outcomes:
        if outcome.result == "failed":
            lines.append(f"FAILED {outcome.name} ({outcome.kind}, {file}): {outcome.step}")
            lines += _beside(outcome.expected or "", outcome.found or "")
    reasons: dict[str, int] = {}
    for _, outcome in outcomes:
        if outcome.result == "not applicable":
            reason = f"{outcome.kind}: {outcome.note}"
            reasons[reason] = reasons.get(reason, 0) + 1
    count = _count(outcomes)
    if reasons:
        lines.append(f"{count['not applicable']} not applicable:")
        lines += [f"  {number:5} {reason}" for reason, number in sorted(reasons.items())]
    lines.append(f"{count['passed']} passed, {count['failed']} failed")
    return "\n".join(lines)


def _beside(expected: str, found: str) -> list[str]:
    """Two values, from the first line that differs."""
    wanted, got = expected.split("\n"), found.split("\n")
    number = next(
        (n for n, pair in enumerate(zip(wanted, got, strict=False)) if pair[0] != pair[1]),
        min(len(wanted), len(got)),
    )
    where = f" line {number + 1}" if max(len(wanted), len(got)) > 1 else ""

    def shown(lines: list[str]) -> str:
        text = lines[number] if number < len(lines) else "nothing more"
        return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."

    return [f"  expected{where}: {shown(wanted)}", f"  found{where}:    {shown(got)}"]


def _count(outcomes: Sequence[tuple[str, Outcome]]) -> dict[str, int]:
    count = {"passed": 0, "failed": 0, "not applicable": 0}
    for _, outcome in outcomes:
        count[outcome.result] += 1
    return count


def run_command(arguments: Sequence[str]) -> int:
    """Run the vectors of the files named; the status of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m sigv4 vectors",
        description="Run test vectors, a JSON object a line. Status 0: none failed; 1: some did; "
        "2: unusable input. docs/vectors.md describes the schema.",
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    try:
        outcomes = [(str(path), outcome) for path in options.files for outcome in run(_read(path))]
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    shown = json.dumps(as_data(outcomes), indent=1) if options.json else as_text(outcomes)
    sys.stdout.write(shown + "\n")
    return FAILED if _count(outcomes)["failed"] else PASSED


def main() -> int:
    """``vectors``"""
    return run_command(sys.argv[2:])
