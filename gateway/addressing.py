"""Which bucket and key a request speaks of: one decoded key, made once, for everyone.

Router, policy and storage see the same Target, decoded by the same rule that
the signature's canonical form uses: escapes once, on bytes, ``%2F`` a slash
like any other.

Source: User Guide, "Virtual hosting of general purpose buckets"; RFC 9112,
section 3.2, on a Host that is none.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from gateway.protocol.errors import ProtocolError, not_http

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
HOSTS_MAX: Final = 1024  # remembered; more than a server has names for
# uri-host [ ":" port ]: RFC 9110, section 7.2, and RFC 3986, section 3.2.2, which has names of 255
# characters at most.  No comma: several hosts were joined by it.  In brackets a zone: RFC 6874.
_HOST: Final = re.compile(
    r"(\[[0-9A-Za-z:._~%-]{2,255}\]|(?:[0-9A-Za-z._~!$&'()*+;=-]|%[0-9A-Fa-f]{2}){1,255})"
    r"(?::[0-9]{0,5})?\Z"
)

# Source: User Guide, "Getting started with Amazon S3 Transfer Acceleration".
_ACCELERATED: Final = (".s3-accelerate.dualstack", ".s3-accelerate")


class Target(NamedTuple):
    """What a request addresses; both None is the service itself."""

    bucket: str | None
    key: bytes | None  # valid UTF-8, never empty
    path: str  # as error documents name the resource
    virtual_host: bool = False
    is_site: bool = False  # of the bucket's website
    is_accelerated: bool = False  # by the bucket's name for accelerated transfers


class _Named(NamedTuple):
    """What a Host header stands for."""

    is_host: bool
    bucket: str | None  # None is path style
    is_site: bool = False
    is_accelerated: bool = False


class Addressing:
    """Knows the base domains under which bucket names are host names, and those of websites."""

    def __init__(self, domains: Sequence[str], website_domains: Sequence[str] = ()) -> None:
        self._hosts: dict[str, _Named] = {}  # the hosts seen last
        self._suffixes = _suffixes(domains)
        self._site_suffixes = _suffixes(website_domains)

    def bucket_of_host(self, host: str) -> str | None:
        """The bucket that a Host header names; None under path style, and if it is no host."""
        return self._named(host).bucket

    def _named(self, host: str) -> _Named:
        try:
            return self._hosts[host]
        except KeyError:
            found = self._find(host)
            if found.is_host:  # the others may be long, and nobody sends them twice
                if len(self._hosts) >= HOSTS_MAX:
                    self._hosts.clear()
                self._hosts[host] = found
            return found

    def _find(self, host: str) -> _Named:
        if not host:
            return _Named(True, None)  # one that is missing is the signature's to refuse
        found = _HOST.match(host)
        if found is None:
            return _Named(False, None)
        name = found[1].lower().rstrip(".")
        # First: a website's domain may be one of the other domains' names.
        for suffix in self._site_suffixes:
            if name.endswith(suffix):
                bucket = name.removesuffix(suffix)
                return _Named(True, bucket, is_site=True) if bucket else _Named(False, None)
        for suffix in self._suffixes:
            if name.endswith(suffix):
                return _of_bucket(name.removesuffix(suffix))
        return _Named(True, None)

    def resolve(self, host: str, raw_path: bytes) -> Target:
        """Decode a request's path.

        Raises:
            ProtocolError: InvalidURI, the path has an invalid escape or is not UTF-8;
                BadRequest, the host is none.
        """
        named = self._named(host)
        if not named.is_host:
            raise not_http()
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
        if named.bucket is not None:
            _, bucket, is_site, is_accelerated = named
            return Target(bucket, path[1:] or None, text, True, is_site, is_accelerated)
        name, _, key = path[1:].partition(b"/")
        if not name and not key:
            return Target(None, None, text)
        return Target(name.decode(), key or None, text)


def _suffixes(domains: Sequence[str]) -> tuple[str, ...]:
    return tuple(f".{domain.lower().strip('.')}" for domain in domains)


def _of_bucket(label: str) -> _Named:
    """What stands before a domain: a bucket, perhaps by its name for accelerated transfers."""
    for suffix in _ACCELERATED:
        bucket = label.removesuffix(suffix)
        if bucket and bucket != label:
            return _Named(True, bucket, is_accelerated=True)
    return _Named(True, label) if label else _Named(False, None)
