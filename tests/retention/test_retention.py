"""Messages that are older than a server or a channel wants to keep"""

import asyncio
import io
import signal
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import pytest
from PIL import Image

from coterie.database.connection import Database
from coterie.database.pool import OwnConnection
from coterie.retention import expiring, queries
from tests.files.conftest import Kept, fetch, uploaded
from tests.laws.world import servers
from tests.moderation.test_message_removals import fill, history, removed, until
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.roles.ranks import Ranks
from tests.serving import gather_community
from tests.sync.braid_reader import Follow
from tests.sync.test_braid_subscription import messages_of


async def set_days(community: Community, days: int | None, **more: Any) -> dict[str, Any]:
    body = {"retention_days": days, **more}
    changed: dict[str, Any] = await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", body)
    return changed


async def set_channel(community: Community, **fields: Any) -> dict[str, Any]:
    path = f"/api/servers/{community.server}/channels/{community.channel}"
    changed: dict[str, Any] = await community.owner.expect(200, "PATCH", path, fields)
    return changed


async def age(rows: OwnConnection, message: dict[str, Any], days: int) -> None:
    statement = "UPDATE messages SET created_at = now() - make_interval(days => $2) WHERE id = $1"
    await rows.execute(statement, message["id"], days)


async def work_off(database: Database) -> None:
    """Remove what is due; the live server may be at it."""
    async with asyncio.timeout(PATIENCE):
        while await queries.next_channel(database, expiring.BEGINNING, datetime.now(UTC)) is not None:
            await expiring.remove_all(database)


async def texts(community: Community) -> list[str]:
    return [each["content"] for each in await history(community.owner, community.channel) if each["type"] != "system"]


async def counted(community: Community, days: int, **more: Any) -> dict[str, Any]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    path = f"/api/servers/{community.server}/retention-preview?days={days}{query}"
    found: dict[str, Any] = await community.owner.expect(200, "GET", path)
    return found


def is_deletion(message_id: str, frame: dict[str, Any]) -> bool:
    return frame.get("t") == "MESSAGE_DELETE" and frame["d"]["id"] == message_id


async def entries(community: Community) -> list[dict[str, Any]]:
    path = f"/api/servers/{community.server}/audit-logs?action=messages_expire"
    found: list[dict[str, Any]] = await community.owner.expect(200, "GET", path)
    return found


async def test_old_messages_go_and_followers_learn_of_it(
    community: Community, rows: OwnConnection, shared: Database
) -> None:
    old = [await community.member.send(community.channel, f"old {number}") for number in range(3)]
    await community.member.send(community.channel, "new")
    for message in old:
        await age(rows, message, 31)
    await work_off(shared)
    assert await texts(community) == ["new", "old 2", "old 1", "old 0"], "nothing is removed unless it is switched on"
    watcher = await community.owner.socket()
    changed = await set_days(community, 30)
    assert (changed["retention_days"], changed["retention_keeps_pins"]) == (30, True)
    await work_off(shared)
    assert await texts(community) == ["new"]
    for message in old:
        event = await watcher.wait_for(partial(is_deletion, message["id"]))
        path = f"/api/channels/{community.channel}/messages/{message['id']}"
        fresh = await community.owner.expect(200, "GET", path)
        assert (fresh["deleted"], fresh["content"]) == (True, "")
        assert event["d"] == {**event["d"], **{name: fresh[name] for name in ("deleted", "content", "version", "seq")}}
    [entry] = await entries(community)
    assert (entry["actor_id"], entry["details"]) == (None, {"messages": 3, "files": 0, "bytes": 0})


async def test_members_see_what_applies(community: Community) -> None:
    watcher = await community.member.socket()
    await set_days(community, 30, retention_keeps_pins=False)
    event = await watcher.wait_for_type("SERVER_UPDATE")
    assert (event["d"]["retention_days"], event["d"]["retention_keeps_pins"]) == (30, False)
    fresh = await community.member.expect(200, "GET", f"/api/servers/{community.server}")
    assert (fresh["retention_days"], fresh["retention_keeps_pins"]) == (30, False)
    await set_channel(community, retention_days=7, on_hold=True)
    event = await watcher.wait_for_type("CHANNEL_UPDATE")
    [channel] = [
        each
        for each in await community.member.expect(200, "GET", f"/api/servers/{community.server}/channels")
        if each["id"] == community.channel
    ]
    assert (channel["retention_days"], channel["on_hold"]) == (7, True)
    assert event["d"] == {**event["d"], **channel}


