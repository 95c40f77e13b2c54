"""``python -m sigv4 generate-vectors DIRECTORY``: writes our own vectors, always the same.

docs/vectors.md describes them.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from sigv4.vectors import cases, documented, refusals
from sigv4.vectors.record import Vector

FILES: Final[dict[str, tuple[Callable[[], Iterator[Vector]], ...]]] = {
    "documented.jsonl": (documented.documented,),
    "forms.jsonl": (refusals.forms,),
    "outcomes.jsonl": (refusals.servers, refusals.negatives),
    "requests.jsonl": (cases.requests,),
    "steps.jsonl": (cases.units,),
    "uploads.jsonl": (cases.uploads,),
}


def content(name: str) -> str:
    """One file: a JSON object a line."""
    vectors = chain.from_iterable(make() for make in FILES[name])
    return "".join(json.dumps(vector) + "\n" for vector in vectors)


def generate(arguments: Sequence[str]) -> int:
    """Write the files; the status of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m sigv4 generate-vectors",
        description="Write the test vectors of this package, a JSON object a line.",
    )
    parser.add_argument("directory", metavar="DIRECTORY", type=Path)
    directory = parser.parse_args(arguments).directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (directory / name).write_text(content(name), "utf-8")
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def main() -> int:
    """``generate-vectors``"""
    return generate(sys.argv[2:])
