"""Searches messages by time, newest or oldest first, and by id within an instant: no two ever change their order.

The caller says which channels are searched, so that servers and conversations are searched alike. If a search has few
hits, all of them are read and sorted. If it has many, that would cost more with every hit; so the newest messages
(or the oldest) are searched first, and others only if there are too few hits among them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Final

import asyncpg

from coterie.database.connection import Connection, Database, Row
from coterie.errors import CoterieError
from coterie.feature import Core
from coterie.search import queries
from coterie.search.conditions import Scope, SearchRequest, conditions_of, terms_of
from coterie.search.errors import SEARCH_TOO_SLOW
from coterie.search.highlight import highlight
from coterie.search.models import SearchResponse, SearchResult
from coterie.search.queries import Conditions, FoundMessages, SearchPage
from coterie.search.query_text import ParsedQuery, parse
from coterie.search.terms import Term

COUNTED: Final = 1_000
"""Hits are counted exactly up to this number, and no more are read at first."""
WINDOWS: Final = (8_192, 65_536)
"""If there are more hits, how many of the newest (or oldest) messages are searched before all are."""
MILLISECONDS: Final = 3_000
"""A statement of a search that takes longer is cancelled."""
AT_ONCE: Final = 4
"""Concurrent searches in one process; further ones wait, so that connections are left for everything else."""
FIELDS: Final = (
    *("id", "channel_id", "author_id", "author_username", "author_display_name", "author_avatar_url"),
    *("content", "created_at"),
)


class Search:
    """What searching needs, shared by all searches of a process."""

    def __init__(self, database: Database, milliseconds: int = MILLISECONDS) -> None:
        self.database: Final = database
        self.milliseconds: Final = milliseconds
        self.turn: Final = asyncio.Semaphore(AT_ONCE)


def opened(core: Core) -> AbstractAsyncContextManager[Search]:
    return nullcontext(Search(core.database))


async def search(search: Search, scope: Scope, request: SearchRequest) -> SearchResponse:
    """A page of results. Raises INVALID for an invalid filter, and SEARCH_TOO_SLOW."""
    query = parse(request.text)
    try:
        async with search.turn, search.database.acquire() as connection, connection.transaction(readonly=True):
            await queries.restrain(connection, search.milliseconds)
            terms = await terms_of(connection, query)
            conditions = await conditions_of(connection, scope, request, query, terms)
            if terms or (_is_narrowed(conditions, query, request) and not query.has_text):
                found = await _found(connection, conditions, request)
            else:
                found = FoundMessages(0, [])
    except asyncpg.QueryCanceledError:
        raise CoterieError(SEARCH_TOO_SLOW) from None
    return await _response(found, terms, request.limit)


def _is_narrowed(conditions: Conditions, query: ParsedQuery, request: SearchRequest) -> bool:
    """Whether anything narrows the search."""
    return bool(query.channels or request.channel_id) or conditions != Conditions(
        conditions.channels, are_most=conditions.are_most
    )


async def _found(connection: Connection, conditions: Conditions, request: SearchRequest) -> FoundMessages:
    """A page, and one more message if there is one."""
    page = SearchPage(request.limit + 1, cap=COUNTED, is_oldest_first=request.sort == "oldest")
    if request.before:
        behind = await queries.place(connection, request.before)
        if behind is None:
            return FoundMessages(0, [])
        page = replace(page, behind=behind)
    found = await queries.found(connection, conditions, page)
    return (
        found if found.total <= COUNTED else FoundMessages(found.total, await _frequent(connection, conditions, page))
    )


async def _frequent(connection: Connection, conditions: Conditions, page: SearchPage) -> list[Row]:
    """The page if there are too many hits to read them all: from the first messages in its order, if they suffice."""
    page = replace(page, cap=None)
    conditions = _from_place(conditions, page)
    for size in WINDOWS:
        window = await _window(connection, conditions, size, is_oldest_first=page.is_oldest_first)
        if window is None:
            break
        found = await queries.found(connection, window, page)
        if len(found.rows) == page.limit:
            return found.rows
    return (await queries.found(connection, conditions, page)).rows


def _from_place(conditions: Conditions, page: SearchPage) -> Conditions:
    """Only the times in which the page is; that of its cursor is included, since other messages may share it."""
    if page.behind is None:
        return conditions
    moment = page.behind.created_at
    if page.is_oldest_first:
        return replace(conditions, after=max(moment, conditions.after or moment))
    moment += timedelta(microseconds=1)
    return replace(conditions, before=min(moment, conditions.before or moment))


async def _window(
    connection: Connection, conditions: Conditions, size: int, *, is_oldest_first: bool
) -> Conditions | None:
    """The same conditions for the first messages only; None if these are all messages of the conditions' times."""
    if is_oldest_first:
        end = await queries.nth_after(connection, conditions.after, size)
        is_whole = end is None or (conditions.before is not None and end >= conditions.before)
        return None if is_whole else replace(conditions, before=end)
    start = await queries.nth_before(connection, conditions.before, size)
    is_whole = start is None or (conditions.after is not None and start <= conditions.after)
    return None if is_whole else replace(conditions, after=start)


async def _response(found: FoundMessages, terms: Sequence[Term], limit: int) -> SearchResponse:
    results = []
    for row in found.rows[:limit]:
        results.append(SearchResult(**{name: row[name] for name in FIELDS}, highlight=highlight(row["content"], terms)))
        await asyncio.sleep(0)  # a page of long messages would noticeably delay other requests
    has_more = len(found.rows) > limit
    return SearchResponse(
        results=results,
        total=min(found.total, COUNTED),
        total_is_exact=found.total <= COUNTED,
        has_more=has_more,
        next_cursor=results[-1].id if has_more else None,
    )