async def test_the_rights(ranks: Ranks) -> None:
    server, path = f"/api/servers/{ranks.server}", f"/api/servers/{ranks.server}/retention-preview?days=30"
    for person, statuses in ((ranks.member, (403, 403, 403)), (ranks.community.outsider, (404, 404, 404))):
        answers = (
            await person.call("PATCH", server, json={"retention_days": 30}),
            await person.call("PATCH", f"{server}/channels/{ranks.channel}", json={"retention_days": 1}),
            await person.call("GET", path),
        )
        assert tuple(answer.status for answer in answers) == statuses


@pytest.mark.parametrize("days", [0, 3651, -1])
async def test_days_out_of_bounds_are_refused(community: Community, days: int) -> None:
    answer = await community.owner.call("PATCH", f"/api/servers/{community.server}", json={"retention_days": days})
    assert (answer.status, list(answer.body["fields"])) == (400, ["retention_days"])
    path = f"/api/servers/{community.server}/retention-preview?days={days}"
    assert (await community.owner.call("GET", path)).status == 400


async def test_a_channel_has_its_own_days(community: Community, rows: OwnConnection, shared: Database) -> None:
    for days in (400, 40, 4):
        await age(rows, await community.member.send(community.channel, f"{days} days"), days)
    await set_channel(community, retention_days=0)
    await set_days(community, 30)
    await work_off(shared)
    assert await texts(community) == ["4 days", "40 days", "400 days"]
    await set_channel(community, retention_days=100)
    await work_off(shared)
    assert await texts(community) == ["4 days", "40 days"]
    await set_channel(community, retention_days=None)
    await work_off(shared)
    assert await texts(community) == ["4 days"]
    [entry] = await entries(community)
    assert entry["details"]["messages"] == 2


async def test_nothing_goes_on_hold(community: Community, rows: OwnConnection, shared: Database) -> None:
    await age(rows, await community.member.send(community.channel, "evidence"), 50)
    await set_channel(community, on_hold=True)
    await set_days(community, 30)
    assert (await counted(community, 30))["messages"] == 0
    await work_off(shared)
    assert await texts(community) == ["evidence"]
    logs = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs")
    [held] = [each for each in logs if each["action"] == "channel_update"]
    assert (held["actor_id"], held["details"]["on_hold"]) == (community.owner.id, True)
    await set_channel(community, on_hold=False)
    await work_off(shared)
    assert await texts(community) == []


async def test_pins_stay_unless_they_shall_not(community: Community, rows: OwnConnection, shared: Database) -> None:
    sent = await community.member.send(community.channel, "rules")
    await community.owner.expect(204, "POST", f"/api/channels/{community.channel}/messages/{sent['id']}/pin")
    await age(rows, sent, 50)
    await set_days(community, 30)
    await work_off(shared)
    assert await texts(community) == ["rules"]
    assert (await counted(community, 30))["messages"] == 0
    assert (await counted(community, 30, keeps_pins="false"))["messages"] == 1
    await set_days(community, 30, retention_keeps_pins=False)
    await work_off(shared)
    assert await texts(community) == []
    path = f"/api/channels/{community.channel}/messages/{sent['id']}"
    assert (await community.owner.expect(200, "GET", path))["pinned"] is False


async def test_upcoming_events_stay(community: Community, rows: OwnConnection, shared: Database) -> None:
    sent = await community.member.send(community.channel, "stands for an event")
    await rows.execute(
        """
        INSERT INTO scheduled_events (message_id, channel_id, name, starts_at, time_zone, first_local, over_at)
        VALUES ($1, $2, 'Match', now() + interval '1 day', 'UTC', '', now() + interval '1 day')
        """,
        sent["id"],
        community.channel,
    )
    await age(rows, sent, 50)
    await set_days(community, 30)
    await work_off(shared)
    assert await texts(community) == ["stands for an event"]
    await rows.execute(
        "UPDATE scheduled_events SET over_at = now() - interval '1 day' WHERE message_id = $1", sent["id"]
    )
    await work_off(shared)
    assert await texts(community) == []


