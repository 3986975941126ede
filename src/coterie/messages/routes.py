"""The routes of messages."""

import re
from typing import Annotated
from uuid import UUID

from litestar import MediaType, Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie import errors
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.guards import MESSAGES, Asked, Asking, Here
from coterie.messages import access, actions, deeds, pages, parts
from coterie.messages.actions import Cursor, MessagePlace
from coterie.messages.models import (
    Message,
    MessageChange,
    MessageCreation,
    MessageEdit,
    ReactionCount,
    Reactor,
    Reading,
    ReplyCreation,
    UnreadCount,
)
from coterie.services import Services

PAGE = 50
EMOJI_BYTES = 64
UNPRINTABLE = re.compile("[\\0-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]")
"""Control characters, ends of lines, and what turns the direction of a text."""

PageSize = Annotated[int, QueryParameter(description="At most 100; more is taken for 100, less than 1 for 1.")]


@post("/channels/{channel_id:str}/messages", opt=MESSAGES)
async def send(request: Asked, channel_id: FromPath[UUID], data: JSONBody[MessageCreation]) -> Message:
    """Send a message. The answer comes when it is durable; a repeated nonce makes no second one."""
    return await actions.send(request.services.messages, channel_id, request.viewer.user_id, data)


@get("/channels/{channel_id:str}/messages")
async def page(
    request: Asked,
    channel_id: FromPath[UUID],
    *,
    before: FromQuery[UUID | None] = None,
    after: FromQuery[UUID | None] = None,
    around: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Message]:
    """A page of the history, newest first: the newest, or just before, just after or around a message."""
    cursor = Cursor(_size(limit), before, after, around)
    return await actions.page(request.services.messages, channel_id, request.viewer.user_id, cursor)


@get("/channels/{channel_id:str}/messages/{message_id:str}")
async def one(services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]) -> Message:
    """One message, or its tombstone."""
    return await actions.get(services.messages, channel_id, message_id, viewer.user_id)


@patch("/messages/{message_id:str}", opt=MESSAGES)
async def edit(services: Here, viewer: Asking, message_id: FromPath[UUID], data: JSONBody[MessageChange]) -> Message:
    """Change what one wrote."""
    return await actions.edit(services.messages, message_id, viewer.user_id, data.content)


@delete("/messages/{message_id:str}")
async def remove(services: Here, viewer: Asking, message_id: FromPath[UUID]) -> None:
    """Delete a message; its tombstone stays in its place."""
    await actions.delete(services.messages, message_id, viewer.user_id)


@put("/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}", status_code=204)
async def react(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID], emoji: FromPath[str]
) -> None:
    """React to a message: with an emoji as it is, or `c:<id>` for a custom one."""
    await actions.react(services.messages, MessagePlace(channel_id, message_id), viewer.user_id, _checked(emoji))


@delete("/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}")
async def unreact(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID], emoji: FromPath[str]
) -> None:
    """Take the own reaction back."""
    await actions.unreact(services.messages, MessagePlace(channel_id, message_id), viewer.user_id, _checked(emoji))


@get("/channels/{channel_id:str}/messages/{message_id:str}/reactions")
async def reactions(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> list[ReactionCount]:
    """How many people reacted with what, in the order of first use."""
    await _visible_in(services, viewer, channel_id, message_id)
    found = await parts.parts(services.database, [message_id], viewer.user_id)
    return found[message_id].reactions if message_id in found else []


@post("/channels/{channel_id:str}/messages/{message_id:str}/pin", status_code=204)
async def pin(services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]) -> None:
    """Pin a message (MANAGE_MESSAGES, or taking part in the conversation)."""
    await actions.pin(services.messages, MessagePlace(channel_id, message_id), viewer.user_id)


@delete("/channels/{channel_id:str}/messages/{message_id:str}/pin")
async def unpin(services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]) -> None:
    """Take a pin away."""
    await actions.unpin(services.messages, MessagePlace(channel_id, message_id), viewer.user_id)


