"""Printing to somebody who may have stopped reading, as ``| head`` does."""

import os
import sys
from typing import Final

BROKEN_PIPE: Final = 128 + 13  # the exit status of a program that SIGPIPE ended


def stop_printing() -> None:
    """From here on standard output goes nowhere; Python would complain at its end, too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
