"""The application, put together from the features, and what serves which request.

`/ws` is the gateway; `/sync` is Braid-HTTP and server-sent events; `/realtime`, `/typing` and `/chat`, at the root and
under `/api`, are for the messenger; `/api` and what features serve at the root, such as `/health`, are REST; `/metrics`
is for the operator; everything else is the web client. The gateway and the streams are plain ASGI beside the framework,
since each layer adds to the cost of each delivery.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from itertools import groupby
from typing import Any, Final

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty, EmptyType

from coterie import errors
from coterie.callers.guard import guard, provide_all, provide_services, provide_viewer, provider
from coterie.errors import CoterieError, Entry
from coterie.feature import Feature, check_names, declared
from coterie.features import FEATURES
from coterie.http import openapi
from coterie.http.answering import JsonResponse, on_error
from coterie.http.api_document import described
from coterie.http.asgi import Application, Receive, Scope, Send
from coterie.http.bodies import CREDENTIALS_BYTES
from coterie.http.deadlines import Deadlines
from coterie.http.headers import CrossOrigin
from coterie.http.injection import ViewerRequest
from coterie.http.request_metrics import Requests
from coterie.http.static_files import StaticFiles
from coterie.messenger.chat import chat
from coterie.messenger.realtime import realtime
from coterie.messenger.typing import typing
from coterie.metrics.routes import PATH as METRICS_PATH
from coterie.metrics.routes import Metrics
from coterie.services.making import Services
from coterie.services.running import running
from coterie.settings.record import Settings
from coterie.sync.braid import refuse_multiplexer, sync
from coterie.sync.exchange import respond
from coterie.sync.gateway import gateway, refuse_socket

CLIENT: Final = "(client)"
"""The route under which requests for the web client's files are counted."""

MESSENGER: Final = {"/realtime": realtime, "/typing": typing, "/chat": chat}


def create_application(settings: Settings, features: Sequence[Feature] = FEATURES) -> Application:
    """The ASGI application of one server process; its lifespan opens and closes the services."""
    check_names(features)
    requests = Requests(settings)
    metrics = Metrics(requests)
    dispatcher = Dispatcher(create_rest(settings, metrics, features), StaticFiles(), metrics, _roots(features))
    return CrossOrigin(settings, Deadlines(settings.request_deadline, dispatcher), requests)


def create_rest(settings: Settings, metrics: Metrics, features: Sequence[Feature] = FEATURES) -> Litestar:
    """The REST API."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with running(settings, features) as services, metrics.answering(services):
            provide_all(app, services)
            yield

    return Litestar(
        route_handlers=_routers(settings.body_limit, features),
        dependencies={
            "viewer": Provide(provide_viewer, sync_to_thread=False),
            "services": Provide(provide_services, sync_to_thread=False),
            **{name: Provide(provider(name), sync_to_thread=False) for name in _injected(features)},
        },
        exception_handlers={Exception: on_error},
        request_class=ViewerRequest,
        response_class=JsonResponse,
        request_max_body_size=settings.body_limit,
        lifespan=[lifespan],
        state=State({"errors": (*declared(errors, Entry), *(entry for each in features for entry in each.errors))}),
        openapi_config=openapi.CONFIG,
        logging_config=None,
    )


def _injected(features: Sequence[Feature]) -> list[str]:
    """What routes can have injected, by the parameter's name."""
    return [*(each.name for each in fields(Services)), *(name for feature in features for name in feature.services)]


def _routers(body_limit: int, features: Sequence[Feature]) -> list[Router]:
    """What is under `/api`, in the order of the list, and what is at the root of the site."""
    small = min(CREDENTIALS_BYTES, body_limit)
    routes = [*(route for feature in features for route in feature.routes), *openapi.ROUTES]
    at_root = [route for feature in features for route in feature.root_routes]
    return [
        *(_api(list(some), small if is_small else Empty) for is_small, some in groupby(routes, _is_of_auth)),
        Router("/", route_handlers=at_root, before_request=guard, include_in_schema=False),
    ]


def _roots(features: Sequence[Feature]) -> tuple[str, ...]:
    """What the paths of REST begin with: those of routes at the root up to their first parameter."""
    paths = [path for feature in features for route in feature.root_routes for path in route.paths]
    return ("/api", *sorted({path.partition("{")[0] for path in paths}))


def _is_of_auth(route: HTTPRouteHandler) -> bool:
    """Whether strangers send it what proves who they are."""
    return any(path.split("/")[1] == "auth" for path in route.paths)


def _api(routes: list[HTTPRouteHandler], body_limit: int | EmptyType = Empty) -> Router:
    return Router(
        "/api",
        route_handlers=routes,
        before_request=guard,
        security=[{"bearer": []}],
        request_max_body_size=body_limit,
    )


class Dispatcher:
    """Passes each connection to what serves it: the gateway, a stream, REST, metrics or the web client."""

    def __init__(self, rest: Any, client: Application, metrics: Metrics, roots: tuple[str, ...]) -> None:
        self._rest: Final = rest
        self._roots: Final = roots
        self._client: Final = client
        self._metrics: Final = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] == "websocket" and path == "/ws":
            await gateway(self._services, scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_socket(CoterieError(errors.NOT_FOUND), scope, send)
        elif scope["type"] == "http" and _asks_for_multiplexer(scope["method"], path):
            await refuse_multiplexer(self._services, scope, receive, send)
        elif scope["type"] == "http" and (route := MESSENGER.get(path.removeprefix("/api"))):
            scope["path_template"] = path
            await respond(route, self._services, scope, receive, send)
        elif scope["type"] == "http" and path.startswith(("/sync/", "/collab/")):
            scope["path_template"] = path[: path.index("/", 1)]
            await respond(sync, self._services, scope, receive, send)
        elif scope["type"] != "http" or path.startswith(self._roots):
            await self._rest(scope, receive, send)
        elif path == METRICS_PATH:
            scope["path_template"] = path
            await self._metrics.serve(self._services, scope, receive, send)
        else:
            scope["path_template"] = CLIENT
            await self._client(scope, receive, send)

    @property
    def _services(self) -> Services:
        services: Services = self._rest.state.services
        return services


def _asks_for_multiplexer(method: str, path: str) -> bool:
    return method == "MULTIPLEX" or path.startswith("/.well-known/multiplexer/")


def openapi_document(settings: Settings) -> dict[str, Any]:
    """The OpenAPI 3.1 document, as served at /api/openapi.json."""
    return described(create_rest(settings, Metrics(Requests(settings))))
