"""Which addresses the server may reach on behalf of a user: those of the public internet, in their plain form.

The special ranges are those of IANA's registries of special-purpose addresses, kept here since Python's idea of a
"global" address changes between its versions; what Python calls special is refused as well. IPv6 addresses that embed
an IPv4 address are refused, except for NAT64, which is the only way out of some networks: there the embedded address
decides.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from coterie.settings.values import split_place

Address: TypeAlias = IPv4Address | IPv6Address
Place: TypeAlias = tuple[Address, int]
"""An address and a port."""

PORTS: Final = frozenset({80, 443})

SPECIAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # between a provider and its customers (carrier-grade NAT)
        "127.0.0.0/8",
        "168.63.129.16/32",  # a large cloud's service for its machines, although the address is public
        "169.254.0.0/16",  # link-local, and where clouds hand out secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast included
    )
)
UNICAST_6: Final = IPv6Network("2000::/3")
SPECIAL_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo included
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether the address is on the public internet, and no translation leads to another network."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in SPECIAL_4)
    if address.scope_id is not None:
        return False
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in UNICAST_6 and address.is_global and not any(address in network for network in SPECIAL_6)


def places(written: tuple[str, ...]) -> frozenset[Place]:
    """The private addresses that the operator allows: `address:port`, already checked by the settings."""
    return frozenset((ip_address(host), port) for host, port in map(split_place, written))
