"""POST /typing: the caller types, or has stopped, in a channel, in a conversation, or by default in the chat room."""

from uuid import UUID

import msgspec

from coterie import errors
from coterie.chat_room import queries as room_queries
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.http.bodies import CREDENTIALS_BYTES
from coterie.services.making import Services
from coterie.sync.exchange import Exchange


class TypingNotice(msgspec.Struct, frozen=True):
    """`user` is whatever older clients send; it is the caller who types."""

    is_typing: bool
    user: str | None = None
    channel_id: UUID | None = None
    conversation_id: UUID | None = None


async def typing(services: Services, exchange: Exchange) -> None:
    """Answers 200 without a body, even if nobody receives it."""
    if exchange.method != "POST":
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    given = decode(await exchange.body(CREDENTIALS_BYTES), TypingNotice)
    place = given.channel_id or given.conversation_id or await room_queries.chat_room(services.database)
    if place is not None:
        await services.typing.check_and_send(viewer, place, is_typing=given.is_typing)
    await exchange.answer(200, {"Cache-Control": "no-store"})
