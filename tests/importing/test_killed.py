"""Imports that are killed in the middle, with the real command: nothing is lost, and nothing is there twice."""

import json
import os
from pathlib import Path

from coterie.database.pool import OwnConnection
from tests.importing.command import count, finish, kill_at
from tests.importing.conftest import positions_are_whole
from tests.importing.together_source import Together
from tests.importing.xfchat_source import XFChat, id_of

MESSAGES = 100_000 if "LAWS_KILLS" in os.environ else 8_000
"""`make soak` takes its time."""

FILES = 400


async def test_an_import_from_xfchat_killed_three_times(
    xfchat: XFChat, source_url: str, database_url: str, here: OwnConnection, tmp_path: Path
) -> None:
    for name in ("ann", "ben", "cleo"):
        await xfchat.user(name, name)
    for place in ("one", "two"):
        await xfchat.conversation(place, "ann", "ben", is_direct_message=True)
    await xfchat.conversation("club", "ann", "ben", "cleo", name="Club")
    await xfchat.connection.execute(
        """
        INSERT INTO chat_messages (conversation_id, sender_id, content, created_at)
        SELECT places[1 + number % 3], people[1 + number % 2], 'message ' || number,
               '2024-01-01'::timestamptz + number * '1 second'::interval
        FROM generate_series(1, $3::int) AS number, (SELECT $1::uuid[] AS places, $2::uuid[] AS people) AS given
        """,
        [id_of("one"), id_of("two"), id_of("club")],
        [id_of("ann"), id_of("ben")],
        MESSAGES,
    )
    for share in (0.1, 0.4, 0.7):
        await kill_at(here, "messages", int(MESSAGES * share), database_url, "xfchat", source_url)
        assert MESSAGES * share <= await count(here, "messages") < MESSAGES
        assert await here.fetchval("SELECT stage FROM imports") == "chat_messages"
        await positions_are_whole(here)
    report = tmp_path / "report.json"
    said = await finish(database_url, "xfchat", source_url, "--report", str(report))
    assert "chat_messages" in said
    tables = {table["table"]: table for table in json.loads(report.read_text())["tables"]}
    assert all(table["is_equal"] and not table["missing"] for table in tables.values())
    assert tables["chat_messages"]["as_they_were"] == MESSAGES
    here_now = await here.fetch("SELECT id, author_id, content, created_at FROM messages ORDER BY created_at")
    there = await xfchat.connection.fetch(
        "SELECT id, sender_id, content, created_at FROM chat_messages ORDER BY created_at"
    )
    assert [tuple(row) for row in here_now] == [tuple(row) for row in there]
    await positions_are_whole(here)
    assert "finished" in await finish(database_url, "status")


async def test_an_import_from_together_killed_among_messages_and_files(
    together: Together, source_url: str, database_url: str, here: OwnConnection, tmp_path: Path
) -> None:
    for name in ("ann", "ben", "cleo"):
        await together.user(name)
    await together.server("Club", "ann", "ann", "ben", "cleo")
    for place in ("general", "random"):
        await together.channel("Club", place)
    root = await together.say("general", "ann", "who comes?", 0)
    await together.connection.execute(
        """
        INSERT INTO messages (channel_id, author_id, content, created_at, thread_id, deleted)
        SELECT places[1 + number % 2], people[1 + number % 3], 'message ' || number,
               '2024-04-01'::timestamptz + number * '1 second'::interval,
               CASE WHEN number % 10 = 0 THEN $4::uuid END, number % 100 = 7
        FROM generate_series(1, $3::int) AS number, (SELECT $1::uuid[] AS places, $2::uuid[] AS people) AS given
        """,
        [id_of("general"), id_of("random")],
        [id_of(name) for name in ("ann", "ben", "cleo")],
        MESSAGES,
        root,
    )
    for number in range(FILES):
        await together.attach(root, f"file {number}.txt", b"content %d" % number)
    uploads, kept = ("--uploads", str(together.uploads)), {"UPLOAD_DIR": str(tmp_path / "kept")}

    for table, rows in (("messages", MESSAGES // 2), ("attachments", FILES // 3)):
        await kill_at(here, table, rows, database_url, "together", source_url, *uploads, **kept)
        assert await here.fetchval("SELECT stage FROM imports") == table
        await positions_are_whole(here)
    assert await count(here, "messages") == MESSAGES + 1
    assert 0 < await count(here, "attachments") < FILES
    await finish(database_url, "together", source_url, *uploads, **kept)
    assert await count(here, "messages") == MESSAGES + 1
    names = await here.fetch("SELECT filename FROM attachments")
    assert sorted(row["filename"] for row in names) == sorted(f"file {number}.txt" for number in range(FILES))
    assert await here.fetchval("SELECT thread_reply_count FROM messages WHERE id = $1", root) == MESSAGES // 10
    tombstones = await here.fetch("SELECT content FROM messages WHERE deleted_at IS NOT NULL")
    assert [row["content"] for row in tombstones] == [""] * (MESSAGES // 100)
    await positions_are_whole(here)
