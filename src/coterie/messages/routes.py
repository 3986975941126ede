"""The routes of messages."""

from typing import Annotated
from uuid import UUID

from litestar import MediaType, Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.http.compression import COMPRESSED
from coterie.http.injection import COSTLY, MESSAGES, SPARING, CurrentViewer, Injected, ViewerRequest, counted
from coterie.http.rate_limits import Limits
from coterie.messages import access, actions, history, operations, pages, parts
from coterie.messages.actions import Messages
from coterie.messages.changing.request import MessagePlace
from coterie.messages.history import HistoryCursor
from coterie.messages.limits import REACTIONS
from coterie.messages.models import (
    Message,
    MessageChange,
    MessageCreation,
    MessageEdit,
    ReactionCount,
    Reactor,
    Reading,
    ReplyCreation,
    ThreadSummary,
    UnreadCount,
)
from coterie.messages.reactions import check_emoji
from coterie.permissions.context import ActionContext

PAGE = 50

PageSize = Annotated[int, QueryParameter(description="At most 100. Values outside 1 to 100 are clamped.")]


@post("/channels/{channel_id:str}/messages", opt=MESSAGES)
async def send(request: ViewerRequest, channel_id: FromPath[UUID], data: JSONBody[MessageCreation]) -> Message:
    """Send a message. The answer comes when it is durable; a repeated nonce makes no second one."""
    messages: Messages = request.service("messages")
    return await actions.send(messages, channel_id, request.viewer.user_id, data)


@get("/channels/{channel_id:str}/messages", opt=COMPRESSED)
async def page(
    request: ViewerRequest,
    channel_id: FromPath[UUID],
    *,
    before: FromQuery[UUID | None] = None,
    after: FromQuery[UUID | None] = None,
    around: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Message]:
    """A page of the history, newest first: the newest, or just before, just after or around a message."""
    messages: Messages = request.service("messages")
    cursor = HistoryCursor(_size(limit), before, after, around)
    return await history.page(messages, channel_id, request.viewer.user_id, cursor)


