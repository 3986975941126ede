"""Who can export a server, how the archive is prepared and downloaded, also in parts, and when it ends."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil
import pytest

from coterie.database.pool import OwnConnection, connect
from coterie.exporting import actions, reading, subjects
from tests.exporting.conftest import Exported, exported
from tests.files.conftest import Kept, fetch, kept, until, uploaded
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, gather_community, serving, settings_for

__all__ = ["kept"]


async def state(owner: Person, server: str) -> dict[str, Any] | None:
    found: dict[str, Any] = await owner.expect(200, "GET", f"/api/servers/{server}/export/status")
    export: dict[str, Any] | None = found["export"]
    return export


async def ready(owner: Person, server: str) -> dict[str, Any]:
    """Start an export and wait until it is over."""
    await owner.expect(202, "POST", f"/api/servers/{server}/export")
    async with asyncio.timeout(PATIENCE):
        while (found := await state(owner, server)) is None or found["state"] == "preparing":  # noqa: ASYNC110  (another process works)
            await asyncio.sleep(0.05)
    return found


async def test_only_the_owner(community: Community) -> None:
    path = f"/api/servers/{community.server}/export"
    for person in (community.member, community.outsider):
        for method, place in (("GET", path), ("POST", path), ("DELETE", path), ("GET", f"{path}/status")):
            answer = await person.call(method, place)
            assert (answer.status, answer.code) == (404, "not_found"), (method, place)
    nowhere = "/api/servers/00000000-0000-7000-8000-000000000000/export"
    assert (await community.owner.get(nowhere)).code == "not_found"
    assert await state(community.owner, community.server) is None


async def test_prepared_then_downloaded(community: Community, rows: OwnConnection) -> None:
    owner, path = community.owner, f"/api/servers/{community.server}/export"
    begun = await owner.expect(202, "POST", path)
    assert (begun["state"], begun["url"]) == ("preparing", None)
    assert (await owner.expect(202, "POST", path))["id"] == begun["id"]
    made = await ready(owner, community.server)
    assert (made["id"], made["state"], made["progress"]) == (begun["id"], "ready", 1.0)
    assert made["expires_at"] > made["finished_at"] > made["created_at"]
    found = Exported(await fetch(owner, made["url"].removeprefix("/api")))
    assert len(found.content) == made["size"]
    assert found.headers["content-disposition"] == f'attachment; filename="{made["filename"]}"'
    logged = await owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs?action=server_export")
    assert [entry["actor_id"] for entry in logged] == [owner.id]
    other = await fetch(owner, f"/servers/{community.server}/export?id=00000000-0000-7000-8000-000000000000")
    assert other.status == 404


async def test_a_download_in_two_parts(community: Community) -> None:
    owner, server = community.owner, community.server
    whole = await exported(owner, server)
    path, etag, size = f"/servers/{server}/export", whole.headers["etag"], len(whole.content)
    assert etag.startswith('"')
    first = await fetch(owner, path, range=f"bytes=0-{size // 2 - 1}")
    second = await fetch(owner, path, range=f"bytes={size // 2}-", if_range=etag)
    assert (first.status, second.status) == (206, 206)
    assert first.headers["etag"] == second.headers["etag"] == etag
    assert first.body + second.body == whole.content
    assert second.headers["content-range"] == f"bytes {size // 2}-{size - 1}/{size}"
    assert (await fetch(owner, path, range=f"bytes={size}-")).status == 416
    assert (await fetch(owner, path, if_none_match=etag)).status == 304


async def test_an_archive_is_made_again_when_it_is_old(community: Community, rows: OwnConnection) -> None:
    owner, server = community.owner, community.server
    first = await exported(owner, server)
    await owner.send(community.channel, "later")
    assert (await exported(owner, server)).headers["etag"] == first.headers["etag"]
    await rows.execute("UPDATE exports SET finished_at = now() - interval '6 minutes' WHERE server_id = $1", server)
    part = await fetch(owner, f"/servers/{server}/export", range="bytes=0-9")
    assert part.headers["etag"] == first.headers["etag"]
    again = await exported(owner, server)
    assert again.headers["etag"] != first.headers["etag"]
    assert again.lines(again.under("messages")[0])[0]["content"] == "later"


async def test_the_cookie_downloads_but_starts_nothing(community: Community) -> None:
    """A browser saves the archive by itself, with the session's cookie; only a token can start or remove it."""
    owner, path = community.owner, f"{community.owner.url}/api/servers/{community.server}/export"
    made = await ready(owner, community.server)
    login = {"username": owner.username, "password": "correct horse battery"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        assert (await session.post(f"{owner.url}/api/auth/login", json=login)).status == 200
        async with session.get(owner.url + made["url"]) as answer:
            assert (answer.status, len(await answer.read())) == (200, made["size"])
        assert (await session.post(path)).status == 401
        assert (await session.delete(path)).status == 401


async def test_removed(community: Community, kept: Kept) -> None:
    owner, server = community.owner, community.server
    made = await ready(owner, server)
    assert kept.objects(made["id"]) != []
    await owner.expect(204, "DELETE", f"/api/servers/{server}/export")
    await owner.expect(204, "DELETE", f"/api/servers/{server}/export")
    assert await state(owner, server) is None
    await kept.is_removed(made["id"])


async def test_it_ends_by_itself(community: Community, kept: Kept) -> None:
    made = await ready(community.owner, community.server)
    await kept.rows.execute("UPDATE files SET keep_until = now() WHERE id = $1", made["id"])
    assert await state(community.owner, community.server) is None
    await kept.is_removed(made["id"])
    assert await kept.rows.fetchval("SELECT count(*) FROM exports WHERE server_id = $1", community.server) == 0


async def test_a_new_owner_gets_an_archive_of_their_own(community: Community) -> None:
    """The old one has conversations that are not theirs."""
    owner, member, server = community.owner, community.member, community.server
    made = await ready(owner, server)
    await owner.expect(200, "PUT", f"/api/servers/{server}/owner", {"user_id": member.id})
    assert (await fetch(owner, made["url"].removeprefix("/api"))).status == 404
    assert (await fetch(member, made["url"].removeprefix("/api"))).status == 404
    assert (await fetch(member, f"/servers/{server}/export", range="bytes=0-1")).status == 206
    own = await ready(member, server)
    assert own["id"] != made["id"]


async def test_lost_files_are_listed(community: Community, kept: Kept) -> None:
    sent = await community.member.send(community.channel, "look")
    [lost, there] = await uploaded(community.member, sent["id"], ("lost.txt", b"lost"), ("there.txt", b"there"))
    for path in kept.directory.rglob(f"*{lost['id']}*"):
        path.unlink()
    found = await exported(community.owner, community.server)
    assert [each["id"] for each in found.lines("missing.jsonl")] == [lost["id"]]
    assert found.under("files") == [f"files/{there['id']}-there.txt"]


async def test_a_full_queue(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is begun then, nor recorded; what was made before stays available."""
    owner, path = community.owner, f"/api/servers/{community.server}/export"
    monkeypatch.setattr(actions, "QUEUE_LIMIT", 0)
    for method in ("POST", "GET"):
        refused = await owner.call(method, path)
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "60")
    assert await state(owner, community.server) is None
    logged = await owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs?action=server_export")
    assert logged == []
    monkeypatch.undo()
    made = await ready(owner, community.server)
    monkeypatch.setattr(actions, "QUEUE_LIMIT", 0)
    assert (await fetch(owner, made["url"].removeprefix("/api"))).status == 200


async def test_a_download_does_not_wait_for_ever(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, path = community.owner, f"/api/servers/{community.server}/export"
    monkeypatch.setattr(actions, "WAITING_SECONDS", 0.5)
    monkeypatch.setattr(subjects, "WORK", ("-c", "import time; time.sleep(60)"))
    late = await owner.get(path)
    assert (late.status, late.code, late.headers["Retry-After"]) == (503, "export_preparing", "60")
    await owner.expect(204, "DELETE", path)
    monkeypatch.setattr(actions, "WAITING_SECONDS", 30.0)
    monkeypatch.setattr(subjects, "WORK", ("-c", "raise SystemExit('nothing')"))
    failed = await owner.get(path)
    assert (failed.status, failed.code) == (503, "export_failed")


async def test_a_process_that_complains_a_lot(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the pipe holds, while it still works."""
    monkeypatch.setattr(actions, "WAITING_SECONDS", 20.0)
    monkeypatch.setattr(subjects, "WORK", ("-c", "import sys; sys.stderr.write('no ' * 10**6); raise SystemExit('no')"))
    failed = await community.owner.get(f"/api/servers/{community.server}/export")
    assert (failed.status, failed.code) == (503, "export_failed")


def processes_of(export: str) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if export in (each.info["cmdline"] or [])]


async def test_the_process_is_killed(community: Community) -> None:
    """The export has failed, is told so, and can be started again."""
    owner, server = community.owner, community.server
    begun = await owner.expect(202, "POST", f"/api/servers/{server}/export")
    await until(lambda: is_running(begun["id"]))
    for process in processes_of(begun["id"]):
        process.kill()
    async with asyncio.timeout(PATIENCE):
        while (found := await state(owner, server)) and found["state"] == "preparing":  # noqa: ASYNC110  (another process works)
            await asyncio.sleep(0.05)
    assert found is not None
    assert (found["state"], found["url"]) == ("failed", None)
    again = await ready(owner, server)
    assert (again["state"], again["id"] != begun["id"]) == ("ready", True)


async def is_running(export: str) -> bool:
    return bool(processes_of(export))


async def test_removing_ends_the_work(community: Community, rows: OwnConnection) -> None:
    owner, server = community.owner, community.server
    begun = await owner.expect(202, "POST", f"/api/servers/{server}/export")
    await until(lambda: is_running(begun["id"]))
    [process] = processes_of(begun["id"])
    process.suspend()
    await owner.expect(204, "DELETE", f"/api/servers/{server}/export")
    await until(lambda: has_ended(begun["id"]))


async def has_ended(export: str) -> bool:
    return not processes_of(export)


async def test_nobody_prepares_it_any_more(community: Community, rows: OwnConnection) -> None:
    """What the end of the power leaves behind: an export that nobody holds."""
    owner, server = community.owner, community.server
    made = await ready(owner, server)
    await rows.execute(
        "UPDATE exports SET state = 'preparing', finished_at = NULL, size = NULL WHERE server_id = $1", server
    )
    await rows.execute("UPDATE files SET keep_until = now() WHERE id = $1", made["id"])
    async with asyncio.timeout(PATIENCE):  # the process that made it may be letting go of it
        while (left := await state(owner, server)) is not None and left["state"] != "failed":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (await ready(owner, server))["state"] == "ready"


async def test_the_sweep_removes_its_file_at_the_same_moment(community: Community, rows: OwnConnection) -> None:
    """The sweep has locked the file, and then takes the export with it."""
    owner, server = community.owner, community.server
    made = await ready(owner, server)
    await rows.execute("UPDATE exports SET finished_at = now() - interval '1 day' WHERE server_id = $1", server)
    async with rows.transaction():
        await rows.execute("SELECT FROM files WHERE id = $1 FOR UPDATE", made["id"])
        starting = asyncio.create_task(owner.post(f"/api/servers/{server}/export"))
        await until(lambda: blocks_another(rows))
        await rows.execute("DELETE FROM files WHERE id = $1", made["id"])
    assert (await starting).status == 202
    assert (await ready(owner, server))["state"] == "ready"


async def blocks_another(rows: OwnConnection) -> bool:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    found: bool = await rows.fetchval(waiting)
    return found


async def test_the_server_stops_while_it_works(database_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with serving(settings_for(database_url, UPLOAD_DIR=str(tmp_path))) as server:
        community = await gather_community(lambda name: Person.register(Browser(server.url, http), name))
        begun = await community.owner.expect(202, "POST", f"/api/servers/{community.server}/export")
        await until(lambda: is_running(begun["id"]))
        for process in processes_of(begun["id"]):
            process.suspend()
    assert processes_of(begun["id"]) == []
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT state FROM exports") == "failed"
    await connection.close()


async def test_one_moment(live_server: LiveServer, community: Community) -> None:
    """What is written while an export reads is not in it, on whichever page it would be."""
    await community.owner.send(community.channel, "before")
    connection = await connect(live_server.settings)
    try:
        async with reading.snapshot(connection):
            assert await reading.server(connection, community.server)  # type: ignore[arg-type]
            await community.owner.send(community.channel, "meanwhile")
            rows = await reading.messages(connection, community.channel, community.server, 0, 10)  # type: ignore[arg-type]
            assert [row["content"] for row in rows] == ["before"]
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("DELETE FROM messages")
    finally:
        await connection.close()
