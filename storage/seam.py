"""Where time and chance enter storage, so that a test can hold both still."""

import os
import time
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        ...


class Randomness(Protocol):
    """Gives bytes nobody can guess."""

    def bytes(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000


class SystemRandomness:
    """The operating system's generator."""

    def bytes(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        return os.urandom(count)
