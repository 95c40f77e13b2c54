"""The header that a proxy puts before a connection's own bytes, versions 1 and 2.

Read by exact steps, so that not one byte of what follows is taken: that may be
a TLS handshake, which begins on the socket itself.

Source: "The PROXY protocol", versions 1 and 2, HAProxy Technologies.
"""

import re
import struct
from ipaddress import ip_address
from typing import Final, NamedTuple

V2_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
V1_BYTES_MAX: Final = 107  # section 2.1, the line with its CR LF
V2_BYTES_MAX: Final = 16 + 4096  # addresses, and what proxies add of TLS and names

_V1_START: Final = b"PROXY "
_V1_LEAST: Final = len(b"PROXY UNKNOWN\r\n")
_V2_HEAD: Final = struct.Struct("!12sBBH")
_V1: Final = re.compile(
    rb"PROXY (TCP4|TCP6) ([0-9a-fA-F.:]{2,39}) ([0-9a-fA-F.:]{2,39}) "
    rb"(0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})\r\n\Z"
)
_LOCAL, _PROXY = 0x20, 0x21  # version 2 and the command
_FAMILIES: Final = {0x11: (4, 12), 0x21: (16, 36)}  # over TCP: address and block, in bytes
_OTHER_FAMILIES: Final = frozenset((0x00, 0x12, 0x22, 0x31, 0x32))  # no address we could show
_TLV: Final = struct.Struct("!BH")
_TLV_SSL: Final = 0x20
_CLIENT_SSL: Final = 0x01

assert _V2_HEAD.size == 16


class ProxyError(Exception):
    """No PROXY header, or one that is malformed: the connection ends."""


class Origin(NamedTuple):
    """Who connected to the proxy; without an address, the proxy itself (a health check)."""

    address: str | None
    secure: bool = False  # over TLS, which the proxy ended


def wanted(head: bytes) -> int:
    """How many bytes more belong to the header for certain; 0 when it is complete.

    Raises:
        ProxyError: it is none.
    """
    if V2_SIGNATURE.startswith(head[:12]):
        if len(head) < _V2_HEAD.size:
            return _V2_HEAD.size - len(head) if len(head) >= 12 else _V1_LEAST - len(head)
        length: int = _V2_HEAD.unpack_from(head)[3]
        if _V2_HEAD.size + length > V2_BYTES_MAX:
            raise ProxyError("the PROXY header is too long")
        return _V2_HEAD.size + length - len(head)
    if not head.startswith(_V1_START[: len(head)]):
        raise ProxyError("the connection does not begin with a PROXY header")
    if head.endswith(b"\r\n"):
        return 0
    if len(head) >= V1_BYTES_MAX or b"\n" in head:
        raise ProxyError("the PROXY line does not end")
    if len(head) < _V1_LEAST:
        return _V1_LEAST - len(head)
    return 1 if head.endswith(b"\r") or len(head) == V1_BYTES_MAX - 1 else 2


def parse(head: bytes) -> Origin:
    """A complete header.

    Raises:
        ProxyError: it is malformed.
    """
    return _parse_v2(head) if head.startswith(V2_SIGNATURE) else _parse_v1(head)


def _parse_v1(head: bytes) -> Origin:
    if head.startswith(b"PROXY UNKNOWN") and head[13:14] in (b"\r", b" "):
        return Origin(None)
    found = _V1.match(head)
    if found is None or any(int(port) > 65535 for port in found.groups()[3:]):
        raise ProxyError("the PROXY line is malformed")
    version = 4 if found[1] == b"TCP4" else 6
    try:
        addresses = [ip_address(text.decode()) for text in found.groups()[1:3]]
    except ValueError:
        raise ProxyError("the PROXY line names no address") from None
    if any(address.version != version for address in addresses):
        raise ProxyError("the PROXY line mixes families")
    return Origin(str(addresses[0]))


def _parse_v2(head: bytes) -> Origin:
    _, command, family, length = _V2_HEAD.unpack_from(head)
    block = head[_V2_HEAD.size :]
    if command == _LOCAL:
        return Origin(None)
    if command != _PROXY or len(block) != length:
        raise ProxyError("the PROXY header has an unknown version or command")
    if family in _OTHER_FAMILIES:
        return Origin(None)
    if family not in _FAMILIES:
        raise ProxyError("the PROXY header has an unknown family")
    size, addresses = _FAMILIES[family]
    if len(block) < addresses:
        raise ProxyError("the PROXY header is shorter than its addresses")
    return Origin(str(ip_address(block[:size])), _is_secure(block[addresses:]))


def _is_secure(tlvs: bytes) -> bool:
    """Whether the client spoke TLS with the proxy: section 2.2.5, PP2_TYPE_SSL."""
    secure, at = False, 0
    while at < len(tlvs):
        if len(tlvs) - at < _TLV.size:
            raise ProxyError("the PROXY header has a torn value")
        kind, length = _TLV.unpack_from(tlvs, at)
        at += _TLV.size
        if len(tlvs) - at < length:
            raise ProxyError("the PROXY header has a torn value")
        if kind == _TLV_SSL and length:
            secure = bool(tlvs[at] & _CLIENT_SSL)
        at += length
    return secure
