"""What is left of an account that was deleted: read in every table, in the storage, and by search."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import aiohttp
import pytest

from coterie.database.connection import Database
from coterie.departures import actions as departures
from coterie.departures.actions import Departures
from coterie.features import TRACES
from tests.account_deletion.conftest import Place, asked
from tests.files.conftest import PNG, until, uploaded
from tests.people import Browser, Person, befriend
from tests.polls.calls import ask as ask_poll
from tests.scheduled_events.calls import announce
from tests.serving import serving, settings_for

WORD: Final = "zebrafinch"
"""In everything that the user writes."""

NAMED: Final = {
    "changes": "that a key was removed, for 90 days",
    "security_events": "that the account was deleted, and its id",
}
"""Tables that may name the account when it is gone, and for what; nothing may contain what it wrote."""


async def tables(pool: Database) -> list[str]:
    rows = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [row["tablename"] for row in rows]


async def naming(pool: Database, *texts: str) -> dict[str, list[str]]:
    """The rows of all tables that contain one of these texts, in any column."""
    found = {}
    for table in await tables(pool):
        rows = await pool.fetch(
            f"SELECT t::text AS row FROM {table} AS t WHERE t::text ILIKE ANY($1)", [f"%{each}%" for each in texts]
        )
        if rows:
            found[table] = [row["row"] for row in rows]
    return found


async def write_everywhere(place: Place, friend: Person) -> list[str]:
    """Everything that the member can write; returns their files."""
    member, channel = place.member, place.channel
    await member.expect(200, "PATCH", "/api/users/@me", {"bio": f"I like the {WORD}", "display_name": f"{WORD} fan"})
    await befriend(member, friend)
    sent = await member.send(channel, f"a {WORD}, first")
    await member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": f"a {WORD}, edited"})
    asked = await place.admin.send(channel, "what do you like?")
    await member.send(channel, f"the {WORD}", thread_id=asked["id"])
    await member.send(channel, f"@{place.admin.username} look, a {WORD}", reply_to=asked["id"])
    await place.admin.expect(204, "POST", f"/api/channels/{channel}/messages/{sent['id']}/pin")
    await member.call("PUT", f"/api/channels/{channel}/messages/{asked['id']}/reactions/%F0%9F%91%8D")
    await ask_poll(member, channel, WORD, f"no {WORD}", question=f"{WORD}?")
    await announce(member, channel, name=f"{WORD} night", description=WORD, place=WORD)
    direct = await member.expect(200, "POST", "/api/conversations", {"participant_ids": [friend.id]})
    private = await member.send(direct["id"], f"my {WORD}")
    files = await uploaded(member, sent["id"], (f"{WORD}.txt", b"feathers"), (f"{WORD}.png", PNG))
    files += await uploaded(member, private["id"], (f"{WORD}.png", PNG))
    rules = f"/api/servers/{place.server}/automod"
    await place.admin.expect(200, "PATCH", rules, {"enabled": True, "word_filter_enabled": True})
    await place.admin.expect(201, "POST", f"{rules}/words", {"word": "feathered", "match": "part"})
    assert (await member.post(f"/api/channels/{channel}/messages", {"content": f"a feathered {WORD}"})).status >= 400
    return [each["id"] for each in files]


async def test_nothing_is_left_of_what_it_wrote(place: Place) -> None:
    friend = await place.newcomer("friend")
    files = await write_everywhere(place, friend)
    before = await naming(place.pool, WORD)
    assert {"messages", "message_edits", "attachments", "polls", "scheduled_events", "users", "automod_logs"} <= set(
        before
    )
    watching = await place.admin.socket()
    await asked(place.member, erases_messages=True)
    await place.let_time_pass()
    await until(place.is_gone)
    assert await naming(place.pool, WORD) == {}
    left = await naming(place.pool, place.member.id, place.member.username)
    assert set(left) <= set(NAMED), left
    assert all("DELETE" in row or "LEAVE" in row or "REMOVE" in row for row in left.get("changes", ()))
    found = await place.admin.expect(200, "GET", f"/api/servers/{place.server}/search?q={WORD}")
    assert WORD not in str(found)
    history = await place.admin.expect(200, "GET", f"/api/channels/{place.channel}/messages")
    assert WORD not in str(history)
    assert "what do you like?" in str(history)
    assert (await watching.wait_for_type("MESSAGE_DELETE"))["d"]["channel_id"] == place.channel

    async def are_gone() -> bool:
        return not [path for path in place.uploads.rglob("*") for file in files if file in path.name]

    await until(are_gone)
    assert not await place.pool.fetchval("SELECT count(*) FROM files WHERE id = ANY($1)", files)


async def test_without_that_its_messages_stay_and_nothing_names_it(place: Place) -> None:
    friend = await place.newcomer("friend")
    files = await write_everywhere(place, friend)
    await asked(place.member)
    await place.let_time_pass()
    await until(place.is_gone)
    left = await naming(place.pool, place.member.id, place.member.username)
    assert set(left) <= set(NAMED), left
    [sent] = [each for each in await history(place) if each["content"] == f"a {WORD}, edited"]
    assert (sent["author_id"], len(sent["attachments"])) == (None, 2)
    assert await place.pool.fetchval("SELECT count(*) FROM files WHERE id = ANY($1)", files) == 3


async def history(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await place.admin.expect(200, "GET", f"/api/channels/{place.channel}/messages")
    return found


async def test_counts_and_positions_are_those_of_any_deletion(place: Place) -> None:
    """A thread forgets the replies, and a client that follows sees each message go."""
    root = await place.admin.send(place.channel, "what do you think?")
    for number in range(3):
        await place.member.send(place.channel, f"reply {number}", thread_id=root["id"])
    await asked(place.member, erases_messages=True)
    await place.let_time_pass()
    await until(place.is_gone)
    [shown] = [each for each in await history(place) if each["id"] == root["id"]]
    assert shown["thread_reply_count"] == 0
    versions = await place.pool.fetch("SELECT version FROM messages WHERE channel_id = $1", place.channel)
    top = await place.pool.fetchval("SELECT position FROM topics WHERE id = $1", place.channel)
    assert max(row["version"] for row in versions) <= top


async def test_a_process_that_dies_is_followed_by_another(
    place: Place, pool: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies within a step, which then has not happened; the next one goes on with what is left."""
    monkeypatch.setattr(departures, "MESSAGES", 2)
    monkeypatch.setattr(departures, "SOON", timedelta(hours=1))
    for number in range(7):
        await place.member.send(place.channel, f"message {number}")
    await asked(place.member, erases_messages=True)
    await place.let_time_pass()
    dying = Departures(pool, TRACES)
    id = place.member.id

    async def step(*, is_last: bool) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await dying.step(connection, UUID(id))
            if is_last:
                raise ConnectionError

    for _ in range(3):
        await step(is_last=False)
    said = await texts(pool, place.channel)
    with pytest.raises(ConnectionError):
        await step(is_last=True)
    assert await texts(pool, place.channel) == said
    assert 0 < len(said) < 7
    await pool.execute("UPDATE jobs SET due_at = now() WHERE key = $1", id)
    await until(place.is_gone)
    assert await texts(pool, place.channel) == []


