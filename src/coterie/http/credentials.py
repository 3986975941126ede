"""What a request carries to identify its caller: one rule for REST, streams, sockets and the messenger's routes.

A token in `Authorization: Bearer <token>`, spelled exactly so, names a session, and one in `Authorization: Bot <token>`
a bot. Requests for which a browser cannot set headers (pictures, EventSource, a WebSocket's handshake) are identified
by the session cookie, where the route accepts it, and never from a page of another origin: the browser reports that in
`Origin` and `Sec-Fetch-Site`, and either is enough to refuse.
"""

from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qs

from coterie.http.asgi import Scope

SUBPROTOCOL: Final = "coterie"
"""The subprotocol that the server chooses if a client offers it. Browsers require one of those they offered."""

BEARER: Final = "bearer."

SESSION_COOKIE: Final = "coterie_session"
"""Holds the access token. Valid for reading and for the handshake of a socket, never for a change."""

REFRESH_COOKIE: Final = "coterie_refresh"
"""Holds the refresh token. Only the routes of /api/auth read it."""


SCHEMES: Final[dict[str, "Scheme"]] = {"Bearer": "Bearer", "Bot": "Bot"}
IN_ADDRESS: Final[dict[str, "Scheme"]] = {"token": "Bearer", "bot_token": "Bot"}
"""What the query of a socket's address may name, for clients that cannot set headers."""

Scheme: TypeAlias = Literal["", "Bearer", "Bot"]
Place: TypeAlias = Literal["header", "address", "cookie", "former cookie"]


class Credential(NamedTuple):
    """The token of a request, with the scheme that says what kind it is, and where it stood; empty without one."""

    scheme: Scheme
    token: str
    place: Place = "header"


NO_CREDENTIAL: Final = Credential("", "")


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


def of_request(scope: Scope, *, may_use_cookie: bool, is_https: bool) -> Credential:
    """What a request carries: in the header, else, if the route accepts it, in the cookie."""
    return _in_header(scope) or (_in_cookie(scope, is_https=is_https) if may_use_cookie else None) or NO_CREDENTIAL


def of_socket(scope: Scope, *, is_https: bool) -> Credential:
    """What a WebSocket's handshake carries: in a header, else in its address, else in the cookie."""
    found = _in_header(scope) or _in_subprotocol(scope) or _in_address(scope)
    return found or _in_cookie(scope, is_https=is_https) or NO_CREDENTIAL


def _in_header(scope: Scope) -> Credential | None:
    scheme, _, token = header(scope, b"authorization").partition(" ")
    return Credential(SCHEMES[scheme], token) if token and scheme in SCHEMES else None


def _in_subprotocol(scope: Scope) -> Credential | None:
    """Browsers cannot set `Authorization` for a WebSocket, but they can offer subprotocols, as `bearer.<token>`."""
    offered = (each.removeprefix(BEARER) for each in scope.get("subprotocols", ()) if each.startswith(BEARER))
    token = next(offered, "")
    return Credential("Bearer", token) if token else None


def _in_address(scope: Scope) -> Credential | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    found = (Credential(scheme, query[name][0], "address") for name, scheme in IN_ADDRESS.items() if name in query)
    return next(found, None)


def _in_cookie(scope: Scope, *, is_https: bool) -> Credential | None:
    """The token in the cookie of a page of this origin.

    Over https, the cookie's former name only holds tokens of earlier versions: another host could have set it.
    """
    if not is_same_origin(scope):
        return None
    if token := cookie(scope, cookie_name(SESSION_COOKIE, is_https=is_https)):
        return Credential("Bearer", token, "cookie")
    former = cookie(scope, SESSION_COOKIE) if is_https else ""
    return Credential("Bearer", former, "former cookie") if former else None


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
