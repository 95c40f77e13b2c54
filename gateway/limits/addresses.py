"""Whose a source address is, as far as limits go."""

import ipaddress
from functools import lru_cache
from typing import Final

# What one customer is given at least: of single addresses he has as many as he likes.
# Source: RFC 6177, section 2; RFC 4291, section 2.5.4.
V6_PREFIX_BITS: Final = 64


def subject_of(address: str) -> str:
    """An IPv4 address itself, an IPv6 address' network, as limits name them."""
    return _network(address) if ":" in address else address


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, V6_PREFIX_BITS), strict=False))
