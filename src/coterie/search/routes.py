"""The routes of search."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from coterie.conversations.access import check_takes_part
from coterie.http.injection import COSTLY, CurrentViewer, Injected, counted
from coterie.http.moments import of_query
from coterie.http.rate_limits import SEARCH
from coterie.permissions.context import ActionContext
from coterie.search import access, actions
from coterie.search.actions import Search
from coterie.search.conditions import Scope, SearchRequest, Sort
from coterie.search.models import SearchResponse
from coterie.search.query_text import known_thing

PAGE = 50
PAGE_LIMIT = 100

Query = Annotated[
    str,
    QueryParameter(
        min_length=2,
        max_length=200,
        description=(
            'Words or their beginnings, "phrases", and the filters from:, in:, mentions:, has:, before: and after:'
        ),
    ),
]


@get("/servers/{server_id:str}/search", opt=counted(SEARCH) | COSTLY)
async def in_server(
    context: Injected[ActionContext],
    search: Injected[Search],
    viewer: CurrentViewer,
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
    sort: FromQuery[Sort] = "newest",
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT)] = PAGE,
) -> SearchResponse:
    """Messages of a server that you can read, by time. `before` is the `next_cursor` of the page before."""
    channels = await access.channels_of(context.permissions, context.database, server_id, viewer.user_id)
    request = SearchRequest(
        text=q,
        limit=limit,
        before=before,
        channel_id=channel_id,
        author_id=author_id,
        mentions=mentions,
        has=[known_thing(thing, "has") for thing in has or []],
        after_time=of_query("after_time", after_time),
        before_time=of_query("before_time", before_time),
        sort=sort,
    )
    return await actions.search(search, Scope(viewer.user_id, channels), request)


@get("/conversations/{conversation_id:str}/search", opt=counted(SEARCH) | COSTLY)
async def in_conversation(
    context: Injected[ActionContext],
    search: Injected[Search],
    viewer: CurrentViewer,
    conversation_id: FromPath[UUID],
    *,
    q: Query,
    author_id: FromQuery[UUID | None] = None,
    mentions: FromQuery[UUID | None] = None,
    has: FromQuery[list[str] | None] = None,
    after_time: FromQuery[datetime | None] = None,
    before_time: FromQuery[datetime | None] = None,
    before: FromQuery[UUID | None] = None,
    sort: FromQuery[Sort] = "newest",
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT)] = PAGE,
) -> SearchResponse:
    """Search a conversation that you take part in; the query works as in a server."""
    await check_takes_part(context.permissions, context.database, conversation_id, viewer.user_id)
    request = SearchRequest(
        text=q,
        limit=limit,
        before=before,
        author_id=author_id,
        mentions=mentions,
        has=[known_thing(thing, "has") for thing in has or []],
        after_time=of_query("after_time", after_time),
        before_time=of_query("before_time", before_time),
        sort=sort,
    )
    return await actions.search(search, Scope(viewer.user_id, frozenset({conversation_id})), request)


ROUTES = [in_server, in_conversation]
