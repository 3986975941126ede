"""The application: one visible list of routes, and who gets which request.

`/ws` is the gateway; `/sync` is Braid-HTTP and server-sent events; `/realtime`, `/typing` and `/chat`, at the root as
under `/api`, are the messenger's; `/api`, `/health` and `/emojis` are REST; `/metrics` is for who operates it; all else
is the web client. The live doors are plain ASGI beside the framework, since each layer counts for each delivery.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Litestar, Router
from litestar.di import Provide

from coterie import openapi
from coterie.accounts.routes import ROUTES as ACCOUNTS
from coterie.api_document import described
from coterie.asgi import Application, Receive, Scope, Send
from coterie.audit.routes import ROUTES as AUDIT
from coterie.channels.routes import ROUTES as CHANNELS
from coterie.conversations.routes import ROUTES as CONVERSATIONS
from coterie.cross_origin import CrossOrigin
from coterie.deadlines import Deadlines
from coterie.documents.routes import ROUTES as DOCUMENTS
from coterie.emojis.routes import PICTURES
from coterie.emojis.routes import ROUTES as EMOJIS
from coterie.files.routes import ROUTES as FILES
from coterie.friends.routes import ROUTES as FRIENDS
from coterie.gifs.routes import ROUTES as GIFS
from coterie.guards import Asked, guard, provide_services, provide_viewer
from coterie.health.routes import ROUTES as HEALTH
from coterie.inbox.routes import ROUTES as INBOX
from coterie.invites.routes import ROUTES as INVITES
from coterie.messages.routes import ROUTES as MESSAGES
from coterie.messenger.chat import chat
from coterie.messenger.realtime import realtime
from coterie.messenger.typing import typing
from coterie.metrics.requests import Requests
from coterie.metrics.routes import PATH as METRICS_PATH
from coterie.metrics.routes import Metrics
from coterie.moderation.routes import ROUTES as MODERATION
from coterie.notifications.routes import ROUTES as NOTIFICATIONS
from coterie.permissions.routes import ROUTES as PERMISSIONS
from coterie.previews.routes import ROUTES as PREVIEWS
from coterie.search.routes import ROUTES as SEARCH
from coterie.servers.routes import ROUTES as SERVERS
from coterie.services import Services, running
from coterie.settings import Settings
from coterie.static_files import StaticFiles
from coterie.sync.braid import refuse_multiplexer, sync
from coterie.sync.exchange import answering
from coterie.sync.gateway import gateway
from coterie.usage.routes import ROUTES as USAGE
from coterie.voice.routes import ROUTES as VOICE
from coterie.web import JsonResponse, on_error

CLIENT: Final = "(client)"
"""What requests for the web client's files are counted as."""

MESSENGER: Final = {"/realtime": realtime, "/typing": typing, "/chat": chat}

ROUTES: Final = [
    *ACCOUNTS,
    *FRIENDS,
    *SERVERS,
    *CHANNELS,
    *PERMISSIONS,
    *MESSAGES,
    *CONVERSATIONS,
    *DOCUMENTS,
    *INVITES,
    *MODERATION,
    *NOTIFICATIONS,
    *INBOX,
    *SEARCH,
    *VOICE,
    *AUDIT,
    *FILES,
    *EMOJIS,
    *PREVIEWS,
    *GIFS,
    *USAGE,
    *HEALTH,
    *openapi.ROUTES,
]


def create_application(settings: Settings) -> Application:
    """The ASGI application of one server process; its lifespan opens and closes all that it works with."""
    requests = Requests(settings)
    metrics = Metrics(requests)
    doors = Doors(create_rest(settings, metrics), StaticFiles(), metrics)
    return CrossOrigin(settings, Deadlines(settings.request_deadline, doors), requests)


def create_rest(settings: Settings, metrics: Metrics) -> Litestar:
    """The REST door."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with running(settings) as services, metrics.answering(services):
            app.state.services = services
            yield

    return Litestar(
        route_handlers=[
            Router("/api", route_handlers=ROUTES, before_request=guard, security=[{"bearer": []}]),
            Router("/", route_handlers=HEALTH, include_in_schema=False),
            Router("/", route_handlers=PICTURES, before_request=guard, include_in_schema=False),
        ],
        dependencies={
            "services": Provide(provide_services, sync_to_thread=False),
            "viewer": Provide(provide_viewer, sync_to_thread=False),
        },
        exception_handlers={Exception: on_error},
        request_class=Asked,
        response_class=JsonResponse,
        request_max_body_size=settings.body_limit,
        lifespan=[lifespan],
        openapi_config=openapi.CONFIG,
        logging_config=None,
    )


class Doors:
    """Leads each connection to its door."""

    def __init__(self, rest: Any, client: Application, metrics: Metrics) -> None:
        self._rest: Final = rest
        self._client: Final = client
        self._metrics: Final = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] == "websocket" and path == "/ws":
            await gateway(self._services, scope, receive, send)
        elif scope["type"] == "http" and _asks_for_multiplexer(scope["method"], path):
            await refuse_multiplexer(scope, receive, send)
        elif scope["type"] == "http" and (door := MESSENGER.get(path.removeprefix("/api"))):
            scope["path_template"] = path
            await answering(door, self._services, scope, receive, send)
        elif scope["type"] == "http" and path.startswith(("/sync/", "/collab/")):
            scope["path_template"] = path[: path.index("/", 1)]
            await answering(sync, self._services, scope, receive, send)
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
