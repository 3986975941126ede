"""The routes of conversations, in the shapes of both contracts: one and the same rows."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.conversations import access, actions, queries, views
from coterie.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationCreation,
    ConversationPage,
    DirectMessageChannel,
    DirectOpening,
    History,
    Participant,
    ReceiptChange,
)
from coterie.conversations.receipts import Receipt, ReceiptState, receipts_of
from coterie.guards import CONVERSATIONS, MESSAGES, Asking, Here
from coterie.messages import actions as messages
from coterie.messages import pages
from coterie.messages.actions import Cursor
from coterie.messages.models import Message, MessageCreation

WAS_THERE = "It was there already."
PAGE = 100
PAGE_LIMIT = 200
HISTORY_PAGE = 50
OFFSET_LIMIT = 2**32 - 1

PageSize = Annotated[int, QueryParameter(description="At most 200; more is taken for 200, less than 1 for 1.")]
HistorySize = Annotated[int, QueryParameter(description="At most 100; more is taken for 100, less than 1 for 1.")]


@post("/conversations", opt=CONVERSATIONS, responses={200: ResponseSpec(Conversation, description=WAS_THERE)})
async def create(services: Here, viewer: Asking, data: JSONBody[ConversationCreation]) -> Response[Conversation]:
    """Open a conversation: with one person and no name the direct one, which there is only once; else a group."""
    conversation, is_new = await actions.create(services.database, viewer.user_id, data)
    return Response(conversation, status_code=201 if is_new else 200)


@get("/conversations")
async def mine(
    services: Here,
    viewer: Asking,
    *,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
    hidden: FromQuery[bool] = False,
) -> ConversationPage:
    """One's conversations, the newest activity first; `before` is the last of the page before, `hidden` adds those."""
    size = max(1, min(limit, PAGE_LIMIT))
    found = await views.page(services.database, viewer.user_id, before, size + 1, hidden=hidden)
    return ConversationPage(found[:size], len(found) > size)


@get("/conversations/{conversation_id:str}")
async def one(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> Conversation:
    """A conversation that one takes part in."""
    return await actions.shown(services.database, viewer.user_id, conversation_id)


@patch("/conversations/{conversation_id:str}", opt=CONVERSATIONS)
async def edit(
    services: Here, viewer: Asking, conversation_id: FromPath[UUID], data: JSONBody[ConversationChange]
) -> Conversation:
    """Change a group's name or description; its owner may hand it over to somebody in it."""
    return await actions.edit(services.database, conversation_id, viewer.user_id, data)


@get("/conversations/{conversation_id:str}/participants")
async def participants(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> list[Participant]:
    """Who takes part, in the order in which they came."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    return await queries.participants(services.database, conversation_id)


@put("/conversations/{conversation_id:str}/participants/{user_id:str}", opt=CONVERSATIONS, status_code=204)
async def add(services: Here, viewer: Asking, conversation_id: FromPath[UUID], user_id: FromPath[UUID]) -> None:
    """Bring somebody into a group who lets one write to them."""
    await actions.add(services.database, conversation_id, viewer.user_id, user_id)


@delete("/conversations/{conversation_id:str}/participants/{user_id:str}")
async def remove(services: Here, viewer: Asking, conversation_id: FromPath[UUID], user_id: FromPath[UUID]) -> None:
    """Leave a group; its owner may put others out of it. The last one out takes everything along."""
    await actions.remove(services.database, conversation_id, viewer.user_id, user_id)


@put("/conversations/{conversation_id:str}/hidden", status_code=204)
async def hide(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> None:
    """Hide a conversation from the own list until the next message."""
    await actions.set_hidden(services.database, conversation_id, viewer.user_id, is_hidden=True)


@delete("/conversations/{conversation_id:str}/hidden")
async def show(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> None:
    """Show a conversation in the own list again."""
    await actions.set_hidden(services.database, conversation_id, viewer.user_id, is_hidden=False)


@get("/conversations/{conversation_id:str}/messages")
async def history(
    services: Here,
    viewer: Asking,
    conversation_id: FromPath[UUID],
    *,
    limit: HistorySize = HISTORY_PAGE,
    offset: Annotated[int, QueryParameter(ge=0, le=OFFSET_LIMIT)] = 0,
    before: FromQuery[UUID | None] = None,
) -> History:
    """A page of the messages, newest first, in the messenger's shape, behind `offset` of them, or behind a message."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    size = _size(limit)
    found = await views.history(services.database, conversation_id, before, size + 1, offset)
    if found:
        services.messages.receipts.reached(viewer.user_id, found[0])
    people = await queries.people(services.database, [conversation_id])
    return History([views.chat_message(message, people) for message in found[:size]], len(found) > size)


@put("/conversations/{conversation_id:str}/receipt", status_code=204)
async def receive(
    services: Here, viewer: Asking, conversation_id: FromPath[UUID], data: JSONBody[ReceiptChange]
) -> None:
    """Say up to which message all has reached one, or was read; a position never goes back."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    if data.delivered is not None:
        await services.messages.receipts.keep(Receipt(viewer.user_id, conversation_id, data.delivered))
    if data.read is not None:
        await messages.mark_read(services.messages, conversation_id, viewer.user_id, data.read)


@get("/conversations/{conversation_id:str}/receipts")
async def receipts(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> list[ReceiptState]:
    """How far the messages have reached each of those who take part; whom none has reached is missing."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    return await receipts_of(services.database, conversation_id)


@post("/dm-channels", opt=CONVERSATIONS, responses={200: ResponseSpec(DirectMessageChannel, description=WAS_THERE)})
async def open_direct(services: Here, viewer: Asking, data: JSONBody[DirectOpening]) -> Response[DirectMessageChannel]:
    """Open the direct conversation with somebody; there is only one."""
    conversation, is_new = await actions.open_with(services.database, viewer.user_id, data.user_id)
    return Response(views.direct_channel(conversation), status_code=201 if is_new else 200)


@get("/dm-channels")
async def direct(services: Here, viewer: Asking) -> list[DirectMessageChannel]:
    """The direct conversations, the newest message first, those without one last; at most the 1,000 newest."""
    found = await views.page(services.database, viewer.user_id, None, views.PAGE_LIMIT, hidden=False)
    return sorted(views.direct_channels(found), key=lambda each: each.last_message_at is None)


@post("/dm-channels/{conversation_id:str}/messages", opt=MESSAGES)
async def send(
    services: Here, viewer: Asking, conversation_id: FromPath[UUID], data: JSONBody[MessageCreation]
) -> Message:
    """Send a message, as to any channel."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    return await messages.send(services.messages, conversation_id, viewer.user_id, data)


@get("/dm-channels/{conversation_id:str}/messages")
async def page(
    services: Here,
    viewer: Asking,
    conversation_id: FromPath[UUID],
    *,
    before: FromQuery[UUID | None] = None,
    limit: HistorySize = HISTORY_PAGE,
) -> list[Message]:
    """A page of the messages, newest first, as of any channel."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    return await messages.page(services.messages, conversation_id, viewer.user_id, Cursor(_size(limit), before))


@post("/dm-channels/{conversation_id:str}/ack", status_code=204)
async def mark_read(services: Here, viewer: Asking, conversation_id: FromPath[UUID]) -> None:
    """Remember that one has read all there is."""
    await access.check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    await messages.mark_read(services.messages, conversation_id, viewer.user_id)


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
