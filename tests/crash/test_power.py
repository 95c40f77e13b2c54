"""The power goes at any moment: what was acknowledged is there, whole, and nothing is torn."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.crash.beginnings import (
    FirstStartCourse,
    FormatCourse,
    KeyringCourse,
    OlderFormatCourse,
    RootKeyCourse,
)
from tests.crash.courses import (
    BlobCourse,
    Course,
    MetaCourse,
    NewLogCourse,
    NewMetaCourse,
    SeenMetaCourse,
    YoungMetaCourse,
    play,
)
from tests.crash.disk import SimulatedDisk
from tests.crash.mending import QuarantineCourse
from tests.crash.trails import TrailCourse

ROUNDS: Final = 12  # seeds in the quick tests
ROUNDS_LONG: Final = 1000
COURSES: Final = [
    MetaCourse,
    NewLogCourse,
    NewMetaCourse,
    YoungMetaCourse,
    SeenMetaCourse,
    BlobCourse,
    FormatCourse,
    OlderFormatCourse,
    FirstStartCourse,
    RootKeyCourse,
    KeyringCourse,
    QuarantineCourse,
    TrailCourse,
]


@pytest.mark.parametrize("course", COURSES)
def test_nothing_acknowledged_is_lost_and_nothing_is_torn(
    course: Callable[[SimulatedDisk], Course], tmp_path: Path
) -> None:
    for seed in range(ROUNDS):
        play(tmp_path, seed, [course])


def test_neither_store_harms_the_other(tmp_path: Path) -> None:
    for seed in range(ROUNDS, ROUNDS + 5):
        play(tmp_path, seed, [MetaCourse, BlobCourse])


@pytest.mark.long
@pytest.mark.parametrize(
    "courses", [[MetaCourse, BlobCourse], *([course] for course in COURSES)], ids=str
)
def test_a_thousand_cuts(courses: list[Callable[[SimulatedDisk], Course]], tmp_path: Path) -> None:
    for seed in range(ROUNDS_LONG):
        play(tmp_path, 1000 + seed, courses)
