"""Uvicorn's connections with the limits that it lacks. Only this module depends on the insides of uvicorn's classes,
which are not its public API: pyproject.toml pins the range, and tests/serving checks each limit on a raw socket.

Headers: 64 KiB (431) within 10 seconds (408, or a silent close when nothing was sent). Connections: a limit for each
process, and for each address (503). Writing: a peer that reads nothing for 30 seconds is disconnected. Every scope has
`extensions["coterie.abort"]`, which drops the connection at once, since closing one that does not read blocks, and
`extensions["coterie.peer"]`, the address at the other end, whatever a proxy's headers say. That of a WebSocket also has
`extensions["coterie.write"]`, which sends a frame without waiting, and `extensions["coterie.open"]`, which says whether
the client is still there.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError
from websockets.http11 import Request
from websockets.protocol import State

from coterie.http.open_places import OpenPlaces
from coterie.http.rate_limits import site_of
from coterie.process.wakeup import Wakeup

ABORT: Final = "coterie.abort"
WRITE: Final = "coterie.write"
OPEN: Final = "coterie.open"
PEER: Final = "coterie.peer"
HEADER_BYTES: Final = 64 * 1024
CLOSE_SECONDS: Final = 5.0
MULTIPLEX: Final = b"MULTIPLEX "
STAND_IN: Final = b"UNLINK "
"""A method that no client uses but the parser knows, in place of one that it does not know. Without it, a browser on
another origin would get an answer that it cannot read, and retry forever (see docs/protocol/braid.md)."""

_BODIES: Final = {
    400: b'{"error": "This is not an HTTP request that can be understood.", "code": "malformed_request"}',
    408: b'{"error": "The request did not arrive in time.", "code": "request_timeout"}',
    431: b'{"error": "The request\'s headers are too large.", "code": "headers_too_large"}',
    503: b'{"error": "Too many connections are open. Try again shortly.", "code": "too_many_connections"}',
}


STOPPING: Final = '{"error": "This server is shutting down. Try again in a moment.", "code": "unavailable"}'


class HeadersTooLargeError(Exception):
    """Raised in the parser's callback, so that the application never sees the request."""


def refusal(status: int) -> bytes:
    """A whole answer that closes the connection."""
    body = _BODIES[status]
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return STATUS_LINE[status] + head + body


class _StallGuard:
    """Disconnects a peer that no longer reads, and counts such peers in this process."""

    cut: ClassVar[int] = 0

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, seconds: float) -> None:
        self._loop, self._transport, self._seconds = loop, transport, seconds
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        self.disarm()
        self._timer = self._loop.call_later(self._seconds, self._cut_off)

    def _cut_off(self) -> None:
        _StallGuard.cut += 1
        self._transport.abort()

    def disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def stalled() -> int:
    """How many connections of this process were dropped because they read nothing."""
    return _StallGuard.cut


class _Received:
    """The part of `asyncio.Queue` that uvicorn uses, without the 3 kB that one takes."""

    __slots__ = ("_arrived", "_messages")

    def __init__(self) -> None:
        self._messages: Final[list[Any]] = []
        self._arrived: Final = Wakeup()

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        self._arrived.set()

    async def get(self) -> Any:
        while not self._messages:
            self._arrived.clear()
            await self._arrived.wait()
        return self._messages.pop(0)


class GuardedWebSocket(WebSocketsSansIOProtocol):
    write_seconds: ClassVar[float] = 30.0
    leave: Callable[[], None] | None = None
    """Gives back the connection's place among those of its address."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.queue, self.writable = _Received(), Wakeup(is_set=True)  # type: ignore[assignment]
        super().connection_made(transport)
        self._stall = _StallGuard(self.loop, self.transport, self.write_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall.disarm()
        if self.leave is not None:
            self.leave()
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # the handshake was accepted, and its task has not yet begun
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[ABORT], extensions[WRITE] = self.transport.abort, self.write
            extensions[OPEN] = self._is_open
            extensions[PEER] = self.client

    def data_received(self, data: bytes) -> None:
        """Uvicorn leaves a handshake open that the parser refused, for example because it had too many headers."""
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            self.close_sent = True
            self.transport.write(refusal(431 if isinstance(self.conn.handshake_exc, SecurityError) else 400))
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Uvicorn closes at once; if the client is still sending, the system then drops the close frame."""
        if self.close_sent or self.conn.close_sent is None:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": self.conn.close_sent.code, "reason": ""})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.close)

    async def send(self, message: ASGISendEvent) -> None:
        """Uvicorn takes a handshake that the application has refused for one left open, and logs an error."""
        await super().send(message)
        self.handshake_complete = self.handshake_complete or self.close_sent
        if message["type"] == "websocket.accept":
            self._forget_handshake()

    def _forget_handshake(self) -> None:
        """Its headers take 5 kB, and nothing needs them for as long as the socket is open."""
        self.scope["headers"] = []
        self.request.headers.clear()
        del self.request, self.response

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.arm()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.disarm()

    def _is_open(self) -> bool:
        """Whether neither side has closed."""
        is_open = self.conn.state is State.OPEN and not (self.close_sent or self.disconnected)
        return is_open and not self.transport.is_closing()

    def write(self, frame: bytes) -> bool:
        """Send a whole frame, as `text_frame` makes it, at once. If it cannot, answers False and sends nothing.

        A server's frame is the same for every client, so one for a thousand clients is made once.
        """
        if not (self._is_open() and self.writable.is_set()):
            return False
        self.transport.write(frame)
        return True

    def end(self) -> None:
        """Close (1012, service restart) without waiting for the peer."""
        if self.transport.is_closing():
            return
        if self.handshake_complete:
            self.shutdown()
        else:
            self._refuse()

    def _refuse(self) -> None:
        """An unfinished handshake may be retried; uvicorn's 500 would tell the client that something is broken."""
        response = self.conn.reject(HTTPStatus.SERVICE_UNAVAILABLE, STOPPING)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Retry-After"] = "1"
        self.conn.send_response(response)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.handshake_complete = True  # no further answer
        self.transport.close()


