"""Searching. The order is that of time, newest first, and by id within one moment: it never changes for a message.

Which channels are searched is the caller's to say, so that servers and conversations can be searched alike. A question
with few hits has all of them read and sorted. One with many would cost the more the more it finds, so that the newest
messages are looked through first, and older ones only if there are too few hits among them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from coterie import errors
from coterie.database.connection import Connection, Database, Row
from coterie.errors import CoterieError
from coterie.search import queries
from coterie.search.conditions import Asked, Scope, conditions_of, terms_of
from coterie.search.highlight import highlight
from coterie.search.models import SearchResponse, SearchResult
from coterie.search.queries import Conditions, Found, Page
from coterie.search.question import Question, parse
from coterie.search.terms import Term

COUNTED: Final = 1_000
"""Hits are counted exactly up to here, and no more of them are read at first."""
WINDOWS: Final = (8_192, 65_536)
"""How many of the newest messages are looked through for what has more hits, before all are."""
MILLISECONDS: Final = 3_000
"""A statement of a search that takes longer is given up."""
AT_ONCE: Final = 4
"""Searches under way in one process; more wait, so that connections are left for everything else."""
FIELDS: Final = (
    *("id", "channel_id", "author_id", "author_username", "author_display_name", "author_avatar_url"),
    *("content", "created_at"),
)


class Search:
    """What searching works with."""

    def __init__(self, database: Database, milliseconds: int = MILLISECONDS) -> None:
        self.database: Final = database
        self.milliseconds: Final = milliseconds
        self.turn: Final = asyncio.Semaphore(AT_ONCE)


async def search(search: Search, scope: Scope, asked: Asked) -> SearchResponse:
    """A page of what is found. Raises INVALID for a filter that is none, and SEARCH_TOO_SLOW."""
    question = parse(asked.text)
    try:
        async with search.turn, search.database.acquire() as connection, connection.transaction(readonly=True):
            await queries.restrain(connection, search.milliseconds)
            terms = await terms_of(connection, question)
            conditions = await conditions_of(connection, scope, asked, question, terms)
            if terms or (_is_narrowed(conditions, question, asked) and not question.has_text):
                found = await _found(connection, conditions, asked)
            else:
                found = Found(0, [])
    except asyncpg.QueryCanceledError:
        raise CoterieError(errors.SEARCH_TOO_SLOW) from None
    return await _response(found, terms, asked.limit)


def _is_narrowed(conditions: Conditions, question: Question, asked: Asked) -> bool:
    """Whether anything was asked at all."""
    return bool(question.channels or asked.channel_id) or conditions != Conditions(
        conditions.channels, are_most=conditions.are_most
    )


async def _found(connection: Connection, conditions: Conditions, asked: Asked) -> Found:
    """A page, and one message more if there is one."""
    page = Page(asked.limit + 1, cap=COUNTED)
    if asked.before:
        before = await queries.place(connection, asked.before)
        if before is None:
            return Found(0, [])
        page = replace(page, before=before)
    found = await queries.found(connection, conditions, page)
    return found if found.total <= COUNTED else Found(found.total, await _frequent(connection, conditions, page))


async def _frequent(connection: Connection, conditions: Conditions, page: Page) -> list[Row]:
    """The page of what has too many hits to read them all: of the newest messages, if they have enough."""
    page = replace(page, cap=None)
    conditions = replace(conditions, before=_until(conditions, page))
    for size in WINDOWS:
        start = await queries.nth_before(connection, conditions.before, size)
        if start is None or (conditions.after and start <= conditions.after):
            break
        found = await queries.found(connection, replace(conditions, after=start), page)
        if len(found.rows) == page.limit:
            return found.rows
    return (await queries.found(connection, conditions, page)).rows


def _until(conditions: Conditions, page: Page) -> datetime | None:
    """Before when the page is; the moment of its cursor is included, since another message may share it."""
    if page.before is None:
        return conditions.before
    moment = page.before.created_at + timedelta(microseconds=1)
    return min(moment, conditions.before or moment)


async def _response(found: Found, terms: Sequence[Term], limit: int) -> SearchResponse:
    results = []
    for row in found.rows[:limit]:
        results.append(SearchResult(**{name: row[name] for name in FIELDS}, highlight=highlight(row["content"], terms)))
        await asyncio.sleep(0)  # a page of long messages takes long enough for others to notice
    has_more = len(found.rows) > limit
    return SearchResponse(
        results=results,
        total=min(found.total, COUNTED),
        total_is_exact=found.total <= COUNTED,
        has_more=has_more,
        next_cursor=results[-1].id if has_more else None,
    )
