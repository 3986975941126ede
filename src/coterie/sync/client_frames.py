"""Reads the frames that a client of the gateway sends, and carries them out."""

import asyncio
import contextlib
import time
from functools import partial
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
import structlog
from msgspec import Meta, Struct

from coterie import errors
from coterie.accounts.models import ProfileChange
from coterie.errors import CoterieError
from coterie.http import patch
from coterie.http.answering import UNSTORABLE, decode, meaning
from coterie.http.rate_limits import paced
from coterie.messages import actions as messages
from coterie.messages.models import Message, MessageCreation, Nonce
from coterie.messages.receipts import Receipt
from coterie.messages.sending import drafts
from coterie.presence.limits import PRESENCE
from coterie.profiles import actions
from coterie.services.making import Services
from coterie.sync.frames import encoder
from coterie.sync.live_connection import TOO_LARGE, LiveConnection
from coterie.sync.records import RESUMED_TOPICS, Answer

FRAME_LIMIT: Final = 16_384
LARGE_FRAME_LIMIT: Final = 64 * 1024
"""In bytes; for a message more, since 4,000 characters that a client's JSON library escapes have 48,000, and for a
resume, which lists topics."""

RESUME_BYTES: Final = 2048
"""A resume counts as one more request for each 2 kB, in which it names some forty topics."""

FRAMES_PER_SECOND: Final = 20
ROUNDING: Final = 0.001
LIMITED_ELSEWHERE: Final = frozenset({"MESSAGE_SEND", "VOICE_SIGNAL"})
"""Kinds of frames that have limits of their own."""

WRITING: Final = frozenset({"MESSAGE_SEND", "VOICE_SIGNAL", "TYPING_START", "PRESENCE_UPDATE"})
"""Kinds of frames that need the scope to write. Without it, a message is refused, and others are ignored."""

HEARTBEAT_ACK: Final = Answer(b'{"op":"HEARTBEAT_ACK"}')

log = structlog.get_logger(__name__)


Position: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""As the database can compare it."""


class ClientFrame(Struct):
    """A frame from a client."""

    op: str
    d: msgspec.Raw = msgspec.Raw(b"null")


class TypingIn(Struct):
    channel_id: UUID


class DeliveredIn(Struct):
    channel_id: UUID
    message_id: UUID


class ResumeIn(Struct):
    positions: Annotated[dict[UUID, Position], Meta(max_length=RESUMED_TOPICS)]


class Nonced(Struct):
    """A message needs a nonce here, since its acknowledgement refers to it."""

    nonce: Nonce


class MessageIn(MessageCreation, frozen=True, kw_only=True):
    """With `thread_id` it is a reply in that message's thread."""

    channel_id: UUID
    thread_id: UUID | None = None


decoder: Final = msgspec.json.Decoder(ClientFrame)


