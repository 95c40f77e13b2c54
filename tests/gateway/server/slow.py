"""``signet`` whose processes are slow to start: ``python -m ...slow FILE serve ...``.

All but the first worker wait until FILE exists, or until they are told to end.
"""

import signal
import sys
import time
from pathlib import Path
from unittest import mock

from gateway.cli import main
from gateway.server import parent
from gateway.server.worker import Shared, run_keeper, run_worker


def run(file: Path) -> int:
    """The status of ``signet`` with the arguments that follow FILE."""

    def wait() -> None:
        # The parent has blocked the signal for its children: it stays pending.
        while not file.exists() and signal.SIGTERM not in signal.sigpending():
            time.sleep(0.01)

    def work(shared: Shared, number: int, *rest: object) -> int:
        if number > 0:
            wait()
        return run_worker(shared, number, *rest)  # type: ignore[arg-type]

    def keep(*args: object) -> int:
        wait()
        return run_keeper(*args)  # type: ignore[arg-type]

    with (
        mock.patch.object(parent, "run_worker", work),
        mock.patch.object(parent, "run_keeper", keep),
    ):
        return main()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv.pop(1))))
