"""What one process may use: descriptors, and memory that it no longer needs; and what it leaves."""

import asyncio
import ctypes
import resource
from typing import Final

PER_CONNECTION: Final = 3  # its socket, that socket once more for sendfile, a file
OTHER_DESCRIPTORS: Final = 256  # databases, pools, listeners
TRIM_PAUSE_S: Final = 30.0


def raise_descriptors(connections_max: int) -> str | None:
    """Allow this process and its children as many open files as they are permitted.

    A sentence if that is too few for so many connections of each.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = PER_CONNECTION * connections_max + OTHER_DESCRIPTORS
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        return None
    return (
        f"connections_max {connections_max} may need {wanted} open files, and the limit is {hard}: "
        "raise it (ulimit -Hn, LimitNOFILE) or set connections_max lower"
    )


def forbid_cores() -> None:
    """Let a crash of this process or its children leave no image of a memory with secrets in it.

    Whoever has to look for a defect allows it again while the server runs: ``prlimit --core``.

    Source: Linux, Documentation, "core(5)": a limit of 0 is not heeded where cores are piped to a
    program; 1, which is less than any core, is.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if hard == 0 else 1, hard))


async def give_memory_back() -> None:
    """Return to the system, now and then, what many requests at once had needed.

    The C library keeps what is freed between things that are still in use.
    Runs until cancelled; ends at once where there is no ``malloc_trim``.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(TRIM_PAUSE_S)
        await asyncio.to_thread(trim, 0)
