"""Before a route is called: who is asking, and not too often. This comes before path, query and body are looked at.

A route's options say what else there is to know: `public` needs no login; `limit` names the action that it counts as,
or is "login" where something could be guessed, or "none"; `cookie` lets the own client's cookie count, for what a
browser fetches by itself, such as pictures; `usage` is False for what is no request to count; `deadline` is False for
what takes its time and has limits of its own.
"""

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from coterie import deadlines, errors
from coterie.accounts.authentication import SESSION_COOKIE
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.services import Services
from coterie.web import JsonRequest

Here = NamedDependency[SkipValidation[Services]]
Asking = NamedDependency[SkipValidation[Viewer]]

PUBLIC: Final = {"public": True}
LOGIN: Final = {"public": True, "limit": "login"}
UNLIMITED: Final = {"public": True, "limit": "none"}
MESSAGES: Final = {"limit": "messages"}
UPLOADS: Final = {"limit": "uploads", "deadline": False}
SEARCH: Final = {"limit": "search"}
INVITES: Final = {"limit": "invites"}
FRIENDS: Final = {"limit": "friends"}
VOICE: Final = {"limit": "voice"}
DOCUMENTS: Final = {"limit": "documents"}
CONVERSATIONS: Final = {"limit": "conversations"}
COOKIE: Final = {"cookie": True}
UNCOUNTED: Final = {"usage": False}


async def guard(request: Request[Any, Any, Any]) -> None:
    """Count the request against the limits, and find out whose it is unless the route is public.

    Called by the framework's `before_request`: for a guard of its own kind it would copy the route each time.
    """
    services: Services = request.app.state.services
    options = request.route_handler.opt
    limits, limit = services.limits, options.get("limit")
    if limit != "none":
        limits.address(_address(request))
    if limit == "login":
        limits.login(_address(request))
    if not options.get("public"):
        viewer = await services.authentication.viewer(_token(request))
        limits.account(viewer.user_id)
        if options.get("usage", True):
            await services.usage.request(viewer.user_id)
        if limit is not None:
            limits.action(limit, viewer.user_id)
        request.scope["viewer"] = viewer  # type: ignore[typeddict-unknown-key]
    if not options.get("deadline", True):
        deadlines.take_time()


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


def _address(request: Request[Any, Any, Any]) -> str:
    """The address of the client; the HTTP server has put the one that a trusted proxy names in its place."""
    return request.client.host if request.client else "unknown"


def _token(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme == "Bearer":
        return token
    is_own = request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    if not (request.route_handler.opt.get("cookie") and is_own):
        raise CoterieError(errors.UNAUTHENTICATED)
    return request.cookies.get(SESSION_COOKIE, "")
