"""What became of the mutants tried so far, so that a run which was cut off goes on where it was.

A line of JSON for each, of the module as it is now: a change of the module, not one of the
tests, makes it untried again.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from tests.mutation.mutants import Mutant
from tests.mutation.trial import ROOT

STATE: Final = ROOT / ".tools" / "mutation.jsonl"  # git ignores it


def _name(module: str, source: str, mutant: Mutant) -> str:
    version = hashlib.sha256(source.encode()).hexdigest()[:16]
    return f"{module} {version} {mutant.number} {mutant.variant}"


class Finished:
    """The mutants whose trials have ended, and whether a test noticed them."""

    def __init__(self, path: Path = STATE) -> None:
        self._path = path
        self._noticed: dict[str, bool] = {}
        if path.exists():
            # The last line may have been cut off with the run.
            whole = path.read_text().rpartition("\n")[0]
            path.write_text(whole + "\n" if whole else "")
            for line in whole.splitlines():
                found = json.loads(line)
                self._noticed[found["name"]] = found["noticed"]

    def noticed(self, module: str, source: str, mutant: Mutant) -> bool | None:
        """Whether a test noticed this one; None if it was not tried."""
        return self._noticed.get(_name(module, source, mutant))

    def add(self, module: str, source: str, mutant: Mutant, *, noticed: bool) -> None:
        """Write down what a trial said, at once."""
        name = _name(module, source, mutant)
        self._noticed[name] = noticed
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps({"name": name, "noticed": noticed, "what": str(mutant)}) + "\n")