@get("/channels/{channel_id:str}/messages/{message_id:str}")
async def one(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> Message:
    """One message, or its tombstone."""
    return await history.get(messages, MessagePlace(channel_id, message_id), viewer.user_id)


@patch("/messages/{message_id:str}", opt=MESSAGES)
async def edit(
    messages: Injected[Messages], viewer: CurrentViewer, message_id: FromPath[UUID], data: JSONBody[MessageChange]
) -> Message:
    """Change your own message."""
    return await actions.edit(messages, message_id, viewer.user_id, data.content)


@delete("/messages/{message_id:str}", opt=counted())  # bounded by sending them
async def remove(messages: Injected[Messages], viewer: CurrentViewer, message_id: FromPath[UUID]) -> None:
    """Delete a message; its tombstone stays in its place."""
    await actions.delete(messages, message_id, viewer.user_id)


@put(
    "/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}",
    opt=counted(REACTIONS),
    status_code=204,
)
async def react(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    emoji: FromPath[str],
) -> None:
    """React to a message: with an emoji as it is, or `c:<id>` for a custom one."""
    await actions.react(messages, MessagePlace(channel_id, message_id), viewer.user_id, emoji)


@delete("/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}", opt=counted(REACTIONS))
async def unreact(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    emoji: FromPath[str],
) -> None:
    """Remove your reaction."""
    await actions.unreact(messages, MessagePlace(channel_id, message_id), viewer.user_id, emoji)


@get("/channels/{channel_id:str}/messages/{message_id:str}/reactions")
async def reactions(
    context: Injected[ActionContext], viewer: CurrentViewer, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> list[ReactionCount]:
    """How many people reacted with what, in the order of first use."""
    await access.visible_at(context.permissions, context.database, MessagePlace(channel_id, message_id), viewer.user_id)
    found = await parts.parts(context.database, [message_id], viewer.user_id)
    return found[message_id].reactions if message_id in found else []


@post("/channels/{channel_id:str}/messages/{message_id:str}/pin", status_code=204)
async def pin(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> None:
    """Pin a message (MANAGE_MESSAGES, or taking part in the conversation)."""
    await actions.pin(messages, MessagePlace(channel_id, message_id), viewer.user_id)


@delete("/channels/{channel_id:str}/messages/{message_id:str}/pin")
async def unpin(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> None:
    """Take a pin away."""
    await actions.unpin(messages, MessagePlace(channel_id, message_id), viewer.user_id)


@get("/channels/{channel_id:str}/pinned-messages", opt=COMPRESSED)
async def pinned(messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID]) -> list[Message]:
    """The pinned messages, the newest 250 pins, newest first."""
    return await history.pinned(messages, channel_id, viewer.user_id, operations.PIN_LIMIT)


@post("/channels/{channel_id:str}/ack", opt=SPARING, status_code=204)
async def mark_read(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    data: JSONBody[Reading | None] = None,
) -> None:
    """Mark everything as read, or all up to `message_id`; only `unread_from` moves a read mark back."""
    given = data or Reading()
    if given.unread_from:
        await actions.mark_unread(messages, channel_id, viewer.user_id, given.unread_from)
    else:
        await actions.mark_read(messages, channel_id, viewer.user_id, given.message_id)


@post("/servers/{server_id:str}/ack", opt=SPARING | COSTLY, status_code=204)
async def mark_server_read(messages: Injected[Messages], viewer: CurrentViewer, server_id: FromPath[UUID]) -> None:
    """Mark all channels of a server that you can view as read."""
    await actions.mark_server_read(messages, server_id, viewer.user_id)


@patch("/messages/{message_id:str}/read", opt=SPARING, media_type=MediaType.TEXT)
async def mark_message_read(
    messages: Injected[Messages], viewer: CurrentViewer, message_id: FromPath[UUID]
) -> Response[None]:
    """Mark everything up to a message as read."""
    await actions.mark_message_read(messages, message_id, viewer.user_id)
    return Response(None, media_type=MediaType.TEXT)


@get("/users/@me/unread", opt=COSTLY)
async def unread_counts(
    messages: Injected[Messages], limits: Injected[Limits], viewer: CurrentViewer
) -> list[UnreadCount]:
    """What you have not read of each channel; read channels are left out, and a count of 100 means 100 or more."""
    return await actions.unread_counts(messages, limits, viewer.user_id)


@post("/channels/{channel_id:str}/messages/{message_id:str}/thread", opt=MESSAGES)
async def reply(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[ReplyCreation],
) -> Message:
    """Reply in a message's thread. The answer comes when it is durable; a repeated nonce makes no second one."""
    return await actions.reply(messages, MessagePlace(channel_id, message_id), viewer.user_id, data)


@get("/channels/{channel_id:str}/messages/{message_id:str}/thread", opt=COMPRESSED)
async def thread(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    *,
    before: Annotated[
        UUID | None, QueryParameter(description="The same as `after`: the replies that follow this one.")
    ] = None,
    after: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Message]:
    """The replies of a message's thread, oldest first, from the beginning or behind one of them."""
    place = MessagePlace(channel_id, message_id)
    return await history.thread(messages, place, viewer.user_id, after or before, _size(limit))


@get("/channels/{channel_id:str}/threads", opt=COMPRESSED)
async def threads(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    *,
    before: Annotated[
        UUID | None, QueryParameter(description="The message of the last thread of the page before.")
    ] = None,
    limit: PageSize = PAGE,
) -> list[ThreadSummary]:
    """The threads of a channel, the last changed first: a reply, an edit and a reaction to the message are changes."""
    return await history.threads(messages, channel_id, viewer.user_id, before, _size(limit))


@get("/channels/{channel_id:str}/messages/{message_id:str}/edits")
async def edits(
    messages: Injected[Messages], viewer: CurrentViewer, channel_id: FromPath[UUID], message_id: FromPath[UUID]
) -> list[MessageEdit]:
    """What a message said before, oldest first, its last 50 texts; for its author and for MANAGE_MESSAGES."""
    return await history.edits(messages, MessagePlace(channel_id, message_id), viewer.user_id)


@get("/channels/{channel_id:str}/messages/{message_id:str}/reactions/{emoji:str}/users")
async def reactors(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    channel_id: FromPath[UUID],
    message_id: FromPath[UUID],
    emoji: FromPath[str],
    *,
    after: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
) -> list[Reactor]:
    """Who reacted with an emoji, in the order of their ids; `after` is the last user of the page before."""
    await access.visible_at(context.permissions, context.database, MessagePlace(channel_id, message_id), viewer.user_id)
    check_emoji(emoji)
    return await parts.reactors(context.database, message_id, emoji, after, _size(limit))


def _size(limit: int) -> int:
    return max(1, min(limit, pages.PAGE_LIMIT))


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
    mark_server_read,
    mark_message_read,
    unread_counts,
    reply,
    thread,
    threads,
    edits,
]
