"""Fuzz with atheris, each target in a process of its own: ``python -m tests.fuzz [TARGET...]``.

What was found to be of interest is kept in the corpus.  FUZZ_SECONDS is the time for all
targets together, an hour if it is not given.  The status is 1 if an input failed; it is then
in the folder that is named.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

WORK: Final = Path(__file__).parents[2] / ".tools" / "fuzz"
SECONDS: Final = 3600
INPUT_BYTES_MAX: Final = 4096
HANG_S: Final = 10  # of one input: that nothing takes long is a property, too


def fuzz(name: str, *command: str) -> None:
    """One target, in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["sigv4"]):
        from tests.fuzz.targets import TARGETS

    atheris.Setup(list(command), TARGETS[name])
    atheris.Fuzz()


def run(name: str, seconds: int) -> bool:
    """One target in a process of its own; whether all went well.  What it found is kept."""
    from tests.fuzz.corpora import load, save  # not before: sigv4 is instrumented as it is imported

    corpus, failures = WORK / name / "corpus", WORK / name / "failures"
    for folder in (corpus, failures):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(load(name)):
        (corpus / f"kept-{number}").write_bytes(data)
    done = _one(
        *(name, corpus, f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}"),
        *(f"-timeout={HANG_S}", f"-artifact_prefix={failures}/", "-print_final_stats=1"),
    )
    if done.returncode:
        print(f"{name}: FAILED, input in {failures}\n{done.stderr[-4000:]}")
        return False
    runs = [line.split()[-1] for line in done.stderr.splitlines() if "executed_units" in line]
    kept = _minimal(name, corpus)
    save(name, kept)
    print(f"{name}: {runs[0]} inputs in {seconds} s, none failed; {len(kept)} kept", flush=True)
    return True


def _minimal(name: str, corpus: Path) -> list[bytes]:
    """Of a corpus, what is needed to reach all that it reaches."""
    fresh = WORK / name / "minimal"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    done = _one(name, "-merge=1", f"-max_len={INPUT_BYTES_MAX}", fresh, corpus)
    kept = [path.read_bytes() for path in fresh.iterdir()]
    assert done.returncode == 0, done.stderr
    assert kept, done.stderr
    return kept


def _one(name: str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """In a process that libFuzzer can start again by its name, as it does to merge."""
    program = WORK / name / "run"
    python = shlex.join([sys.executable, "-m", "tests.fuzz", "--one", name, str(program)])
    program.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    program.chmod(0o755)
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments[:1] == ["--one"]:
        fuzz(*arguments[1:])
    from tests.fuzz.targets import TARGETS

    names = arguments or list(TARGETS)
    seconds = int(os.environ.get("FUZZ_SECONDS", SECONDS)) // len(names)
    results = [run(name, seconds) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
