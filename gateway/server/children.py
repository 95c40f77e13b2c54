"""The processes that a parent forked: which are ready, which ended, which are due again.

Without signals and without sockets; what a child does is a function of its number.
"""

import logging
import os
import struct
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from gateway.config import ConfigError

SOON_S: Final = 5.0  # a process that lived shorter is replaced after a pause
PAUSE_FIRST_S: Final = 0.25
PAUSE_MAX_S: Final = 10.0
_NUMBER: Final = struct.Struct("<H")
_READ_BYTES: Final = 4096
_WHY_BYTES_MAX: Final = 1024  # of one sentence; pipe(7): up to PIPE_BUF it comes whole

Run = Callable[[int, Callable[[], None]], int]


class Ended(NamedTuple):
    """A child that is no more."""

    number: int
    code: int  # the exit status; minus the signal's number if one killed it


class Backoff:
    """How long to wait before a process is started again; never for ever."""

    def __init__(self) -> None:
        self._pauses: dict[int, float] = {}

    def pause_s(self, number: int, lived_s: float) -> float:
        """Nothing after a long life; after short ones a pause that doubles up to a limit."""
        if lived_s >= SOON_S:
            self._pauses.pop(number, None)
            return 0.0
        pause = self._pauses.get(number, 0.0)
        self._pauses[number] = min(max(2 * pause, PAUSE_FIRST_S), PAUSE_MAX_S)
        return pause


class Children:
    """Forks the processes and knows what became of them."""

    def __init__(self, run: Run, numbers: Iterable[int]) -> None:
        """``run`` is a child's life: its number and how it says that it is ready.

        A ConfigError that ends it is for the parent to say: see ``why``.
        """
        self._run = run
        self._living: dict[int, tuple[int, float]] = {}  # pid -> number, when it began
        self._due = dict.fromkeys(numbers, 0.0)  # number -> when to start it
        self._backoff = Backoff()
        self._ready_read, self._ready_write = os.pipe()
        self._why_read, self._why_write = os.pipe()
        for end in (self._ready_read, self._why_read, self._why_write):
            os.set_blocking(end, False)
        self._unready = set(self._due)
        self.was_any_ready = False

    def were_all_ready(self) -> bool:
        """Each has been ready once, whatever became of it since."""
        self._hear()
        return not self._unready

    def why(self) -> str | None:
        """The sentence with which a process ended since this was last asked; None if none did."""
        try:
            said = os.read(self._why_read, _READ_BYTES)
        except BlockingIOError:
            return None
        return said.split(b"\n")[0].decode(errors="replace")

    def was_ready(self, number: int) -> bool:
        """This one has been ready once."""
        return number not in self._unready

    def _hear(self) -> None:
        """Take in who has become ready."""
        try:
            said = os.read(self._ready_read, _READ_BYTES)
        except BlockingIOError:
            return
        self.was_any_ready = True
        self._unready.difference_update(number for (number,) in _NUMBER.iter_unpack(said))

    def start_due(self) -> None:
        """Fork those whose time has come."""
        now = time.monotonic()
        for number in [number for number, when in self._due.items() if when <= now]:
            del self._due[number]
            self._fork(number)

    def next_due_s(self) -> float | None:
        """How long until one is due; None if none is."""
        if not self._due:
            return None
        return max(min(self._due.values()) - time.monotonic(), 0.0)

    def _fork(self, number: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._living[pid] = number, time.monotonic()
            return
        status = 1
        try:
            status = self._run(number, lambda: self._say_ready(number))
        except ConfigError as error:
            self._say_why(str(error))
        except BaseException:
            logging.getLogger(__name__).exception("process %d ended", number)
        finally:
            logging.shutdown()
            os._exit(status)

    def _say_ready(self, number: int) -> None:
        os.write(self._ready_write, _NUMBER.pack(number))

    def _say_why(self, text: str) -> None:
        """What the operator can mend is no traceback; the parent says it."""
        line = " ".join(text.split())[: _WHY_BYTES_MAX // 4]
        with suppress(BlockingIOError):  # full of such sentences: the parent has one to say
            os.write(self._why_write, line.encode(errors="replace") + b"\n")

    def reap(self) -> list[Ended]:
        """Those that ended since the last time; each is due again."""
        self._hear()
        ended = []
        while self._living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            known = self._living.pop(pid, None)
            if known is None:
                continue  # as process 1 of a container we inherit those of others
            number, began = known
            now = time.monotonic()
            self._due[number] = now + self._backoff.pause_s(number, now - began)
            ended.append(Ended(number, os.waitstatus_to_exitcode(status)))
        return ended

    def signal_all(self, number: int) -> None:
        """Send a signal to those that live."""
        for pid in self._living:
            # It is not waited for yet, so the number is still its own.
            os.kill(pid, number)

    def any_living(self) -> bool:
        """Not all have ended."""
        return bool(self._living)
