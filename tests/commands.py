"""The command ``signet`` within this process, where its words count and not its start.

A process of its own takes a quarter to a whole second of CPU before it begins; what it
is to start one, to be killed or to be written to by nobody is for tests/gateway/test_cli.py.
"""

import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import NamedTuple

import pytest

from gateway.cli import main


class Done(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def signet(*arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """Run it; it finds no settings in the environment but these."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in os.environ if one.startswith(("AWS_", "SIGNET_"))]:
            patch.delenv(name)
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status = main(arguments)
            except SystemExit as left:  # as argparse does
                status = left.code if isinstance(left.code, int) else 1
    return Done(status, out.getvalue(), err.getvalue())