async def test_files_leave_the_disk(community: Community, rows: OwnConnection, shared: Database, kept: Kept) -> None:
    sent = await community.member.send(community.channel, "a picture")
    target = io.BytesIO()
    Image.new("RGB", (1200, 900), "red").save(target, "PNG")
    [file] = await uploaded(community.member, sent["id"], ("red.png", target.getvalue()))
    assert len(kept.objects(file["id"])) == 2, "the picture and its thumbnail"
    await age(rows, sent, 31)
    found = await counted(community, 30)
    assert (found["messages"], found["has_more"]) == (1, False)
    assert found["file_bytes"] > file["file_size"]
    assert datetime.fromisoformat(found["oldest_at"]) < datetime.now(UTC)
    await set_days(community, 30)
    await work_off(shared)
    assert (await fetch(community.owner, file["url"])).status == 404
    [entry] = await entries(community)
    assert entry["details"] == {"messages": 1, "files": 1, "bytes": found["file_bytes"]}
    await rows.execute("UPDATE files SET keep_until = now() - interval '1 day' WHERE id = $1", file["id"])
    await kept.is_removed(file["id"])


async def test_a_preview_counts_up_to_a_limit(community: Community, shared: Database, rows: OwnConnection) -> None:
    for number in range(3):
        await age(rows, await community.member.send(community.channel, f"old {number}"), 40 + number)
    now = datetime.now(UTC)
    for limit, expected in ((2, (2, True)), (3, (3, False))):
        found = await queries.preview(shared, UUID(community.server), now, 30, keeps_pins=True, limit=limit)
        assert (found.messages, found.has_more) == expected


async def test_what_followers_hold_is_the_fresh_state(
    community: Community, follow: Follow, rows: OwnConnection, shared: Database
) -> None:
    sent = [await community.member.send(community.channel, f"message {number}") for number in range(2)]
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    await age(rows, sent[0], 31)
    await set_days(community, 30)
    await work_off(shared)
    await stream.next()
    fresh = await follow(community.owner, messages_of(community))
    await fresh.next()
    assert {key: each for key, each in stream.state.items() if not each["deleted"]} == fresh.state
    assert list(fresh.state) == [sent[1]["id"]]


@pytest.mark.extended(
    "the jobs of all kinds survive their process in tests/jobs, and the laws kill processes each time"
)
@pytest.mark.longer
async def test_the_work_survives_its_process(database_url: str) -> None:
    """The process is killed between batches, and the next one does the rest: each message goes once."""
    many = expiring.BATCH * 20
    rows = await asyncpg.connect(database_url)
    async with aiohttp.ClientSession() as http:
        async with servers(database_url, 1) as (doomed,):
            community = await gather_community(lambda name: Person.register(Browser(doomed.url, http), name))
            await fill(rows, community, many)
            await rows.execute("UPDATE messages SET created_at = now() - interval '31 days'")
            await rows.execute("UPDATE servers SET retention_days = 30")
            await doomed.end(signal.SIGKILL)
        async with servers(database_url, 1) as (doomed,):
            await until(removed, rows, community)
            await doomed.end(signal.SIGKILL)
        assert 0 < await removed(rows, community) <= many

        async def is_done(rows: OwnConnection, community: Community) -> bool:
            return await removed(rows, community) == many

        async with servers(database_url, 1):
            await until(is_done, rows, community)
    versions = "SELECT count(DISTINCT version), max(version) FROM messages WHERE channel_id = $1"
    position = await rows.fetchval("SELECT position FROM topics WHERE id = $1", community.channel)
    assert tuple(await rows.fetchrow(versions, community.channel) or ()) == (many, position)
    assert position == 2 * many, "each message took one position when it went"
    details = "SELECT sum((details ->> 'messages')::int) FROM audit_logs WHERE action = 'messages_expire'"
    assert await rows.fetchval(details) == many
    await rows.close()
