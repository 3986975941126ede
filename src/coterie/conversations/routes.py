"""The routes of conversations, in the shapes of both contracts: one and the same rows."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.conversations import access, actions, queries, views
from coterie.conversations.limits import CONVERSATIONS
from coterie.conversations.models import (
    ChatHistory,
    Conversation,
    ConversationChange,
    ConversationCreation,
    ConversationPage,
    DirectMessageChannel,
    DirectOpening,
    HistoryPage,
    Participant,
    ReceiptChange,
)
from coterie.http.compression import COMPRESSED
from coterie.http.injection import COSTLY, MESSAGES, SPARING, CurrentViewer, Injected, counted
from coterie.http.rate_limits import WRITES
from coterie.messages import actions as message_actions
from coterie.messages import history as message_history
from coterie.messages import pages
from coterie.messages.actions import Messages
from coterie.messages.history import HistoryCursor
from coterie.messages.models import Message, MessageCreation
from coterie.messages.receipts import Receipt, ReceiptState, receipts_of
from coterie.permissions.context import ActionContext

WAS_THERE = "It already existed."
PAGE = 100
PAGE_LIMIT = 200
HISTORY_PAGE = 50
OFFSET_LIMIT = 2**32 - 1

PageSize = Annotated[int, QueryParameter(description="At most 200. Values outside 1 to 200 are clamped.")]
HistorySize = Annotated[int, QueryParameter(description="At most 100. Values outside 1 to 100 are clamped.")]


@post("/conversations", opt=counted(CONVERSATIONS), responses={200: ResponseSpec(Conversation, description=WAS_THERE)})
async def create(
    context: Injected[ActionContext], viewer: CurrentViewer, data: JSONBody[ConversationCreation]
) -> Response[Conversation]:
    """Open a conversation: with one person and no name the direct one, which there is only once; else a group."""
    conversation, is_new = await actions.create(context.database, viewer.user_id, data)
    return Response(conversation, status_code=201 if is_new else 200)


@get("/conversations", opt=COSTLY)
async def mine(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    *,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
    hidden: FromQuery[bool] = False,
) -> ConversationPage:
    """Your conversations, newest activity first; `before` is the last of the page before, `hidden` adds hidden ones."""
    size = max(1, min(limit, PAGE_LIMIT))
    found = await views.page(context.database, viewer.user_id, before, size + 1, hidden=hidden)
    return ConversationPage(found[:size], len(found) > size)


@get("/conversations/{conversation_id:str}")
async def one(context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]) -> Conversation:
    """A conversation that you take part in."""
    return await actions.shown(context.database, viewer.user_id, conversation_id)


@patch("/conversations/{conversation_id:str}", opt=counted(CONVERSATIONS))
async def edit(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    data: JSONBody[ConversationChange],
) -> Conversation:
    """Change a group's name or description, or, as its owner, make another participant the owner."""
    return await actions.edit(context.database, conversation_id, viewer.user_id, data)


@get("/conversations/{conversation_id:str}/participants")
async def participants(
    context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]
) -> list[Participant]:
    """Who takes part, in the order in which they came."""
    await access.check_takes_part(context.permissions, context.database, conversation_id, viewer.user_id)
    return await queries.participants(context.database, conversation_id)


@put("/conversations/{conversation_id:str}/participants/{user_id:str}", opt=counted(CONVERSATIONS), status_code=204)
async def add(
    context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Add someone to a group who accepts messages from you."""
    await actions.add(context.database, conversation_id, viewer.user_id, user_id)


@delete("/conversations/{conversation_id:str}/participants/{user_id:str}")
async def remove(
    context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Leave a group; its owner can remove others. When the last participant leaves, everything in it is deleted."""
    await actions.remove(context.database, conversation_id, viewer.user_id, user_id)


@put("/conversations/{conversation_id:str}/hidden", opt=SPARING | counted(WRITES), status_code=204)
async def hide(context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]) -> None:
    """Hide a conversation from your list until the next message."""
    await actions.set_hidden(context.database, conversation_id, viewer.user_id, is_hidden=True)


@delete("/conversations/{conversation_id:str}/hidden")
async def show(context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]) -> None:
    """Show a conversation in your list again."""
    await actions.set_hidden(context.database, conversation_id, viewer.user_id, is_hidden=False)


