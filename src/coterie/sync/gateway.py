"""The WebSocket gateway, `/ws`: READY with the state and its positions, then every event as it happens.

Plain ASGI, since each layer counts for each delivery. The access token comes in the query (`token`) or, from the own
web client, in the session cookie; a cookie counts only from the own origin.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from coterie import errors, patch
from coterie.accounts import actions as account_actions
from coterie.accounts import queries as account_queries
from coterie.accounts.authentication import SESSION_COOKIE, authenticate
from coterie.accounts.models import ProfileChange, Viewer
from coterie.asgi import Receive, Scope, Send
from coterie.errors import CoterieError
from coterie.guarded import ABORT
from coterie.presence.models import TypingStart
from coterie.servers import queries as server_queries
from coterie.services import Services
from coterie.sync import queries
from coterie.sync.connection import TOO_SLOW, Connection
from coterie.sync.queries import Followed

FRAME_LIMIT: Final = 16_384
FRAMES_PER_SECOND: Final = 20
SILENCE_SECONDS: Final = 300.0
SEND_SECONDS: Final = 15.0
"""How long one client may hold up the sending to it before it is cut."""

GOODBYE_SECONDS: Final = 1.0
SILENT: Final = 4009

log = structlog.get_logger(__name__)
encoder: Final = msgspec.json.Encoder()


class Frame(Struct):
    """What a client sends."""

    op: str
    d: msgspec.Raw = msgspec.Raw(b"null")


class TypingIn(Struct):
    channel_id: UUID


decoder: Final = msgspec.json.Decoder(Frame)


async def gateway(services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one socket from its handshake to its end."""
    await receive()
    try:
        viewer = await _viewer(services, scope)
    except CoterieError as error:
        await _refuse(error, send)
        return
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    if not await Socket(services, viewer, receive, send).serve():
        scope["extensions"][ABORT]()


async def _viewer(services: Services, scope: Scope) -> Viewer:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if tokens := query.get("token"):
        return await authenticate(services.accounts, tokens[0])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if not _is_same_origin(headers):
        raise CoterieError(errors.UNAUTHENTICATED)
    return await authenticate(services.accounts, _cookie(headers.get("cookie", "")))


def _is_same_origin(headers: dict[str, str]) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


async def _refuse(error: CoterieError, send: Send) -> None:
    """Answer the handshake with a plain HTTP response."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": error.entry.status, "headers": headers})
    body = encoder.encode(error.body())
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


class Socket:
    """One open socket: reads what the client sends, and sends what its connection is told."""

    def __init__(self, services: Services, viewer: Viewer, receive: Receive, send: Send) -> None:
        self._services: Final = services
        self._viewer: Final = viewer
        self._receive: Final = receive
        self._send: Final = send
        self._connection: Final = Connection(viewer, services.log, services.hub)
        self._recent: Final[deque[float]] = deque(maxlen=FRAMES_PER_SECOND)

    async def serve(self) -> bool:
        """Until the client leaves, falls silent or behind, or loses its session; False if it does not read."""
        self._services.sockets.add(self._connection)
        try:
            await self._run()
            return await self._close()
        finally:
            self._services.sockets.discard(self._connection)
            self._connection.close()

    async def _run(self) -> None:
        await self._send_ready()
        self._services.presence.arrive(self._viewer.user_id)
        reading = asyncio.create_task(self._read_all())
        writing = asyncio.create_task(self._write_all())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._services.presence.depart(self._viewer.user_id)
            reading.cancel()
            writing.cancel()
            _report(await asyncio.gather(reading, writing, return_exceptions=True))

    async def _send_ready(self) -> None:
        ready: dict[str, Any] = {}

        async def read() -> dict[UUID, Followed]:
            async with (
                self._services.database.acquire() as database,
                database.transaction(isolation="repeatable_read", readonly=True),
            ):
                ready["user"] = await account_queries.user(database, self._viewer.user_id)
                ready["servers"] = await server_queries.servers_of(database, self._viewer.user_id)
                return await queries.followed(database, self._viewer.user_id)

        await self._connection.follow(read)
        ready["dm_channels"] = []
        ready["session_id"] = self._viewer.session_id
        ready["positions"] = {str(topic): at for topic, at in self._connection.positions.items()}
        await self._send_text(encoder.encode({"op": "DISPATCH", "t": "READY", "d": ready}).decode())

    async def _write_all(self) -> None:
        try:
            async for event, previous in self._connection.events():
                await self._send_text(event.frame(previous))
        except TimeoutError:
            self._connection.end(TOO_SLOW)

    async def _send_text(self, text: str) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._send({"type": "websocket.send", "text": text, "bytes": None})

    async def _close(self) -> bool:
        """Say goodbye, unless the client left by itself; False if it does not take it."""
        if self._connection.ending is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._send({"type": "websocket.close", "code": self._connection.ending, "reason": ""})
                return True
        return False

    async def _read_all(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                return self._connection.end(SILENT)
            if message["type"] == "websocket.disconnect":
                return None
            if not self._is_flooding():
                await self._take(message.get("text") or "")

    def _is_flooding(self) -> bool:
        """More than the allowed frames within a second are dropped without a word."""
        now = time.monotonic()
        if len(self._recent) == FRAMES_PER_SECOND and now - self._recent[0] < 1:
            return True
        self._recent.append(now)
        return False

    async def _take(self, text: str) -> None:
        """One frame of the client; what cannot be understood is ignored."""
        try:
            frame = decoder.decode(text) if len(text) <= FRAME_LIMIT else Frame("")
            if frame.op == "HEARTBEAT":
                await self._send_text('{"op":"HEARTBEAT_ACK"}')
            elif frame.op == "TYPING_START":
                self._type(msgspec.json.decode(frame.d, type=TypingIn).channel_id)
            elif frame.op == "PRESENCE_UPDATE":
                await self._change_presence(msgspec.json.decode(frame.d))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            log.debug("gateway.unreadable_frame", length=len(text))

    def _type(self, channel_id: UUID) -> None:
        """Tell those who may see a channel; only who may see it can be typing there."""
        if channel_id not in self._connection.positions:
            return
        start = TypingStart(self._viewer.user_id, self._viewer.username, channel_id, datetime.now(UTC))
        self._services.bus.publish(
            encoder.encode({"type": "TYPING_START", "audience": [channel_id], "data": start}).decode()
        )

    async def _change_presence(self, fields: Any) -> None:
        given = fields if isinstance(fields, dict) else {}
        change = msgspec.convert(
            {name: given[name] for name in ("status", "custom_status", "activity") if name in given},
            ProfileChange,
        )
        if patch.given(change):
            await account_actions.edit_profile(self._services.database, self._viewer.user_id, change)
            self._services.presence.announce(self._viewer.user_id)


def _report(outcomes: Iterable[BaseException | None]) -> None:
    """Log what nobody foresaw; a client that is gone or does not read is no news."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, (TimeoutError, OSError)):
            log.error("gateway.failed", error=type(outcome).__name__, exc_info=outcome)
