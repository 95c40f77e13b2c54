"""``python -m tests.mutation``: change every check of ``sigv4``, one at a time.

Status 0 if each mutant is noticed by a test or listed, with its reason, in
docs/mutation.md; a row that is of no mutant any more is told.  Trials that have ended are
kept, so a run that was cut off goes on where it was.
"""

import argparse
import ast
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.mutation.finished import STATE, Finished
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


class Todo(NamedTuple):
    """A mutant of a module."""

    path: Path
    source: str
    mutant: Mutant

    @property
    def row(self) -> tuple[str, str]:
        """What the page calls it."""
        return self.path.stem, str(self.mutant)


def trials(paths: Sequence[Path], only: str) -> Iterator[Todo]:
    """Every mutant of these modules."""
    for path in paths:
        source = path.read_text()
        for mutant in mutants(source):
            if re.search(only, str(mutant)):
                yield Todo(path, source, mutant)


def ended(todo: Sequence[Todo], processes: int) -> Iterator[tuple[Todo, bool]]:
    """Each mutant when its trial has ended, and whether it survived."""
    waiting = list(reversed(todo))
    running: list[tuple[Todo, Trial]] = []
    while waiting or running:
        while waiting and len(running) < processes:
            one = waiting.pop()
            tree = mutated(one.source, one.mutant)
            running.append((one, start(f"sigv4.{one.path.stem}", tree, one.path)))
        still = []
        for one, trial in running:
            survived = trial.survived()
            if survived is None:
                still.append((one, trial))
            else:
                yield one, survived
        if len(still) == len(running):
            time.sleep(0.02)
        running = still


def unchanged_passes() -> bool:
    """Whether the tests pass with nothing changed; else every mutant would seem noticed."""
    path = PACKAGE / "kept.py"
    trial = start("sigv4.kept", ast.parse(path.read_text()), path)
    while (survived := trial.survived()) is None:
        time.sleep(0.1)
    return survived


def main() -> int:
    """Try them all."""
    options = _options()
    known_paths = {path.stem: path for path in modules()}
    paths = [known_paths[name] for name in options.modules or known_paths]
    every = list(trials(paths, options.only))
    if options.list:
        for one in every:
            print(*one.row)
        return 0
    if options.anew:
        STATE.unlink(missing_ok=True)
    known, finished = listed(), Finished()

    def is_finished(one: Todo) -> bool:
        # A survivor without a reason is tried again: it may have a test by now.
        noticed = finished.noticed(one.path.stem, one.source, one.mutant)
        return noticed or (noticed is False and one.row in known)

    todo = [one for one in every if not is_finished(one)]
    print(f"{len(every)} mutants, {len(every) - len(todo)} of them tried before", flush=True)
    warm_up()
    if todo and not unchanged_passes():
        print("the tests of sigv4 fail with nothing changed")
        return 2
    unknown = 0
    for number, (one, survived) in enumerate(ended(todo, options.processes), 1):
        finished.add(one.path.stem, one.source, one.mutant, noticed=not survived)
        if survived and one.row not in known:
            unknown += 1
            print(row(one.path.stem, one.mutant, "?"), flush=True)
        if number % 25 == 0:
            print(f"{len(todo) - number} to go", file=sys.stderr, flush=True)
    _tell(every, known, finished, paths if not options.only else ())
    return 1 if unknown else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", help="names of modules; all if none is given")
    parser.add_argument("--only", default="", help="a regular expression over mutants")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="the mutants, untried")
    parser.add_argument("--anew", action="store_true", help="forget the trials that have ended")
    return parser.parse_args()


def _tell(
    every: Sequence[Todo],
    known: Mapping[tuple[str, str], str],
    finished: Finished,
    whole: Sequence[Path],
) -> None:
    """The count, and rows of the page that are of nothing any more."""
    verdicts = [finished.noticed(one.path.stem, one.source, one.mutant) for one in every]
    reasons = sum(
        verdict is False and one.row in known for one, verdict in zip(every, verdicts, strict=True)
    )
    print(
        f"{len(every)} mutants, {verdicts.count(True)} noticed, {reasons} survive for a reason, "
        f"{verdicts.count(False) - reasons} without"
    )
    stems, rows = {path.stem for path in whole}, {one.row for one in every}
    for module, change in known:
        if module in stems and (module, change) not in rows:
            print(f"a row of no mutant: {module}: {change}")


if __name__ == "__main__":
    sys.exit(main())
