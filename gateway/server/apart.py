"""Work in a process of its own: what it leaves behind ends with that.

The parent forks, so it may have no threads; a library that makes some is used
here by nobody who forks afterwards.
"""

import os
from collections.abc import Callable

_SAID_MAX = 64 * 1024  # bytes of a pipe, pipe(7)


def apart(work: Callable[[], str | None]) -> str | None:
    """What ``work`` returned in a fork of this process: None if all is well, else why not."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            said = work()
            os.write(writing, (said or "").encode()[:_SAID_MAX])
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    if status and not text:
        return f"a process that looked at it ended with status {os.waitstatus_to_exitcode(status)}"
    return text or None
