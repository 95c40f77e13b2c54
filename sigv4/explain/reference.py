"""The table of all mistakes for docs/explain.md: ``python -m sigv4.explain.reference``."""

from collections.abc import Iterator
from typing import Final

from sigv4.explain.mistakes import MISTAKES
from sigv4.explain.repairs import REPAIRS

HEAD: Final = "## What is tried\n"
_INTRODUCTION: Final = """
Generated: `python -m sigv4.explain.reference docs/explain.md`.

| mistake | what happened | what cures it |
|---|---|---|
"""


def table() -> str:
    """The last section of the page."""
    return f"{HEAD}{_INTRODUCTION}{''.join(_rows())}"


def _rows() -> Iterator[str]:
    mistakes = [(row.name, row.says, row.cure) for row in MISTAKES]
    repairs = [(row.name, row.says, row.cure) for row in REPAIRS]
    for name, says, cure in (*mistakes, *repairs):
        yield f"| `{name}` | {_cell(says)} | {_cell(cure)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page(text: str) -> str:
    """The page with its last section renewed."""
    return text.partition(HEAD)[0] + table()


def main(path: str) -> None:
    """Renew the file."""
    from pathlib import Path

    file = Path(path)
    file.write_text(page(file.read_text()))


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
