"""The WebSocket gateway, `/ws`: READY with the state and its positions, then every event as it happens.

Plain ASGI, since each layer adds to the cost of each delivery. The access token is in a header, or in the query
(`token`, for bots `bot_token`) for older clients, or, from Coterie's own web client, in the session cookie, which is
valid only from a page of this origin.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

import structlog
from uvicorn.protocols.utils import ClientDisconnected

from coterie.database.trouble import TROUBLE
from coterie.errors import CoterieError
from coterie.http import request_ids
from coterie.http.answering import incident, meaning, refuse
from coterie.http.asgi import Receive, Scope, Send
from coterie.http.credentials import SUBPROTOCOL, address
from coterie.http.headers import REFUSAL_HEADERS
from coterie.http.open_places import HeldPlace
from coterie.http.rate_limits import site_of
from coterie.http.uvicorn_limits import ABORT, OPEN, WRITE
from coterie.process.log_output import request_id
from coterie.services.making import Services
from coterie.sync import ready
from coterie.sync.client_frames import ClientFrames
from coterie.sync.frames import Dispatch, SocketSender, encoded, frame
from coterie.sync.live_connection import CLIENT_LEFT, SESSION_ENDED, SILENT, UNAVAILABLE, LiveConnection
from coterie.sync.opening import check_everything
from coterie.viewer import Viewer

SILENCE_SECONDS: Final = 300.0
GOODBYE_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


async def gateway(services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one socket from its handshake to its end."""
    await receive()
    places: list[HeldPlace] = []
    try:
        viewer = await _admitted(services, scope, send, places)
        if viewer is not None:
            await _serve(services, viewer, scope, receive, send)
    finally:
        for place in places:
            place.leave()


async def _admitted(services: Services, scope: Scope, send: Send, places: list[HeldPlace]) -> Viewer | None:
    """The caller; None if they were refused."""
    try:
        return await _admit(services, scope, places)
    except Exception as error:
        await refuse_socket(meaning(error, "WEBSOCKET", scope["path"]), scope, send)
        return None


async def _admit(services: Services, scope: Scope, places: list[HeldPlace]) -> Viewer:
    """The caller, who takes a place of their address and of their account."""
    services.callers.arrive(scope)
    places.append(services.addresses.hold(site_of(address(scope))))
    viewer = await services.callers.identify_socket(scope)
    check_everything(services, viewer)
    places.append(services.sockets.hold(str(viewer.user_id)))
    return viewer


async def _serve(services: Services, viewer: Viewer, scope: Scope, receive: Receive, send: Send) -> None:
    is_own_only = parse_qs(scope["query_string"].decode("latin-1")).get("follow") == ["own"]
    await _accept(scope, send)
    extensions = scope["extensions"]
    sender = SocketSender(extensions[WRITE])
    connection = LiveConnection(viewer, services, is_own_only=is_own_only, sender=sender)
    if not await Socket(services, connection, receive, send, is_open=extensions[OPEN]).serve():
        extensions[ABORT]()


async def _accept(scope: Scope, send: Send) -> None:
    del scope["extensions"][REFUSAL_HEADERS]
    headers = [(request_ids.HEADER, request_id.get().encode())]
    subprotocol = SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": headers})


async def refuse_socket(error: CoterieError, scope: Scope, send: Send) -> None:
    """Answer a handshake with an error, with the headers that every answer has."""
    await refuse(error, send, *scope["extensions"][REFUSAL_HEADERS], kind="websocket.http")


class Socket:
    """One open socket: reads what the client sends, and sends the records of its connection."""

    def __init__(
        self,
        services: Services,
        connection: LiveConnection,
        receive: Receive,
        send: Send,
        *,
        is_open: Callable[[], bool],
    ) -> None:
        self._services: Final = services
        self._is_open: Final = is_open
        self._viewer: Final = connection.viewer
        self._receive: Final = receive
        self._send: Final = send
        self._connection: Final = connection
        self._frames: Final = ClientFrames(services, connection)
        self._loop: Final = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self) -> bool:
        """Run until the client leaves, falls silent or behind, or its session ends; False if it does not read."""
        try:
            await self._run()
            return await self._close()
        except ClientDisconnected:  # an OSError: the client left while READY was being sent
            return True
        except TROUBLE as error:
            self._judge(error)
            return await self._close()
        finally:
            self._connection.close()

    async def _run(self) -> None:
        if not await self._send_ready():
            return
        self._services.presence.arrive(self._viewer.user_id)
        self._services.voice.arrive(self._viewer)
        reading = asyncio.create_task(self._read_all())
        reading.add_done_callback(self._stop_writing)
        try:
            await self._write_all()
        except Exception as error:
            self._judge(error)
        finally:
            self._services.presence.depart(self._viewer.user_id)
            self._services.voice.depart(self._viewer, is_final=self._connection.ending == SESSION_ENDED)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _send_ready(self) -> bool:
        """False if the client has left while it waited for its turn, or its account has read too much meanwhile."""
        async with self._services.ready_turns.turn(self._viewer.user_id):
            if not self._is_open() or not self._may_read():
                return False
            state = await ready.begin(self._services, self._connection)
        await self._send_text(encoded(Dispatch(t="READY", d=state)))
        return True

    def _may_read(self) -> bool:
        """Whether the account may follow everything now: of its many handshakes at once, others came first."""
        try:
            check_everything(self._services, self._viewer)
        except CoterieError:
            self._connection.end(UNAVAILABLE)
            return False
        return True

    def _stop_writing(self, reading: asyncio.Task[None]) -> None:
        if not reading.cancelled():
            self._judge(reading.exception())
        self._connection.end(CLIENT_LEFT)

    def _judge(self, error: BaseException | None) -> None:
        """Close after an error, so that the client connects again; that it left is not one."""
        if error is None or isinstance(error, ClientDisconnected):
            return
        if isinstance(error, TROUBLE):
            log.warning("gateway.no_database", reason=type(error).__name__)
        elif not isinstance(error, CoterieError):
            incident(error, method="WEBSOCKET", path="/ws")
        self._connection.end(UNAVAILABLE)

    async def _write_all(self) -> None:
        async for record in self._connection.records():
            if (text := frame(record)) is not None:
                await self._send_text(text)

    async def _send_text(self, text: str) -> None:
        """Waits while the client does not read; the HTTP server disconnects one that reads nothing for 30 seconds."""
        await self._send({"type": "websocket.send", "text": text, "bytes": None})

    async def _close(self) -> bool:
        """Send the close frame, unless the client left by itself; False if the client does not read it."""
        if self._connection.ending in (None, CLIENT_LEFT):
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._send({"type": "websocket.close", "code": self._connection.ending, "reason": ""})
                return True
        return False

    async def _read_all(self) -> None:
        self._watch()
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                self._heard_at = self._loop.time()
                await self._frames.take(message.get("text") or "", len(message.get("bytes") or b""))
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _watch(self) -> None:
        """Disconnect a silent client. One timer for each socket, since one for each frame would slow down frames."""
        rest = self._heard_at + SILENCE_SECONDS - self._loop.time()
        if rest > 0:
            self._timer = self._loop.call_later(rest, self._watch)
        else:
            self._connection.end(SILENT)
