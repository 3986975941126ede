"""The routes of the inbox."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromQuery, QueryParameter

from coterie.guards import Asking, Here
from coterie.inbox import actions, queries
from coterie.inbox.models import Inbox

PAGE = 25

PageSize = Annotated[int, QueryParameter(description="At most 50; more is taken for 50, less than 1 for 1.")]


@get("/inbox")
async def inbox(
    services: Here,
    viewer: Asking,
    *,
    before: FromQuery[UUID | None] = None,
    limit: PageSize = PAGE,
    unread: FromQuery[bool] = False,
) -> Inbox:
    """What called or answered one, in all places that one may view, newest first; with `unread` what is not read."""
    size = max(1, min(limit, queries.PAGE_LIMIT))
    return await actions.inbox(services.messages, viewer.user_id, before, size, is_unread_only=unread)


@post("/inbox/read", status_code=204)
async def mark_read(services: Here, viewer: Asking) -> None:
    """Mark all of it as read: each place up to the last message that called one there."""
    await actions.mark_read(services.messages, viewer.user_id)


ROUTES = [inbox, mark_read]
