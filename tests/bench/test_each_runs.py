"""Each program that measures goes through, with next to nothing to do."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.bench import (
    inline,
    many,
    meta_commits,
    meta_layout,
    meta_vacuum,
    micro_policy,
    micro_protocol,
    micro_request,
    micro_sigv4,
)


@pytest.mark.parametrize(
    ("program", "less", "arguments", "told"),
    [
        (micro_request, {"CALLS": 1, "ROUNDS": 1}, ["."], "PUT, whole pipeline"),
        (micro_policy, {"CALLS": 1, "ROUNDS": 1}, ["."], "the same under conditions"),
        (micro_protocol, {"ROUND_S": 0.0, "ROUNDS": 1}, [], "... of which XML"),
        (micro_sigv4, {"CALLS": 1, "ROUNDS": 1}, [], "botocore presigns"),
        (
            inline,
            {"SIZES": (1024,), "OBJECTS_MAX": 2, "ALONE": 1, "AT_ONCE": 1},
            ["."],
            "| 1 KiB | file",
        ),
        (many, {"ASKED": 4, "LISTS": 1}, [".", "5"], "| 5 | DELETE"),
        (
            meta_layout,
            {"READS": 2, "SCANS": 1, "COMMITS": 1},
            ["20", ".", "chosen"],
            "1 rows of 300 to 16384 bytes",
        ),
        (
            meta_vacuum,
            {"SMALL_ROWS": 20, "LARGE_ROWS": 2, "GROUP": 10, "COMMITS": 1},
            ["."],
            "| incremental |",
        ),
    ],
    ids=lambda value: value.__name__.rpartition(".")[2] if isinstance(value, ModuleType) else "",
)
def test_a_program_goes_through_to_its_last_line(
    program: ModuleType,
    less: Mapping[str, object],
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program", *arguments])
    for name, value in less.items():
        monkeypatch.setattr(program, name, value)
    program.main()
    assert told in capsys.readouterr().out


def test_commits_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One process's; the program itself starts some, which measure for seconds."""
    monkeypatch.setattr(meta_commits, "SECONDS", 0.01)
    each = [meta_commits._process(tmp_path / "meta.db", writers=2, who=1)]
    meta_commits._report(1, 2, each, 0)
    assert capsys.readouterr().out.startswith("| 1 | 2 |")


def test_those_that_need_other_programs_can_be_read() -> None:
    from tests.bench import __main__, bare

    assert callable(__main__.main)
    assert callable(bare.main)