class GuardedHttp(HttpToolsProtocol):
    connection_limit: ClassVar[int] = 10_000
    places: ClassVar[OpenPlaces] = OpenPlaces(None)
    header_seconds: ClassVar[float] = 10.0
    write_seconds: ClassVar[float] = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._header_timer: asyncio.TimerHandle | None = None
        self._requests = 0
        self._is_between_requests = True
        self._is_reading_headers = False
        self._header_bytes = 0
        self._parsed_bytes = 0
        self._stall = _StallGuard(self.loop, transport, self.write_seconds)
        self._site = site_of(self.client[0]) if self.client else ""
        self._has_place = self.places.take(self._site)
        if len(self.connections) > self.connection_limit or not self._has_place:
            self._answer(503)
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        if self._has_place:
            self.places.leave(self._site)
        self._stall.disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        before = self._requests + (1 if self._is_between_requests else 0)
        if self._is_between_requests and data.startswith(MULTIPLEX):
            data = STAND_IN + data.removeprefix(MULTIPLEX)
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._is_reading_headers and self._requests == before:  # else some of it was an earlier request's
            self._header_bytes += len(data)
        if self._header_bytes > HEADER_BYTES:
            self._answer(431)
        elif self._is_reading_headers or self._is_idle():
            self._arm()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._requests += 1
        self._is_between_requests = False
        self._is_reading_headers = True
        self._header_bytes = self._parsed_bytes = 0
        self.scope["extensions"] = {ABORT: self.transport.abort, PEER: self.client}  # type: ignore[dict-item]

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._is_reading_headers = False
        self._header_bytes = 0
        self._disarm()
        super().on_headers_complete()
        if self.scope["method"] == "UNLINK":
            self.scope["method"] = "MULTIPLEX"

    def handle_websocket_upgrade(self) -> None:
        """The socket keeps the connection's place."""
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if self._has_place and isinstance(protocol, GuardedWebSocket):
            protocol.leave = partial(self.places.leave, self._site)  # not a method of this, which can then be freed
            self._has_place = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_between_requests = True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.arm()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.disarm()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn calls this for everything that its parser refuses."""
        self._answer(431 if self._parsed_bytes > HEADER_BYTES else 400)

    def end(self) -> None:
        """End an open stream or an idle connection at once; a request that is not answered yet may finish."""
        self.shutdown()
        if not self._is_idle() and self.cycle.response_started:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()

    def _is_idle(self) -> bool:
        """Whether no request waits for an answer. (Uvicorn's type hides that there is no cycle at first.)"""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _count(self, size: int) -> None:
        self._parsed_bytes += size
        if self._parsed_bytes > HEADER_BYTES:
            raise HeadersTooLargeError

    def _arm(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.header_seconds, self._headers_are_late)

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_are_late(self) -> None:
        self._header_timer = None
        if self._is_reading_headers and self._is_idle():
            self._answer(408)
        else:
            self.transport.abort()

    def _answer(self, status: int) -> None:
        """Answer without the application, and close."""
        self._disarm()
        self.transport.write(refusal(status))
        self.transport.close()


def limited_to(connections: int, places: OpenPlaces) -> type[GuardedHttp]:
    """The protocol with other limits of connections, for all and for each address."""
    limits: dict[str, Any] = {"connection_limit": connections, "places": places}
    return type("GuardedHttp", (GuardedHttp,), limits)
