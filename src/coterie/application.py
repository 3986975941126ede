"""The application: the list of all routes, and what serves which request.

`/ws` is the gateway; `/sync` is Braid-HTTP and server-sent events; `/realtime`, `/typing` and `/chat`, at the root and
under `/api`, are for the messenger; `/api`, `/health` and `/emojis` are REST; `/metrics` is for the operator;
everything else is the web client. The gateway and the streams are plain ASGI beside the framework, since each layer
adds to the cost of each delivery.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from itertools import groupby
from typing import Any, Final

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty, EmptyType

from coterie import errors
from coterie.accounts.routes import ROUTES as ACCOUNTS
from coterie.administration.routes import ROUTES as ADMINISTRATION
from coterie.audit.routes import ROUTES as AUDIT
from coterie.automod.routes import ROUTES as AUTOMOD
from coterie.avatars.routes import ROUTES as AVATARS
from coterie.bots.routes import ROUTES as BOTS
from coterie.callers.guard import guard, provide_services, provide_viewer, provider
from coterie.channels.routes import ROUTES as CHANNELS
from coterie.conversations.routes import ROUTES as CONVERSATIONS
from coterie.documents.routes import ROUTES as DOCUMENTS
from coterie.emojis.routes import PICTURES
from coterie.emojis.routes import ROUTES as EMOJIS
from coterie.errors import CoterieError
from coterie.exporting.routes import ROUTES as EXPORTS
from coterie.files.routes import ROUTES as FILES
from coterie.friends.routes import ROUTES as FRIENDS
from coterie.gifs.routes import ROUTES as GIFS
from coterie.health.routes import ADMIN_ROUTES as ADMIN_HEALTH
from coterie.health.routes import ROUTES as HEALTH
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
from coterie.inbox.routes import ROUTES as INBOX
from coterie.invites.routes import ROUTES as INVITES
from coterie.messages.routes import ROUTES as MESSAGES
from coterie.messenger.chat import chat
from coterie.messenger.realtime import realtime
from coterie.messenger.typing import typing
from coterie.metrics.routes import PATH as METRICS_PATH
from coterie.metrics.routes import Metrics
from coterie.moderation.routes import ROUTES as MODERATION
from coterie.notifications.routes import ROUTES as NOTIFICATIONS
from coterie.polls.routes import ROUTES as POLLS
from coterie.previews.routes import ROUTES as PREVIEWS
from coterie.profiles.routes import ROUTES as PROFILES
from coterie.registration.routes import ROUTES as REGISTRATION
from coterie.reports.routes import ROUTES as REPORTS
from coterie.retention.routes import ROUTES as RETENTION
from coterie.roles.routes import ROUTES as PERMISSIONS
from coterie.scheduled_events.routes import ROUTES as SCHEDULED_EVENTS
from coterie.search.routes import ROUTES as SEARCH
from coterie.security_events.routes import ROUTES as SECURITY_EVENTS
from coterie.servers.routes import ROUTES as SERVERS
from coterie.services import Services, running
from coterie.settings.record import Settings
from coterie.sync.braid import refuse_multiplexer, sync
from coterie.sync.exchange import respond
from coterie.sync.gateway import gateway, refuse_socket
from coterie.usage.routes import ROUTES as USAGE
from coterie.voice.routes import ROUTES as VOICE
from coterie.webhooks.routes import ROUTES as WEBHOOKS

CLIENT: Final = "(client)"
"""The route under which requests for the web client's files are counted."""

MESSENGER: Final = {"/realtime": realtime, "/typing": typing, "/chat": chat}

ROUTES: Final = [
    *ACCOUNTS,
    *REGISTRATION,
    *PROFILES,
    *FRIENDS,
    *SERVERS,
    *CHANNELS,
    *PERMISSIONS,
    *MESSAGES,
    *CONVERSATIONS,
    *DOCUMENTS,
    *INVITES,
    *MODERATION,
    *REPORTS,
    *RETENTION,
    *AUTOMOD,
    *NOTIFICATIONS,
    *INBOX,
    *POLLS,
    *SCHEDULED_EVENTS,
    *SEARCH,
    *VOICE,
    *AUDIT,
    *SECURITY_EVENTS,
    *ADMINISTRATION,
    *FILES,
    *EXPORTS,
    *AVATARS,
    *EMOJIS,
    *WEBHOOKS,
    *BOTS,
    *PREVIEWS,
    *GIFS,
    *USAGE,
    *HEALTH,
    *ADMIN_HEALTH,
    *openapi.ROUTES,
]


def create_application(settings: Settings) -> Application:
    """The ASGI application of one server process; its lifespan opens and closes the services."""
    requests = Requests(settings)
    metrics = Metrics(requests)
    dispatcher = Dispatcher(create_rest(settings, metrics), StaticFiles(), metrics)
    return CrossOrigin(settings, Deadlines(settings.request_deadline, dispatcher), requests)


def create_rest(settings: Settings, metrics: Metrics) -> Litestar:
    """The REST API."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with running(settings) as services, metrics.answering(services):
            app.state.services = services
            yield

    small = min(CREDENTIALS_BYTES, settings.body_limit)
    return Litestar(
        route_handlers=[
            *(_api(list(routes), small if is_small else Empty) for is_small, routes in groupby(ROUTES, _is_of_auth)),
            Router("/", route_handlers=HEALTH, include_in_schema=False),
            Router("/", route_handlers=PICTURES, before_request=guard, include_in_schema=False),
        ],
        dependencies={
            "viewer": Provide(provide_viewer, sync_to_thread=False),
            "services": Provide(provide_services, sync_to_thread=False),
            **{each.name: Provide(provider(each.name), sync_to_thread=False) for each in fields(Services)},
        },
        exception_handlers={Exception: on_error},
        request_class=ViewerRequest,
        response_class=JsonResponse,
        request_max_body_size=settings.body_limit,
        lifespan=[lifespan],
        openapi_config=openapi.CONFIG,
        logging_config=None,
    )


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

    def __init__(self, rest: Any, client: Application, metrics: Metrics) -> None:
        self._rest: Final = rest
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
        elif scope["type"] != "http" or path.startswith(("/api", "/health", "/emojis/")):
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
