"""The routes of messages."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from coterie.guards import Asking, Here
from coterie.messages import actions
from coterie.messages.actions import Cursor
from coterie.messages.models import Message, MessageChange, MessageCreation

PAGE = 50
PAGE_LIMIT = 100


@post("/channels/{channel_id:str}/messages")
async def send(services: Here, viewer: Asking, channel_id: FromPath[UUID], data: JSONBody[MessageCreation]) -> Message:
    """Send a message. The answer comes when it is durable; a repeated nonce makes no second one."""
    return await actions.send(services.messages, channel_id, viewer.user_id, data)


@get("/channels/{channel_id:str}/messages")
async def page(
    services: Here,
    viewer: Asking,
    channel_id: FromPath[UUID],
    before: FromQuery[UUID | None] = None,
    after: FromQuery[UUID | None] = None,
    around: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(description="At most 100; more is taken for 100, less than 1 for 1.")] = PAGE,
) -> list[Message]:
    """A page of the history, newest first: the newest, or just before, just after or around a message."""
    cursor = Cursor(max(1, min(limit, PAGE_LIMIT)), before, after, around)
    return await actions.page(services.database, channel_id, viewer.user_id, cursor)


@get("/channels/{channel_id:str}/messages/{message_id:str}")
async def one(services: Here, viewer: Asking, channel_id: FromPath[UUID], message_id: FromPath[UUID]) -> Message:
    """One message, or its tombstone."""
    return await actions.get(services.database, channel_id, message_id, viewer.user_id)


@patch("/messages/{message_id:str}")
async def edit(services: Here, viewer: Asking, message_id: FromPath[UUID], data: JSONBody[MessageChange]) -> Message:
    """Change what one wrote."""
    return await actions.edit(services.database, message_id, viewer.user_id, data)


@delete("/messages/{message_id:str}")
async def remove(services: Here, viewer: Asking, message_id: FromPath[UUID]) -> None:
    """Delete a message; its tombstone stays in its place."""
    await actions.delete(services.database, message_id, viewer.user_id)


ROUTES = [send, page, one, edit, remove]
