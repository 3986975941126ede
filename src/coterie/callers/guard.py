"""Runs before every REST route, and applies its options (`coterie.http.injection`).

It runs before path, query and body are read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from litestar import Litestar, Request

from coterie.callers.callers import Callers
from coterie.http import deadlines
from coterie.http.account_turns import AccountTurns
from coterie.http.injection import CurrentViewer
from coterie.http.rate_limits import WRITES, Limit
from coterie.http.request_services import RequestServices
from coterie.http.viewers import Needs, usual_scope
from coterie.space.space import Space
from coterie.viewer import KINDS, Viewer


class GuardServices(RequestServices, Protocol):
    """What admits a request, and what features have opened, by name."""

    @property
    def callers(self) -> Callers: ...
    @property
    def costly_turns(self) -> AccountTurns: ...
    @property
    def space(self) -> Space: ...
    @property
    def opened(self) -> Mapping[str, object]: ...


WRITING: Final = ("POST", "PUT", "PATCH")
CHANGING: Final = (*WRITING, "DELETE")


def provide_all(app: Litestar, services: GuardServices) -> None:
    """Set what the routes of this application work with."""
    app.state.services = services


def guard_services(request: Request[Any, Any, Any]) -> GuardServices:
    services: GuardServices = request.app.state.services
    return services


async def guard(request: Request[Any, Any, Any]) -> None:
    """Count the request against the limits, and identify the caller unless the route is public.

    The framework calls it as `before_request`: for one of its own guards, it would copy the route each time.
    """
    services = guard_services(request)
    callers = services.callers
    options, scope = request.route_handler.opt, request.scope
    if not options.get("unlimited"):
        callers.arrive(scope)  # type: ignore[arg-type]
    if options.get("guesses"):
        await callers.guess(scope)  # type: ignore[arg-type]
    if not options.get("public"):
        scope["viewer"] = await callers.identify(  # type: ignore[typeddict-unknown-key]
            scope,  # type: ignore[arg-type]
            Needs(
                options.get("scope") or usual_scope(request.method),
                options.get("kinds", KINDS),
                limits=options.get("limits", _usual(request.method, needs_space=options.get("space", True))),
                may_use_cookie=options.get("cookie", False),
                is_counted=options.get("usage", True),
                takes_turns=options.get("deadline", True) and not options.get("elsewhere"),
            ),
        )
    if options.get("costly"):
        await services.costly_turns.take(scope, scope["viewer"].user_id)  # type: ignore[arg-type, typeddict-item]
    if request.method in WRITING and options.get("space", True):
        services.space.check(is_upload=options.get("upload", False))
    if not options.get("deadline", True):
        deadlines.take_time()


def _usual(method: str, *, needs_space: bool) -> Sequence[Limit]:
    """How a request is counted whose route names no limit: as a write, if it is one that stores something lasting."""
    return (WRITES,) if needs_space and method in CHANGING else ()


def provide_viewer(request: Request[Any, Any, Any]) -> Viewer:
    viewer: Viewer = request.scope.get("viewer")  # type: ignore[assignment]
    return viewer


def provide_services(request: Request[Any, Any, Any]) -> GuardServices:
    """All of them, for routes about the process as a whole."""
    return guard_services(request)


def provider(name: str) -> Callable[..., Any]:
    """Provides a route with a field of the process's services, or with what a feature opens under this name.

    It depends on the viewer only in name: for two dependencies without that, the framework starts a task each.
    """

    def provide(request: Request[Any, Any, Any], viewer: CurrentViewer) -> Any:
        services = guard_services(request)
        return services.opened[name] if name in services.opened else getattr(services, name)

    return provide
