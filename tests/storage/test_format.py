"""The data directory's format: made, recognised, refused."""

from pathlib import Path

import pytest

from storage.errors import FormatError
from storage.format import FORMAT, claim


def test_an_empty_directory_and_one_that_is_not_there_become_ours(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "deep" / "er"):
        claim(path)
        assert (path / "format").read_text() == f"signet {FORMAT}\n"
        claim(path)
        (tmp_path / "format").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(f"signet {FORMAT + 1}\n", "newer version", id="newer"),
        pytest.param("another 1\n", "not ours", id="of another program"),
        pytest.param("signet\n", "not ours", id="without a number"),
        pytest.param("signet -1\n", "not ours", id="with a strange number"),
        pytest.param("", "not ours", id="empty"),
    ],
)
def test_what_this_version_cannot_use_is_refused_with_the_reason(
    text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "format").write_text(text)
    with pytest.raises(FormatError, match=told):
        claim(tmp_path)
    assert (tmp_path / "format").read_text() == text


def test_a_directory_with_something_foreign_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(FormatError, match="not empty"):
        claim(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_beginning_that_a_crash_cut_short_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "format.new").write_text("sig")
    claim(tmp_path)
    assert (tmp_path / "format").read_text() == f"signet {FORMAT}\n"
