"""How much of what requests say is remembered for the next ones like them.

Little, for anybody may send it.  What is longer is read anew each time.
"""

from collections.abc import Iterable
from typing import Final

KEPT_BYTES_MAX: Final = 512  # of a value, or of a list of names with a byte between two


def are_short(names: Iterable[bytes]) -> bool:
    """Whether a list of names may be kept."""
    return len(b";".join(names)) <= KEPT_BYTES_MAX
