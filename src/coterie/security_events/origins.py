"""Where the request comes from that is being handled, so that an event can name it wherever it is recorded.

How much of an address is kept is the operator's choice, and made here: nothing behind this knows more.
"""

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from coterie.http.asgi import Scope
from coterie.mail.language import language_of
from coterie.mail.outbox import Outbox
from coterie.security_events.failures import Failures
from coterie.settings.mail import MailLanguage

AddressKept: TypeAlias = Literal["full", "network", "none"]

KNOWN_LIMIT: Final = 20_000
"""Addresses whose shortened form is remembered."""

IPV4_BITS: Final = 24
IPV6_BITS: Final = 48


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The address of a request, as far as it is kept, and what its process has counted. The default is for commands.

    If the instance sends mail, also its outbox, and the language that the request asks for, if there are texts in it.
    """

    address: str = ""
    failures: Failures | None = None
    outbox: Outbox | None = None
    language: MailLanguage | None = None


origin: Final[ContextVar[RequestOrigin]] = ContextVar("origin", default=RequestOrigin())  # noqa: B039  (it is frozen)
"""Where the request comes from that this task handles."""


class Origins:
    """The origins of one process's requests."""

    def __init__(self, failures: Failures, kept: AddressKept, outbox: Outbox | None = None) -> None:
        def made(host: str, language: MailLanguage | None) -> RequestOrigin:
            return RequestOrigin(shortened(host, kept), failures, outbox, language)

        self._origin: Final = lru_cache(KNOWN_LIMIT)(made)
        self._sends_mail: Final = outbox is not None

    def enter(self, host: str, scope: Scope) -> None:
        """The task handles this request from now on, which comes from an address."""
        origin.set(self._origin(host, _language(scope) if self._sends_mail else None))


def _language(scope: Scope) -> MailLanguage | None:
    accepted = next((value for name, value in scope.get("headers", ()) if name == b"accept-language"), b"")
    return language_of(accepted.decode("latin-1"))


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
