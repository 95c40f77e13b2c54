"""Which bucket and key a request speaks of: one decoded key, made once, for everyone.

Router, policy and storage see the same Target, decoded by the same rule that
the signature's canonical form uses: escapes once, on bytes, ``%2F`` a slash
like any other.

Source: User Guide, "Virtual hosting of general purpose buckets".
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from gateway.protocol.errors import ProtocolError

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
HOSTS_MAX: Final = 1024  # remembered; more than a server has names for
_PORT: Final = re.compile(r":[0-9]*\Z")


class Target(NamedTuple):
    """What a request addresses; both None is the service itself."""

    bucket: str | None
    key: bytes | None  # valid UTF-8, never empty
    path: str  # as error documents name the resource
    virtual_host: bool = False


class Addressing:
    """Knows the base domains under which bucket names are host names."""

    def __init__(self, domains: Sequence[str]) -> None:
        self._hosts: dict[str, str | None] = {}  # the hosts seen last
        self._suffixes = tuple(f".{domain.lower().strip('.')}" for domain in domains)

    def bucket_of_host(self, host: str) -> str | None:
        """The bucket that a Host header names, None under path style."""
        try:
            return self._hosts[host]
        except KeyError:
            if len(self._hosts) >= HOSTS_MAX:
                self._hosts.clear()
            found = self._hosts[host] = self._find(host)
            return found

    def _find(self, host: str) -> str | None:
        name = _PORT.sub("", host).lower().rstrip(".")
        for suffix in self._suffixes:
            if name.endswith(suffix):
                return name.removesuffix(suffix)
        return None

    def resolve(self, host: str, raw_path: bytes) -> Target:
        """Decode a request's path.

        Raises:
            ProtocolError: InvalidURI, the path has an invalid escape or is not UTF-8.
        """
        if b"%" in raw_path:
            if _BAD_ESCAPE.search(raw_path):
                raise ProtocolError("InvalidURI")
            path = unquote_to_bytes(raw_path)
        else:
            path = raw_path
        try:
            text = path.decode()
        except UnicodeDecodeError:
            raise ProtocolError("InvalidURI") from None
        bucket = self.bucket_of_host(host) if self._suffixes else None
        if bucket is not None:
            return Target(bucket, path[1:] or None, text, virtual_host=True)
        name, _, key = path[1:].partition(b"/")
        if not name and not key:
            return Target(None, None, text)
        return Target(name.decode(), key or None, text)
