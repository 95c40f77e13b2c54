"""Who is at the other end of a connection, and whom to believe: addresses and networks."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple, Self

UNIX: Final = "unix"  # in a list: peers on a unix socket, which have no address


class Peers(NamedTuple):
    """One entry of a list of peers; no network means those on unix sockets."""

    network: IPv4Network | IPv6Network | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """An address, a network in CIDR notation, or ``unix``.

        Raises:
            ValueError
        """
        if text == UNIX:
            return cls(None)
        try:
            return cls(ip_network(text))
        except ValueError:
            raise ValueError("no address, network or unix") from None

    def __str__(self) -> str:
        if self.network is None:
            return UNIX
        return str(self.network)


def is_among(remote: str, listed: Sequence[Peers]) -> bool:
    """Whether ``remote`` (an address, "" for a unix socket) is one of those listed."""
    if not listed:
        return False
    if remote == "":
        return any(one.network is None for one in listed)
    address = ip_address(remote.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    return any(one.network is not None and address in one.network for one in listed)
