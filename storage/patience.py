"""What failed, and when it is tried again: ever more seldom, and at once after a new start."""

from typing import Final

from storage.seam import Clock

PAUSE_MS: Final = 60 * 1000
PAUSE_MS_MAX: Final = 6 * 3600 * 1000
KEPT_MAX: Final = 10_000  # beyond it the ones noted first are tried too soon


class Patience:
    """Pieces of work that failed, by their names."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[bytes, tuple[int, int]] = {}  # tried again when, after what pause

    def failed(self, name: bytes) -> bool:
        """It failed, now; whether for the first time."""
        known = self._failed.pop(name, None)
        pause = PAUSE_MS if known is None else min(2 * known[1], PAUSE_MS_MAX)
        self._failed[name] = self._clock.now_ms() + pause, pause
        if len(self._failed) > KEPT_MAX:
            del self._failed[next(iter(self._failed))]
        return known is None

    def waits(self, name: bytes) -> bool:
        """Whether it is too early to try it again."""
        known = self._failed.get(name)
        return known is not None and self._clock.now_ms() < known[0]

    def succeeded(self, name: bytes) -> None:
        """It is done."""
        self._failed.pop(name, None)
