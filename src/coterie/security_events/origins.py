"""Where the request comes from that is being handled, so that an event can name it wherever it is recorded.

How much of an address is kept is the operator's choice, and made here: nothing behind this knows more.
"""

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from coterie.security_events.failures import Failures

AddressKept: TypeAlias = Literal["full", "network", "none"]

KNOWN_LIMIT: Final = 20_000
"""Addresses whose shortened form is remembered."""

IPV4_BITS: Final = 24
IPV6_BITS: Final = 48


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The address of a request, as far as it is kept, and what its process has counted. The default is for commands."""

    address: str = ""
    failures: Failures | None = None


origin: Final[ContextVar[RequestOrigin]] = ContextVar("origin", default=RequestOrigin())  # noqa: B039  (it is frozen)
"""Where the request comes from that this task handles."""


class Origins:
    """The origins of one process's requests."""

    def __init__(self, failures: Failures, kept: AddressKept) -> None:
        self._origin: Final = lru_cache(KNOWN_LIMIT)(lambda host: RequestOrigin(shortened(host, kept), failures))

    def enter(self, host: str) -> None:
        """The task handles a request from this address from now on."""
        origin.set(self._origin(host))


def shortened(host: str, kept: AddressKept) -> str:
    """As much of an address as is kept; `network` is the /24 of an IPv4 address and the /48 of an IPv6 one."""
    if kept == "none":
        return ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if kept == "full":
        return str(address)
    return str(ipaddress.ip_network((address, IPV4_BITS if address.version == 4 else IPV6_BITS), strict=False))
