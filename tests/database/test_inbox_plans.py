"""How PostgreSQL reads an inbox of tens of thousands of mentions: from its newest end along an index, no further."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from coterie.inbox import queries
from coterie.inbox.queries import NEWEST, Cursor, Places
from tests.database.test_plans import LENGTH, History, Watched, history, nodes, plans

__all__ = ["history"]

MENTIONS = 20_000
START = datetime(2020, 1, 1, tzinfo=UTC)
# Fifty-one mentions of each of three targets, each with its message, and fifty whole messages with their reasons.
FEW_PAGES = 3_000


@pytest.fixture
async def reader(history: History) -> AsyncIterator[UUID]:
    """A user who was mentioned very often, by name and by @everyone, and never read anything; undone in the end."""
    reader, connection = uuid4(), history.connection
    undone = connection.transaction()
    await undone.start()
    await connection.execute("INSERT INTO conversations (id, is_direct) VALUES ($1, FALSE)", history.channel)
    await connection.execute(
        "INSERT INTO conversation_participants VALUES ($1, $2, $3)", history.channel, reader, START - timedelta(1)
    )
    await connection.execute(
        """
        INSERT INTO mentions (channel_id, target_id, seq, created_at)
        SELECT $1, target, number, $3::timestamptz + number * '1 s'::interval
        FROM generate_series(1, $4::int) AS number, unnest(ARRAY[$1, $2, gen_random_uuid()]::uuid[]) AS target
        """,
        history.channel,
        reader,
        START,
        MENTIONS,
    )
    await connection.execute(
        """
        INSERT INTO conversation_participants
        SELECT gen_random_uuid(), gen_random_uuid(), $1 FROM generate_series(1, $2::int)
        """,
        START,
        MENTIONS,
    )
    await connection.execute("ANALYZE mentions, conversation_participants")  # which outlasts what is undone
    yield reader
    await undone.rollback()


async def generic_plan(history: History, query: Callable[[Any], Awaitable[Any]]) -> dict[str, Any]:
    """The plan for values that are not known, to which PostgreSQL changes after some uses of a statement."""
    watched = Watched(history.connection)
    await query(watched)
    [(statement, values)] = watched.authority
    name = f"statement_{uuid4().hex}"
    await history.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await history.connection.execute(f"PREPARE {name} AS {statement}")
    given = ", ".join(literal(value) for value in values)
    text = await history.connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {name} ({given})")
    await history.connection.execute("RESET plan_cache_mode")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


def literal(value: Any) -> str:
    if isinstance(value, list):
        return "'{" + ",".join("NULL" if each is None else str(each) for each in value) + "}'"
    return str(value) if isinstance(value, int) else f"'{value}'"


def assert_reads_from_the_end(plan: dict[str, Any], index: str, rows: int) -> None:
    """However many mentions there are: a bounded number of rows, and never all mentions or messages."""
    tables = [node for node in nodes(plan) if node.get("Relation Name") in ("mentions", "messages")]
    assert {node["Node Type"] for node in tables} <= {"Index Scan", "Index Only Scan"}, tables
    mentions = [node for node in tables if node["Relation Name"] == "mentions"]
    assert {node["Index Name"] for node in mentions} == {index}
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in mentions) <= rows
    assert not [node for node in tables if node.get("Rows Removed by Filter", 0) * node["Actual Loops"] > rows]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= FEW_PAGES


@pytest.mark.parametrize("before", [NEWEST, Cursor(START + timedelta(seconds=MENTIONS // 2), UUID(int=0), 0)])
async def test_a_page(history: History, reader: UUID, before: Cursor) -> None:
    places = Places([history.channel], [(uuid4(), uuid4())])
    limit = queries.PAGE_LIMIT

    async def query(connection: Any) -> None:
        await queries.newest(connection, reader, places, before, limit)

    for plan in (*await plans(history, query), await generic_plan(history, query)):
        assert_reads_from_the_end(plan, "mentions_inbox", 2 * (limit + 1))
        assert plan["Actual Rows"] == limit


async def test_what_is_not_read(history: History, reader: UUID) -> None:
    places = Places([history.channel], [])
    limit = queries.PAGE_LIMIT

    async def page(connection: Any) -> None:
        await queries.unread(connection, reader, places, NEWEST, limit)

    async def last(connection: Any) -> None:
        await queries.last_unread(connection, reader, places)

    for query, rows in ((page, limit), (last, 1)):
        for plan in (*await plans(history, query), await generic_plan(history, query)):
            assert_reads_from_the_end(plan, "mentions_pkey", 2 * queries.UNREAD_LIMIT)
            assert plan["Actual Rows"] == rows


async def test_what_is_read_is_not_looked_at(history: History, reader: UUID) -> None:
    await history.connection.execute(
        "INSERT INTO read_marks (user_id, channel_id, position) VALUES ($1, $2, $3)", reader, history.channel, LENGTH
    )
    places = Places([history.channel], [])
    [plan] = await plans(history, lambda connection: queries.last_unread(connection, reader, places))
    assert_reads_from_the_end(plan, "mentions_pkey", 0)
