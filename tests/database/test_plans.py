"""How PostgreSQL reads a channel of 100,000 messages: along an index, a few pages, however long the history is.

The statements are the application's own: they are taken from the queries as these run, and explained with the
same values.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from coterie.conversations import history_queries
from coterie.conversations import queries as conversations
from coterie.conversations.models import HistoryPage
from coterie.database.pool import PLANNING, OwnConnection
from coterie.files import queries as files
from coterie.log import append, read, versions
from coterie.messages import pages, parts, queries, receipts
from coterie.messages.models import MessageCreation
from coterie.messages.sending.attempt import Attempt
from coterie.messages.sending.drafts import created
from coterie.messages.sending.insert import insert
from coterie.messages.sending.insert_plain import insert_plain
from coterie.permissions.authority import Authority
from coterie.permissions.bits import EVERY
from coterie.permissions.models import Place
from coterie.servers import member_list_queries as members
from coterie.usage import queries as usage_queries
from coterie.usage.models import period_at

LENGTH = 100_000
PAGE = 50
# A page of 50 rows, each perhaps on a page of its own, and the way down the index.
FEW_PAGES = 80


@dataclass(frozen=True, slots=True)
class History:
    connection: OwnConnection
    channel: UUID
    author: UUID


@pytest.fixture(scope="module")
async def history(schema_url: str) -> AsyncIterator[History]:
    """Two channels whose messages alternate in the table, as users write them; undone in the end."""
    connection = await asyncpg.connect(schema_url, server_settings=PLANNING)
    transaction = connection.transaction()
    await transaction.start()
    channel, other, author = uuid4(), uuid4(), uuid4()
    for id, kind in [(channel, "channel"), (other, "channel"), (author, "user")]:
        await connection.execute("INSERT INTO topics (id, kind, position) VALUES ($1, $2, $3)", id, kind, LENGTH)
    await connection.execute("INSERT INTO users (id, username, created_at) VALUES ($1, 'author', now())", author)
    for id in (channel, other):
        await connection.execute("INSERT INTO channels (id, type, created_at) VALUES ($1, 'text', now())", id)
    await connection.execute("DROP INDEX messages_words")  # another half goes into words that no test here searches
    await connection.execute(
        "SET LOCAL session_replication_role = replica"
    )  # half the time goes into keys known to be right
    await connection.execute(
        """
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT gen_random_uuid(), channel, $3, number, number, 'message ' || number, now()
        FROM generate_series(1, $4::int) AS number, unnest(ARRAY[$1, $2]::uuid[]) AS channel
        WHERE channel = $1 OR number % 4 = 0
        """,
        channel,
        other,
        author,
        LENGTH,
    )
    await connection.execute("ANALYZE messages")
    yield History(connection, channel, author)
    await transaction.rollback()
    await connection.close()


class Watched:
    """Passes statements on to the connection, and keeps them."""

    def __init__(self, connection: OwnConnection) -> None:
        self.connection = connection
        self.authority: list[tuple[str, tuple[Any, ...]]] = []

    async def fetch(self, statement: str, *values: Any) -> Any:
        self.authority.append((statement, values))
        return await self.connection.fetch(statement, *values)

    async def fetchrow(self, statement: str, *values: Any) -> Any:
        self.authority.append((statement, values))
        return await self.connection.fetchrow(statement, *values)

    async def fetchval(self, statement: str, *values: Any) -> Any:
        self.authority.append((statement, values))
        return await self.connection.fetchval(statement, *values)


async def plans(history: History, query: Callable[[Any], Awaitable[Any]]) -> list[dict[str, Any]]:
    """The plan of every statement that the query runs, with what it read."""
    watched = Watched(history.connection)
    await query(watched)
    found = []
    for statement, values in watched.authority:
        text = await history.connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *values)
        found.append(json.loads(text)[0]["Plan"])
    assert found
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", []) for node in nodes(child)]


def assert_reads_little(plan: dict[str, Any], index: str, pages: int = FEW_PAGES) -> None:
    scans = [node for node in nodes(plan) if "Scan" in node["Node Type"] and node["Node Type"] != "Subquery Scan"]
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan"}, scans
    assert index in {node["Index Name"] for node in scans}
    assert not [node for node in nodes(plan) if "Sort" in node["Node Type"]]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= pages


async def test_the_newest_page(history: History) -> None:
    [plan] = await plans(history, lambda connection: pages.newest(connection, history.channel, PAGE))
    assert plan["Actual Rows"] == PAGE
    assert_reads_little(plan, "messages_seq")


@pytest.mark.parametrize("newest", [LENGTH, LENGTH // 2], ids=["newest", "further back"])
async def test_a_page_by_a_plan_that_is_kept(history: History, newest: int) -> None:
    """Without a look at its limit: planning would take longer than the page."""
    place, connection = Place(history.channel, history.channel, "text"), history.connection
    async with connection.transaction():
        for name, value in PLANNING.items():
            await connection.execute(f"SET LOCAL {name} = {value}")
        before = None
        if newest < LENGTH:
            before = await connection.fetchval(
                "SELECT id FROM messages WHERE channel_id = $1 AND seq = $2", history.channel, newest + 1
            )
        for _ in range(8):
            page, _ = await pages.as_of(connection, place, PAGE, LENGTH, before)
        assert [message.seq for message in page] == list(range(newest, newest - PAGE, -1))
        [plan] = await plans(history, lambda connection: pages.as_of(connection, place, PAGE, LENGTH, before))
    counted = await connection.fetchrow(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1",
        pages.BEFORE_AS_OF if before else pages.NEWEST_AS_OF,
    )
    assert counted is not None
    assert (counted["generic_plans"], counted["custom_plans"]) == (8 + 1, 0)
    scans = [node for node in nodes(plan) if node.get("Relation Name") == "messages" and node["Actual Rows"] == PAGE]
    assert [(scan["Node Type"], scan["Index Name"]) for scan in scans] == [("Index Scan", "messages_seq")]


@pytest.mark.parametrize("seq", [2, LENGTH // 2, LENGTH])
async def test_a_page_before_and_after_any_place(history: History, seq: int) -> None:
    [before] = await plans(history, lambda connection: pages.before(connection, history.channel, seq, PAGE))
    [after] = await plans(history, lambda connection: pages.after(connection, history.channel, seq, PAGE))
    for plan in (before, after):
        assert_reads_little(plan, "messages_seq")
    assert before["Actual Rows"] == min(PAGE, seq - 1)
    assert after["Actual Rows"] == min(PAGE, LENGTH - seq)


@pytest.mark.parametrize("version", [0, LENGTH // 2, LENGTH - 10, LENGTH])
async def test_the_log_after_any_position(history: History, version: int) -> None:
    [plan] = await plans(history, lambda connection: pages.changed_after(connection, history.channel, version, PAGE))
    assert_reads_little(plan, "messages_version")
    assert plan["Actual Rows"] == min(PAGE, LENGTH - version)


async def test_where_a_message_stands(history: History) -> None:
    statement = "SELECT id FROM messages WHERE channel_id = $1 AND seq = 500"
    message = await history.connection.fetchval(statement, history.channel)
    [plan] = await plans(history, lambda connection: pages.seq_of(connection, history.channel, message))
    assert_reads_little(plan, "messages_pkey", 6)


async def test_a_batch_looks_everything_up_along_an_index(history: History) -> None:
    """However little PostgreSQL knows about the tables: it plans a statement once, perhaps while they are empty."""
    attempts = [
        Attempt(
            number,
            created(history.channel, history.author, MessageCreation(content=text, nonce=text, reply_to=uuid4())),
            Authority(history.author, EVERY, as_of=1),
        )
        for number, text in enumerate(("one", "two"))
    ]
    pair = (attempts[0].draft.id, history.author)
    change = append.Change(history.author, "profile", "USER_UPDATE", {})
    period = period_at(datetime.now(UTC), "month")
    found = [
        *await plans(history, lambda connection: insert(connection, attempts, period)),
        *await plans(history, lambda connection: insert_plain(connection, attempts[0], period)),
        *await plans(history, lambda connection: queries.candidates(connection, [(*pair, "")])),
        *await plans(history, lambda connection: append.append(connection, change)),
        *await plans(history, lambda connection: append.lock(connection, [history.channel])),
        *await plans(history, lambda connection: versions.used(connection, [(history.channel, "name")])),
    ]
    for plan in found:
        tables = [node for node in nodes(plan) if "Relation Name" in node and node["Node Type"] != "ModifyTable"]
        whole = [
            node for node in tables if node["Node Type"] not in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
        ]
        assert tables
        assert not whole


async def test_a_topics_changes(history: History) -> None:
    await history.connection.execute(
        """
        INSERT INTO changes (topic_id, key, position, type, data, is_removal)
        SELECT $1, 'key' || number, number, 'T', '{}', FALSE FROM generate_series(1, 20000) AS number
        """,
        history.author,
    )
    await history.connection.execute("ANALYZE changes")
    [plan] = await plans(history, lambda connection: read.changes(connection, history.author, 19_000, PAGE))
    assert_reads_little(plan, "changes_by_position")
    assert plan["Actual Rows"] == PAGE


async def test_what_hangs_on_a_page(history: History) -> None:
    await history.connection.execute(
        """
        INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type, created_at)
        SELECT gen_random_uuid(), id, 'a', 'a', 1, 'text/plain', now() FROM messages WHERE seq <= 20000
        """
    )
    await history.connection.execute(
        """
        INSERT INTO reactions (message_id, user_id, emoji, created_at)
        SELECT id, $1, 'x', now() FROM messages WHERE seq <= 20000
        """,
        history.author,
    )
    await history.connection.execute("ANALYZE attachments, reactions")
    statement = "SELECT array_agg(id) FROM (SELECT id FROM messages WHERE channel_id = $1 LIMIT 50) AS page"
    page = await history.connection.fetchval(statement, history.channel)
    [plan] = await plans(history, lambda connection: parts.parts(connection, page, history.author))
    read_from = [node for node in nodes(plan) if "Relation Name" in node]
    assert {node["Relation Name"] for node in read_from} == {"reactions", "attachments"}
    assert {node["Node Type"] for node in read_from} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


async def test_what_the_sweep_finds_and_what_an_account_keeps(history: History) -> None:
    await history.connection.execute(
        """
        INSERT INTO files (id, owner_id, size, keep_until)
        SELECT gen_random_uuid(), CASE WHEN number % 100 = 0 THEN $1::uuid END, 1, now() + number * '1 s'::interval
        FROM generate_series(1, 20000) AS number
        """,
        history.author,
    )
    await history.connection.execute("ANALYZE files")
    due = "SELECT count(*) FROM files WHERE keep_until <= now()"
    assert await history.connection.fetchval(due) == 0
    [plan] = await plans(history, lambda connection: files.unused(connection, PAGE))
    assert "files_unused" in {node.get("Index Name") for node in nodes(plan)}
    [plan] = await plans(history, lambda connection: usage_queries.stored_bytes(connection, history.author))
    assert "files_owner" in {node.get("Index Name") for node in nodes(plan)}


async def test_conversations_are_listed_without_reading_their_histories(history: History) -> None:
    await history.connection.execute("INSERT INTO conversations (id, is_direct) VALUES ($1, FALSE)", history.channel)
    await history.connection.execute(
        "INSERT INTO conversation_participants (conversation_id, user_id, joined_at) VALUES ($1, $2, now())",
        history.channel,
        history.author,
    )
    shown = HistoryPage(history.channel, history.author, None, PAGE, 0)
    listing, reading, receiving = [
        await plans(history, query)
        for query in (
            lambda connection: conversations.page(connection, history.author, None, PAGE, hidden=False),
            lambda connection: history_queries.history(connection, shown, LENGTH),
            lambda connection: receipts._move(connection, [receipts.Receipt(history.author, history.channel)]),
        )
    ]
    for [plan] in (listing, reading, receiving):
        looked = [node for node in nodes(plan) if node.get("Relation Name") == "messages"]
        assert {node["Node Type"] for node in looked} <= {"Index Scan", "Index Only Scan"}
        assert {node["Index Name"] for node in looked} <= {"messages_seq", "messages_pkey"}
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 2 * FEW_PAGES


async def test_members_are_found_along_the_beginnings_of_their_names(history: History) -> None:
    server = uuid4()
    await history.connection.execute(
        """
        WITH people AS (
            INSERT INTO users (id, username, display_name, created_at)
            SELECT gen_random_uuid(), 'person_' || number, 'Called ' || number, now()
            FROM generate_series(1, 20000) AS number RETURNING id, username
        )
        INSERT INTO server_members (server_id, user_id, nickname, joined_at)
        SELECT $1, id, 'Nick of ' || username, now() FROM people
        """,
        server,
    )
    await history.connection.execute("ANALYZE users, server_members")
    for beginning in ("PERSON_1999", "called 1999", "nick of person_1999"):
        named = partial(members.named, server_id=server, beginning=beginning, limit=PAGE)
        [plan, _] = await plans(history, named)
        assert plan["Actual Rows"] == 11
        used = {node.get("Index Name") for node in nodes(plan)}
        wanted = {"users_username_beginning", "users_display_name_beginning", "server_members_nickname_beginning"}
        assert wanted <= used
        whole = {node.get("Relation Name") for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
        assert not whole & {"users", "server_members"}


async def test_a_whole_scan_would_be_seen(history: History) -> None:
    statement = "SELECT id FROM messages WHERE channel_id = $1 AND content = 'message 7' LIMIT 50"
    [plan] = await plans(history, lambda connection: connection.fetch(statement, history.channel))
    with pytest.raises(AssertionError):
        assert_reads_little(plan, "messages_seq")
