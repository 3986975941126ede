"""Who may see how the server does inside: whoever has METRICS_TOKEN, or without one a program on this machine.

A reverse proxy on this machine is such a program too, and speaks for strangers. So without a token nothing is shown
to a request that bears any sign of having been passed on, and nothing at all where a proxy must be there (PUBLIC_URL
begins with https) but was not named in TRUSTED_PROXIES: such a one may leave no sign. Everybody else is told that there
is no such page.
"""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from coterie.asgi import Scope
from coterie.guarded import PEER
from coterie.settings import Settings

SIGNS_OF_A_PROXY: Final = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-real-ip",
        b"x-request-id",
        b"cf-connecting-ip",
        b"true-client-ip",
    }
)
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def may_look_inside(settings: Settings, scope: Scope) -> bool:
    """Whether a request may see figures that strangers may not."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if settings.metrics_token:
        return hmac.compare_digest(headers.get(b"authorization", b""), b"Bearer " + settings.metrics_token.encode())
    if settings.is_https and not settings.trusted_proxies:
        return False
    return _is_from_here(scope) and _is_direct(scope, headers)


def _is_from_here(scope: Scope) -> bool:
    """By the address that the connection itself has, whatever its headers say."""
    peer = scope.get("extensions", {}).get(PEER)
    return peer is not None and ip_address(peer[0]).is_loopback


def _is_direct(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Proxies speak HTTP/1.0, or name themselves or the public name; programs that gather figures do none of it."""
    name = headers.get(b"host", b"").decode("latin-1").lower()
    host = name if name.endswith("]") else name.rpartition(":")[0] or name
    return scope["http_version"] != "1.0" and host in LOCAL_NAMES and not SIGNS_OF_A_PROXY.intersection(headers)
