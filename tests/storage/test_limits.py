"""Limits that depend on one another cannot be changed apart."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from storage import garbage, pages
from storage.meta import BATCH_ROWS_MAX, SCAN_ROWS_MAX
from storage.naming import PART_NUMBER_MAX
from storage.records import SEGMENTS_PER_ROW


@pytest.mark.parametrize(
    ("module", "limit", "value"),
    [
        (garbage, "PAGE_ROWS", SCAN_ROWS_MAX + 1),
        (garbage, "ROWS_PER_COMMIT", BATCH_ROWS_MAX),
        (garbage, "SEGMENT_ROWS_MAX", PART_NUMBER_MAX // SEGMENTS_PER_ROW - 1),
        (garbage, "SEGMENT_ROWS_MAX", SCAN_ROWS_MAX + 1),
        (pages, "ROWS_AT_ONCE", SCAN_ROWS_MAX + 1),
    ],
)
def test_a_limit_that_another_one_does_not_allow_is_refused_at_import(
    module: ModuleType, limit: str, value: int
) -> None:
    source = Path(module.__file__ or "").read_text()
    line = re.compile(rf"^{limit}: Final = .*$", re.MULTILINE)
    changed, count = line.subn(f"{limit}: Final = {value}", source)
    assert count == 1
    exec(compile(source, "", "exec"), {"__name__": module.__name__})
    with pytest.raises(AssertionError):
        exec(compile(changed, "", "exec"), {"__name__": module.__name__})
