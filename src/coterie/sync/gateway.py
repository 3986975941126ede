"""The WebSocket gateway, `/ws`: READY with the state and its positions, then every event as it happens.

Plain ASGI, since each layer counts for each delivery. The access token comes in the query (`token`) or, from the own
web client, in the session cookie; a cookie counts only from the own origin.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from uvicorn.protocols.utils import ClientDisconnected

from coterie import errors, patch, request_ids
from coterie.accounts import profiles
from coterie.accounts import queries as account_queries
from coterie.accounts.authentication import SESSION_COOKIE
from coterie.accounts.models import ProfileChange, Viewer
from coterie.asgi import Receive, Scope, Send
from coterie.conversations import views as conversations
from coterie.conversations.receipts import Receipt
from coterie.database.connection import Connection as Database
from coterie.database.trouble import PASSING, TROUBLE
from coterie.errors import CoterieError
from coterie.friends import privacy
from coterie.friends import queries as friends
from coterie.guarded import ABORT, OPEN, WRITE
from coterie.log_output import request_id
from coterie.messages import actions as message_actions
from coterie.messages import unread
from coterie.messages.models import Message, MessageCreation, Nonce
from coterie.notifications import queries as notification_queries
from coterie.servers import queries as server_queries
from coterie.services import Services
from coterie.sync.connection import SESSION_ENDED, SILENT, UNAVAILABLE, Connection
from coterie.web import decode, translate

FRAME_LIMIT: Final = 16_384
FRAMES_PER_SECOND: Final = 20
LIMITED_ELSEWHERE: Final = frozenset({"MESSAGE_SEND", "VOICE_SIGNAL"})
"""Kinds of frames that have limits of their own."""

SILENCE_SECONDS: Final = 300.0
GOODBYE_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)
encoder: Final = msgspec.json.Encoder()


class Frame(Struct):
    """What a client sends."""

    op: str
    d: msgspec.Raw = msgspec.Raw(b"null")


class TypingIn(Struct):
    channel_id: UUID


class DeliveredIn(Struct):
    channel_id: UUID
    message_id: UUID


class Positions(Struct):
    positions: dict[UUID, int]


class Named(Struct):
    """A message needs a nonce here, since its acknowledgement is known by it."""

    nonce: Nonce


class MessageIn(MessageCreation, frozen=True, kw_only=True):
    """With `thread_id` a reply in that message's thread."""

    channel_id: UUID
    thread_id: UUID | None = None


decoder: Final = msgspec.json.Decoder(Frame)


