"""The URL under which a client on this machine reaches the server."""

from collections.abc import Sequence
from typing import Final

_ANY: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - read, not bound


def of(places: Sequence[str], *, tls: bool) -> str | None:
    """Of the first place that a URL can name; None if there are unix sockets alone.

    ``places`` are HOST:PORT, [IPV6]:PORT or unix:PATH.
    """
    for place in places:
        if not place.startswith("unix:"):
            host, _, port = place.rpartition(":")
            return f"{'https' if tls else 'http'}://{_ANY.get(host, host)}:{port}"
    return None