@get("/channels/{channel_id:str}/pinned-messages")
async def pinned(services: Here, viewer: Asking, channel_id: FromPath[UUID]) -> list[Message]:
    """The pinned messages, the newest 250 pins, newest first."""
    await services.rights.in_channel(services.database, channel_id, viewer.user_id)
    found = await pages.pinned(services.database, channel_id, deeds.PIN_LIMIT)
    return await actions.with_reactions(services.database, found, viewer.user_id)


@post("/channels/{channel_id:str}/ack", status_code=204)
async def mark_read(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[Reading | None] = None
) -> None:
    """Remember that one has read all there is, or up to the message of the body; a mark never goes back."""
    up_to = data.message_id if data else None
    await actions.mark_read(services.messages, channel_id, viewer.user_id, up_to)


@patch("/messages/{message_id:str}/read", media_type=MediaType.TEXT)
async def mark_message_read(services: Here, viewer: Asking, message_id: FromPath[UUID]) -> Response[None]:
    """Remember that one has read up to a message."""
    await actions.mark_message_read(services.messages, message_id, viewer.user_id)
    return Response(None, media_type=MediaType.TEXT)


@get("/users/@me/unread")
async def unread_counts(services: Here, viewer: Asking) -> list[UnreadCount]:
    """What one has not read of each channel; channels that are read are missing, and a count of 100 means or more."""
    return await actions.unread_counts(services.messages, viewer.user_id)


@post("/channels/{channel_id:str}/messages/{message_id:str}/thread", opt=MESSAGES)
async def reply(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[ReplyCreation],
) -> Message:
    """Reply in a message's thread. The answer comes when it is durable; a repeated nonce makes no second one."""
    return await actions.reply(services.messages, MessagePlace(channel_id, message_id), viewer.user_id, data)


@get("/channels/{channel_id:str}/messages/{message_id:str}/thread")
async def thread(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    *,
    before: Annotated[
        UUID | None, QueryParameter(description="The same as `after`: the replies behind this one.")
    ] = None,
    after: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Message]:
    """The replies of a message's thread, oldest first, from the beginning or behind one of them."""
    place = MessagePlace(channel_id, message_id)
    return await actions.thread(services.messages, place, viewer.user_id, after or before, _size(limit))


@get("/channels/{channel_id:str}/messages/{message_id:str}/edits")
async def edits(
    services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> list[MessageEdit]:
    """What a message said before, oldest first, its last 50 texts; for its author and for MANAGE_MESSAGES."""
    return await actions.edits(services.messages, MessagePlace(channel_id, message_id), viewer.user_id)


@get("/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}/users")
async def reactors(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    emoji: FromPath[str],
    *,
    after: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Reactor]:
    """Who reacted with an emoji, in the order of their ids; `after` is the last user of the page before."""
    await _visible_in(services, viewer, channel_id, message_id)
    return await parts.reactors(services.database, message_id, _checked(emoji), after, _size(limit))


async def _visible_in(services: Services, viewer: Viewer, channel_id: UUID, message_id: UUID) -> None:
    message = await access.visible(services.rights, services.database, message_id, viewer.user_id)
    if message.channel_id != channel_id:
        raise CoterieError(errors.NOT_FOUND)


def _size(limit: int) -> int:
    return max(1, min(limit, pages.PAGE_LIMIT))


def _checked(emoji: str) -> str:
    if not 1 <= len(emoji.encode()) <= EMOJI_BYTES or UNPRINTABLE.search(emoji):
        raise CoterieError(errors.INVALID, fields={"emoji": "1 to 64 bytes without control characters"})
    return emoji


ROUTES = [
    send,
    page,
    one,
    edit,
    remove,
    react,
    unreact,
    reactions,
    reactors,
    pin,
    unpin,
    pinned,
    mark_read,
    mark_message_read,
    unread_counts,
    reply,
    thread,
    edits,
]
