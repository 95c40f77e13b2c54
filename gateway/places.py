"""Where a server listens, as text says it: HOST:PORT, [IPV6]:PORT or unix:PATH."""

import ipaddress
import os
import re
import socket
from typing import Final, NamedTuple

# What a resolver could know, and what cannot hide a list or a mistyped blank.
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?\Z", re.ASCII)
_PORT: Final = re.compile(r"[0-9]{1,5}\Z", re.ASCII)
_PORT_MAX: Final = 65535
_UNIX: Final = "unix:"
UNIX_PATH_BYTES_MAX: Final = 107  # unix(7): 108 bytes, the last of them NUL


class Address(NamedTuple):
    """Where to listen."""

    family: socket.AddressFamily
    where: tuple[str, int] | str


def parse(text: str) -> Address:
    """The address that a text means.

    Raises:
        ValueError: the text says "not" what, to stand behind the value.
    """
    if text.startswith(_UNIX):
        path = text.removeprefix(_UNIX)
        if not 1 <= len(os.fsencode(path)) <= UNIX_PATH_BYTES_MAX:
            raise ValueError(f"not unix:PATH with a path of 1 to {UNIX_PATH_BYTES_MAX} bytes")
        return Address(socket.AF_UNIX, path)
    host, _, port = text.rpartition(":")
    if _PORT.match(port) and int(port) <= _PORT_MAX:
        if host.startswith("[") and host.endswith("]") and _is_ipv6(host[1:-1]):
            return Address(socket.AF_INET6, (host[1:-1], int(port)))
        if _HOST.match(host):
            return Address(socket.AF_INET, (host, int(port)))
    raise ValueError("not HOST:PORT, [IPV6]:PORT or unix:PATH")


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def checked(text: str) -> str:
    """The text itself, if it is an address.

    Raises:
        ValueError: as of ``parse``.
    """
    parse(text)
    return text