@get("/conversations/{conversation_id:str}/messages", opt=COMPRESSED)
async def history(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    *,
    limit: HistorySize = HISTORY_PAGE,
    offset: Annotated[int, QueryParameter(ge=0, le=OFFSET_LIMIT)] = 0,
    before: FromQuery[UUID | None] = None,
) -> ChatHistory:
    """A page of the messages, newest first, in the messenger's shape, behind `offset` of them, or behind a message."""
    await access.check_takes_part(messages.permissions, messages.database, conversation_id, viewer.user_id)
    size = _size(limit)
    asked = HistoryPage(conversation_id, viewer.user_id, before, size + 1, offset)
    found = await views.history(messages.database, asked)
    if found:
        messages.receipts.reached(viewer.user_id, found[0][0])
    people = await queries.people(messages.database, [conversation_id])
    shown = [views.chat_message(message, people, lineage) for message, lineage in found[:size]]
    return ChatHistory(shown, len(found) > size)


@put("/conversations/{conversation_id:str}/receipt", opt=SPARING, status_code=204)
async def receive(
    messages: Injected[Messages], viewer: CurrentViewer, conversation_id: FromPath[UUID], data: JSONBody[ReceiptChange]
) -> None:
    """Report up to which message everything was delivered or read; a position never goes back."""
    await access.check_takes_part(messages.permissions, messages.database, conversation_id, viewer.user_id)
    if data.delivered is not None:
        await messages.receipts.keep(Receipt(viewer.user_id, conversation_id, data.delivered))
    if data.read is not None:
        await message_actions.mark_read(messages, conversation_id, viewer.user_id, data.read)


@get("/conversations/{conversation_id:str}/receipts")
async def receipts(
    context: Injected[ActionContext], viewer: CurrentViewer, conversation_id: FromPath[UUID]
) -> list[ReceiptState]:
    """How far the messages have reached each participant; participants that none has reached are left out."""
    await access.check_takes_part(context.permissions, context.database, conversation_id, viewer.user_id)
    return await receipts_of(context.database, conversation_id)


@post(
    "/dm-channels",
    opt=counted(CONVERSATIONS),
    responses={200: ResponseSpec(DirectMessageChannel, description=WAS_THERE)},
)
async def open_direct(
    context: Injected[ActionContext], viewer: CurrentViewer, data: JSONBody[DirectOpening]
) -> Response[DirectMessageChannel]:
    """Open the direct conversation with a user; there is only one."""
    conversation, is_new = await actions.open_with(context.database, viewer.user_id, data.user_id)
    return Response(views.direct_channel(conversation), status_code=201 if is_new else 200)


@get("/dm-channels", opt=COSTLY)
async def direct(context: Injected[ActionContext], viewer: CurrentViewer) -> list[DirectMessageChannel]:
    """The direct conversations, the newest message first, those without one last; at most the 1,000 newest."""
    found = await views.page(context.database, viewer.user_id, None, views.PAGE_LIMIT, hidden=False)
    return sorted(views.direct_channels(found), key=lambda each: each.last_message_at is None)


@post("/dm-channels/{conversation_id:str}/messages", opt=MESSAGES)
async def send(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    data: JSONBody[MessageCreation],
) -> Message:
    """Send a message, as to any channel."""
    await access.check_takes_part(messages.permissions, messages.database, conversation_id, viewer.user_id)
    return await message_actions.send(messages, conversation_id, viewer.user_id, data)


@get("/dm-channels/{conversation_id:str}/messages", opt=COMPRESSED)
async def page(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    *,
    before: FromQuery[UUID | None] = None,
    limit: HistorySize = HISTORY_PAGE,
) -> list[Message]:
    """A page of the messages, newest first, as of any channel."""
    await access.check_takes_part(messages.permissions, messages.database, conversation_id, viewer.user_id)
    cursor = HistoryCursor(_size(limit), before)
    return await message_history.page(messages, conversation_id, viewer.user_id, cursor)


@post("/dm-channels/{conversation_id:str}/ack", opt=SPARING, status_code=204)
async def mark_read(messages: Injected[Messages], viewer: CurrentViewer, conversation_id: FromPath[UUID]) -> None:
    """Mark everything as read."""
    await access.check_takes_part(messages.permissions, messages.database, conversation_id, viewer.user_id)
    await message_actions.mark_read(messages, conversation_id, viewer.user_id)


def _size(limit: int) -> int:
    return max(1, min(limit, pages.PAGE_LIMIT))


ROUTES = [
    create,
    mine,
    one,
    edit,
    participants,
    add,
    remove,
    hide,
    show,
    history,
    receive,
    receipts,
    open_direct,
    direct,
    send,
    page,
    mark_read,
]
