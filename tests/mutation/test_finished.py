"""A run that was cut off goes on where it was."""

from pathlib import Path

from tests.mutation.finished import Finished
from tests.mutation.mutants import mutants

SOURCE = "def f(a, b):\n    return a < 1 and b\n"
FIRST, SECOND, *_ = mutants(SOURCE)


def test_what_was_tried_is_known_to_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "tools" / "state"
    finished = Finished(path)
    assert finished.noticed("m", SOURCE, FIRST) is None
    finished.add("m", SOURCE, FIRST, noticed=True)
    finished.add("m", SOURCE, SECOND, noticed=False)
    for one in (finished, Finished(path)):
        assert one.noticed("m", SOURCE, FIRST) is True
        assert one.noticed("m", SOURCE, SECOND) is False


def test_a_module_that_changed_is_untried(tmp_path: Path) -> None:
    finished = Finished(tmp_path / "state")
    finished.add("m", SOURCE, FIRST, noticed=True)
    assert finished.noticed("m", SOURCE + "\n", FIRST) is None
    assert finished.noticed("n", SOURCE, FIRST) is None


def test_the_last_trial_s_verdict_counts(tmp_path: Path) -> None:
    path = tmp_path / "state"
    Finished(path).add("m", SOURCE, FIRST, noticed=False)
    Finished(path).add("m", SOURCE, FIRST, noticed=True)
    assert Finished(path).noticed("m", SOURCE, FIRST) is True


def test_a_line_that_was_cut_off_is_as_if_it_were_not(tmp_path: Path) -> None:
    path = tmp_path / "state"
    finished = Finished(path)
    finished.add("m", SOURCE, FIRST, noticed=True)
    finished.add("m", SOURCE, SECOND, noticed=True)
    path.write_text(path.read_text()[:-5])
    after = Finished(path)
    assert after.noticed("m", SOURCE, FIRST) is True
    assert after.noticed("m", SOURCE, SECOND) is None
    after.add("m", SOURCE, SECOND, noticed=False)
    assert Finished(path).noticed("m", SOURCE, SECOND) is False
