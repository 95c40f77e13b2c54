"""Which segment goes next: what is older than it has to be kept, and what there is no room for.

Always the oldest, for what is left has to hang together.  What there is no room
for goes even if somebody still wants a copy of it, for else the trail would fill
the disk; that is said in the log, and as with any other, in a signed block.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.trail.blocks import Damaged
from gateway.trail.segments import first_head, paths

_log = logging.getLogger(__name__)


class Going(NamedTuple):
    """A segment that goes."""

    path: Path
    number: int  # of its last block
    digest: bytes


class Retention:
    """Of one folder.  Blocks."""

    def __init__(self, folder: Path, *, kept_ms: int = 0, bytes_max: int = 0) -> None:
        """For ever, and however many bytes, if 0."""
        self._folder = folder
        self._kept_ms = kept_ms
        self._bytes_max = bytes_max
        self._sizes: dict[Path, int] = {}  # of segments that do not grow
        self._heads: dict[Path, _Follows | None] = {}  # of the segment that is the oldest

    def next(self, now_ms: int, is_wanted: Callable[[Path], bool]) -> Going | None:
        """The segment that goes now, None if they stay.

        Raises:
            OSError
        """
        *closed, growing = paths(self._folder) or [self._folder]
        if not closed or not (self._kept_ms or self._bytes_max):
            return None
        is_for_room = 0 < self._bytes_max < self._total(closed) + growing.stat().st_size
        oldest = closed[0]
        if not is_for_room and (not self._kept_ms or is_wanted(oldest)):
            return None
        follows = self._follows(oldest, (*closed, growing)[1])
        if follows is None:
            return None
        # What follows a block is younger than it.
        if not is_for_room and follows.made_ms >= now_ms - self._kept_ms:
            return None
        if is_for_room and is_wanted(oldest):
            _log.warning(
                "the trail has no room: %s is removed, which is not copied yet", oldest.name
            )
        return Going(oldest, follows.number - 1, follows.previous)

    def _total(self, closed: list[Path]) -> int:
        self._sizes = {path: self._sizes.get(path) or path.stat().st_size for path in closed}
        return sum(self._sizes.values())

    def _follows(self, oldest: Path, follower: Path) -> "_Follows | None":
        """The block after a segment's last one, which names that; None if it cannot be read."""
        if oldest not in self._heads:
            try:
                head = first_head(follower)
                found = _Follows(head.number, head.previous, head.made_ms)
            except Damaged as error:
                # Whoever harmed it is not helped by removing what is before it.
                _log.error("the trail stays as it is: %s: %s", follower.name, error)
                found = None
            self._heads = {oldest: found}
        return self._heads[oldest]


class _Follows(NamedTuple):
    number: int
    previous: bytes
    made_ms: int
