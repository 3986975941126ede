"""Search in much data: bounded counts, pages of common words, plans, time, and the index's upkeep."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from coterie.database.connection import Database
from coterie.database.pool import OwnConnection, open_pool
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.search import actions, queries, upkeep
from coterie.search.actions import COUNTED, WINDOWS, Search
from coterie.search.conditions import Scope, SearchRequest
from coterie.search.errors import SEARCH_TOO_SLOW
from coterie.search.queries import Conditions, SearchPage
from coterie.settings.record import Settings
from tests.conftest import new_database
from tests.patience import PATIENCE

LENGTH = 20_000
CHANNELS = 4


@dataclass(frozen=True, slots=True)
class Past:
    """Channels with a history. `common` is in every second message, `bygone` in all of the oldest 3,000, `rare` in
    three; every fourth has a picture, but two of these a video."""

    database: Database
    scope: Scope


@pytest.fixture(scope="module")
async def past(cluster_url: str, template: str) -> AsyncIterator[Past]:
    async with new_database(cluster_url, template) as url:
        pool = await open_pool(Settings(database_url=url, pool_size=5))
        try:
            yield Past(pool, await populate(pool))
        finally:
            await pool.close()


async def populate(pool: Database, length: int = LENGTH) -> Scope:
    channels, author = [uuid4() for _ in range(CHANNELS)], uuid4()
    for id, kind in [*((channel, "channel") for channel in channels), (author, "user")]:
        await pool.execute("INSERT INTO topics (id, kind, position) VALUES ($1, $2, $3)", id, kind, length)
    await pool.execute("INSERT INTO users (id, username, created_at) VALUES ($1, 'author', now())", author)
    await pool.executemany(
        "INSERT INTO channels (id, type, created_at) VALUES ($1, 'text', now())", [(channel,) for channel in channels]
    )
    await pool.executemany(
        """
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        VALUES ($1, $2, $3, $4::bigint, $4::bigint, $5, '2026-01-01'::timestamptz + $4::bigint * '1s'::interval)
        """,
        [(new_id(), channels[number % CHANNELS], author, number, text(number)) for number in range(1, length + 1)],
    )
    await pool.execute(
        """
        INSERT INTO attachments (id, message_id, stored_as, filename, file_size, mime_type, created_at)
        SELECT id, id, 'a', 'a', 1, CASE WHEN seq % 8000 = 0 THEN 'video/mp4' ELSE 'image/png' END, created_at
        FROM messages WHERE seq % 4 = 0
        """
    )
    await pool.execute("SELECT gin_clean_pending_list('messages_words')")
    await pool.execute("ANALYZE messages")
    await pool.execute("ANALYZE attachments")
    return Scope(author, frozenset(channels))


def text(number: int) -> str:
    common = " common" if number % 2 == 0 else ""
    bygone = " bygone" if number <= 3_000 else ""
    return f"message {number}{common}{bygone}{' rare' if number % 7_000 == 0 else ''}"


async def numbers(past: Past, q: str, *, limit: int = 100, before: UUID | None = None) -> list[int]:
    response = await actions.search(Search(past.database), past.scope, SearchRequest(q, limit, before=before))
    return [int(result.content.split()[1]) for result in response.results]


async def test_what_is_rare_is_counted(past: Past) -> None:
    response = await actions.search(Search(past.database), past.scope, SearchRequest("rare", 2))
    assert [result.content.split()[1] for result in response.results] == ["14000", "7000"]
    assert (response.total, response.total_is_exact, response.has_more) == (2, True, False)


async def test_what_is_frequent_is_counted_only_so_far(past: Past) -> None:
    response = await actions.search(Search(past.database), past.scope, SearchRequest("common", 50))
    assert [int(result.content.split()[1]) for result in response.results] == list(range(LENGTH, LENGTH - 100, -2))
    assert (response.total, response.total_is_exact, response.has_more) == (COUNTED, False, True)


@pytest.mark.parametrize(
    ("q", "expected"), [("common", list(range(LENGTH, 0, -2))), ("bygone", list(range(3000, 0, -1)))]
)
async def test_all_pages_of_what_is_frequent(past: Past, q: str, expected: list[int]) -> None:
    """Through the windows and beyond them."""
    assert WINDOWS[0] < LENGTH
    search, found, before = Search(past.database), [], None
    while True:
        response = await actions.search(search, past.scope, SearchRequest(q, 100, before=before))
        found += [int(result.content.split()[1]) for result in response.results]
        before = response.next_cursor
        if before is None:
            break
    assert found == expected


@pytest.mark.parametrize(("q", "step"), [("common", 2), ("bygone", 1), ("message", 1)])
async def test_the_oldest_of_what_is_frequent_come_first(past: Past, q: str, step: int) -> None:
    search, before = Search(past.database), None
    found: list[int] = []
    while len(found) < 9_000:
        request = SearchRequest(q, 100, before=before, sort="oldest")
        response = await actions.search(search, past.scope, request)
        found += [int(result.content.split()[1]) for result in response.results]
        before = response.next_cursor
        if before is None:
            break
    assert found == list(range(step, len(found) * step + 1, step))
    assert len(found) == (3_000 if q == "bygone" else 9_000)


async def test_the_oldest_of_a_span_of_time(past: Past) -> None:
    q = "common after:2026-01-01T01:00:00Z before:2026-01-01T02:00:00Z"
    response = await actions.search(Search(past.database), past.scope, SearchRequest(q, 3, sort="oldest"))
    assert [int(result.content.split()[1]) for result in response.results] == [3_600, 3_602, 3_604]


async def test_frequent_words_in_a_span_of_time(past: Past) -> None:
    q = "common after:2026-01-01T01:00:00Z before:2026-01-01T02:00:00Z"
    assert await numbers(past, q) == list(range(7_198, 7_198 - 200, -2))


async def plan(past: Past, conditions: Conditions, page: SearchPage) -> dict[str, Any]:
    """PostgreSQL's plan for the statement of `found`, with everything that `restrain` sets."""
    async with past.database.acquire() as connection, connection.transaction():
        await queries.restrain(connection, 10_000)
        explaining = Explaining(connection)
        with pytest.raises(IndexError):
            await queries.found(explaining, conditions, page)  # type: ignore[arg-type]
        return explaining.plan


