"""One request to a plain ASGI door and its answer: headers and query read, who is asking, errors as JSON.

A request names its session by a bearer token. A browser that cannot send headers (EventSource, the address bar) is
known by its session cookie, for reading only and never to a page of another origin.
"""

import traceback
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import msgspec
import structlog

from coterie import errors
from coterie.accounts.authentication import SESSION_COOKIE
from coterie.accounts.models import Viewer
from coterie.asgi import Receive, Scope, Send
from coterie.errors import CoterieError
from coterie.guarded import ABORT
from coterie.services import Services
from coterie.web import translate

Headers = dict[str, str]

Door = Callable[[Services, "Exchange"], Awaitable[None]]
"""Answers one request."""

log = structlog.get_logger(__name__)


class GoneError(Exception):
    """The client has left; nobody is there to be answered."""


class Exchange:
    """A request, and the means to answer it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: Final[str] = scope["method"]
        self.path: Final[str] = scope["path"]
        self.headers: Final = _joined(scope["headers"])
        self.query: Final = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        self.receive: Final = receive
        self.is_started = False
        self._scope: Final = scope
        self._send: Final = send

    async def viewer(self, services: Services) -> Viewer:
        """Who is asking; counts the request against their limits."""
        client = self._scope.get("client")
        services.limits.address(client[0] if client else "unknown")
        viewer = await services.authentication.viewer(self._token())
        services.limits.account(viewer.user_id)
        await services.usage.request(viewer.user_id)
        return viewer

    async def body(self, limit: int) -> bytes:
        """The whole body; TOO_LARGE beyond the limit in bytes."""
        body = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            body += message.get("body", b"")
            if len(body) > limit:
                raise CoterieError(errors.TOO_LARGE)
            if not message.get("more_body", False):
                return bytes(body)

    async def start(self, status: int, headers: Headers) -> None:
        """Send the head of the answer."""
        self.is_started = True
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def send(self, body: bytes, *, is_last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})

    async def answer(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Send a whole answer; a body is JSON."""
        if body:
            headers = {"Content-Type": "application/json", **headers}
        if status not in (204, 304):
            headers = {**headers, "Content-Length": str(len(body))}
        await self.start(status, headers)
        await self.send(b"" if self.method == "HEAD" else body, is_last=True)

    async def fail(self, error: Exception) -> None:
        """Answer with an error; one that comes in the middle of an answer can only cut it short."""
        if isinstance(error, GoneError):
            return
        found = translate(error) or self._internal(error)
        if self.is_started:
            self.abort()
            return
        headers = {"Cache-Control": "no-store", **found.headers()}
        await self.answer(found.entry.status, headers, msgspec.json.encode(found.body()))

    def abort(self) -> None:
        """Drop the connection at once."""
        self._scope["extensions"][ABORT]()

    def _token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        return self._cookie() if self.method == "GET" and self._is_same_origin() else ""

    def _is_same_origin(self) -> bool:
        origin = self.headers.get("origin")
        is_own = origin is None or urlsplit(origin).netloc == self.headers.get("host")
        return is_own and self.headers.get("sec-fetch-site", "none") in ("same-origin", "none")

    def _cookie(self) -> str:
        try:
            found = SimpleCookie(self.headers.get("cookie", "")).get(SESSION_COOKIE)
        except CookieError:
            return ""
        return found.value if found else ""

    def _internal(self, error: Exception) -> CoterieError:
        incident = uuid4().hex[:12]
        log.error(
            "sync.failed",
            incident=incident,
            method=self.method,
            path=self.path,
            error=type(error).__name__,
            traceback="".join(traceback.format_exception(error)),
        )
        sentence = f"{errors.INTERNAL.sentence} If it happens again, tell the operator this number: {incident}"
        return CoterieError(errors.INTERNAL, sentence)


async def answering(door: Door, services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a door answer one request."""
    exchange = Exchange(scope, receive, send)
    try:
        await door(services, exchange)
    except Exception as error:
        await exchange.fail(error)


def _joined(headers: Any) -> Headers:
    """Headers by their lower-case names; repeated ones are one list."""
    found: Headers = {}
    for name, value in headers:
        text, key = value.decode("latin-1"), name.decode("latin-1").lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