async def gateway(services: Services, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one socket from its handshake to its end."""
    await receive()
    try:
        client = scope.get("client")
        services.limits.address(client[0] if client else "unknown")
        viewer = await _viewer(services, scope)
        services.limits.action("sockets", viewer.user_id)
    except (CoterieError, *PASSING) as error:
        await _refuse(translate(error) or CoterieError(errors.INTERNAL), send)
        return
    headers = [(request_ids.HEADER, request_id.get().encode())]
    await send({"type": "websocket.accept", "subprotocol": None, "headers": headers})
    is_own_only = _query(scope).get("follow") == ["own"]
    extensions = scope["extensions"]
    connection = Connection(viewer, services, is_own_only=is_own_only, write=extensions[WRITE])
    if not await Socket(services, connection, receive, send, is_open=extensions[OPEN]).serve():
        extensions[ABORT]()


async def _viewer(services: Services, scope: Scope) -> Viewer:
    if tokens := _query(scope).get("token"):
        return await services.authentication.viewer(tokens[0])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if not _is_same_origin(headers):
        raise CoterieError(errors.UNAUTHENTICATED)
    return await services.authentication.viewer(_cookie(headers.get("cookie", "")))


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


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
    headers = {"Content-Type": "application/json", **error.headers()}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": error.entry.status, "headers": encoded})
    body = encoder.encode(error.body())
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


class Socket:
    """One open socket: reads what the client sends, and sends what its connection is told."""

    def __init__(
        self, services: Services, connection: Connection, receive: Receive, send: Send, *, is_open: Callable[[], bool]
    ) -> None:
        self._services: Final = services
        self._is_open: Final = is_open
        self._viewer: Final = connection.viewer
        self._receive: Final = receive
        self._send: Final = send
        self._connection: Final = connection
        self._recent: Final[deque[float]] = deque(maxlen=FRAMES_PER_SECOND)
        self._loop: Final = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self) -> bool:
        """Until the client leaves, falls silent or behind, or loses its session; False if it does not read."""
        try:
            await self._run()
            return await self._close()
        except ClientDisconnected:  # an OSError: while READY was on its way
            return True
        except TROUBLE as error:
            log.warning("gateway.no_database", reason=type(error).__name__)
            self._connection.end(UNAVAILABLE)
            return await self._close()
        finally:
            self._connection.close()

    async def _run(self) -> None:
        async with self._services.admission.turn():
            if not self._is_open():
                return
            ready = await self._ready()
        await self._send_text(ready)
        self._services.presence.arrive(self._viewer.user_id)
        self._services.voice.arrive(self._viewer)
        reading = asyncio.create_task(self._read_all())
        writing = asyncio.create_task(self._write_all())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._services.presence.depart(self._viewer.user_id)
            self._services.voice.depart(self._viewer, is_final=self._connection.ending == SESSION_ENDED)
            reading.cancel()
            writing.cancel()
            _report(await asyncio.gather(reading, writing, return_exceptions=True))

    async def _ready(self) -> str:
        ready: dict[str, Any] = {}

        async def also(database: Database) -> None:
            ready["user"] = await account_queries.user(database, self._viewer.user_id)
            ready.update(await _company(database, self._viewer.user_id))
            ready["servers"] = await server_queries.servers_of(database, self._viewer.user_id)
            ready["notification_levels"] = await notification_queries.levels_of(database, self._viewer.user_id)
            if not self._connection.is_own_only:
                ready["conversations"] = await conversations.newest(database, self._viewer.user_id)

        await self._connection.begin(also)
        self._connection.status = self._connection.status or ready["user"].status
        ready.update(await self._counts())
        ready["conversations"] = conversations.counted(ready.get("conversations", ()), ready["unread_counts"])
        ready["dm_channels"] = conversations.direct_channels(ready["conversations"])
        ready.update(self._connection.followed.roles_and_overrides())
        ready["session_id"] = self._viewer.session_id
        ready["epoch"] = self._services.epoch
        ready["positions"] = {str(topic): at for topic, at in self._connection.positions.items()}
        return encoder.encode({"op": "DISPATCH", "t": "READY", "d": ready}).decode()

    async def _counts(self) -> dict[str, Any]:
        """What is not read of the channels that are followed, up to the positions from which they are."""
        counts = await unread.counts(self._services.database, self._viewer.user_id, self._connection.positions)
        return {
            "unread_counts": counts,
            "mention_counts": [
                {"channel_id": each.channel_id, "count": each.mention_count} for each in counts if each.mention_count
            ],
        }

    async def _write_all(self) -> None:
        async for text in self._connection.frames():
            await self._send_text(text)

    async def _send_text(self, text: str) -> None:
        """Waits while the client does not read; the HTTP server cuts one that takes nothing for 30 seconds."""
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
        self._watch()
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                self._heard_at = self._loop.time()
                await self._take(message.get("text") or "")
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _watch(self) -> None:
        """End a client that falls silent. One timer for each socket, since one for each frame costs a part of it."""
        rest = self._heard_at + SILENCE_SECONDS - self._loop.time()
        if rest > 0:
            self._timer = self._loop.call_later(rest, self._watch)
        else:
            self._connection.end(SILENT)

    def _is_flooding(self) -> bool:
        """More than the allowed frames within a second are dropped without a word; messages have their own limits."""
        if not self._services.settings.rate_limits:
            return False
        now = time.monotonic()
        if len(self._recent) == FRAMES_PER_SECOND and now - self._recent[0] < 1:
            return True
        self._recent.append(now)
        return False

    async def _take(self, text: str) -> None:
        """One frame of the client; what cannot be understood is ignored."""
        try:
            frame = decoder.decode(text)
            if frame.op not in LIMITED_ELSEWHERE and self._is_flooding():
                return
            if frame.op == "RESUME":
                self._resume(msgspec.json.decode(frame.d, type=Positions).positions)
            elif len(text) > FRAME_LIMIT:
                log.debug("gateway.large_frame", op=frame.op)
            elif frame.op == "HEARTBEAT":
                self._connection.tell('{"op":"HEARTBEAT_ACK"}')
            elif frame.op == "MESSAGE_SEND":
                self._take_message(frame.d)
            elif frame.op == "VOICE_SIGNAL":
                await self._services.signalling.relay(self._viewer, frame.d)
            elif frame.op == "TYPING_START":
                await self._type(msgspec.json.decode(frame.d, type=TypingIn).channel_id)
            elif frame.op == "DELIVERED":
                self._note_delivered(msgspec.json.decode(frame.d, type=DeliveredIn))
            elif frame.op == "PRESENCE_UPDATE":
                await self._change_presence(msgspec.json.decode(frame.d))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            log.debug("gateway.unreadable_frame", length=len(text))

    def _resume(self, positions: dict[UUID, int]) -> None:
        """The client says how far it knows each topic; it is told of those that it may not follow (any more)."""
        for topic, position in positions.items():
            self._connection.rewind(topic, position)

    def _take_message(self, raw: msgspec.Raw) -> None:
        """Hand a message to the writer, in the order in which they came; the acknowledgement follows its commit."""
        nonce = msgspec.json.decode(raw, type=Named).nonce
        try:
            creation = decode(bytes(raw), MessageIn)
            self._services.limits.account(self._viewer.user_id)
            self._services.limits.action("messages", self._viewer.user_id)
            sending = message_actions.sending(creation.channel_id, self._viewer.user_id, creation, creation.thread_id)
            future = self._services.messages.sending.enqueue(sending)
        except CoterieError as error:
            self._connection.tell(_refusal(nonce, error))
        else:
            future.add_done_callback(lambda done: self._acknowledge(nonce, done))

    def _acknowledge(self, nonce: str, done: "asyncio.Future[Message]") -> None:
        error = done.exception() if not done.cancelled() else CoterieError(errors.UNAVAILABLE, retry_after=1)
        if error is None:
            body = {"op": "MESSAGE_ACK", "d": {"nonce": nonce, "message": done.result()}}
            self._connection.tell(encoder.encode(body).decode())
        else:
            _report([error])
            known = translate(error) if isinstance(error, Exception) else None
            self._connection.tell(_refusal(nonce, known or CoterieError(errors.INTERNAL)))

    def _note_delivered(self, delivered: DeliveredIn) -> None:
        """The client has got everything of a conversation up to a message."""
        receipt = Receipt(self._viewer.user_id, delivered.channel_id, delivered.message_id)
        self._services.messages.receipts.note(receipt)

    async def _type(self, channel_id: UUID) -> None:
        """Tell those who may see a channel; only who may send messages there can be typing, and nobody invisible."""
        if await self._connection.may_type(channel_id):
            self._services.typing.tell(self._viewer, channel_id)

    async def _change_presence(self, fields: Any) -> None:
        given = fields if isinstance(fields, dict) else {}
        change = msgspec.convert(
            {name: given[name] for name in profiles.PRESENCE_FIELDS if name in given},
            ProfileChange,
        )
        if not patch.given(change):
            return
        with contextlib.suppress(CoterieError):  # one too many is dropped, like other frames
            self._services.limits.account(self._viewer.user_id)
            await profiles.edit(self._services.database, self._viewer.user_id, change)


async def _company(database: Database, user_id: UUID) -> dict[str, Any]:
    """Friends and all that is about them."""
    return {
        "contacts": await friends.contacts(database, user_id),
        "friend_requests": await friends.pending(database, user_id),
        "blocks": await friends.blocks(database, user_id),
        "privacy": await privacy.privacy(database, user_id),
    }


def _refusal(nonce: str, error: CoterieError) -> str:
    body = {"nonce": nonce, **error.body(), "retry_after": error.retry_after}
    return encoder.encode({"op": "MESSAGE_REFUSED", "d": body}).decode()


def _report(outcomes: Iterable[BaseException | None]) -> None:
    """Log what nobody foresaw; a client that is gone or does not read is no news."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, (TimeoutError, OSError, CoterieError)):
            log.error("gateway.failed", error=type(outcome).__name__, exc_info=outcome)
