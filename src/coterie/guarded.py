"""Uvicorn's connections with the limits that it lacks. The one place that reaches into uvicorn's classes,
which are not its public API: pyproject.toml pins the range, and tests/server speaks to each limit on a raw
socket.

Headers: 64 KiB (431) within 10 seconds (408, or a silent close when nothing was sent). Connections: a
limit for each process (503). Writing: a peer that takes nothing for 30 seconds is cut off. Every scope
carries `extensions["coterie.abort"]`, which drops the connection at once, since closing one that does not
read blocks, and `extensions["coterie.peer"]`, the address at the other end, whatever a proxy's headers say; that of
a WebSocket carries `extensions["coterie.write"]` too, which sends a frame without waiting, and
`extensions["coterie.open"]`, which tells whether the client is still there.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError
from websockets.http11 import Request
from websockets.protocol import State

ABORT: Final = "coterie.abort"
WRITE: Final = "coterie.write"
OPEN: Final = "coterie.open"
PEER: Final = "coterie.peer"
HEADER_BYTES: Final = 64 * 1024
MULTIPLEX: Final = b"MULTIPLEX "
STAND_IN: Final = b"UNLINK "
"""A method that nobody uses but the parser knows, in place of one that it does not. Without it a browser on another
origin would get an answer that it cannot read, and ask again for ever (see docs/protocol/braid.md)."""

_BODIES: Final = {
    400: b'{"error": "This is not an HTTP request that can be understood.", "code": "malformed_request"}',
    408: b'{"error": "The request did not arrive in time.", "code": "request_timeout"}',
    431: b'{"error": "The request\'s headers are too large.", "code": "headers_too_large"}',
    503: b'{"error": "Too many connections are open. Try again shortly.", "code": "too_many_connections"}',
}


STOPPING: Final = '{"error": "This server is about to stop. Try again shortly.", "code": "unavailable"}'


class HeadersTooLargeError(Exception):
    """Raised inside the parser's callback, so that the application never sees the request."""


def refusal(status: int) -> bytes:
    """A whole answer that ends the connection."""
    body = _BODIES[status]
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return STATUS_LINE[status] + head + body


class _StallGuard:
    """Cuts off a peer that takes nothing any more, and counts those of this process."""

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
    """How many connections of this process were cut off because they took nothing."""
    return _StallGuard.cut


class GuardedWebSocket(WebSocketsSansIOProtocol):
    write_seconds: ClassVar[float] = 30.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._stall = _StallGuard(self.loop, self.transport, self.write_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall.disarm()
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # the handshake was accepted, and its task has not yet begun
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[ABORT], extensions[WRITE] = self.transport.abort, self.write
            extensions[OPEN] = self._is_open
            extensions[PEER] = self.client

    def data_received(self, data: bytes) -> None:
        """Uvicorn leaves a handshake open that the parser refused, for example for its many headers."""
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            self.close_sent = True
            self.transport.write(refusal(431 if isinstance(self.conn.handshake_exc, SecurityError) else 400))
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.arm()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.disarm()

    def _is_open(self) -> bool:
        """Whether neither side has said goodbye."""
        is_open = self.conn.state is State.OPEN and not (self.close_sent or self.disconnected)
        return is_open and not self.transport.is_closing()

    def write(self, frame: bytes) -> bool:
        """Send a whole frame, as `text_frame` makes it, at once; False if that cannot be, and nothing is sent.

        A server's frame looks the same for everybody, so one that goes to a thousand is made once.
        """
        if not (self._is_open() and self.writable.is_set()):
            return False
        self.transport.write(frame)
        return True

    def end(self) -> None:
        """Say goodbye (1012, service restart) without waiting for the peer."""
        if self.transport.is_closing():
            return
        if self.handshake_complete:
            self.shutdown()
        else:
            self._refuse()

    def _refuse(self) -> None:
        """A handshake that is under way may be repeated; uvicorn would say by a 500 that something is broken."""
        response = self.conn.reject(HTTPStatus.SERVICE_UNAVAILABLE, STOPPING)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Retry-After"] = "1"
        self.conn.send_response(response)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.handshake_complete = True  # nothing else is answered
        self.transport.close()


class GuardedHttp(HttpToolsProtocol):
    connection_limit: ClassVar[int] = 10_000
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
        if len(self.connections) > self.connection_limit:
            self._answer(503)
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
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
        """Where uvicorn ends up for everything that its parser refuses."""
        self._answer(431 if self._parsed_bytes > HEADER_BYTES else 400)

    def end(self) -> None:
        """End an open stream or an idle connection at once; a request without an answer so far may finish."""
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


def text_frame(text: str) -> bytes:
    """A WebSocket frame with this text, as a server sends it: whole and not masked (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8), payload)


def limited_to(connections: int) -> type[GuardedHttp]:
    """The protocol with another limit of connections."""
    limits: dict[str, Any] = {"connection_limit": connections}
    return type("GuardedHttp", (GuardedHttp,), limits)
