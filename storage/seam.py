"""Where time and chance enter storage, so that a test can hold both still."""

import os
import time
from typing import Final, Protocol

POOL_BYTES: Final = 4096


class Clock(Protocol):
    """Says what time it is."""

    def now_ms(self) -> int:
        """Unix time in milliseconds; never negative, for names and ids begin with it."""
        ...


class Randomness(Protocol):
    """Gives bytes nobody can guess."""

    def bytes(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds; 1970 while the machine believes that it is earlier."""
        return max(time.time_ns() // 1_000_000, 0)


class SystemRandomness:
    """The operating system's generator, asked for many bytes at a time.

    A system call gives the interpreter away, and a busy thread beside keeps it
    for milliseconds.  Made after the fork: two processes must not share what
    was read beforehand.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._pool = b""
        self._used = 0

    def bytes(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        if count > POOL_BYTES:
            return os.urandom(count)
        if self._used + count > len(self._pool):
            assert self._pid == os.getpid(), "made before the fork"
            self._pool, self._used = os.urandom(POOL_BYTES), 0
        start, self._used = self._used, self._used + count
        return self._pool[start : self._used]
