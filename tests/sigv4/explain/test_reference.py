"""The page of mistakes is that of the table."""

from pathlib import Path

import pytest

from sigv4.explain import MISTAKES, REPAIRS, Mistake, Repair
from sigv4.explain.reference import main, page

PAGE = Path(__file__).parents[3] / "docs" / "explain.md"


def test_the_page_is_current() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python -m sigv4.explain.reference docs/explain.md"


def test_a_page_is_renewed(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("Before\n\n## What is tried\n\nold\n")
    main(str(path))
    text = path.read_text()
    assert text.startswith("Before\n\n## What is tried\n\nGenerated")
    assert "old" not in text
    assert text.count("\n| `") == len(MISTAKES) + len(REPAIRS)


@pytest.mark.parametrize("row", [*MISTAKES, *REPAIRS], ids=lambda row: row.name)
def test_every_row_says_what_happened_and_what_to_do(row: Mistake | Repair) -> None:
    for text in (row.says, row.cure):
        assert text.endswith(".")
        assert "\n" not in text
