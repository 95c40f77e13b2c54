"""``python -m tests.mutation``: change every check of ``sigv4``, one at a time.

Status 0 if each mutant is noticed by a test or listed, with its reason, in
docs/mutation.md; a listed one that is noticed, or is none any more, is told.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.mutation.mutants import Mutant, mutants, mutated
from tests.mutation.trial import ROOT, Trial, start, warm_up

PAGE: Final = ROOT / "docs" / "mutation.md"
PACKAGE: Final = ROOT / "sigv4"
_ROW: Final = re.compile(r"\| (\w+) \| (\S+): `(.*)` -> `(.*)` \| (.+) \|$")


def modules() -> list[Path]:
    """What is mutated: the verifier and the signer, not the commands."""
    return sorted(path for path in PACKAGE.glob("*.py") if not path.name.startswith("__"))


def listed() -> dict[tuple[str, str], str]:
    """The survivors that the page gives a reason for."""
    found = {}
    for line in PAGE.read_text().splitlines() if PAGE.exists() else ():
        row = _ROW.match(line)
        if row is not None:
            module, function, before, after, reason = row.groups()
            found[module, f"{function}: {before} -> {after}"] = reason
    return found


def row(module: str, mutant: Mutant, reason: str) -> str:
    """A line of the page."""
    change = f"{mutant.function}: `{mutant.before}` -> `{mutant.after}`"
    return f"| {module} | {change} | {reason} |"


def trials(paths: Sequence[Path], only: str) -> Iterator[tuple[Path, str, Mutant]]:
    """Every mutant of these modules."""
    for path in paths:
        source = path.read_text()
        for mutant in mutants(source):
            if re.search(only, str(mutant)):
                yield path, source, mutant


def survivors(
    todo: Sequence[tuple[Path, str, Mutant]], processes: int
) -> Iterator[tuple[Path, Mutant]]:
    """Those that no test notices."""
    waiting = list(reversed(todo))
    print(f"{len(todo)} mutants", flush=True)
    running: list[tuple[Path, Mutant, Trial]] = []
    while waiting or running:
        while waiting and len(running) < processes:
            path, source, mutant = waiting.pop()
            trial = start(f"sigv4.{path.stem}", mutated(source, mutant), path)
            running.append((path, mutant, trial))
        still = []
        for path, mutant, trial in running:
            survived = trial.survived()
            if survived is None:
                still.append((path, mutant, trial))
            elif survived:
                yield path, mutant
        if len(still) == len(running):
            time.sleep(0.02)
        elif waiting and len(waiting) % 25 == 0:
            print(f"{len(waiting)} to go", file=sys.stderr, flush=True)
        running = still


def main() -> int:
    """Try them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", help="names of modules; all if none is given")
    parser.add_argument("--only", default="", help="a regular expression over mutants")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="the mutants, untried")
    options = parser.parse_args()
    known_paths = {path.stem: path for path in modules()}
    paths = [known_paths[name] for name in options.modules or known_paths]
    todo = list(trials(paths, options.only))
    if options.list:
        for path, _, mutant in todo:
            print(path.stem, mutant)
        return 0
    known = listed()
    warm_up()
    started = time.monotonic()
    unknown, expected = [], 0

    for path, mutant in survivors(todo, options.processes):
        if (path.stem, str(mutant)) in known:
            expected += 1
            continue
        unknown.append((path.stem, mutant))
        print(row(path.stem, mutant, "?"), flush=True)
    minutes = (time.monotonic() - started) / 60
    print(
        f"{len(todo)} mutants, {len(todo) - expected - len(unknown)} noticed, "
        f"{expected} survive for a reason, {len(unknown)} without, {minutes:.0f} min"
    )
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
