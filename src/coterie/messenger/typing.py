"""POST /typing: the caller types, or has stopped, in a channel, a conversation, or without either in the chat room."""

from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.errors import CoterieError
from coterie.messenger import queries
from coterie.services import Services
from coterie.sync.exchange import Exchange
from coterie.web import decode

BODY_LIMIT: Final = 4_096


class Typing(msgspec.Struct, frozen=True):
    """`user` is whatever older clients say; who types is who asks."""

    is_typing: bool
    user: str | None = None
    channel_id: UUID | None = None
    conversation_id: UUID | None = None


async def typing(services: Services, exchange: Exchange) -> None:
    """Answers 200 without a body, also where nobody is told."""
    if exchange.method != "POST":
        raise CoterieError(errors.METHOD_NOT_ALLOWED)
    viewer = await exchange.viewer(services)
    given = decode(await exchange.body(BODY_LIMIT), Typing)
    place = given.channel_id or given.conversation_id or await queries.chat_room(services.database)
    if place is not None:
        await services.typing.say(viewer, place, is_typing=given.is_typing)
    await exchange.answer(200, {"Cache-Control": "no-store"})
