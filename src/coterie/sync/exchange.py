"""One request to a plain ASGI route, and its answer: reads headers, query and body, and answers errors as JSON."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from coterie.http import account_turns
from coterie.http.answering import meaning
from coterie.http.asgi import Receive, Scope, Send
from coterie.http.bodies import GoneError
from coterie.http.credentials import address
from coterie.http.rate_limits import site_of
from coterie.http.uvicorn_limits import ABORT
from coterie.http.viewers import Needs, usual_scope
from coterie.services.making import Services
from coterie.viewer import Viewer

Headers = dict[str, str]

Route = Callable[[Services, "Exchange"], Awaitable[None]]
"""Answers one request."""


class Exchange:
    """A request, and the means to answer it."""

    def __init__(self, services: Services, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: Final[str] = scope["method"]
        self.path: Final[str] = scope["path"]
        self.headers: Final = _joined(scope["headers"])
        self.query: Final = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        self.receive: Final = receive
        self.is_started = False
        self._services: Final = services
        self._scope: Final = scope
        self._send: Final = send

    async def viewer(self, services: Services) -> Viewer:
        """The caller, counted against their limits. The session cookie is valid for reading only."""
        services.callers.arrive(self._scope)
        needs = Needs(usual_scope(self.method), may_use_cookie=self.method == "GET")
        viewer = await services.callers.identify(self._scope, needs)
        self._scope["viewer"] = viewer
        return viewer

    def release_turns(self) -> None:
        """Let the account's other requests go on, while this one waits for them."""
        account_turns.release(self._scope)

    async def body(self, limit: int) -> bytes:
        """The whole body; TOO_LARGE beyond the limit in bytes."""
        return await self._services.bodies.read(self._scope, self.receive, limit)

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
        """Answer with an error. In the middle of an answer, an error can only cut it short."""
        if isinstance(error, GoneError):
            return
        found = meaning(error, self.method, self.path)
        if self.is_started:
            self.abort()
            return
        headers = {"Cache-Control": "no-store", **found.headers()}
        await self.answer(found.entry.status, headers, msgspec.json.encode(found.body()))

    def abort(self) -> None:
        """Drop the connection at once."""
        self._scope["extensions"][ABORT]()


async def respond(route: Route, services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request through `route`."""
    exchange = Exchange(services, scope, receive, send)
    try:
        with services.addresses.hold(site_of(address(scope))):
            await route(services, exchange)
    except Exception as error:
        await exchange.fail(error)


def _joined(headers: Any) -> Headers:
    """Headers by lower-case name; repeated ones are joined to one list."""
    found: Headers = {}
    for name, value in headers:
        text, key = value.decode("latin-1"), name.decode("latin-1").lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
