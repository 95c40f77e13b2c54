"""How long a client may keep us waiting inside a body, in either direction.

It may send or take nothing for a while, and it may send or take little; but
what it has us wait for, on the whole, has to move at BYTES_PER_S_MIN, but for
one such while.
"""

from typing import Final

# As Apache's mod_reqtimeout has it for what is sent.
BYTES_PER_S_MIN: Final = 500


def allowed_s(idle_s: float, moved: int, waited_s: float) -> float:
    """How long we still wait for a client that has moved so many bytes, in seconds.

    None of it is left (0 or less) when the client was too slow on the whole.
    """
    return min(idle_s, idle_s + moved / BYTES_PER_S_MIN - waited_s)
