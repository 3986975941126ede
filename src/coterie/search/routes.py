"""The routes of search."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from coterie.conversations.access import check_takes_part
from coterie.guards import SEARCH, Asking, Here
from coterie.search import access, actions
from coterie.search.conditions import Asked, Scope
from coterie.search.models import SearchResponse
from coterie.search.question import known_thing

PAGE = 50
PAGE_LIMIT = 100

Query = Annotated[
    str,
    QueryParameter(
        min_length=2,
        max_length=200,
        description=(
            'Words and their beginnings, "phrases", and the filters from:, in:, mentions:, has:, before: and after:'
        ),
    ),
]


@get("/servers/{server_id:str}/search", opt=SEARCH)
async def in_server(
    services: Here,
    viewer: Asking,
    server_id: FromPath[UUID],
    *,
    q: Query,
    channel_id: FromQuery[UUID | None] = None,
    author_id: FromQuery[UUID | None] = None,
    mentions: FromQuery[UUID | None] = None,
    has: FromQuery[list[str] | None] = None,
    after_time: FromQuery[datetime | None] = None,
    before_time: FromQuery[datetime | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT)] = PAGE,
) -> SearchResponse:
    """Messages of a server that one may read, newest first. `before` is the `next_cursor` of the page before."""
    channels = await access.channels_of(services.rights, services.database, server_id, viewer.user_id)
    asked = Asked(
        text=q,
        limit=limit,
        before=before,
        channel_id=channel_id,
        author_id=author_id,
        mentions=mentions,
        has=[known_thing(thing, "has") for thing in has or []],
        after_time=_in_utc(after_time),
        before_time=_in_utc(before_time),
    )
    return await actions.search(services.search, Scope(viewer.user_id, channels), asked)


@get("/conversations/{conversation_id:str}/search", opt=SEARCH)
async def in_conversation(
    services: Here,
    viewer: Asking,
    conversation_id: FromPath[UUID],
    *,
    q: Query,
    author_id: FromQuery[UUID | None] = None,
    mentions: FromQuery[UUID | None] = None,
    has: FromQuery[list[str] | None] = None,
    after_time: FromQuery[datetime | None] = None,
    before_time: FromQuery[datetime | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT)] = PAGE,
) -> SearchResponse:
    """Messages of a conversation that one takes part in, newest first; asked as in a server."""
    await check_takes_part(services.rights, services.database, conversation_id, viewer.user_id)
    asked = Asked(
        text=q,
        limit=limit,
        before=before,
        author_id=author_id,
        mentions=mentions,
        has=[known_thing(thing, "has") for thing in has or []],
        after_time=_in_utc(after_time),
        before_time=_in_utc(before_time),
    )
    return await actions.search(services.search, Scope(viewer.user_id, frozenset({conversation_id})), asked)


def _in_utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


ROUTES = [in_server, in_conversation]
