"""The routes of the inbox."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromQuery, QueryParameter

from coterie.http.injection import COSTLY, SPARING, CurrentViewer, Injected
from coterie.inbox import actions, queries
from coterie.inbox.models import Inbox
from coterie.messages.actions import Messages

PAGE = 25

PageSize = Annotated[int, QueryParameter(description="At most 50. Values outside 1 to 50 are clamped.")]


@get("/inbox", opt=COSTLY)
async def inbox(
    messages: Injected[Messages],
    viewer: CurrentViewer,
    *,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
    unread: FromQuery[bool] = False,
) -> Inbox:
    """Mentions of you and replies to you, in all places that you can view, newest first; `unread` leaves out others."""
    size = max(1, min(limit, queries.PAGE_LIMIT))
    return await actions.inbox(messages, viewer.user_id, before, size, is_unread_only=unread)


@post("/inbox/read", opt=SPARING | COSTLY, status_code=204)
async def mark_read(messages: Injected[Messages], viewer: CurrentViewer) -> None:
    """Mark all of it as read: each place up to the last message that mentions you there."""
    await actions.mark_read(messages, viewer.user_id)


ROUTES = [inbox, mark_read]
