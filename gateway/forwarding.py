"""What trusted proxies say of a request: the host, scheme and client before them.

Nothing is believed of anyone who is not listed, and only one family of headers
is: a proxy that sets X-Forwarded-* passes a client's own Forwarded on.

Source: RFC 7239; for X-Forwarded-*, what nginx, HAProxy, Envoy and Traefik send.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple

from gateway.exchange import Exchange
from gateway.peers import Peers, is_among

HOPS_MAX: Final = 32  # elements of a list that are looked at, from the nearest on

_HOST: Final = re.compile(
    rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?\Z"
)
_PORT: Final = re.compile(rb"[0-9]{1,5}\Z")
# token "=" ( token / quoted-string ): RFC 7239, section 4.
# Values that need quotes, addresses of version 6 and ports, are taken without them, too.
_CHARACTERS: Final = rb"!#$%&'*+.^_`|~0-9A-Za-z"
_TOKEN: Final = rb"[" + _CHARACTERS + rb"-]+"
_VALUE: Final = rb"[" + _CHARACTERS + rb":\[\]-]+" + rb'|"(?:[^"\\]|\\.)*"'
_PAIR: Final = re.compile(rb"[ \t]*(" + _TOKEN + rb")=(" + _VALUE + rb")[ \t]*")
# Of an element: what is before a quote or a comma, or a whole quoted-string.
_PIECE: Final = re.compile(rb'[^,"]+|"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCHEMES: Final = {b"http": False, b"https": True}


class Seen(NamedTuple):
    """What was before the proxy; None where it does not say."""

    host: bytes | None = None
    port: bytes | None = None
    secure: bool | None = None
    remote: str | None = None


class Forwarding:
    """Reads the headers of trusted proxies."""

    def __init__(self, trusted: Sequence[Peers], header: str) -> None:
        """``header`` is x-forwarded or forwarded."""
        self._trusted = tuple(trusted)
        self.trusts_any: Final = bool(trusted)
        self._read = _x_forwarded if header == "x-forwarded" else _forwarded

    def apply(self, exchange: Exchange) -> None:
        """Put what a trusted peer says in place of what the connection shows."""
        if not self._trusted or not is_among(exchange.remote, self._trusted):
            return
        seen = self._read(exchange, self._trusted)
        if seen.remote is not None:
            exchange.remote = seen.remote
        if seen.secure is not None:
            exchange.secure = seen.secure
        if seen.host is not None:
            _replace_host(exchange, seen.host, seen.port)
        elif seen.port is not None:
            exchange.hosts = _with_port(_host_of(exchange), seen.port)


def _replace_host(exchange: Exchange, host: bytes, port: bytes | None) -> None:
    """The client's host for everybody; the spellings of it that a client may have signed beside it.

    Proxies leave the port out of X-Forwarded-Host, where the Host that they
    pass on may still have it.
    """
    own = _host_of(exchange)
    others = (host, *_with_port(host, port)) if port is not None else (host,)
    exchange.headers = [
        (name, host if name.lower() == b"host" else value) for name, value in exchange.headers
    ]
    exchange.hosts = tuple(dict.fromkeys((*others[1:], own)))


def _with_port(host: bytes, port: bytes) -> tuple[bytes, ...]:
    found = _HOST.match(host)
    return (host + b":" + port,) if found is not None and found[1] is None else ()


def _host_of(exchange: Exchange) -> bytes:
    return next((value for name, value in exchange.headers if name.lower() == b"host"), b"")


def _elements(exchange: Exchange, name: bytes) -> list[bytes]:
    """Of a header that is a list, over all its lines; the last ones only."""
    values = [value for known, value in exchange.headers if known.lower() == name]
    return [one.strip() for one in b",".join(values).split(b",")][-HOPS_MAX:] if values else []


# X-Forwarded-*


def _x_forwarded(exchange: Exchange, trusted: Sequence[Peers]) -> Seen:
    """The nearest proxy's word is the last of each list."""

    def last(name: bytes) -> bytes:
        return (_elements(exchange, name) or [b""])[-1]

    host, port = last(b"x-forwarded-host"), last(b"x-forwarded-port")
    return Seen(
        host if _HOST.match(host) else None,
        port if _PORT.match(port) else None,
        _SCHEMES.get(last(b"x-forwarded-proto").lower()),
        _client(_elements(exchange, b"x-forwarded-for"), trusted),
    )


def _client(addresses: Sequence[bytes], trusted: Sequence[Peers]) -> str | None:
    """The last address that no proxy of ours has."""
    found = None
    for raw in reversed(addresses):
        address = address_of(raw)
        if address is None:
            return found
        found = address
        if not is_among(address, trusted):
            return found
    return found


def address_of(node: bytes) -> str | None:
    """An address as proxies write it, perhaps with a port; None for what is none (``unknown``)."""
    text = node.decode("latin-1").strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


# Forwarded


def _forwarded(exchange: Exchange, trusted: Sequence[Peers]) -> Seen:
    """From the nearest proxy on, as long as what it saw was a proxy of ours, too."""
    values = [value for name, value in exchange.headers if name.lower() == b"forwarded"]
    seen = Seen()
    for element in reversed(_split(b",".join(values))[-HOPS_MAX:]):
        pairs = _pairs(element)
        if pairs is None:
            return seen
        host = pairs.get(b"host", b"")
        seen = Seen(
            host if _HOST.match(host) else seen.host,
            None,
            _SCHEMES.get(pairs.get(b"proto", b"").lower(), seen.secure),
            address_of(pairs.get(b"for", b"")) or seen.remote,
        )
        remote = address_of(pairs.get(b"for", b""))
        if remote is None or not is_among(remote, trusted):
            return seen
    return seen


def _split(value: bytes) -> list[bytes]:
    """At commas outside quotes, looking at each byte once; a quote left open leaves nothing.

    Anybody may send this header.  Where a quote is open nobody can tell which
    part of it is the proxy's.
    """
    elements: list[bytes] = []
    begin = at = 0
    while at < len(value):
        piece = _PIECE.match(value, at)
        if piece is not None:
            at = piece.end()
        elif value.startswith(b",", at):
            elements.append(value[begin:at])
            begin = at = at + 1
        else:
            return []
    elements.append(value[begin:])
    return [one for one in elements if one]  # empty ones count for nothing: RFC 9110, 5.6.1.2


def _pairs(element: bytes) -> dict[bytes, bytes] | None:
    """A forwarded-element; None if it is malformed."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at <= len(element):
        pair = _PAIR.match(element, at)
        if pair is None or pair[1].lower() in found:
            return None
        value = pair[2]
        if value.startswith(b'"'):
            value = re.sub(rb"\\(.)", rb"\1", value[1:-1])
        found[pair[1].lower()] = value
        if pair.end() == len(element):
            return found
        if element[pair.end() : pair.end() + 1] != b";":
            return None
        at = pair.end() + 1
    return None
