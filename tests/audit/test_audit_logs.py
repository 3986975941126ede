"""GET /api/servers/{server_id}/audit-logs, and what changes of servers and channels leave there"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from coterie.audit import queries
from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.forgetting import forget_old
from coterie.database.pool import OwnConnection, open_pool
from coterie.log.append import encoded
from coterie.messages.audit_actions import MESSAGE_DELETE
from tests.people import Browser, Community
from tests.roles.ranks import rank
from tests.serving import LiveServer, Register
from tests.shapes import AUDIT_LOG, assert_shape


def path_of(community: Community) -> str:
    return f"/api/servers/{community.server}/audit-logs"


async def logs(community: Community, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await community.owner.expect(200, "GET", path_of(community) + query)
    return found


async def test_it_works(community: Community) -> None:
    found = await logs(community)
    for entry in found:
        assert_shape(entry, AUDIT_LOG)
        assert (entry["server_id"], entry["actor_id"]) == (community.server, community.owner.id)
        assert (entry["actor"]["id"], entry["target_user"]) == (community.owner.id, None)
    assert [entry["action"] for entry in found] == ["channel_create", "channel_create", "server_create"]
    assert found[0]["target_id"] == community.voice
    assert found[0]["details"] == {"name": "Lounge", "type": "voice"}
    assert found[-1]["details"] == {"name": "Club"}


async def test_what_is_done_to_a_server_and_its_channels_is_recorded(community: Community) -> None:
    server, channel = (
        f"/api/servers/{community.server}",
        f"/api/servers/{community.server}/channels/{community.channel}",
    )
    await community.owner.expect(200, "PATCH", server, {"name": "Society"})
    await community.owner.expect(200, "PATCH", channel, {"topic": "all there is"})
    await community.owner.expect(204, "DELETE", channel)
    deleted, changed, renamed, *_ = await logs(community)
    assert [entry["action"] for entry in (deleted, changed, renamed)] == [
        "channel_delete",
        "channel_update",
        "server_update",
    ]
    assert deleted["details"] == {"name": "general"}
    expected = {"name": "general", "topic": "all there is", "category": None, "position": 0, "slow_mode_seconds": 0}
    expected |= {"retention_days": None, "on_hold": False}
    assert changed["details"] == expected
    assert renamed["details"] == {
        "name": "Society",
        "icon_url": None,
        "description": None,
        "is_public": True,
        "require_invite": False,
        "default_permissions": 123,
        "retention_days": None,
        "retention_keeps_pins": True,
    }


async def test_only_others_messages_that_are_deleted_are_recorded(community: Community) -> None:
    own, others = [await community.member.send(community.channel, text) for text in ("own", "others")]
    await community.member.expect(204, "DELETE", f"/api/messages/{own['id']}")
    await community.owner.expect(204, "DELETE", f"/api/messages/{others['id']}")
    deleted, created, *_ = await logs(community)
    assert (deleted["action"], deleted["target_id"]) == ("message_delete", others["id"])
    assert (deleted["actor_id"], created["action"]) == (community.owner.id, "channel_create")


async def test_what_is_refused_is_not_recorded(community: Community) -> None:
    before = await logs(community)
    assert (await community.member.patch(f"/api/servers/{community.server}", {"name": "Mine"})).status == 403
    body = {"name": "mine", "type": "text"}
    assert (await community.member.post(f"/api/servers/{community.server}/channels", body)).status == 403
    assert await logs(community) == before


async def test_a_servers_deletion_is_remembered_without_the_server(community: Community, rows: OwnConnection) -> None:
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}")
    row = await rows.fetchrow(
        "SELECT * FROM audit_logs WHERE target_id = $1 AND action = 'server_delete'", community.server
    )
    assert row is not None
    assert (row["server_id"], row["details"], str(row["actor_id"])) == (None, '{"name":"Club"}', community.owner.id)


async def test_filters(community: Community, rows: OwnConnection) -> None:
    entry = AuditEntry(UUID(community.server), UUID(community.member.id), MESSAGE_DELETE, uuid4())
    await record(rows, entry)
    assert [found["action"] for found in await logs(community, "?action=server_create")] == ["server_create"]
    assert [found["action"] for found in await logs(community, f"?actor_id={community.member.id}")] == [
        "message_delete"
    ]
    assert [found["details"] for found in await logs(community, "?target_type=message")] == [{}]
    assert len(await logs(community, "?target_type=channel&action=channel_create")) == 2
    assert await logs(community, "?action=no_such_action") == []


async def test_pages_have_no_gap_and_no_overlap(community: Community) -> None:
    everything = await logs(community)
    paged: list[dict[str, Any]] = []
    query = "?limit=1"
    while page := await logs(community, query):
        assert len(page) == 1
        paged += page
        query = f"?limit=1&before={quote(paged[-1]['created_at'])}"
    assert paged == everything
    assert len(await logs(community, "?limit=0")) == 1
    assert len(await logs(community, "?limit=1000")) == 3


async def test_administrators_may_read_it_and_managers_may_not(community: Community, register: Register) -> None:
    """It names channels that a manager may be kept out of."""
    ranks = await rank(community, register)
    await ranks.role("Manager", 4096, 1, community.member)
    assert (await community.member.get(path_of(community))).status == 403
    assert len(await ranks.admin.expect(200, "GET", path_of(community))) >= 3


async def test_refusals(community: Community, browser: Browser) -> None:
    answer = await community.member.get(path_of(community))
    assert (answer.status, answer.code) == (403, "missing_permission")
    hidden, absent = [
        await community.outsider.get(f"/api/servers/{server}/audit-logs") for server in (community.server, uuid4())
    ]
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert (await browser.get(path_of(community))).status == 401


@pytest.mark.parametrize("query", ["limit=x", "actor_id=x", "before=yesterday", "before=2026-01-01T00:00:00"])
async def test_a_bad_query_is_named(community: Community, query: str) -> None:
    answer = await community.owner.get(f"{path_of(community)}?{query}")
    assert (answer.status, answer.code) == (400, "invalid")
    assert list(answer.body["fields"]) == [query.partition("=")[0]]


async def test_old_entries_are_removed(community: Community, live_server: LiveServer, rows: OwnConnection) -> None:
    """In batches, oldest first; what is younger stays."""
    server, now = UUID(community.server), datetime.now(UTC)
    for days in (800, 731, 700):
        at = now - timedelta(days=days)
        id = UUID(int=(int(at.timestamp() * 1000) << 80) + uuid4().int % (1 << 64))
        details = encoded({"age": days})
        row = queries.AuditRow(id, server, UUID(community.owner.id), "server_update", None, None, details, at)
        await queries.insert_rows(rows, row)
    assert len(await logs(community)) == 6
    database = await open_pool(live_server.settings)
    assert await queries.forget(database, now - timedelta(days=730), 1) == 1
    assert len(await logs(community)) == 5
    await forget_old(database, queries.forget, timedelta(days=730))
    await database.close()
    assert [entry["details"].get("age") for entry in await logs(community)][-1] == 700
    assert len(await logs(community)) == 4