async def texts(pool: Database, channel: str) -> list[str]:
    rows = await pool.fetch(
        "SELECT content FROM messages WHERE channel_id = $1 AND type = 'text' AND content <> '' ORDER BY seq", channel
    )
    return [row["content"] for row in rows]


async def test_it_is_deleted_by_a_server_that_starts_later(
    database_url: str, pool: Database, http: aiohttp.ClientSession
) -> None:
    settings = settings_for(database_url)
    async with serving(settings) as server:
        browser = Browser(server.url, http)
        await Person.register(browser, "admin")
        person = await Person.register(browser, "person")
        await asked(person)
    await pool.execute("UPDATE users SET deletion_due_at = now() WHERE id = $1", person.id)
    async with serving(settings):

        async def is_gone() -> bool:
            return not await pool.fetchval("SELECT TRUE FROM users WHERE id = $1", person.id)

        await until(is_gone)


async def test_administrators_keep_the_wish_of_the_owner(place: Place) -> None:
    sent = await place.member.send(place.channel, "mine")
    await asked(place.member, erases_messages=True)
    await place.admin.expect(204, "DELETE", f"/api/admin/users/{place.member.id}")
    await until(place.is_gone)
    assert await place.pool.fetchval("SELECT content FROM messages WHERE id = $1", sent["id"]) == ""
