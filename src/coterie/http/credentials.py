"""How a request identifies its caller: one rule for REST, streams, sockets and the messenger's routes.

A token in `Authorization: Bearer <token>`, spelled exactly so, names a session, and one in `Authorization: Bot <token>`
a bot. Requests for which a browser cannot set
headers (pictures, EventSource, a WebSocket's handshake) are identified by the session cookie, where the route accepts
it, and never from a page of another origin: the browser reports that in `Origin` and `Sec-Fetch-Site`, and either is
enough to refuse.
"""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from coterie.http.asgi import Scope

SUBPROTOCOL: Final = "coterie"
"""The subprotocol that the server chooses if a client offers it. Browsers require one of those they offered."""

BEARER: Final = "bearer."

SESSION_COOKIE: Final = "coterie_session"
"""Holds the access token. Valid for reading and for the handshake of a socket, never for a change."""

REFRESH_COOKIE: Final = "coterie_refresh"
"""Holds the refresh token. Only the routes of /api/auth read it."""


def cookie_name(name: str, *, is_https: bool) -> str:
    """The name of a cookie on this instance.

    With the prefix `__Host-`, browsers let no other host of the domain and no page without TLS set the cookie. They
    require the path `/` for it. `__Secure-` is not enough: another host with TLS can set such a cookie for the domain.
    """
    return f"__Host-{name}" if is_https else name


def cookie_path(path: str, *, is_https: bool) -> str:
    """The path of a cookie on this instance, which should only be sent to `path`."""
    return "/" if is_https else path


def former_names(name: str, *, is_https: bool) -> tuple[str, ...]:
    """The names that this cookie had on this instance in earlier versions. Another host could have set them."""
    return (f"__Secure-{name}", name) if is_https else ()


def address(scope: Scope) -> str:
    """The client's address; the HTTP server has already replaced a trusted proxy's with the one that it names."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def token(scope: Scope) -> str:
    """The access token in the header `Authorization`; empty without one."""
    scheme, _, given = header(scope, b"authorization").partition(" ")
    return given if scheme == "Bearer" else ""


def bot_token(scope: Scope) -> str:
    """The token of a bot in the header `Authorization`; empty without one."""
    scheme, _, given = header(scope, b"authorization").partition(" ")
    return given if scheme == "Bot" else ""


def socket_token(scope: Scope) -> str:
    """The token in a header of a WebSocket's handshake: `Authorization`, or a subprotocol `bearer.<token>`.

    Browsers cannot set `Authorization` there, but they can offer subprotocols.
    """
    offered = (each.removeprefix(BEARER) for each in scope.get("subprotocols", ()) if each.startswith(BEARER))
    return token(scope) or next(offered, "")


def is_same_origin(scope: Scope) -> bool:
    """Whether the request comes from a page of this origin, from the address bar, or from a program."""
    origin, host = header(scope, b"origin"), header(scope, b"host")
    is_own = not origin or (bool(host) and origin in (f"http://{host}", f"https://{host}"))
    return is_own and (header(scope, b"sec-fetch-site") or "none") in ("same-origin", "none")


def cookie(scope: Scope, name: str) -> str:
    """The value of a cookie; empty without one."""
    try:
        found = SimpleCookie(header(scope, b"cookie")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def header(scope: Scope, name: bytes) -> str:
    """A header by its lower-case name, repeated ones joined; empty if it is missing."""
    found = [value for key, value in scope["headers"] if key == name]
    return b", ".join(found).decode("latin-1") if found else ""
