"""How much of what requests say is remembered for the next ones like them.

Little, for anybody may send it.  What is longer is read anew each time.
"""

from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Final, TypeVar

KEPT_BYTES_MAX: Final = 512  # of a value, or of a list of names with a byte between two

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def are_short(names: Iterable[bytes]) -> bool:
    """Whether a list of names may be kept."""
    return len(b";".join(names)) <= KEPT_BYTES_MAX


class Kept(dict[K, V]):
    """``kept[key]`` is ``make(key)``: made once, if the key is short, and until others displace it.

    What came first goes first.  It is asked quicker than a cache of functools, and without a look
    at how long the key is: what is there was short when it came.
    """

    def __init__(self, make: Callable[[K], V], is_short: Callable[[K], bool], most: int) -> None:
        super().__init__()
        self._make = make
        self._is_short = is_short
        self._lock = Lock()
        self.most: Final = most

    def __missing__(self, key: K) -> V:
        made = self._make(key)
        if self._is_short(key):
            with self._lock:
                if len(self) >= self.most:
                    del self[next(iter(self))]
                self[key] = made
        return made
