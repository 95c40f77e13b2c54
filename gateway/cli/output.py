"""Printing to somebody who may have stopped reading, as ``| head`` does, or never listened."""

import os
import sys
from datetime import UTC, datetime
from typing import Final

BROKEN_PIPE: Final = 128 + 13  # the exit status of a program that SIGPIPE ended


def stop_printing() -> None:
    """From here on standard output goes nowhere; Python would complain at its end, too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def open_standard() -> None:
    """Let standard descriptors that are closed lead nowhere, as daemonizers leave them (``>&-``).

    Else the next file that is opened has the number of one of them, and Python
    has no stream where it found a descriptor closed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(opened, True)
    # Not closed at the end: what Python complains of then has nowhere to go, either.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def moment(at_ms: int) -> str:
    """A time as commands show it."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