class Explaining:
    """Replaces a connection, and has PostgreSQL explain the statement instead."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.plan: dict[str, Any] = {}

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        explained = await self._connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
        self.plan = json.loads(explained)[0]["Plan"]
        return []


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", []) for node in nodes(child)]


@pytest.mark.parametrize("words", ["'rare'", "'common'", "'mess':*", "'common' & 'bygone' & 'rare'", "'nowhere'"])
@pytest.mark.parametrize("cap", [COUNTED, None])
async def test_words_are_looked_up_in_their_index(past: Past, words: str, cap: int | None) -> None:
    found = nodes(await plan(past, Conditions(past.scope.channels, words=words), SearchPage(51, cap=cap)))
    assert "messages_words" in {node.get("Index Name") for node in found}
    assert not [node for node in found if node["Node Type"] == "Seq Scan"]


@pytest.mark.parametrize("are_most", [False, True])
async def test_few_files_of_a_kind_are_looked_up_and_not_every_message(past: Past, are_most: bool) -> None:
    conditions = Conditions(past.scope.channels, files=("video/%",), are_most=are_most)
    found = nodes(await plan(past, conditions, SearchPage(51, cap=COUNTED)))
    assert "attachments_mime_type" in {node.get("Index Name") for node in found}
    read = [node for node in found if node.get("Relation Name") in ("messages", "attachments")]
    assert max((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in read) <= LENGTH // 8_000
    assert await numbers(past, "has:video") == [16_000, 8_000]
    assert await numbers(past, "has:image has:video") == []
    assert await numbers(past, "has:image", limit=3) == [20_000, 19_996, 19_992]


async def test_a_window_reads_no_more_than_the_window(past: Past) -> None:
    start = await queries.nth_before(past.database, None, 500)
    assert start is not None
    conditions = Conditions(past.scope.channels, words="'common'", after=start)
    found = nodes(await plan(past, conditions, SearchPage(51)))
    heap = [node for node in found if node["Node Type"] == "Bitmap Heap Scan" and node["Relation Name"] == "messages"]
    assert sum(node["Actual Rows"] for node in heap) <= 250
    assert (
        sum(node.get("Rows Removed by Index Recheck", 0) + node.get("Rows Removed by Filter", 0) for node in heap)
        <= 500
    )


async def test_too_slow_a_search_is_given_up(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(connection: OwnConnection, conditions: Conditions, page: SearchPage) -> None:
        await connection.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr(queries, "found", slow)
    with pytest.raises(CoterieError) as caught:
        await actions.search(Search(past.database, milliseconds=50), past.scope, SearchRequest("rare", 2))
    assert caught.value.entry == SEARCH_TOO_SLOW
    assert await past.database.fetchval("SHOW statement_timeout") == "30s"


async def test_simultaneous_searches_are_limited(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, both = 0, 0, asyncio.Event()
    found = queries.found

    async def counted(*arguments: Any) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            both.set()
        await both.wait()
        await asyncio.sleep(0.01)
        under_way -= 1
        return await found(*arguments)

    monkeypatch.setattr(queries, "found", counted)
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    search = Search(past.database)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*[actions.search(search, past.scope, SearchRequest("rare", 2)) for _ in range(8)])
    assert most == 2


async def test_pages_are_stable_while_others_write_and_delete(past: Past) -> None:
    """What exists from beginning to end is returned once, whatever else comes and goes meanwhile."""
    done = asyncio.Event()
    extra = asyncio.create_task(come_and_go(past, done))
    seen: list[int] = []
    search, before = Search(past.database), None
    kept: list[int] = []
    while len(kept) < 500:
        response = await actions.search(search, past.scope, SearchRequest("common", 37, before=before))
        seen += [int(result.content.split()[1]) for result in response.results]
        kept = [number for number in seen if number <= LENGTH]
        before = response.next_cursor
    done.set()
    await extra
    assert kept == list(range(LENGTH, LENGTH - 2 * len(kept), -2))
    assert len(seen) == len(set(seen))


async def come_and_go(past: Past, done: asyncio.Event) -> None:
    channel = next(iter(past.scope.channels))
    number = LENGTH
    while not done.is_set():
        number += 2
        moment = LENGTH - (number - LENGTH) // 2  # among those that are being paged through
        await past.database.execute(
            """
            INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
            VALUES ($1, $2, $3, $4, $4, $5, '2026-01-01'::timestamptz + $6::bigint * '1s'::interval)
            """,
            *(new_id(), channel, past.scope.viewer_id, number, f"message {number} common", moment),
        )
        if number % 3 == 0:
            await past.database.execute("DELETE FROM messages WHERE seq = $1", number)
        await asyncio.sleep(0)
    await past.database.execute("DELETE FROM messages WHERE seq > $1", LENGTH)


async def test_upkeep_empties_the_list_of_what_is_pending(pool: Database) -> None:
    await populate(pool, 600)
    assert await queries.clean(pool) == 0
    await pool.execute("UPDATE messages SET content = content || ' pending' WHERE seq < 500")
    assert (await queries.clean(pool) or 0) > 0
    assert await queries.clean(pool) == 0


async def test_one_process_at_a_time_does_it(pool: Database) -> None:
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock($1)", queries.CLEANING_LOCK)
        assert await queries.clean(pool) is None
    assert await queries.clean(pool) == 0


async def test_it_finds_its_pace(pool: Database) -> None:
    work = upkeep.Upkeep(pool)
    assert [await work.clean(), await work.clean()] == [2, 4]


def test_the_more_there_was_the_sooner_again() -> None:
    assert upkeep.next_pause(8, upkeep.MANY_PAGES) == upkeep.SHORTEST
    assert upkeep.next_pause(2, 0) == 4
    assert upkeep.next_pause(2, None) == 4
    assert upkeep.next_pause(upkeep.LONGEST, 0) == upkeep.LONGEST
