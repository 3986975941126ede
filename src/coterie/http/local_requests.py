"""Which requests a program on this machine makes by itself, as far as anyone can tell.

A reverse proxy on this machine is such a program too, and acts for strangers. Signs of one are its headers, HTTP/1.0,
and a public name in `Host`, which also keeps out a page in a local browser whose name was made to resolve to loopback.
A proxy that leaves no sign is not recognised.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from coterie.http.asgi import Scope
from coterie.http.uvicorn_limits import PEER

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


def is_from_this_machine(scope: Scope) -> bool:
    """Whether the connection is from loopback, without signs of a proxy."""
    return _is_from_loopback(scope) and _is_direct(scope, dict(scope["headers"]))


def _is_from_loopback(scope: Scope) -> bool:
    """By the peer address of the connection itself, whatever the headers say."""
    peer = scope.get("extensions", {}).get(PEER)
    return peer is not None and ip_address(peer[0]).is_loopback


def _is_direct(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Proxies use HTTP/1.0, or send their own headers or the public name; programs that collect metrics do not."""
    name = headers.get(b"host", b"").decode("latin-1").lower()
    host = name if name.endswith("]") else name.rpartition(":")[0] or name
    return scope["http_version"] != "1.0" and host in LOCAL_NAMES and not SIGNS_OF_A_PROXY.intersection(headers)
