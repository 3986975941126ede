"""POST .../members/{user_id}/ban with `delete_message_hours`, and POST .../bans/{user_id}/restore-messages"""

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from coterie.moderation import message_removal_queries, message_removals
from tests.files.conftest import fetch, uploaded
from tests.laws.world import servers
from tests.moderation.calls import against, audited, bans_path
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.roles.ranks import Ranks
from tests.serving import gather_community

HOURS = {"delete_message_hours": 24}


def restore_path(ranks: Ranks) -> str:
    return f"{bans_path(ranks, ranks.member)}/restore-messages"


async def history(person: Person, channel: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await person.expect(200, "GET", f"/api/channels/{channel}/messages?limit=100")
    return found


def plain(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages without the position of their last change."""
    return [{key: value for key, value in message.items() if key != "version"} for message in messages]


async def scene(ranks: Ranks) -> list[dict[str, Any]]:
    """A member's messages, with a thread, a mention, a pin, an edit and reactions, between those of others."""
    member, owner, channel = ranks.member, ranks.owner, ranks.channel
    await owner.send(channel, "welcome")
    first = await member.send(channel, f"hello @{owner.username}")
    await member.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": f"hi @{owner.username}"})
    await owner.expect(204, "POST", f"/api/channels/{channel}/messages/{first['id']}/pin")
    await owner.expect(204, "PUT", f"/api/channels/{channel}/messages/{first['id']}/reactions/%F0%9F%91%8B")
    root = await owner.send(channel, "a thread")
    await member.expect(201, "POST", f"/api/channels/{channel}/messages/{root['id']}/thread", {"content": "reply"})
    await member.send(channel, "last", reply_to=root["id"])
    return await history(owner, channel)


async def test_a_ban_takes_the_messages_and_they_can_be_brought_back(ranks: Ranks) -> None:
    before = await scene(ranks)
    watcher = await ranks.owner.socket()
    assert (await against(ranks.moderator, ranks, ranks.member, "ban", HOURS)).status == 204
    left = await history(ranks.owner, ranks.channel)
    pinned = f"{ranks.owner.username} pinned a message."
    assert [message["content"] for message in left] == ["a thread", pinned, "welcome"]
    assert left[0]["thread_reply_count"] == 0
    tombstone = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages/{before[0]['id']}")
    assert (tombstone["deleted"], tombstone["content"]) == (True, "")
    for _ in range(3):
        await watcher.wait_for_type("MESSAGE_DELETE")
    restored = await ranks.moderator.expect(200, "POST", restore_path(ranks))
    assert restored == {"messages": 3}
    assert plain(await history(ranks.owner, ranks.channel)) == plain(before)
    hello = next(message for message in before if message["edited_at"])
    edits = await ranks.owner.expect(200, "GET", f"/api/channels/{ranks.channel}/messages/{hello['id']}/edits")
    assert [edit["content"] for edit in edits] == [f"hello @{ranks.owner.username}"]
    back = await watcher.wait_for(lambda frame: frame.get("t") == "MESSAGE_UPDATE" and frame["d"]["content"] == "last")
    assert back["d"]["deleted"] is False
    assert (await ranks.moderator.post(restore_path(ranks))).status == 404
    assert (await against(ranks.member, ranks, ranks.owner, "kick")).status == 404, "the ban stands"


async def test_what_the_history_says_of_a_pin_stays(ranks: Ranks) -> None:
    """It is the channel's, though its author is the banned user."""
    moderator, channel = ranks.moderator, ranks.channel
    sent = await ranks.owner.send(channel, "rules")
    await moderator.expect(204, "POST", f"/api/channels/{channel}/messages/{sent['id']}/pin")
    await moderator.send(channel, "theirs")
    assert (await against(ranks.owner, ranks, moderator, "ban", HOURS)).status == 204
    left = await history(ranks.owner, channel)
    assert [message["content"] for message in left] == [f"{moderator.username} pinned a message.", "rules"]
    path = f"{bans_path(ranks, moderator)}/restore-messages"
    assert await ranks.owner.expect(200, "POST", path) == {"messages": 1}


async def test_files_come_back_too(ranks: Ranks) -> None:
    sent = await ranks.member.send(ranks.channel, "a file")
    [file] = await uploaded(ranks.member, sent["id"], ("notes.txt", b"all there is"))
    before = await history(ranks.owner, ranks.channel)
    await against(ranks.moderator, ranks, ranks.member, "ban", HOURS)
    assert (await fetch(ranks.owner, file["url"])).status == 404
    await ranks.moderator.expect(200, "POST", restore_path(ranks))
    assert plain(await history(ranks.owner, ranks.channel)) == plain(before)
    back = await fetch(ranks.owner, file["url"])
    assert (back.status, back.body) == (200, b"all there is")


async def test_only_their_messages_of_that_time_and_server_go(ranks: Ranks, rows: OwnConnection) -> None:
    old = await ranks.member.send(ranks.channel, "long ago")
    await rows.execute("UPDATE messages SET created_at = now() - interval '25 hours' WHERE id = $1", old["id"])
    own = await ranks.member.expect(201, "POST", "/api/servers", {"name": "Mine"})
    channels = f"/api/servers/{own['id']}/channels"
    elsewhere = await ranks.member.expect(201, "POST", channels, {"name": "mine", "type": "text"})
    await ranks.member.send(elsewhere["id"], "mine stays")
    second = await ranks.owner.expect(
        201, "POST", f"/api/servers/{ranks.server}/channels", {"name": "second", "type": "text"}
    )
    for channel in (ranks.channel, second["id"]):
        await ranks.owner.send(channel, "stays")
        await ranks.member.send(channel, "goes")
    await against(ranks.moderator, ranks, ranks.member, "ban", HOURS)
    assert [each["content"] for each in await history(ranks.owner, ranks.channel)] == ["stays", "long ago"]
    assert [each["content"] for each in await history(ranks.owner, second["id"])] == ["stays"]
    assert [each["content"] for each in await history(ranks.member, elsewhere["id"])] == ["mine stays"]


async def test_without_hours_all_stays(ranks: Ranks) -> None:
    await ranks.member.send(ranks.channel, "stays")
    await against(ranks.moderator, ranks, ranks.member, "ban")
    assert len(await history(ranks.owner, ranks.channel)) == 1
    assert (await ranks.moderator.post(restore_path(ranks))).status == 404


@pytest.mark.parametrize("hours", [-1, 169])
async def test_hours_out_of_bounds_are_reported(ranks: Ranks, hours: int) -> None:
    answer = await against(ranks.moderator, ranks, ranks.member, "ban", {"delete_message_hours": hours})
    assert (answer.status, list(answer.body["fields"])) == (400, ["delete_message_hours"])


async def test_what_was_deleted_before_stays_deleted(ranks: Ranks) -> None:
    gone = await ranks.member.send(ranks.channel, "a secret")
    await ranks.member.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    await ranks.member.send(ranks.channel, "comes back")
    await against(ranks.moderator, ranks, ranks.member, "ban", HOURS)
    assert await ranks.moderator.expect(200, "POST", restore_path(ranks)) == {"messages": 1}
    assert [each["content"] for each in await history(ranks.owner, ranks.channel)] == ["comes back"]


async def test_restoring_takes_the_right_to_ban(ranks: Ranks, browser: Browser) -> None:
    await ranks.member.send(ranks.channel, "x")
    await against(ranks.admin, ranks, ranks.moderator, "timeout", {"duration_minutes": 1})
    assert (await ranks.moderator.post(restore_path(ranks))).code == "timed_out"
    assert (await ranks.member.post(restore_path(ranks))).code == "missing_permission"
    assert (await ranks.community.outsider.post(restore_path(ranks))).status == 404
    assert (await browser.post(restore_path(ranks))).status == 401


async def test_after_a_week_it_is_forgotten(ranks: Ranks, rows: OwnConnection) -> None:
    await ranks.member.send(ranks.channel, "x")
    await against(ranks.moderator, ranks, ranks.member, "ban", HOURS)
    week = "UPDATE message_removals SET created_at = now() - interval '8 days' WHERE server_id = $1"
    await rows.execute(week, ranks.server)
    assert (await ranks.moderator.post(restore_path(ranks))).status == 404
    week_ago = await rows.fetchval("SELECT now() - interval '7 days'")
    await message_removal_queries.forget(rows, week_ago, 1_000)
    kept = "SELECT count(*) FROM removed_messages JOIN messages ON messages.id = message_id WHERE channel_id = $1"
    assert await rows.fetchval(kept, ranks.channel) == 0


async def test_it_is_audited(ranks: Ranks) -> None:
    await ranks.member.send(ranks.channel, "x")
    await against(ranks.moderator, ranks, ranks.member, "ban", {**HOURS, "reason": "spam"})
    await ranks.moderator.expect(200, "POST", restore_path(ranks))
    restored, banned, *_ = await audited(ranks)
    assert (restored["action"], restored["details"]) == ("member_messages_restore", {"messages": 1})
    assert banned["details"] == {"reason": "spam", "delete_message_hours": 24}


@pytest.mark.extended(
    "the jobs of all kinds survive their process in tests/jobs, and the laws kill processes each time"
)
@pytest.mark.longer
async def test_a_removal_survives_its_process(database_url: str) -> None:
    """More messages than one request removes: the process is killed, and the next one continues."""
    many = message_removals.WINDOW * (message_removals.FIRST_BATCHES + 12)
    rows = await asyncpg.connect(database_url)
    async with aiohttp.ClientSession() as http:
        async with servers(database_url, 1) as (doomed,):
            community = await gather_community(lambda name: Person.register(Browser(doomed.url, http), name))
            await fill(rows, community, many)
            path = f"/api/servers/{community.server}/members/{community.member.id}/ban"
            banning = asyncio.create_task(community.owner.post(path, HOURS))
            await until(removed, rows, community)
            await doomed.end(signal.SIGKILL)
            await asyncio.gather(banning, return_exceptions=True)
        assert 0 < await removed(rows, community) < many
        async with servers(database_url, 1):
            await until(is_done, rows, community)
    assert await removed(rows, community) == many
    position = await rows.fetchval("SELECT position FROM topics WHERE id = $1", community.channel)
    versions = "SELECT count(DISTINCT version), max(version) FROM messages WHERE channel_id = $1"
    assert tuple(await rows.fetchrow(versions, community.channel) or ()) == (many, position)
    assert await rows.fetchval("SELECT count(*) FROM removed_messages") == many
    await rows.close()


async def until(
    question: Callable[[OwnConnection, Community], Awaitable[object]], rows: OwnConnection, community: Community
) -> None:
    """Poll the tables: there is nothing to wait for in another process."""
    async with asyncio.timeout(PATIENCE):
        for _ in itertools.count():
            if await question(rows, community):
                return
            await asyncio.sleep(0.02)


async def is_done(rows: OwnConnection, community: Community) -> bool:
    statement = "SELECT state = 'removed' FROM message_removals WHERE server_id = $1"
    return bool(await rows.fetchval(statement, community.server))


async def fill(rows: OwnConnection, community: Community, many: int) -> None:
    await rows.execute(
        """
        WITH moved AS (UPDATE topics SET position = $3 WHERE id = $1)
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT gen_random_uuid(), $1, $2, number, number, 'spam', now() FROM generate_series(1, $3::bigint) AS number
        """,
        community.channel,
        community.member.id,
        many,
    )


async def removed(rows: OwnConnection, community: Community) -> int:
    statement = "SELECT count(*) FROM messages WHERE channel_id = $1 AND deleted_at IS NOT NULL AND content = ''"
    count: int = await rows.fetchval(statement, community.channel)
    return count
