"""The top level is fixed: whoever opens the repository finds the same rooms."""

from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_top_level_has_the_agreed_rooms() -> None:
    expected = {"pyproject.toml", "gateway", "sigv4", "storage", "tests", "fixtures", "docs"}
    assert expected <= {entry.name for entry in ROOT.iterdir()}