class ClientFrames:
    """Handles the frames of one client; answers are sent through its live connection."""

    def __init__(self, services: Services, live: LiveConnection) -> None:
        self._services: Final = services
        self._live: Final = live
        self._viewer: Final = live.viewer
        self._counted_until = 0.0

    def _is_flooding(self) -> bool:
        """Frames beyond a second's worth at once are dropped silently; messages have their own limits."""
        if not self._services.settings.rate_limits:
            return False
        now = time.monotonic()
        until = max(self._counted_until, now) + 1 / FRAMES_PER_SECOND
        if until > now + 1 + ROUNDING:
            return True
        self._counted_until = until
        return False

    def _count(self, cost: int = 1) -> None:
        self._services.limits.account(self._viewer.user_id, is_bot=self._viewer.kind == "bot", cost=cost)

    async def _admits(self, op: str, size: int) -> bool:
        """Whether a frame is within the limits. A heartbeat is counted and always answered; a resume waits its turn."""
        if self._is_flooding():
            return False
        if op == "RESUME":
            await paced(partial(self._count, 1 + size // RESUME_BYTES))
            return True
        try:
            self._count()
        except CoterieError:
            return op == "HEARTBEAT"
        return True

    async def take(self, text: str, binary_size: int) -> None:
        """Handle one frame; an unreadable or binary one is ignored, and one that is too large ends the connection."""
        size = binary_size or (len(text) if text.isascii() else len(text.encode()))
        try:
            frame = decoder.decode(text)
            if frame.op not in LIMITED_ELSEWHERE and not await self._admits(frame.op, size):
                return
            if frame.op in WRITING and "write" not in self._viewer.scopes:
                self._refuse_to_write(frame)
                return
            if frame.op == "RESUME" and size <= LARGE_FRAME_LIMIT:
                self._live.rewind(msgspec.json.decode(frame.d, type=ResumeIn).positions)
            elif frame.op == "MESSAGE_SEND":
                self._take_message(frame.d, is_too_large=size > LARGE_FRAME_LIMIT)
            elif size > FRAME_LIMIT:
                self._live.end(TOO_LARGE)
            elif frame.op == "HEARTBEAT":
                self._live.send(HEARTBEAT_ACK)
            elif frame.op == "VOICE_SIGNAL":
                await self._services.signalling.relay(self._viewer, frame.d)
            elif frame.op == "TYPING_START":
                await self._type(msgspec.json.decode(frame.d, type=TypingIn).channel_id)
            elif frame.op == "DELIVERED":
                self._note_delivered(msgspec.json.decode(frame.d, type=DeliveredIn))
            elif frame.op == "PRESENCE_UPDATE":
                await self._change_presence(msgspec.json.decode(frame.d))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            log.debug("gateway.unreadable_frame", length=size)
            if size > FRAME_LIMIT:
                self._live.end(TOO_LARGE)

    def _refuse_to_write(self, frame: ClientFrame) -> None:
        if frame.op != "MESSAGE_SEND":
            return
        nonce = msgspec.json.decode(frame.d, type=Nonced).nonce
        self._live.send(_refusal(nonce, CoterieError(errors.MISSING_SCOPE)))

    def _take_message(self, raw: msgspec.Raw, *, is_too_large: bool) -> None:
        """Queue a message for the writer, in order of arrival; the acknowledgement follows its commit."""
        nonce = msgspec.json.decode(raw, type=Nonced).nonce
        try:
            if is_too_large:
                raise CoterieError(errors.TOO_LARGE)
            creation = decode(bytes(raw), MessageIn)
            self._count()
            sending = drafts.created(creation.channel_id, self._viewer.user_id, creation, creation.thread_id)
            messages.enqueue(self._services.messages, sending, lambda done: self._acknowledge(nonce, done))
        except CoterieError as error:
            self._live.send(_refusal(nonce, error))

    def _acknowledge(self, nonce: str, done: "asyncio.Future[Message]") -> None:
        error = done.exception() if not done.cancelled() else CoterieError(errors.UNAVAILABLE, retry_after=1)
        if error is None:
            body = {"op": "MESSAGE_ACK", "d": {"nonce": nonce, "message": done.result()}}
            self._live.send(Answer(encoder.encode(body)))
        else:
            self._live.send(_refusal(nonce, meaning(error, "MESSAGE_SEND", "/ws")))

    def _note_delivered(self, delivered: DeliveredIn) -> None:
        """The client has received a conversation up to a message."""
        receipt = Receipt(self._viewer.user_id, delivered.channel_id, delivered.message_id)
        self._services.messages.receipts.note(receipt)

    async def _type(self, channel_id: UUID) -> None:
        """Notify those who may see a channel, unless the user is invisible or may not send messages there."""
        if await self._live.may_type(channel_id):
            self._services.typing.send(self._viewer, channel_id)

    async def _change_presence(self, fields: Any) -> None:
        given = fields if isinstance(fields, dict) else {}
        change = msgspec.convert(
            {name: given[name] for name in actions.PRESENCE_FIELDS if name in given},
            ProfileChange,
        )
        if not patch.provided(change):
            return
        with contextlib.suppress(CoterieError, *UNSTORABLE):  # such frames are dropped, like those over the limit
            self._services.limits.action(PRESENCE, self._viewer.user_id)
            await actions.edit(self._services.database, self._viewer.user_id, change)


def _refusal(nonce: str, error: CoterieError) -> Answer:
    body = {"nonce": nonce, **error.body(), "retry_after": error.retry_after}
    return Answer(encoder.encode({"op": "MESSAGE_REFUSED", "d": body}))
