"""Before a route is called: who is asking, and not too often. This comes before path, query and body are looked at."""

from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.services import Services
from coterie.web import JsonRequest

Connection = ASGIConnection[Any, Any, Any, Any]
Here = NamedDependency[SkipValidation[Services]]
Asking = NamedDependency[SkipValidation[Viewer]]

PUBLIC: Final = {"public": True}
"""A route's options when it needs no login."""

LOGIN: Final = {"public": True, "limit": "login"}
"""A public route's options where passwords or tokens could be guessed."""


async def guard(request: Request[Any, Any, Any]) -> None:
    """Count the request against the limits, and find out whose it is unless the route is public.

    Called by the framework's `before_request`: for a guard of its own kind it would copy the route each time.
    """
    services: Services = request.app.state.services
    route = request.route_handler
    _limit(services, request, route)
    if not route.opt.get("public"):
        viewer = await services.authentication.viewer(_bearer(request))
        if services.settings.rate_limits:
            services.limits.account.check(str(viewer.user_id))
        request.scope["viewer"] = viewer  # type: ignore[typeddict-unknown-key]


def provide_services(request: Request[Any, Any, Any]) -> Services:
    services: Services = request.app.state.services
    return services


def provide_viewer(request: Request[Any, Any, Any], services: Here) -> Viewer:
    """Depends on the services only in name: the framework starts a task for each of two that do not."""
    viewer: Viewer = request.scope["viewer"]  # type: ignore[typeddict-item]
    return viewer


class Asked(JsonRequest):
    """A request with what its guard found: for the routes that are called most, to spare them the injection."""

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @property
    def viewer(self) -> Viewer:
        viewer: Viewer = self.scope["viewer"]  # type: ignore[typeddict-item]
        return viewer


def _address(connection: Connection) -> str:
    """The address of the client; the HTTP server has put the one that a trusted proxy names in its place."""
    return connection.client.host if connection.client else "unknown"


def _limit(services: Services, connection: Connection, route: BaseRouteHandler) -> None:
    limit = route.opt.get("limit")
    if not services.settings.rate_limits or limit == "none":
        return
    address = _address(connection)
    services.limits.address.check(address)
    if limit == "login":
        services.limits.login.check(address)


def _bearer(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise CoterieError(errors.UNAUTHENTICATED)
    return token
