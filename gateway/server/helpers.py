"""What runs beside the requests: none of it ends by an error that nobody hears of.

A task that nobody awaits keeps its exception to itself, and a worker without
its helpers looks well for a long time.  So a failure is logged and ends the
worker, which the parent replaces.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Helpers:
    """The tasks of one worker."""

    def __init__(self, stopping: asyncio.Event) -> None:
        """``stopping`` is set when one of them fails."""
        self._stopping = stopping
        self._tasks: list[asyncio.Task[Any]] = []
        self.failed = False

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run it until it returns or is cancelled."""
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("%s failed: this worker ends", task.get_coro(), exc_info=error)
            self.failed = True
            self._stopping.set()

    async def cancel(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
