"""What went wrong on the way to the server or inside it, and what that means to us.

=========  =====================================================================
``AGAIN``  the transaction came to nothing; another one may not
``LOST``   this connection is of no more use, or its server no longer the right one
``FULL``   there is no room
``NEVER``  neither waiting nor asking again helps: a bug, a right that was taken away
=========  =====================================================================

Source: PostgreSQL 15 Documentation, Appendix A "PostgreSQL Error Codes".
"""

import enum
from typing import Final

import asyncpg


class Fate(enum.Enum):
    """What to do about it."""

    AGAIN = "again"
    LOST = "lost"
    FULL = "full"
    NEVER = "never"


class Failed(Exception):
    """The server refused, or could not be asked."""

    def __init__(self, fate: Fate, state: str, why: str, *, is_silent: bool = False) -> None:
        super().__init__(why)
        self.is_silent = is_silent  # nothing came at all: other connections may be as dead
        self.fate = fate
        self.state = state  # SQLSTATE; "" if the server said nothing
        self.why = why


# By the whole code, else by its class.
_FATES: Final = {
    "08": Fate.LOST,  # connection exceptions
    "25006": Fate.LOST,  # read only: it has become a standby, or always was one
    "25P02": Fate.LOST,  # in a failed transaction: whatever led here, begin afresh
    "25P03": Fate.LOST,  # idle in a transaction for too long
    "40": Fate.AGAIN,  # serialization failures, deadlocks
    "53": Fate.LOST,  # too many connections, out of memory
    "53100": Fate.FULL,
    "55P03": Fate.AGAIN,  # lock_timeout
    "57": Fate.LOST,  # shutting down, starting up, idle for too long
    "57014": Fate.AGAIN,  # somebody cancelled the query
}
COMPLETION_UNKNOWN: Final = "40003"
_SILENT: Final = "no answer"
_DISAPPEARED: Final = "the connection was lost"


def judged(error: BaseException) -> Failed:
    """What a failure of the client library means."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        fate = _FATES.get(state) or _FATES.get(state[:2]) or Fate.NEVER
        return Failed(fate, state, _sentence(error))
    return Failed(Fate.LOST, "", _sentence(error))


def _sentence(error: BaseException) -> str:
    if isinstance(error, asyncpg.ConnectionDoesNotExistError):
        return _DISAPPEARED
    if isinstance(error, TimeoutError):
        return _SILENT
    text = " ".join(str(error).split())
    return text or type(error).__name__


# What the client library raises that is no bug of ours.
TROUBLES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    EOFError,
)
