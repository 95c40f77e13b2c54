"""Listening sockets, opened by the parent and kept by it.

Each worker has a socket of its own on the same address (SO_REUSEPORT), so that
the kernel spreads connections evenly; the parent keeps them, so that what
waits on one survives its worker.
"""

import errno
import os
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.config import ConfigError
from gateway.places import Address, parse

BACKLOG: Final = 1024


def open_all(listen: Sequence[str], workers: int) -> list[list[socket.socket]]:
    """For each worker, its socket on every address.

    Raises:
        ConfigError: an address is in use or cannot be had; the text says which.
    """
    by_worker: list[list[socket.socket]] = [[] for _ in range(workers)]
    for text in listen:
        address = parse(text)
        try:
            for mine, opened in zip(by_worker, _open(address, workers), strict=True):
                mine.append(opened)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConfigError(
                    f"listen: {text} is in use by another program (or another signet)"
                ) from None
            raise ConfigError(f"listen: {text}: {error.strerror or error}") from None
    return by_worker


def _open(address: Address, workers: int) -> list[socket.socket]:
    if address.family == socket.AF_UNIX:
        return _open_unix(str(address.where), workers)
    # Without SO_REUSEPORT first: with it, a second server would quietly share the port.
    with socket.socket(address.family, socket.SOCK_STREAM) as probe:
        _prepare(probe, address)
        probe.bind(address.where)
        where = probe.getsockname()
    opened = []
    for _ in range(workers):
        one = socket.socket(address.family, socket.SOCK_STREAM)
        _prepare(one, address)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(where)
        one.listen(BACKLOG)
        one.setblocking(False)
        opened.append(one)
    return opened


def _prepare(one: socket.socket, address: Address) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if address.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _open_unix(path: str, workers: int) -> list[socket.socket]:
    if Path(path).exists() and stat.S_ISSOCK(os.stat(path).st_mode):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except OSError:
                os.unlink(path)  # left by a server that is gone
            else:
                raise OSError(errno.EADDRINUSE, "in use")
    first = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    first.bind(path)
    first.listen(BACKLOG)
    first.setblocking(False)
    return [first, *(first.dup() for _ in range(workers - 1))]
