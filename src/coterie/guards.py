"""Before a route is called: who is asking, and not too often. This comes before path, query and body are looked at."""

from typing import Annotated, Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import Dependency

from coterie import errors
from coterie.accounts.authentication import authenticate
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.services import Services

Connection = ASGIConnection[Any, Any, Any, Any]
Here = Annotated[Services, Dependency(skip_validation=True)]
Asking = Annotated[Viewer, Dependency(skip_validation=True)]

PUBLIC: Final = {"public": True}
"""A route's options when it needs no login."""

LOGIN: Final = {"public": True, "limit": "login"}
"""A public route's options where passwords or tokens could be guessed."""


async def guard(connection: Connection, route: BaseRouteHandler) -> None:
    """Count the request against the limits, and find out whose it is unless the route is public."""
    services: Services = connection.app.state.services
    _limit(services, connection, route)
    if not route.opt.get("public"):
        viewer = await authenticate(services.accounts, _bearer(connection))
        if services.settings.rate_limits:
            services.limits.account.check(str(viewer.user_id))
        connection.scope["viewer"] = viewer  # type: ignore[typeddict-unknown-key]


def provide_services(request: Request[Any, Any, Any]) -> Services:
    services: Services = request.app.state.services
    return services


def provide_viewer(request: Request[Any, Any, Any]) -> Viewer:
    viewer: Viewer = request.scope["viewer"]  # type: ignore[typeddict-item]
    return viewer


def client_address(services: Services, connection: Connection) -> str:
    """The address of the client; what trusted proxies say of it is believed, nearest first."""
    address = connection.client.host if connection.client else "unknown"
    forwarded = connection.headers.get("x-forwarded-for", "").split(",")
    while services.settings.trusts(address) and forwarded and forwarded[-1].strip():
        address = forwarded.pop().strip()
    return address


def _limit(services: Services, connection: Connection, route: BaseRouteHandler) -> None:
    limit = route.opt.get("limit")
    if not services.settings.rate_limits or limit == "none":
        return
    address = client_address(services, connection)
    services.limits.address.check(address)
    if limit == "login":
        services.limits.login.check(address)


def _bearer(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise CoterieError(errors.UNAUTHENTICATED)
    return token
