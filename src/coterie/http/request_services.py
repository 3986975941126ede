"""What requests need of the process's services, in this package and the ones above it.

All of them are `coterie.services.making.Services`, which lies far above; `coterie.callers.guard.provide_all` sets them.
"""

from typing import Any, Protocol

from litestar import Request

from coterie.http.bodies import Bodies


class RequestServices(Protocol):
    """What reads a request's body."""

    @property
    def bodies(self) -> Bodies: ...


def services_of(request: Request[Any, Any, Any]) -> RequestServices:
    services: RequestServices = request.app.state.services
    return services
