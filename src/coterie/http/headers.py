"""Headers of every answer: which other origins may read it, and what a browser must not do with it.

An answer keeps the headers that its route sets itself: files, pictures and the web client have a cache lifetime and a
policy of their own. All others are stored nowhere, load nothing, and are shown in no page.

It wraps everything, so that a page of an allowed origin can also read a refused login or a 404. Requests are counted
here too, since another layer would add to the cost of each delivery.
"""

from typing import Any, Final

from coterie.http.asgi import Application, Message, Receive, Scope, Send
from coterie.http.request_ids import HEADER as REQUEST_ID
from coterie.http.request_metrics import Requests
from coterie.settings.record import Settings

METHODS: Final = b"GET, HEAD, PUT, POST, PATCH, DELETE, MULTIPLEX"
REQUEST_HEADERS: Final = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, "
    b"Subscribe, Version, Parents, Peer, Heartbeats, Merge-Type, Patches, Content-Range, Repr-Type, Repr-Digest, "
    b"Multiplex-Version, Multiplex-Through"
)
RESPONSE_HEADERS: Final = (
    b"Retry-After, ETag, X-Request-Id, "
    b"Subscribe, Version, Parents, Current-Version, Merge-Type, Heartbeats, Patches, Content-Range, Repr-Type, "
    b"Repr-Digest, Accept-Subscribe, Editable, Multiplex-Version, Multiplex-Through, Bad-Multiplexer"
)
PREFLIGHT_SECONDS: Final = b"600"

PERMISSIONS: Final = (
    b"permissions-policy",
    b", ".join(
        [
            b"camera=(self), microphone=(self), display-capture=(self), accelerometer=(), geolocation=(), gyroscope=()",
            b"hid=(), magnetometer=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()",
        ]
    ),
)
"""Only pages use it: with every answer, it would be a tenth of what the smaller ones cost the network."""
SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""CORP concerns pages that embed an answer; pages of an allowed origin still read it with CORS."""

API: Final = [
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]
REFUSAL_HEADERS: Final = "coterie.refusal_headers"
"""The extension of a WebSocket's scope with the headers of an answer that refuses it."""

STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class CrossOrigin:
    """Wraps the application."""

    def __init__(self, settings: Settings, app: Application, requests: Requests) -> None:
        self._requests: Final = requests
        self._app: Final = app
        self._is_open: Final = settings.is_development
        self._origins: Final = frozenset(origin.encode() for origin in settings.allowed_origins)
        self._always: Final = [*SECURITY, STRICT_TRANSPORT] if settings.is_https else SECURITY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._prepare_refusal(scope)
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request = self._requests.begin(scope, headers.get(REQUEST_ID))
        extra = [*self._headers(headers.get(b"origin")), (REQUEST_ID, request.id.encode())]
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            request.answer(204)
            await _answer_preflight(send, extra)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.answer(message["status"])
                message["headers"] = _joined(list(message.get("headers", [])), extra)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            request.end()

    def _prepare_refusal(self, scope: Scope) -> None:
        """Name a socket, and keep the headers for a refused handshake: wrapping `send` would slow down each frame."""
        headers = dict(scope["headers"])
        id = self._requests.name(scope, headers.get(REQUEST_ID))
        always = self._headers(headers.get(b"origin"))
        scope["extensions"][REFUSAL_HEADERS] = [*always, (REQUEST_ID, id.encode()), *API]

    def _headers(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        if origin is None or not (self._is_open or origin in self._origins):
            return self._always
        return [
            *self._always,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", RESPONSE_HEADERS),
            (b"vary", b"Origin"),
        ]


def _joined(own: list[Any], extra: list[tuple[bytes, bytes]]) -> list[Any]:
    """The headers of the answer, and those it did not set itself.

    `Vary` is a list: both values apply.
    """
    present = {name.lower() for name, _ in own} - {b"vary"}
    return own + [header for header in [*extra, *API] if header[0] not in present]


async def _answer_preflight(send: Send, extra: list[tuple[bytes, bytes]]) -> None:
    headers = [
        *extra,
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", REQUEST_HEADERS),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
