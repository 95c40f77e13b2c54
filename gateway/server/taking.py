"""Waiting for a client to take its answer: while it takes some of it, and not too little.

The kernel buffers for it, up to megabytes, and says only when a third of that
is free again (tcp(7), tcp_wmem): of a client on a slow link nothing is heard
for minutes.  So what the kernel still holds is looked at, too: it has been
taken from us, but not by the client.  Under TLS what is encrypted waits in a
transport of its own, below the one that is written to.
"""

import asyncio
import fcntl
import struct
import termios

from gateway.server.pace import allowed_s


class Taking:
    """One answer's client: what we have waited for it."""

    __slots__ = ("_below", "_earlier", "_idle_s", "_waited_s")

    def __init__(self, idle_s: float, below: asyncio.Transport | None = None) -> None:
        self._idle_s = idle_s
        self._below = below
        self._waited_s = 0.0
        self._earlier: int | None = None  # bytes held, when first looked at, that are not its own

    async def wait(
        self, ready: asyncio.Future[None], transport: asyncio.Transport, sent: int
    ) -> None:
        """Wait for ``ready``, which the client's taking brings about; then it is of no more use.

        ``sent`` is what of the answer was handed to the transport or the kernel, in bytes.

        Raises:
            ConnectionResetError: it was too slow, and the connection is broken off.
            what ``ready`` raises
        """
        loop = asyncio.get_running_loop()
        held = self._held(transport)
        if self._earlier is None:
            self._earlier = max(0, sum(held) - sent)
        try:
            while not ready.done():
                taken = max(0, self._earlier + sent - sum(held))
                patience_s = allowed_s(self._idle_s, taken, self._waited_s)
                began = loop.time()
                await asyncio.wait((ready,), timeout=max(0.0, patience_s))
                self._waited_s += loop.time() - began
                before, held = held, self._held(transport)
                if not ready.done() and (held == before or patience_s <= 0):
                    transport.abort()
                    raise ConnectionResetError
            ready.result()
        finally:
            ready.cancel()

    def _held(self, transport: asyncio.Transport) -> tuple[int, int]:
        """What the kernel has not taken yet, and what the client has not; the same while it stops.

        Source: tcp(7) and unix(7), SIOCOUTQ.
        """
        here = transport.get_write_buffer_size()
        if self._below is not None:
            here += self._below.get_write_buffer_size()
        raw = transport.get_extra_info("socket")
        if raw is None or transport.is_closing():
            return here, 0
        (in_kernel,) = struct.unpack("i", fcntl.ioctl(raw.fileno(), termios.TIOCOUTQ, bytes(4)))
        return here, in_kernel
