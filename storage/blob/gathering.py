"""How much each writer of a process may collect before it asks a thread to write.

Large writes are few thread hops; but hundreds of slow uploads at once must not
each hold as much.  So all writers share what one process may hold.
"""

from typing import Final

GATHER_BYTES_MAX: Final = 1024 * 1024  # of one writer: more makes it no faster
GATHER_BYTES_MIN: Final = 64 * 1024  # less makes too many thread hops
GATHERED_BYTES: Final = 32 * 1024 * 1024  # of all writers; then each keeps to the least


class Gathering:
    """Counts the bytes that the writers of a store hold."""

    def __init__(self) -> None:
        self._held = 0

    def add(self, size: int) -> None:
        """A writer collected more."""
        self._held += size

    def remove(self, size: int) -> None:
        """A writer handed over, or forgot, what it had."""
        self._held -= size

    def is_enough(self, size: int) -> bool:
        """Whether a writer that holds so much is to hand it over."""
        return size >= GATHER_BYTES_MAX or (
            size >= GATHER_BYTES_MIN and self._held >= GATHERED_BYTES
        )
