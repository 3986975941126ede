"""GET and DELETE /api/admin/servers, the settings, and the figures"""

import asyncio
from typing import Any

from coterie.database.connection import Database
from tests.administration.conftest import Newcomer
from tests.administration.test_people import events
from tests.patience import PATIENCE
from tests.people import Person

SERVERS = "/api/admin/servers"
PICTURE = b"hello, this is a text"


async def made(owner: Person, name: str) -> dict[str, Any]:
    found: dict[str, Any] = await owner.expect(201, "POST", "/api/servers", {"name": name})
    return found


async def channel_of(owner: Person, server: dict[str, Any]) -> str:
    given = {"name": "talk", "type": "text"}
    return str((await owner.expect(201, "POST", f"/api/servers/{server['id']}/channels", given))["id"])


async def test_servers_are_found_with_what_is_in_them(admin: Person, newcomer: Newcomer) -> None:
    owner = await newcomer()
    first, second = await made(owner, "100% Den"), await made(owner, "Garden")
    channel = await channel_of(owner, first)
    await owner.send(channel, "hello")
    page = await admin.expect(200, "GET", SERVERS)
    assert ([each["id"] for each in page["servers"]], page["total"]) == ([second["id"], first["id"]], 2)
    [row] = (await admin.expect(200, "GET", f"{SERVERS}?search=0%25%20d"))["servers"]
    counted = {key: row[key] for key in ("name", "owner_id", "owner_username", "member_count", "channel_count")}
    assert counted == {
        "name": "100% Den",
        "owner_id": owner.id,
        "owner_username": owner.username,
        "member_count": 1,
        "channel_count": 1,
    }
    assert row["message_count"] == 1
    assert (await admin.expect(200, "GET", f"{SERVERS}?search=_"))["total"] == 0


async def test_a_deleted_server_is_gone_for_its_members(admin: Person, newcomer: Newcomer) -> None:
    owner = await newcomer()
    server = await made(owner, "Den")
    watching = await owner.socket()
    await admin.expect(204, "DELETE", f"{SERVERS}/{server['id']}")
    assert (await watching.wait_for_type("SERVER_DELETE"))["d"]["id"] == server["id"]
    assert (await owner.get(f"/api/servers/{server['id']}")).status == 404
    assert (await admin.delete(f"{SERVERS}/{server['id']}")).status == 404
    assert await events(admin, owner) == [("admin.server_deleted", admin.id)]


async def test_of_two_who_delete_a_server_one_did_it(admin: Person, newcomer: Newcomer) -> None:
    owner = await newcomer()
    server = await made(owner, "Den")
    answers = await asyncio.gather(
        admin.delete(f"{SERVERS}/{server['id']}"), owner.delete(f"/api/servers/{server['id']}")
    )
    assert sorted(answer.status for answer in answers) == [204, 404]


async def test_settings_say_who_changed_them(admin: Person) -> None:
    before = await admin.expect(200, "GET", "/api/admin/settings")
    assert (before["id"], before["registration_mode"], before["updated_by"]) == (1, "open", None)
    now = await admin.expect(200, "PATCH", "/api/admin/settings", {"registration_mode": "closed"})
    assert (now["registration_mode"], now["updated_by"]) == ("closed", admin.id)
    assert await admin.expect(200, "PATCH", "/api/admin/settings", {"registration_mode": "closed"}) == now
    assert await admin.expect(200, "PATCH", "/api/admin/settings", {}) == now
    mode = await admin.expect(200, "GET", "/api/instance/registration-mode")
    assert mode["registration_mode"] == "closed"
    for body in ({"registration_mode": "approval"}, {"registration_mode": None}, {"name": "Ours"}):
        assert (await admin.patch("/api/admin/settings", body)).status in {400, 422}
    assert await events(admin) == [("admin.registration_mode_set", admin.id)]
    await admin.expect(200, "PATCH", "/api/instance", {"name": "Ours"})
    assert (await events(admin))[0] == ("admin.renamed", admin.id)


async def test_figures_count_what_is_there(admin: Person, newcomer: Newcomer, pool: Database) -> None:
    owner = await newcomer()
    server = await made(owner, "Den")
    channel = await channel_of(owner, server)
    sent = await owner.send(channel, "hello")
    await pool.execute(
        """
        INSERT INTO attachments (id, message_id, filename, stored_as, file_size, mime_type, thumbnail_size, created_at)
        VALUES (gen_random_uuid(), $1, 'a', 'a', 1000, 'text/plain', 24, now())
        """,
        sent["id"],
    )
    socket = await owner.socket()
    async with asyncio.timeout(PATIENCE):
        while not await pool.fetchval("SELECT count(*) FROM presences"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # presences are stored together, a moment after READY
    stats = await admin.expect(200, "GET", "/api/admin/stats")
    counted = [stats[f"total_{kind}"] for kind in ("users", "servers", "messages", "channels")]
    assert counted == [2, 1, 1, 1]
    assert all(isinstance(stats[key], int) for key in ("uptime_secs", "db_latency_ms", "storage_bytes"))
    found = await admin.expect(200, "GET", "/api/admin/statistics")
    assert len(found["days"]) == 30
    today = found["days"][-1]
    assert (today["users"], today["servers"], today["messages"]) == (2, 1, 1)
    assert [day["messages"] for day in found["days"][:-1]] == [0] * 29
    assert found["largest_servers"] == [{"server_id": server["id"], "name": "Den", "bytes": 1024}]
    [largest] = found["largest_channels"]
    assert (largest["channel_id"], largest["server_name"], largest["bytes"]) == (channel, "Den", 1024)
    assert (found["active_day"], found["active_week"], found["active_month"]) == (1, 1, 1)
    await socket.close()
    assert (found["conversation_bytes"], found["is_partial"]) == (0, False)


async def test_health_says_what_strangers_do_not_see(admin: Person) -> None:
    found = await admin.expect(200, "GET", "/api/admin/health")
    assert (found["status"], found["database"]["status"], found["bus"]["connected"]) == ("ok", "ok", True)
    assert found["log"]["schema_version"] >= 24
    assert {each["name"] for each in found["queues"]} >= {"messages", "changes"}
    assert (found["backups_expected"], found["last_backup"]) == (False, None)


async def test_all_of_it_is_for_administrators(admin: Person, newcomer: Newcomer) -> None:
    person = await newcomer()
    for path in ("stats", "statistics", "settings", "users", "servers", "health"):
        answer = await person.get(f"/api/admin/{path}")
        assert (answer.status, answer.code) == (403, "admins_only")
